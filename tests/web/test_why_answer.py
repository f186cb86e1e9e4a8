"""What is answered of a batch whose other places are not weighed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chocolate_factory.cli import explain
from chocolate_factory.planning.elsewhere import NOT_ENOUGH
from chocolate_factory.planning.plan import Block
from chocolate_factory.planning.why_there import HANGS_ON_SITE, HOUR, Shift, Why
from chocolate_factory.web import plan_views
from chocolate_factory.web.wording import Words

NOON = datetime(2025, 11, 19, 12, tzinfo=UTC)
BLOCK = Block("a-01", "a", "mix", "mixer-1", NOON, NOON + HOUR, 10.0, 1.0, "published", ((60, 10),))
UNWEIGHED = Why(
    batch=(BLOCK,), cost_eur=1.0, due=None,
    earlier=Shift(-HOUR, None, ("this plan begins",)), later=Shift(HOUR, 0.25, ()),
    places=None, cheapest_begin=None, cheapest_eur=None, published=True, stays_best=None,
    unweighed=HANGS_ON_SITE,
)  # fmt: skip


def test_nothing_is_told_of_places_that_are_not_weighed_but_why_and_an_hour_off(capsys):
    told, _ = plan_views.why(UNWEIGHED, Words("en"), as_of=NOON - timedelta(days=1))
    assert (told.other_places, told.cheapest_begin, told.cheapest_eur) == (None, None, None)
    assert (told.hour_later.difference_eur, told.unweighed) == (0.25, HANGS_ON_SITE)
    document = explain._document(UNWEIGHED)
    assert (document["cheapest_begin"], document["unweighed"]) == (None, HANGS_ON_SITE)
    explain._print((UNWEIGHED,), 100)
    printed = " ".join(capsys.readouterr().out.split())
    assert HANGS_ON_SITE in printed
    assert "would cost" not in printed.replace(HANGS_ON_SITE, "")


def test_that_the_battery_leaves_no_way_is_said_in_spanish_too():
    assert Words("es").notes((NOT_ENOUGH,)) == (
        ("ni con la fotovoltaica y la batería cabe en la potencia contratada",), "es",
    )  # fmt: skip
