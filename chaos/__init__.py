"""KILLED AT RANDOM POINTS: what is left of a work when its process dies (``make chaos``)."""
