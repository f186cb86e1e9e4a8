"""Many origins, weeks and sites: the same verbs mapped over other processes, or over a cluster."""

from chocolate_factory.fleet.apart import map_apart, work_apart
from chocolate_factory.fleet.checkpoint import resumable
from chocolate_factory.fleet.cluster import over_cluster, workers_at
from chocolate_factory.fleet.contract_answers import kept_answers
from chocolate_factory.fleet.fleet_backtest import ZoneBacktest, backtest_fleet
from chocolate_factory.fleet.fleet_plan import (
    Awaited,
    FleetPlan,
    fleet_status,
    plan_fleet,
    require_lately,
    require_out,
)
from chocolate_factory.fleet.fleet_replay import SiteWeek, replay_fleet
from chocolate_factory.fleet.free_memory import free_gb
from chocolate_factory.fleet.memory import Opens, StoreAt
from chocolate_factory.fleet.planning import FleetSite, SitePlan, State
from chocolate_factory.fleet.processes import over_processes, process_map
from chocolate_factory.fleet.replaying import ReplayJob, replay_job
from chocolate_factory.fleet.results import RESUMED_WITHIN, Verb, refusal_of
from chocolate_factory.fleet.spreading import Spread
from chocolate_factory.fleet.totals import Expected, is_on_earlier_plan, is_summed

__all__ = [
    "RESUMED_WITHIN",
    "Awaited",
    "Expected",
    "FleetPlan",
    "FleetSite",
    "Opens",
    "ReplayJob",
    "SitePlan",
    "SiteWeek",
    "Spread",
    "State",
    "StoreAt",
    "Verb",
    "ZoneBacktest",
    "backtest_fleet",
    "fleet_status",
    "free_gb",
    "is_on_earlier_plan",
    "is_summed",
    "kept_answers",
    "map_apart",
    "over_cluster",
    "over_processes",
    "plan_fleet",
    "process_map",
    "refusal_of",
    "replay_fleet",
    "replay_job",
    "require_lately",
    "require_out",
    "resumable",
    "work_apart",
    "workers_at",
]
