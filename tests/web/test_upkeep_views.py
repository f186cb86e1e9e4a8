"""How the data stands, as the page says it: work, failures, gaps, sources, who spoke."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chocolate_factory.market.series import Kind
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.store.base import Outcome, Run
from chocolate_factory.web import upkeep_views, views
from chocolate_factory.web.asked import Upkeep
from chocolate_factory.web.wording import WORDS

NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)
Text = Callable[..., str]


@pytest.fixture
def text(make_app: Callable[..., FastAPI]) -> Text:
    """The dashboard's text, every run of blanks as one."""

    def of(snapshot: Snapshot, upkeep: Upkeep, lang: str = "en") -> str:
        app = make_app(lambda: snapshot, lambda: upkeep)
        html = TestClient(app).get(f"/dashboard?lang={lang}").text
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))

    return of


def ended(job: str, hours_ago: float, outcome: Outcome) -> Run:
    """A run that took a minute."""
    start = NOON - timedelta(hours=hours_ago)
    return Run(f"{job}-{hours_ago}", job, start, start + timedelta(minutes=1), outcome)


def test_a_job_that_ran_well_since_is_no_failure():
    runs = (
        ended("spot", 1, Outcome.NOTHING_DUE),
        ended("spot", 2, Outcome.FAILED),
        ended("backup", 3, Outcome.TIMED_OUT),
        ended("pvpc", 1, Outcome.NOT_PUBLISHED),
        ended("pvpc", 2, Outcome.REJECTED),
        ended("backup", 4, Outcome.DONE),
    )
    assert [run.id for run in upkeep_views.failures((), runs)] == ["backup-3"]


def test_a_failure_is_not_hidden_by_the_run_that_tries_again():
    again = replace(ended("spot", 0, Outcome.RUNNING), finished_at=None)

    failed = upkeep_views.failures((), (again, ended("spot", 1, Outcome.FAILED)))

    assert [run.id for run in failed] == ["spot-1"]


def test_what_the_schedule_says_of_a_run_is_fresher_than_what_is_stored(trouble: Upkeep):
    stored = tuple(replace(run, done=3) for run in trouble.runs)

    (work,) = upkeep_views.work(trouble.jobs, stored)

    assert (work.done, work.total) == (12, 40)


def test_work_that_was_asked_for_is_shown_beside_the_schedule_s(trouble: Upkeep):
    asked = replace(ended("backfill", 1, Outcome.RUNNING), finished_at=None)

    work = upkeep_views.work(trouble.jobs, (*trouble.runs, asked))

    assert [run.job for run in work] == ["backfill", "gap-repair"]


def test_a_simulated_source_is_no_fallback_of_its_model(trouble: Upkeep):
    value = trouble.hybrid.values[0]

    own = replace(value, source="simulation:openweathermap")

    assert upkeep_views.fell_back(value)
    assert not upkeep_views.fell_back(own)


def test_the_weather_says_who_spoke_how_it_is_known_and_of_when(
    snapshot: Snapshot, well: Upkeep, review
):
    shown = views.dashboard(snapshot, well, review).weather[0]
    station = shown.model_copy(update={"source": "aemet", "kind": Kind.MEASURED.value})

    assert WORDS["en"].provenance(station) == "AEMET 5279X · measured 14:00"
    assert WORDS["es"].provenance(station) == "AEMET 5279X · medido 14:00"


def test_the_weather_names_the_source_that_is_silent(
    text: Text, snapshot: Snapshot, trouble: Upkeep
):
    assert (
        "Temperature, Humidity: Open-Meteo, simulated instead of OpenWeatherMap · "
        "weather model 14:00 Wind, Sun: Open-Meteo, simulated · weather model 14:00"
    ) in text(snapshot, trouble)
    assert "en lugar de OpenWeatherMap" in text(snapshot, trouble, "es")


def test_the_page_tells_work_failures_gaps_sources_and_differences(
    text: Text, snapshot: Snapshot, trouble: Upkeep
):
    page = text(snapshot, trouble)

    assert "Repairing gaps 12 of 40 open-meteo-archive 2026-11-14 to 2026-11-18" in page
    assert "Weather forecast refused: someone must act Wed 25 Nov, 12:21 openweathermap:" in page
    assert "Backup failed, will be tried again Wed 25 Nov, 03:21 the disk is full" in page
    assert "critical: 1 moderate: 2 minor: 2 the oldest since Sat 21 Nov, 00:00" in page
    assert "Day-ahead market peninsula minor: 1 Wed 25 Nov, 00:00 1.25 h omie, ree-prices" in page
    assert "REE ree-prices Thu 26 Nov, 23:45 82 min ago Wed 25 Nov, 20:15 not needed" in page
    assert "key missing set CHOCOLATE_FACTORY_AEMET_KEY aemet-observation" in page
    assert "Day-ahead market Wed 25 Nov, 01:45 OMIE 68.20, REE 68.90 0.70 €/MWh" in page
    assert "And 3 more." in page


def test_the_page_tells_the_same_in_spanish(text: Text, snapshot: Snapshot, trouble: Upkeep):
    page = text(snapshot, trouble, "es")

    assert "Reparación de huecos 12 de 40" in page
    assert "crítico: 1 moderado: 2 leve: 2 el más antiguo desde el sáb 21 nov, 00:00" in page
    assert "falta la clave defina CHOCOLATE_FACTORY_AEMET_KEY aemet-observation" in page
    assert "OMIE 68,20, REE 68,90 0,70 €/MWh" in page


def test_a_plant_without_trouble_is_told_so_in_one_line(
    text: Text, snapshot: Snapshot, well: Upkeep, review
):
    page = text(snapshot, well)

    assert "Gaps Nothing that is due is missing." in page
    for title in ("Under way", "Failed last time", "Sources that differ"):
        assert title not in page


def test_the_first_start_shows_what_is_fetched_and_no_command(
    text: Text, nothing_stored: Snapshot, starting: Upkeep
):
    page = text(nothing_stored, starting)

    assert "Fetching the first data" in page
    assert "Fetching history 168 of 5,475" in page
    assert "about seven weeks of prices" in page
    assert "chocolate-factory demo" not in page
    assert "critical" not in page


def test_an_old_store_that_is_being_filled_is_no_first_start(
    text: Text, nothing_stored: Snapshot, starting: Upkeep
):
    market = nothing_stored.contract.market
    health = tuple(
        replace(series, count=9, first=NOON - timedelta(days=400))
        if series.key == market
        else series
        for series in nothing_stored.health
    )

    page = text(replace(nothing_stored, health=health), starting)

    assert "Fetching the first data" not in page
    assert "Under way Fetching history 168 of 5,475" in page


def test_prices_without_a_forecast_say_when_there_will_be_one(
    text: Text, prices_only: Snapshot, starting: Upkeep
):
    page = text(prices_only, starting)

    assert "No forecast yet Published prices are shown. A forecast starts once" in page
    assert "The first plan is made once there is a forecast." in page
    assert "Published prices only" in page
    assert "Model published" not in page
    assert page.count("Fetching history") == 1


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_progress_bar_has_a_label_and_no_value_while_the_total_is_unknown(
    make_app: Callable[..., FastAPI], nothing_stored: Snapshot, starting: Upkeep, lang: str
):
    app = make_app(lambda: nothing_stored, lambda: starting)
    html = TestClient(app).get(f"/dashboard?lang={lang}").text

    assert re.findall(r"<progress [^>]*>", html) == [
        '<progress id="work-0" max="5475" value="168">',
        '<progress id="work-1">',
    ]
    assert re.findall(r'<label for="(work-\d)">', html) == ["work-0", "work-1"]
