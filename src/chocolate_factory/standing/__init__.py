"""WHAT HOLDS: which plan is in force, what was reported of it, what is proposed and pinned."""

from chocolate_factory.standing.held import (
    NOTHING,
    KeptPlan,
    Noted,
    Standing,
    keep_note,
    keep_plan,
    note_event,
    notes_of,
    plan_record,
    standing,
    stored_plan,
)
from chocolate_factory.standing.notes import (
    KINDS,
    Accepted,
    Note,
    Pinned,
    Proposed,
    Started,
    Undone,
)

__all__ = [
    "KINDS",
    "NOTHING",
    "Accepted",
    "KeptPlan",
    "Note",
    "Noted",
    "Pinned",
    "Proposed",
    "Standing",
    "Started",
    "Undone",
    "keep_note",
    "keep_plan",
    "note_event",
    "notes_of",
    "plan_record",
    "standing",
    "stored_plan",
]
