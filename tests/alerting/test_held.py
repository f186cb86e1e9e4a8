"""Alerts in the store: new once, changed seldom, seen, over, told as often as is bearable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chocolate_factory.alerting import (
    End,
    Post,
    Seen,
    Told,
    acknowledge,
    held,
    note_infeasible,
    note_sent,
    posts,
    settle,
)
from chocolate_factory.alerting.planned import infeasible_alert
from chocolate_factory.errors import Infeasible, RequestInvalid, StoreError, WayOut
from chocolate_factory.insights.alerts import Alert, AlertKind, Basis, Gravity
from chocolate_factory.store.base import Event, PlanRecord, Store
from chocolate_factory.store.opening import open_store

NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
GAP = Alert("gap:pvpc@peninsula", AlertKind.GAP, Gravity.NOTICE, {"series": "pvpc", "hours": 1.0})
SPIKE = Alert(
    "price-spike:2026-11-25", AlertKind.PRICE_SPIKE, Gravity.WARNING, {"hours": 2.0}, 41.25,
    Basis.OVER_MEDIAN, NOW + 12 * HOUR,
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


def many(count: int) -> list[Alert]:
    return [replace(GAP, code=f"gap:{number:02}") for number in range(count)]


def sent_by(store: Store, now: datetime, *, to: str = "mail", an_hour: int = 3) -> tuple[Post, ...]:
    """What reaches an address at ``now``, noted as sent; a store with a name is one of several."""
    every = held(store, as_of=now)
    due = posts(
        store, every, to=to, now=now, an_hour=an_hour, least=Gravity.NOTICE,
        title=store.site.title(), alone=not store.site,
    )  # fmt: skip
    for post in due:
        note_sent(store, post, to=to, now=now)
    return due


def test_an_alert_comes_back_as_it_was_found_from_a_store_opened_again(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'store.db'}"
    first = open_store(url)
    settle(first, [GAP, SPIKE], now=NOW)
    first.close()

    again = open_store(url)
    spike, gap = held(again, as_of=NOW)
    again.close()

    assert (spike.alert, gap.alert) == (SPIKE, GAP)
    assert spike.first_seen == NOW
    assert spike.alert_id.startswith("20261125T070000Z-")


def test_the_same_alert_found_again_is_one_and_leaves_no_note(store: Store):
    (first,) = settle(store, [GAP, replace(GAP, gravity=Gravity.CRITICAL)], now=NOW)
    before = store.events(as_of=NOW + HOUR)
    (again,) = settle(store, [GAP], now=NOW + QUARTER)

    assert first.alert.gravity is Gravity.NOTICE
    assert again == first
    assert store.events(as_of=NOW + HOUR) == before


def test_a_changed_one_keeps_its_id_and_is_noted_at_most_hourly_unless_graver(store: Store):
    (first,) = settle(store, [GAP], now=NOW)
    longer = replace(GAP, values={"series": "pvpc", "hours": 2.0})
    (soon,) = settle(store, [longer], now=NOW + QUARTER)
    (later,) = settle(store, [longer], now=NOW + HOUR)
    graver = replace(longer, gravity=Gravity.CRITICAL)
    (grave,) = settle(store, [graver], now=NOW + HOUR + QUARTER)

    assert soon.alert == GAP
    assert later.alert == longer
    assert grave.alert == graver
    assert {one.alert_id for one in (first, soon, later, grave)} == {first.alert_id}
    assert grave.first_seen == NOW


def test_one_that_is_no_longer_found_recovers_and_comes_again_under_another_id(store: Store):
    (first,) = settle(store, [GAP], now=NOW)
    (ended,) = settle(store, [], now=NOW + HOUR)
    new, old = settle(store, [GAP], now=NOW + 2 * HOUR)

    assert (ended.ended, ended.how) == (NOW + HOUR, End.RECOVERED)
    assert old.alert_id == first.alert_id
    assert (new.ended, new.first_seen) == (None, NOW + 2 * HOUR)
    assert new.alert_id != first.alert_id


def test_one_whose_time_has_passed_is_over_before_anybody_looks(store: Store):
    settle(store, [SPIKE], now=NOW)

    (one,) = held(store, as_of=NOW + 13 * HOUR)
    (noted,) = settle(store, [], now=NOW + 14 * HOUR)

    assert (one.how, one.ended) == (End.OVER, SPIKE.valid_until)
    assert noted.how is End.OVER
    assert len(store.events("alert-ended", as_of=NOW + 15 * HOUR)) == 1
    settle(store, [], now=NOW + 15 * HOUR)
    assert len(store.events("alert-ended", as_of=NOW + 16 * HOUR)) == 1


def test_who_acknowledged_first_is_kept_and_what_holds_no_more_cannot_be(store: Store):
    (one,) = settle(store, [GAP], now=NOW)
    acknowledge(store, one.alert_id, now=NOW + QUARTER, by="token:tablet")
    again = acknowledge(store, one.alert_id, now=NOW + HOUR, by="local")
    (kept,) = settle(store, [GAP], now=NOW + 2 * HOUR)

    assert again.seen == kept.seen == Seen("token:tablet", NOW + QUARTER, Gravity.NOTICE)
    settle(store, [], now=NOW + 3 * HOUR)
    with pytest.raises(RequestInvalid, match="holds no more"):
        acknowledge(store, one.alert_id, now=NOW + 4 * HOUR, by="local")
    with pytest.raises(RequestInvalid, match="'x' is no alert"):
        acknowledge(store, "x", now=NOW, by="local")


def test_one_that_holds_for_months_is_not_forgotten_nor_what_became_of_it(store: Store):
    (first,) = settle(store, [GAP], now=NOW)
    sent_by(store, NOW)
    acknowledge(store, first.alert_id, now=NOW + HOUR, by="web")
    for day in range(1, 130):
        now = NOW + timedelta(days=day)
        (one,) = settle(store, [GAP], now=now)
        assert (one.alert_id, one.first_seen) == (first.alert_id, NOW)
        assert one.seen == Seen("web", NOW + HOUR, Gravity.NOTICE)
        assert one.told == {"mail": Told(NOW, Gravity.NOTICE)}
        assert sent_by(store, now) == ()

    settle(store, [], now=NOW + timedelta(days=130))
    (post,) = sent_by(store, NOW + timedelta(days=130))
    assert [one.alert_id for one in post.ended] == [first.alert_id]
    assert len(store.events("alert-raised", as_of=NOW + timedelta(days=140))) == 7


def test_the_gravest_and_dearest_stand_in_front(store: Store):
    codes = [
        replace(GAP, code="a"),
        replace(SPIKE, code="b", eur=1.0),
        replace(SPIKE, code="c", eur=9.0),
        replace(GAP, code="d", gravity=Gravity.CRITICAL),
    ]

    assert [one.alert.code for one in settle(store, codes, now=NOW)] == ["d", "c", "b", "a"]


def test_a_damaged_note_is_named(store: Store):
    store.save_event(Event("alert-raised-1", "alert-raised", NOW, "{}"))

    with pytest.raises(StoreError, match="alert-raised-1 is damaged"):
        held(store, as_of=NOW)
    store.save_event(Event("alert-waiting-1", "alert-waiting", NOW, "{}"))
    with pytest.raises(StoreError, match="alert-waiting-1 is damaged"):
        posts(store, (), to="mail", now=NOW, an_hour=3, least=Gravity.NOTICE)


def test_people_are_told_once_of_the_beginning_and_once_of_the_recovery(store: Store):
    settle(store, [GAP, SPIKE], now=NOW)
    first = sent_by(store, NOW)
    settle(store, [GAP, SPIKE], now=NOW + QUARTER)
    second = sent_by(store, NOW + QUARTER)
    settle(store, [], now=NOW + HOUR)
    third = sent_by(store, NOW + HOUR)
    fourth = sent_by(store, NOW + 2 * HOUR)

    assert [post.raised[0].alert.code for post in first] == [SPIKE.code, GAP.code]
    assert second == ()
    assert sorted(post.ended[0].alert.code for post in third) == [GAP.code, SPIKE.code]
    assert fourth == ()


def test_one_that_becomes_graver_is_told_again_and_has_to_be_seen_again(store: Store):
    (gap,) = settle(store, [GAP], now=NOW)
    sent_by(store, NOW)
    acknowledge(store, gap.alert_id, now=NOW + QUARTER, by="web")
    grave = replace(GAP, gravity=Gravity.CRITICAL)
    (graver,) = settle(store, [grave], now=NOW + 2 * HOUR)
    (post,) = sent_by(store, NOW + 2 * HOUR)

    assert graver.seen is None
    assert post.raised[0].alert.gravity is Gravity.CRITICAL

    seen = acknowledge(store, gap.alert_id, now=NOW + 3 * HOUR, by="web").seen
    assert seen == Seen("web", NOW + 3 * HOUR, Gravity.CRITICAL)
    settle(store, [GAP], now=NOW + 4 * HOUR)
    (back,) = settle(store, [grave], now=NOW + 5 * HOUR)
    assert back.seen == seen
    assert sent_by(store, NOW + 5 * HOUR) == ()


def test_one_that_becomes_graver_after_two_months_is_told_and_seen_again_too(store: Store):
    (gap,) = settle(store, [GAP], now=NOW)
    sent_by(store, NOW)
    acknowledge(store, gap.alert_id, now=NOW, by="web")
    for day in range(1, 70):
        settle(store, [GAP], now=NOW + timedelta(days=day))
    later = NOW + timedelta(days=70)
    (graver,) = settle(store, [replace(GAP, gravity=Gravity.WARNING)], now=later)

    assert (graver.first_seen, graver.seen) == (NOW, None)
    assert len(sent_by(store, later)) == 1


def test_an_address_that_was_not_reached_is_told_later_what_still_holds(store: Store):
    settle(store, [GAP, SPIKE], now=NOW)
    sent_by(store, NOW, to="mqtt")
    late = settle(store, [GAP, SPIKE], now=NOW + QUARTER)
    by_mail = sent_by(store, NOW + QUARTER)

    assert [post.raised[0].alert.code for post in by_mail] == [SPIKE.code, GAP.code]
    assert sent_by(store, NOW + QUARTER, to="mqtt") == ()
    assert {one.told.keys() == {"mail", "mqtt"} for one in held(store, as_of=NOW + HOUR)} == {True}
    assert {one.told.keys() == {"mqtt"} for one in late} == {True}

    settle(store, [], now=NOW + 13 * HOUR)
    sent_by(store, NOW + 13 * HOUR, to="mqtt")
    (post,) = sent_by(store, NOW + 14 * HOUR)
    assert post.ended[0].alert.code == GAP.code


def test_what_is_over_or_long_recovered_is_not_told_to_who_was_not_reached(store: Store):
    settle(store, [GAP, SPIKE], now=NOW)
    sent_by(store, NOW, to="mqtt")
    settle(store, [GAP], now=NOW + 13 * HOUR)
    assert [post.raised[0].alert.code for post in sent_by(store, NOW + 13 * HOUR)] == [GAP.code]

    settle(store, [], now=NOW + 14 * HOUR)
    assert sent_by(store, NOW + 39 * HOUR) == ()


def test_a_recovery_is_not_told_while_the_same_holds_again(store: Store):
    settle(store, [GAP], now=NOW)
    sent_by(store, NOW)
    settle(store, [], now=NOW + HOUR)
    settle(store, [GAP], now=NOW + 2 * HOUR)

    (post,) = sent_by(store, NOW + 2 * HOUR)
    assert (len(post.raised), post.ended) == (1, ())


def test_the_hour_of_one_address_is_not_used_up_by_another(store: Store):
    settle(store, many(3), now=NOW)

    assert len(sent_by(store, NOW, to="mqtt")) == len(sent_by(store, NOW, to="mail")) == 3


def test_notes_of_before_each_address_was_noted_count_for_every_one(store: Store):
    """Documents as version 0.1.0 of November 2026 wrote them."""
    (gap,) = settle(store, [GAP], now=NOW)
    (noted,) = store.events("alert-raised", as_of=NOW)
    told = json.loads(noted.document)
    of_then = {name: told[name] for name in told if name not in {"first_seen", "seen", "told"}}
    later = Event("alert-raised-2", "alert-raised", NOW + QUARTER, json.dumps(of_then))
    store.save_event(later)
    sent = {"raised": [gap.alert_id], "ended": [], "summary": False}
    store.save_event(Event("alert-sent-1", "alert-sent", NOW + QUARTER, json.dumps(sent)))

    (one,) = held(store, as_of=NOW + HOUR)
    assert (one.alert, one.first_seen) == (GAP, NOW)
    assert sent_by(store, NOW + HOUR) == ()
    settle(store, [], now=NOW + 2 * HOUR)
    assert len(sent_by(store, NOW + 2 * HOUR)) == 1


def test_what_is_over_by_itself_or_was_never_told_is_no_news(store: Store):
    settle(store, [SPIKE], now=NOW)
    sent_by(store, NOW)
    settle(store, [GAP], now=NOW + 13 * HOUR)
    settle(store, [], now=NOW + 14 * HOUR)

    assert sent_by(store, NOW + 14 * HOUR) == ()


def test_beyond_so_many_an_hour_one_summary_names_the_rest_and_then_it_is_quiet(store: Store):
    settle(store, many(10), now=NOW)
    first = sent_by(store, NOW)
    settle(store, [*many(10), SPIKE], now=NOW + QUARTER)
    second = sent_by(store, NOW + QUARTER)
    later = sent_by(store, NOW + HOUR + QUARTER)

    assert [post.summary for post in first] == [False, False, False, True]
    assert len(first[-1].raised) == 7
    assert second == ()
    assert [post.raised[0].alert.code for post in later] == [SPIKE.code]


def test_an_hour_of_an_address_is_one_for_all_sites_and_one_summary_names_them(store: Store):
    views = [store.of_site(f"site-{number:02}") for number in range(20)]
    for view in views:
        settle(view, many(8), now=NOW)
    settle(views[7], [*many(8), SPIKE], now=NOW)
    first = [post for view in views for post in sent_by(view, NOW, an_hour=6)]
    soon = NOW + timedelta(minutes=1)  # a look at one site between rounds, after a new plan
    between = sent_by(views[0], soon, an_hour=6)
    second = [post for view in views for post in sent_by(view, NOW + QUARTER, an_hour=6)]
    third = [post for view in views for post in sent_by(view, NOW + 2 * QUARTER, an_hour=6)]
    later = [post for view in views for post in sent_by(view, NOW + 3 * HOUR, an_hour=6)]

    assert [post.summary for post in first] == [False] * 6
    assert between == ()
    (summary,) = second
    assert summary.summary
    assert [len(one) for one in summary.sites] == [9] + [8] * 18 + [2]
    assert (summary.sites[0].title, summary.sites[0].kind) == ("Site-07", AlertKind.PRICE_SPIKE)
    assert {one.site for one in summary.sites} == {view.site for view in views}
    assert third == later == []

    settle(views[3], [], now=NOW + 3 * HOUR)  # told in a summary that another site sent
    assert len(sent_by(views[3], NOW + 3 * HOUR, an_hour=9)) == 8


def test_a_summary_that_reached_nobody_is_sent_by_the_next_site(store: Store):
    views = [store.of_site(name) for name in ("jaen", "lugo")]
    for view in views:
        settle(view, many(3), now=NOW)
        sent_by(view, NOW, an_hour=1)
    for hours in range(1, 5):  # nothing reaches the address
        now = NOW + hours * HOUR - QUARTER
        for view in views:
            every = held(view, as_of=now)
            (*_, due) = posts(
                view, every, to="mail", now=now, an_hour=1, least=Gravity.NOTICE,
                title=view.site, alone=False,
            )  # fmt: skip
            assert due.summary

    (*_, summary) = sent_by(views[1], NOW + 4 * HOUR, an_hour=1)
    assert [one.site for one in summary.sites] == ["lugo", "jaen"]
    assert sent_by(views[0], NOW + 4 * HOUR, an_hour=1) == ()


def test_what_waits_no_more_is_named_by_no_summary(store: Store):
    jaen, lugo, soria = (store.of_site(name) for name in ("jaen", "lugo", "soria"))
    for view in (jaen, lugo, soria):
        settle(view, many(2), now=NOW)
        sent_by(view, NOW, an_hour=1)
    settle(lugo, [], now=NOW + QUARTER)
    assert sent_by(lugo, NOW + QUARTER, an_hour=1) == ()
    (summary,) = sent_by(soria, NOW + QUARTER, an_hour=1)
    assert [one.site for one in summary.sites] == ["soria", "jaen"]


def test_what_is_less_grave_than_wished_for_is_not_told(store: Store):
    every = settle(store, [GAP, SPIKE], now=NOW)

    due = posts(store, every, to="mail", now=NOW, an_hour=9, least=Gravity.WARNING)

    assert [post.raised[0].alert.code for post in due] == [SPIKE.code]


def test_that_no_plan_is_possible_holds_until_one_is_made(store: Store):
    ways = (WayOut("overtime", "two hours more", 300.0, 38.0),)
    note_infeasible(store, Infeasible(("too little time", "too few machines"), ways), now=NOW)

    alert = infeasible_alert(store, as_of=NOW + HOUR)
    assert alert is not None
    assert (alert.eur, alert.basis, alert.gravity) == (38.0, Basis.WAY_OUT, Gravity.CRITICAL)
    assert alert.values == {
        "reasons": 2, "first": "too little time\ntoo few machines", "way": "overtime",
    }  # fmt: skip

    note_infeasible(store, Infeasible(("far too little time",), ways), now=NOW + QUARTER)
    later = infeasible_alert(store, as_of=NOW + HOUR)
    assert later is not None
    assert later.code == alert.code

    store.save_plan(PlanRecord("p", NOW + HOUR, NOW + HOUR, "{}"))
    assert infeasible_alert(store, as_of=NOW + 2 * HOUR) is None


def test_without_a_way_out_the_euros_are_not_made_up(store: Store):
    note_infeasible(store, Infeasible(("too little time",)), now=NOW)

    alert = infeasible_alert(store, as_of=NOW)
    assert alert is not None
    assert (alert.eur, alert.basis) == (None, Basis.NOBODY_SAID)


def test_of_two_sites_that_find_the_same_at_once_each_has_an_id_of_its_own(store: Store) -> None:
    views = (store, store.of_site("jaen"), store.of_site("lugo"))
    ids = [settle(seen, [GAP], now=NOW)[0].alert_id for seen in views]
    assert len(set(ids)) == 3
    acknowledge(views[1], ids[1], now=NOW, by="ana")
    seen = [held(one, as_of=NOW)[0].seen for one in views]
    assert seen == [None, Seen("ana", NOW, Gravity.NOTICE), None]
