"""Pure functions of stored values."""
