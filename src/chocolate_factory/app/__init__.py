"""COMPOSITION ROOT: the only place that constructs stores, sources, jobs and the web."""
