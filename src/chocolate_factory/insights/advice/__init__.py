"""Whether this is an hour to produce in: a score, a class, and who says so (model or rule)."""
