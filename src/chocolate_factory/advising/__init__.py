"""ADVICE FOR THE HOUR: learned from stored prices and perfect-foresight plans, kept, and asked.

``insights.advice`` knows what advice is and does no I/O; here it meets the store, the plant and
the folder of models.
"""

from chocolate_factory.advising.asking import Asked, ClassAnswer, ScoreAnswer, class_now, score_now
from chocolate_factory.advising.current import (
    CurrentAdvice,
    advise_now,
    read_current,
    write_current,
)
from chocolate_factory.advising.shelf import AdviceStatus, Shelf
from chocolate_factory.advising.training import task_print, train

__all__ = [
    "AdviceStatus",
    "Asked",
    "ClassAnswer",
    "CurrentAdvice",
    "ScoreAnswer",
    "Shelf",
    "advise_now",
    "class_now",
    "read_current",
    "score_now",
    "task_print",
    "train",
    "write_current",
]
