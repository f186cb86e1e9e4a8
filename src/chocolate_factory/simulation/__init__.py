"""A seeded market and weather that answer in the upstreams' own wire formats, on loopback."""
