"""Notes are made in English, stored so, and told again in Spanish."""

from __future__ import annotations

import string
from datetime import date

import pytest
from web.conftest import reference_plant, snapshot_at

from chocolate_factory.market.calendar import local_midnight, periods
from chocolate_factory.market.catalog import PVPC, spec
from chocolate_factory.market.contract import NAMED_CONTRACTS, GivenPrices
from chocolate_factory.market.regulated import carried_forward
from chocolate_factory.market.tariff import Tariff, power_warnings
from chocolate_factory.planning.ambient import ambient_notes
from chocolate_factory.web import notes
from chocolate_factory.web.note_texts import NOTE_MESSAGES
from chocolate_factory.web.wording import WORDS


def made_notes() -> list[str]:
    """Notes as the program makes them."""
    said = list(GivenPrices(spec(PVPC)).assumptions())
    for contract in NAMED_CONTRACTS.values():
        said += [*contract.assumptions(), *contract.warnings((120.0,) * 6)]
        said += contract.warnings((120.0, 110.5, 120.0, 120.0, 120.0, 120.0))
    said += power_warnings(Tariff.TD30, (12.5,) * 6)
    said += carried_forward(local_midnight(date(2027, 2, 1)))
    return [*said, *snapshot_at().plan.notes]


@pytest.mark.parametrize("text", made_notes())
def test_what_the_program_says_is_known_again(text: str):
    note = notes.read(text)

    assert note is not None
    assert NOTE_MESSAGES[f"note.{note.code}"][0].format(**note.values) == text
    assert WORDS["en"].note(text) == (text, "en")
    assert WORDS["es"].note(text)[1] == "es"


@pytest.mark.parametrize("code", NOTE_MESSAGES)
def test_every_form_is_read_back_with_its_values(code: str):
    english = NOTE_MESSAGES[code][0]
    names = [name for _, name, _, _ in string.Formatter().parse(english) if name]
    values = {name: f"{place}.5" for place, name in enumerate(names, 1)}

    assert notes.read(english.format(**values)) == notes.Note(code.removeprefix("note."), values)


def test_days_and_decimals_are_written_in_spanish():
    said = WORDS["es"].note(
        "standard of Mon 17 Nov: 120.5 kg are made as 3 whole batches of 50 kg, 150 kg"
    )
    assert said == (
        "standard del lun 17 nov: 120,5 kg se hacen en 3 lotes enteros de 50 kg, 150 kg", "es",
    )  # fmt: skip


def test_what_has_no_known_form_stays_in_english():
    assert WORDS["es"].note("the solver stumbled") == ("the solver stumbled", "en")


def test_a_plant_with_limits_and_no_weather_says_so_in_a_known_form():
    plant = reference_plant()
    limited = [stage for stage in plant.stages if stage.ambient is not None]
    slots = periods(local_midnight(date(2026, 7, 1)), local_midnight(date(2026, 7, 2)), plant.slot)
    said = ambient_notes(plant, None, slots)

    assert len(said) == bool(limited)
    assert [note for note in said if notes.read(note) is None] == []
