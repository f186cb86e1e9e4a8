"""What every question is: no unknown keys, numbers that are numbers, days and instants written out.

Pydantic would else take ``false`` for 0, and ``"0"`` for the first second of 1970.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)
from pydantic_core import PydanticCustomError

FIRST_YEAR, LAST_YEAR = 1970, 2099
"""Years of the instants that may be asked about, as they are written. Nearer to the ends of the
calendar there is no room to count on or to change the clock."""

_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}")


class Asked(BaseModel):
    """Base of what is asked: fixed, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _written(given: Any, kind: str) -> Any:
    if isinstance(given, date) or (isinstance(given, str) and _WRITTEN.match(given)):
        return given
    raise PydanticCustomError(f"{kind}_not_written", "write it out, beginning as in 2026-11-25")


def _in_our_time(instant: datetime) -> datetime:
    if FIRST_YEAR <= instant.year <= LAST_YEAR:
        return instant
    raise PydanticCustomError(
        "instant_out_of_range",
        "wanted: an instant of the years {first} to {last}",
        {"first": FIRST_YEAR, "last": LAST_YEAR},
    )


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True)]
Day = Annotated[date, BeforeValidator(partial(_written, kind="date"))]
Instant = Annotated[
    AwareDatetime,
    BeforeValidator(partial(_written, kind="datetime")),
    AfterValidator(_in_our_time),
]
