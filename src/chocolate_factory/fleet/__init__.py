"""Many origins, weeks, and later many sites: the same verbs mapped over other processes."""

from chocolate_factory.fleet.apart import map_apart
from chocolate_factory.fleet.checkpoint import resumable
from chocolate_factory.fleet.contract_answers import kept_answers
from chocolate_factory.fleet.processes import process_map
from chocolate_factory.fleet.replaying import ReplayJob, replay_job

__all__ = ["ReplayJob", "kept_answers", "map_apart", "process_map", "replay_job", "resumable"]
