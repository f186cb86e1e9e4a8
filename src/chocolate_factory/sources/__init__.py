"""BYTES IN."""
