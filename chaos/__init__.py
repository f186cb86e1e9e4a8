"""KILLED AT RANDOM POINTS, without disk, without memory: what is left of it (``make chaos``)."""
