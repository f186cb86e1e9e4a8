"""Many origins, and later many sites: the same verbs mapped over joblib's processes."""

from chocolate_factory.fleet.checkpoint import resumable
from chocolate_factory.fleet.processes import process_map

__all__ = ["process_map", "resumable"]
