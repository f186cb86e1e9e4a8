"""The models measured on the past for every zone that any site pays by; the fits are spread."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from chocolate_factory import oversight
from chocolate_factory.errors import ClusterUnavailable, RequestInvalid, StoreError
from chocolate_factory.fleet.checkpoint import resumable
from chocolate_factory.fleet.fleet_plan import Tell, markets
from chocolate_factory.fleet.naming import digest, program, require_same
from chocolate_factory.fleet.planning import FleetSite, why_not
from chocolate_factory.fleet.results import Verb, event_of
from chocolate_factory.fleet.spreading import Spread, in_order
from chocolate_factory.forecasting.rolling import MapRuns, Run, forecast_run
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.oversight import BacktestAsked, BacktestReport
from chocolate_factory.store.base import Event, Store


@dataclass(frozen=True, slots=True)
class FitJob:
    """One fit, and the version of the program that asks for it."""

    run: Run
    program: str


def fit(job: FitJob) -> Floats:
    """See ``forecast_run``. Raises ``ClusterUnavailable`` if this process is of another version."""
    require_same(job.program)
    return forecast_run(job.run)


@dataclass(frozen=True, slots=True)
class ZoneBacktest:
    """How the models did in a zone; ``amiss``: why nothing was measured there, if so."""

    market: SeriesKey
    report: BacktestReport | None
    amiss: str | None = None


def backtest_fleet(
    store: Store,
    sites: Sequence[FleetSite],
    asked: BacktestAsked,
    spread: Spread,
    *,
    now: datetime,
    folder: Path,
    tell: Tell,
) -> tuple[ZoneBacktest, ...]:
    """A result for each price series that any site pays by; ``asked.series`` is not looked at.

    One that is stored for the same question, prices, columns beside them and version of the program
    is not measured again. A zone that cannot be measured says why and hides no other.
    ``folder`` keeps finished fits until it is stored, so that an interrupted run goes on.

    Raises ``RequestInvalid`` if no site pays by a market, or as ``oversight.checked``;
    ``ClusterUnavailable``, also if a worker is of another version of the program, ``StoreError``.
    """
    keys = markets(sites)
    if not keys:
        raise RequestInvalid(
            "no site pays by a market: their prices are agreed, and there is nothing to forecast"
        )
    questions = [oversight.checked(replace(asked, series=key.name)) for key in keys]
    found = []
    for key, one in zip(keys, questions, strict=True):
        try:
            report = _measured(store, key, one, spread, now=now, folder=folder, tell=tell)
            found.append(ZoneBacktest(key, report))
        except (ClusterUnavailable, StoreError):
            raise
        except Exception as fault:  # noqa: BLE001 - a defect at one zone does not end the others
            found.append(ZoneBacktest(key, None, why_not(fault, f"prices {key}")))
    return tuple(found)


def _measured(
    store: Store,
    key: SeriesKey,
    asked: BacktestAsked,
    spread: Spread,
    *,
    now: datetime,
    folder: Path,
    tell: Tell,
) -> BacktestReport:
    given = oversight.material(store, asked, now=now)
    name = f"{key}-{digest([sorted(asked.texts().items()), program(), *given.parts()])}"
    at = local_midnight(asked.first)
    fits = folder / f"{key}-{digest(sorted(asked.texts().items()))}"
    known = event_of(store, Verb.BACKTEST, name, at=at)
    if known is None:
        report = oversight.measured(
            given,
            asked,
            now=now,
            progress=lambda done, total: tell(done, total, f"fits of {key.name}"),
            spread=resumable(fits, _fits(spread)),
        )
        shown = oversight.backtest_event(report)
        kept = Event(f"fleet-{Verb.BACKTEST}-{name}", f"fleet-{Verb.BACKTEST}", at, shown.document)
        if not store.save_once(kept, events=(shown,)):
            known = event_of(store, Verb.BACKTEST, name, at=at)
    shutil.rmtree(fits, ignore_errors=True)
    return report if known is None else oversight.report_of(known)


def _fits(spread: Spread) -> MapRuns:
    """A ``map`` of ``forecast_run`` over places that are all of this version."""

    def ordered(_work: object, runs: Iterable[Run]) -> Iterator[Floats]:
        return in_order(spread)(fit, [FitJob(run, program()) for run in runs])

    return ordered
