"""Ours and its stock peers, each set up as its own quick-start has it; one a file."""
