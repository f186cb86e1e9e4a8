"""What a program asks a running factory. Answers are the schemas of the interface itself.

Instants have their offset (Europe/Madrid), intervals are half-open, and every number has its unit
in its name. Every method raises ``ServerUnreachable`` if there is no answer, and ``ServerRefused``
with the server's own words if it is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from chocolate_factory.client.asking import Connection
from chocolate_factory.errors import JobFailed, TimedOut
from chocolate_factory.store.outcome import Outcome
from chocolate_factory.web.alert_schemas import AlertsAnswer, AlertState
from chocolate_factory.web.forecast_schemas import HoursAhead, SeriesName, WeekAhead
from chocolate_factory.web.plan_schemas import (
    AcceptAsked,
    PinAsked,
    StandingAnswer,
    StartedAsked,
    ToldAnswer,
    UndoAsked,
)
from chocolate_factory.web.savings_schemas import PlanSummary, SavingsAnswer, WindowsAnswer
from chocolate_factory.web.schemas import Dashboard
from chocolate_factory.web.upkeep_schemas import GapAnswer, JobRun, JobRuns

PlanFile = Literal["csv", "xlsx", "pdf", "ics"]
MonthFile = Literal["pdf", "csv"]


class Client:
    """A running factory. Parameters as for ``Connection``; to be closed, or used by ``with``."""

    def __init__(
        self,
        address: str = "http://127.0.0.1:8000",
        *,
        token: str | None = None,
        site: str | None = None,
        language: Literal["en", "es"] = "en",
        timeout_s: float = 30.0,
        connection: Connection | None = None,
    ) -> None:
        self._server = connection or Connection(
            address, token=token, site=site, language=language, timeout_s=timeout_s
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._server.close()

    def dashboard(self) -> Dashboard:
        """Everything the dashboard shows."""
        return self._server.read("/dashboard/complete", Dashboard)

    def hours_ahead(self, hours: int = 24, *, series: SeriesName | None = None) -> HoursAhead:
        """Market prices of the coming 1 to 336 hours, with quantiles."""
        asked: dict[str, str | int | float] = {"hours": hours}
        if series is not None:
            asked["series"] = series
        return self._server.read("/predict/prices/hourly", HoursAhead, asked)

    def week_ahead(self, *, series: SeriesName | None = None) -> WeekAhead:
        """Market prices of seven days by clock hour, with quantiles."""
        asked = {} if series is None else {"series": series}
        return self._server.read("/predict/prices/weekly", WeekAhead, asked)

    def cheapest(self, *, days: int = 7, hours: int = 3) -> WindowsAnswer:
        """The cheapest stretch of so many hours in each of the coming days."""
        asked = {"days": days, "hours": hours}
        return self._server.read("/insights/optimal-windows", WindowsAnswer, asked)

    def savings(self) -> SavingsAnswer:
        """What was saved this week, month and year."""
        return self._server.read("/insights/savings-tracking", SavingsAnswer)

    def gaps(self, *, days_back: int = 30) -> GapAnswer:
        """Delivery periods of the last days that should be stored and are not."""
        return self._server.read("/gaps/detect", GapAnswer, {"days_back": days_back})

    def alerts(self) -> AlertsAnswer:
        """What a person should know now."""
        return self._server.read("/insights/alerts", AlertsAnswer)

    def acknowledge(self, alert_id: str) -> AlertState:
        """Say that an alert was seen."""
        return self._server.send(f"/insights/alerts/{alert_id}/acknowledge", AlertState)

    def standing(self) -> StandingAnswer:
        """The plan in force, the one proposed in its place, reports and pins."""
        return self._server.read("/plan", StandingAnswer)

    def summary(self) -> PlanSummary:
        """The plan in force in short: what runs, what is next, what it costs and saves."""
        return self._server.read("/optimize/production/summary", PlanSummary)

    def accept(self, plan_id: str) -> ToldAnswer:
        """Put the proposed plan in force."""
        return self._server.send("/plan/accept", ToldAnswer, body=AcceptAsked(plan_id=plan_id))

    def started(
        self,
        batch: str,
        stage: str,
        start: datetime,
        *,
        machine: str | None = None,
        end: datetime | None = None,
        energy_kwh: float | None = None,
    ) -> ToldAnswer:
        """Report that a block of the plan in force began, and what else is known of it."""
        body = StartedAsked(
            batch=batch,
            stage=stage,
            start=start,
            machine=machine,
            end=end,
            energy_kwh=energy_kwh,
        )
        return self._server.send("/plan/started", ToldAnswer, body=body)

    def pin(self, batch: str, begin: datetime | None = None) -> ToldAnswer:
        """Have a batch begin at an instant in every later plan; None keeps it where it is."""
        return self._server.send("/plan/pin", ToldAnswer, body=PinAsked(batch=batch, begin=begin))

    def undo(self, event_id: str) -> ToldAnswer:
        """Take back what was told."""
        return self._server.send(
            "/plan/undo", ToldAnswer, body=UndoAsked(event_id=event_id, batch=None)
        )

    def unpin(self, batch: str) -> ToldAnswer:
        """Take back the pin of a batch of the plan in force."""
        return self._server.send(
            "/plan/undo", ToldAnswer, body=UndoAsked(event_id=None, batch=batch)
        )

    def plan_now(self) -> JobRun:
        """Begin to plan; the run under way if there is one."""
        return self._server.send("/optimize/production/daily", JobRun)

    def train(self) -> JobRun:
        """Begin to train the price models; the run under way if there is one."""
        return self._server.send("/models/train", JobRun)

    def backfill(self, *, days_back: int = 30) -> JobRun:
        """Begin to ask the sources again for what is missing of the last days."""
        return self._server.send("/gaps/backfill", JobRun, asked={"days_back": days_back})

    def jobs(self, *, limit: int = 50) -> JobRuns:
        """The newest runs."""
        return self._server.read("/jobs", JobRuns, {"limit": limit})

    def job(self, job_id: str) -> JobRun:
        """How far one run is."""
        return self._server.read(f"/jobs/{job_id}", JobRun)

    def follow(
        self,
        run: JobRun,
        *,
        every: timedelta = timedelta(seconds=1),
        within: timedelta = timedelta(minutes=30),
        tell: Callable[[JobRun], None] | None = None,
    ) -> JobRun:
        """Wait until a run has ended; ``tell`` is called with it each time it is looked at.

        Raises ``JobFailed`` if it did not end well and ``TimedOut`` if it has not ended in time.
        """
        until_s = time.monotonic() + within.total_seconds()
        while True:
            run = self.job(run.id)
            if tell is not None:
                tell(run)
            if run.finished is not None:
                break
            if time.monotonic() > until_s:
                raise TimedOut(f"{run.id} still runs after {within}: {run.detail}")
            time.sleep(every.total_seconds())
        if not Outcome(run.state).ended_well:
            raise JobFailed(f"{run.id} {run.state}: {run.detail}")
        return run

    def plan_file(self, path: Path, kind: PlanFile | None = None) -> Path:
        """Write the plan in force to a file of the kind that its name ends with."""
        return self._written(path, f"/reports/plan.{kind or path.suffix.removeprefix('.')}", {})

    def month_report(
        self, path: Path, month: date | None = None, kind: MonthFile | None = None
    ) -> Path:
        """Write a month's report to a file; without ``month`` of the last one that is over."""
        asked = {} if month is None else {"month": f"{month:%Y-%m}"}
        return self._written(path, f"/reports/month.{kind or path.suffix.removeprefix('.')}", asked)

    def _written(self, path: Path, address: str, asked: dict[str, str]) -> Path:
        path.write_bytes(self._server.fetch(address, asked))
        return path
