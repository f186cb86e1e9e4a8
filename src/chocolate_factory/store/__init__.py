"""MEMORY."""
