"""MEMORY: append, and read as of an instant."""
