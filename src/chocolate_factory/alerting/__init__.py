"""ALERTS THAT HOLD: found in what is stored, kept as notes, acknowledged, over, told to people."""

from chocolate_factory.alerting.found import found_ahead, found_in_plans
from chocolate_factory.alerting.held import Held, acknowledge, held, in_order, settle
from chocolate_factory.alerting.hourly import Waiting
from chocolate_factory.alerting.notes import Acknowledged, End, Seen, Told
from chocolate_factory.alerting.planned import first_plan_event, note_first_plan, note_infeasible
from chocolate_factory.alerting.sending import Post, note_sent, posts

__all__ = [
    "Acknowledged",
    "End",
    "Held",
    "Post",
    "Seen",
    "Told",
    "Waiting",
    "acknowledge",
    "first_plan_event",
    "found_ahead",
    "found_in_plans",
    "held",
    "in_order",
    "note_first_plan",
    "note_infeasible",
    "note_sent",
    "posts",
    "settle",
]
