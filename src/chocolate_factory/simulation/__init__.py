"""A seeded market and weather."""
