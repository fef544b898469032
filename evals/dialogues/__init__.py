"""Scripted dialogues with the automations, as data."""
