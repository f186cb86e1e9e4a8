"""Questions about an instant, answered from what the store knew then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory import advising
from chocolate_factory.advising import AdviceStatus, Asked, class_now, score_now
from chocolate_factory.advising.reading import HUMIDITY, TEMPERATURE
from chocolate_factory.app.files import load_contract
from chocolate_factory.errors import MissingData, RequestInvalid
from chocolate_factory.insights.advice.answer import AmbientLimit, LineAir
from chocolate_factory.market.calendar import to_datetime64
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.contract import parse_contract, price_eur_kwh
from chocolate_factory.planning.equipment import IndoorModel

NOW = datetime(2025, 11, 17, 21, tzinfo=UTC)
MORNING = datetime(2025, 11, 12, 9, tzinfo=UTC)
LIMITS = (AmbientLimit("tempering", "max_c", 26.0),)
NONE = AdviceStatus(None, "no advice model has been trained yet")


def question(instant=MORNING, price=0.1, **more):
    return Asked(instant, price, 21.0, 50.0, **more)


def test_no_price_that_became_known_later_changes_an_answer(store, make_store, series, task, model):
    revised = make_store()
    tomorrow = series(PVPC, date(2025, 11, 13), date(2025, 11, 18), 0.5, 0.2)
    revised.append([tomorrow], now=NOW)
    old = store.read(PVPC, MORNING, NOW, as_of=NOW).value
    assert not np.array_equal(old, revised.read(PVPC, MORNING, NOW, as_of=NOW).value)

    for status in (AdviceStatus(model, ""), NONE):
        a, b = (
            score_now(each, task, status, question(), now=NOW).advice for each in (store, revised)
        )
        assert a == b
        a, b = (
            class_now(each, task, status, question(), now=NOW, limits=LIMITS).advice
            for each in (store, revised)
        )
        assert a == b


def test_the_answer_of_a_past_instant_is_as_of_then_and_says_that_the_model_saw_more(
    store, task, model
):
    told = score_now(store, task, AdviceStatus(model, ""), question(), now=NOW).known

    assert told.as_of == MORNING
    assert told.learned_later
    assert not told.simulated


def test_another_price_than_the_stored_one_is_named(store, task):
    row = store.read(PVPC, MORNING, MORNING + timedelta(hours=1), as_of=NOW)
    paid = float(price_eur_kwh(task.contract, row.start, row.value, of=PVPC)[0])

    same = score_now(store, task, NONE, question(price=paid), now=NOW).known
    other = score_now(store, task, NONE, question(price=paid + 0.05), now=NOW).known
    assert same.stored_eur_kwh is None
    assert other.stored_eur_kwh == pytest.approx(paid)


def test_a_cheaper_price_scores_higher(store, task, model):
    status = AdviceStatus(model, "")
    scores = [
        score_now(store, task, status, question(price=price), now=NOW).advice.score
        for price in (0.02, 0.12, 0.4)
    ]

    assert scores[0] > scores[1] > scores[2]


def test_without_a_model_the_rule_answers_and_says_why_none_does(store, task):
    told = class_now(store, task, NONE, question(), now=NOW, limits=LIMITS)

    assert told.advice.answered_by == "rule"
    assert told.advice.probabilities is None
    assert "trained" in told.known.why_no_model


def test_limits_are_judged_at_the_line_as_given_else_by_the_hall_else_outdoors(store, task):
    open_air = replace(task, plant=replace(task.plant, indoor=None))
    still = replace(task, plant=replace(task.plant, indoor=IndoorModel(20.0, 0.5, 0.0, 0.0)))

    def told(task, **air):
        asked = replace(question(), **air)
        advice = class_now(store, task, NONE, asked, now=NOW, limits=LIMITS).advice
        return advice.line, advice.broken == LIMITS

    assert told(open_air, temperature_c=35.0) == (LineAir(35.0, 50.0, "outside"), True)
    inside, halts = told(still, temperature_c=35.0)
    assert (inside.temperature_c, inside.source, halts) == (27.5, "inside", True)
    assert told(still, temperature_c=31.0)[1] is False
    given, halts = told(still, temperature_c=35.0, line_c=22.0)
    assert (given.temperature_c, given.source, halts) == (22.0, "given", False)
    assert given.humidity_pct == pytest.approx(100.0)  # the water of 35 °C and 50 % at 22 °C
    assert told(still, temperature_c=10.0, line_c=27.0)[1] is True


def test_walls_that_warm_up_slowly_count_with_the_stored_hours_before(make_store, series, task):
    store, days = make_store(weather=False), (date(2025, 11, 10), date(2025, 11, 12))
    told = series(TEMPERATURE, *days, 18.0, 6.0)
    foretold = replace(told, available_at=told.start - np.timedelta64(1, "D"))
    store.append([foretold], now=NOW)
    slow = replace(task, plant=replace(task.plant, indoor=IndoorModel(20.0, 1.0, 6.0, 0.0)))
    air = store.read(TEMPERATURE, MORNING - timedelta(days=2), MORNING, as_of=MORNING)
    weight = (1 - np.exp(-1 / 6)) * np.exp(-np.arange(1, air.value.size + 1)[::-1] / 6)
    before = (weight * air.value).sum() / weight.sum()

    asked = replace(question(), temperature_c=35.0)
    told = class_now(store, slow, NONE, asked, now=NOW, limits=LIMITS).advice
    share = 1 - np.exp(-1 / 6)
    assert told.line.temperature_c == pytest.approx(share * 35.0 + (1 - share) * before, abs=0.05)


def test_the_page_and_a_question_without_a_line_judge_the_same_air(make_store, series, task):
    store = make_store(weather=False)
    hot = series(TEMPERATURE, date(2025, 11, 14), date(2025, 11, 17), 45.0, 0.4)
    store.append(
        [hot, series(HUMIDITY, date(2025, 11, 14), date(2025, 11, 17), 30.0, 0.4)], now=NOW
    )
    shown = advising.advise_now(store, task, NONE, now=NOW, limits=LIMITS)
    air = store.read(TEMPERATURE, NOW - timedelta(hours=3), NOW, as_of=NOW)
    asked = question(NOW, shown.eur_kwh)
    asked = replace(asked, temperature_c=float(air.value[-1]), humidity_pct=30.0)
    answered = class_now(store, task, NONE, asked, now=NOW, limits=LIMITS).advice

    assert task.plant.indoor is not None
    assert shown.production.line.temperature_c == answered.line.temperature_c
    assert shown.production.broken == answered.broken == LIMITS
    assert shown.production.level == answered.level == "Halt"


def test_too_few_prices_are_told_with_what_is_missing_and_what_to_do(store, task):
    early = datetime(2025, 3, 12, tzinfo=UTC)

    with pytest.raises(MissingData, match=r"Of the 168 h before it .* 90 % are needed.*backfill"):
        score_now(store, task, NONE, question(instant=early), now=NOW)


def test_an_instant_far_ahead_is_refused(store, task):
    with pytest.raises(RequestInvalid, match="more than 48 h ahead"):
        score_now(store, task, NONE, question(instant=NOW + timedelta(hours=49)), now=NOW)


def test_tomorrow_can_be_asked_about_once_it_is_published(store, task, model):
    asked = question(instant=NOW + timedelta(hours=16))
    told = score_now(store, task, AdviceStatus(model, ""), asked, now=NOW)

    assert told.known.as_of == NOW
    assert told.advice.answered_by == model.learned.score_evaluation.answered_by


@pytest.mark.parametrize("hour", [0, 1, 2])
def test_the_night_on_which_the_clock_goes_back_is_answered_hour_by_hour(store, task, model, hour):
    instant = datetime(2025, 10, 26, hour, tzinfo=UTC)
    told = score_now(store, task, AdviceStatus(model, ""), question(instant=instant), now=NOW)

    assert told.known.features_missing == ()


def test_quarter_hour_spot_prices_are_ranked_by_their_time(make_store, task):
    store = make_store(key=SPOT)
    indexed = replace(task, contract=load_contract("indexed-3.0td"))
    instant = datetime(2025, 10, 2, 9, 20, tzinfo=UTC)  # the past week mixes hours and quarters
    told = score_now(store, indexed, NONE, question(instant=instant, price=0.2), now=NOW)
    row = store.read(SPOT, instant - timedelta(days=7), instant, as_of=instant)
    before = row.start < to_datetime64(datetime(2025, 10, 2, 9, 15, tzinfo=UTC))
    paid = price_eur_kwh(indexed.contract, row.start, row.value, of=SPOT)
    assert set(row.resolution_s) == {900, 3600}

    weight = row.resolution_s[before]
    dearer = (weight * (paid[before] > 0.2)).sum() / weight.sum()
    assert told.advice.score == pytest.approx(100 * dearer, abs=0.5)


def test_a_fixed_contract_needs_no_stored_price(make_store, task):
    fixed = parse_contract(
        "kind: fixed\ntariff: 3.0TD\n"
        "prices_eur_kwh: {P1: 0.2, P2: 0.18, P3: 0.15, P4: 0.12, P5: 0.1, P6: 0.08}\n",
        name="fixed",
    )
    store = make_store(weather=False)
    told = score_now(store, replace(task, contract=fixed), NONE, question(price=0.08), now=NOW)

    assert told.advice.score > 50


def test_advice_for_now_is_kept_and_read_until_its_period_ends(store, task, model, tmp_path):
    status = AdviceStatus(model, "")
    made = advising.advise_now(store, task, status, now=NOW + timedelta(minutes=7), limits=LIMITS)
    advising.write_current(tmp_path / "models", made)
    held = advising.read_current(tmp_path / "models", now=NOW + timedelta(minutes=59))

    assert (made.start, made.end) == (NOW, NOW + timedelta(hours=1))
    assert held == made
    assert made.production.broken == ()
    assert advising.read_current(tmp_path / "models", now=NOW + timedelta(hours=1)) is None


def test_advice_for_now_does_without_weather_and_without_a_price_says_so(make_store, task):
    store = make_store(weather=False)

    made = advising.advise_now(store, task, NONE, now=NOW, limits=LIMITS)
    assert "weather" not in {reason.code for reason in made.score.reasons}
    with pytest.raises(MissingData, match="price of this hour is missing"):
        advising.advise_now(store, task, NONE, now=NOW + timedelta(days=5), limits=LIMITS)


def test_what_another_version_wrote_is_no_advice(tmp_path):
    (tmp_path / "advice-now.json").write_text('{"made_at": 1}')

    assert advising.read_current(tmp_path, now=NOW) is None
