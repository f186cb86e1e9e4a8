"""CONDUCT: plans proposed, accepted and followed, what people tell of them, and what they saved."""

from chocolate_factory.conduct.months import close_months
from chocolate_factory.conduct.plan_notes import Told, accept, pin, report_started, undo, unpin
from chocolate_factory.conduct.replan import Decided, Replanned, Rules, decide, replan
from chocolate_factory.conduct.savings import Closed, close_days, savings
from chocolate_factory.conduct.terms import keep_terms

__all__ = [
    "Closed",
    "Decided",
    "Replanned",
    "Rules",
    "Told",
    "accept",
    "close_days",
    "close_months",
    "decide",
    "keep_terms",
    "pin",
    "replan",
    "report_started",
    "savings",
    "undo",
    "unpin",
]
