"""FIGURES FOR PROMETHEUS: how fresh data are, what is missing, how jobs, forecasts and answers do.

All but the latencies are read from what is stored at each scrape. Names of series, places, sources'
feeds, jobs and routes are labels; no value of a setting is, and nothing a caller sent.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chocolate_factory.store.base import Outcome
from chocolate_factory.web.alert_routes import AlertDesk
from chocolate_factory.web.asked import JobLine, ModelHealth, Reads

PREFIX = "chocolate_factory_"
BUCKETS_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
"""A page should take less than the fourth."""

METHODS = frozenset({"GET", "HEAD", "POST"})
"""What routes answer to."""

ELSEWHERE = "other"
"""The route of whatever led to none, and any other method: what a caller made up becomes no label,
which would be kept for as long as the program runs."""


class Figures:
    """The figures of one application."""

    def __init__(self, reads: Reads, alerts: AlertDesk) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(Stored(reads, alerts))
        self.latency = Histogram(
            f"{PREFIX}request_duration_seconds",
            "How long a request took, from its head to the last byte of its answer",
            ("method", "route", "status"),
            registry=self._registry,
            buckets=BUCKETS_S,
        )

    def text(self) -> bytes:
        """Everything in Prometheus' text format. May raise ``StoreError``."""
        return generate_latest(self._registry)


class Stored(Collector):
    """What is read from the store at a scrape."""

    def __init__(self, reads: Reads, alerts: AlertDesk) -> None:
        self._reads = reads
        self._alerts = alerts

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering reads nothing."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every figure, read once."""
        now = self._reads.now()
        yield from self._data()
        yield from _of_models(self._reads.models(), now)
        yield from _of_jobs(self._reads.scheduler(), now)
        held = _gauge("alerts", "Alerts that hold", "gravity", "kind", "seen")
        counts: dict[tuple[str, str, str], int] = {}
        for one in self._alerts.alerts().every:
            if one.ended is None:
                seen = "no" if one.seen is None else "yes"
                of = (one.alert.gravity.value, one.alert.kind.value, seen)
                counts[of] = counts.get(of, 0) + 1
        for of, count in counts.items():
            held.add_metric(of, count)
        yield held

    def _data(self) -> Iterator[Metric]:
        ages = _gauge(
            "series_age_seconds", "Since the newest value became known", "series", "place"
        )
        counts = _gauge("series_periods", "Delivery periods held", "series", "place")
        for series in self._reads.snapshot().health:
            of = (series.key.name, series.key.place)
            counts.add_metric(of, series.count)
            if series.age_s is not None:
                ages.add_metric(of, series.age_s)
        yield from (ages, counts)
        missing = _gauge(
            "gap_periods", "Delivery periods missing in the last two weeks", "series", "place"
        )
        longest = _gauge("longest_gap_seconds", "The longest gap among them", "series", "place")
        for told in self._reads.gaps().series:
            of = (told.key.name, told.key.place)
            missing.add_metric(of, told.expected - told.present)
            lengths = [(gap.end - gap.start).total_seconds() for gap in told.gaps]
            longest.add_metric(of, max(lengths, default=0.0))
        yield from (missing, longest)
        feeds = _gauge("feed_age_seconds", "Since a feed last told something new", "feed")
        for feed in self._reads.feeds():
            if feed.age_s is not None:
                feeds.add_metric((feed.feed,), feed.age_s)
        yield feeds


def _of_models(models: Iterable[ModelHealth], now: datetime) -> Iterator[Metric]:
    age = _gauge("forecast_age_seconds", "Since the newest forecast was made", "series")
    error = _gauge(
        "forecast_mae", "Mean absolute error, four weeks, a week ahead", "series", "unit"
    )
    relative = _gauge("forecast_relative_mae", "The same over the error of the naive", "series")
    held = _gauge(
        "forecast_coverage_ratio", "Share of prices inside a band, four weeks", "series", "band"
    )
    amiss = _gauge("forecast_findings", "What is amiss with the forecasts", "series")
    for model in models:
        health = model.health
        name, week = health.key.name, health.verdict.week
        if health.forecast is not None:
            age.add_metric((name,), (now - health.forecast.origin).total_seconds())
        amiss.add_metric((name,), len(health.verdict.findings))
        if week is None:
            continue
        error.add_metric((name, health.unit), week.mae)
        held.add_metric((name, "80"), week.coverage_80)
        held.add_metric((name, "90"), week.coverage_90)
        if week.rmae is not None:
            relative.add_metric((name,), week.rmae)
    return iter((age, error, relative, held, amiss))


def _of_jobs(jobs: Iterable[JobLine], now: datetime) -> Iterator[Metric]:
    outcome = _gauge("job_last_outcome", "1 for how the newest run ended", "job", "outcome")
    duration = _gauge("job_last_duration_seconds", "How long that took", "job")
    mean = _gauge("job_mean_duration_seconds", "The mean over the runs kept", "job")
    done = _gauge("job_age_seconds", "Since it last ended well", "job")
    kept = _gauge("job_runs_kept", "Runs that are counted", "job")
    failed = _gauge("job_failures_kept", "Those that failed", "job")
    overrun = _gauge("job_overrun", "1 while a run is past its limit", "job")
    solve = _gauge("plan_duration_seconds", "How long the newest planning took", "job")
    for job in jobs:
        of = (job.name,)
        kept.add_metric(of, job.runs_kept)
        failed.add_metric(of, job.failures_kept)
        overrun.add_metric(of, float(job.overrun))
        if job.last_done is not None:
            done.add_metric(of, (now - job.last_done).total_seconds())
        if job.mean_duration_s is not None:
            mean.add_metric(of, job.mean_duration_s)
        if job.solve_ms is not None:
            solve.add_metric(of, job.solve_ms / 1000)
        if job.last is None or job.last.finished_at is None:
            continue
        for one in Outcome:
            if one is not Outcome.RUNNING:
                outcome.add_metric((job.name, one.value), float(job.last.outcome is one))
        duration.add_metric(of, (job.last.finished_at - job.last.started_at).total_seconds())
    return iter((outcome, duration, mean, done, kept, failed, overrun, solve))


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, about, labels=labels)


class Timed:
    """ASGI middleware inside ``Frame``: how long every request takes, by its route.

    A stream that stays open is counted when its head is sent.
    """

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self.app = app
        self._latency = figures.latency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began_s = time.perf_counter()
        status, streams, counted = 500, False, False

        def count() -> None:
            nonlocal counted
            if not counted:
                counted = True
                route = getattr(scope.get("route"), "path", ELSEWHERE)
                method = scope["method"] if scope["method"] in METHODS else ELSEWHERE
                labels = (method, route, str(status))
                self._latency.labels(*labels).observe(time.perf_counter() - began_s)

        async def send_counting(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                streams = (b"content-type", b"text/event-stream; charset=utf-8") in message[
                    "headers"
                ]
            await send(message)
            if streams or (
                message["type"] == "http.response.body" and not message.get("more_body", False)
            ):
                count()

        try:
            await self.app(scope, receive, send_counting)
        finally:
            count()
