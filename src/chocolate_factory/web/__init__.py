"""BYTES OUT."""
