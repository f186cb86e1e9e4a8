"""What is said of a value that a validator refused."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, Field, SecretStr, ValidationError

from chocolate_factory.market.refusals import refusal


class Asked(BaseModel):
    hours: Annotated[int, Field(ge=1, le=336)] = 1
    day: date | None = None
    at: AwareDatetime | None = None
    series: Literal["pvpc", "spot"] = "pvpc"
    key: SecretStr = SecretStr("")


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("hours", "many", "'many' was given; wanted: a whole number"),
        ("hours", 0, "0 was given; wanted: at least 1"),
        ("hours", 337, "337 was given; wanted: at most 336"),
        ("day", "tomorrow", "'tomorrow' was given; wanted: a day such as 2025-11-17"),
        ("at", "2025-11-17T21:00", "'2025-11-17T21:00' was given; wanted: an instant with its"),
        ("series", "gas", "'gas' was given; wanted: 'pvpc' or 'spot'"),
    ],
)
def test_what_was_given_and_what_is_wanted_are_said(name: str, given: object, told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Asked.model_validate({name: given})
    assert refusal(caught.value.errors()[0]).startswith(told)


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as caught:
        Asked.model_validate({"key": 5})
    assert "5" not in refusal(caught.value.errors()[0], secret=True)
