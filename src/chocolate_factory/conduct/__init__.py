"""CONDUCT: plans proposed, accepted and followed; what people tell of them."""

from chocolate_factory.conduct.replan import Replanned, Rules, replan
from chocolate_factory.conduct.told import Told, accept, pin, report_started, undo

__all__ = ["Replanned", "Rules", "Told", "accept", "pin", "replan", "report_started", "undo"]
