"""How far ahead prices are forecast, measured and told."""

LONGEST_H = 336
"""Two weeks [h]."""
