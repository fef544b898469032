"""Automations: where they come from, how they are written, and those that need code."""
