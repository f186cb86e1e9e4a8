"""Every target of the price forecasts in one table: accuracy by state, bands, time, memory.

    python -m benchmarks.forecast_targets --prices pvpc.csv --spot spot.csv --german DE.csv.gz \
        --from 2025-01-01 --to 2025-12-25 --resume fits

Without ``--spot`` or ``--german`` their lines are left out; several files of the spot are put one
after the other. ``--german`` is the file of Lago, Marcjasz, De Schutter and Weron (2021): date,
price and two forecasts, local time of 24 hours every day, measured on 2016 and 2017. ``--foreseen``
is REE's forecasts of demand, wind and sun for the day ahead, by the hour: T168 once more, with them
known as they are when that day begins (``foreseen_columns``); ``--stand-in`` holds years to learn
from before them. Beside each
error stand those of the naive and of ridge-LEAR in the same run. Times are CPU seconds of one
thread, so that other programs do not count; each is taken in a process of its own, whose peak
memory it is.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import multiprocessing
import resource
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from time import process_time

from benchmarks.forecast_t168 import read_series
from benchmarks.foreseen_columns import foreseen_columns
from chocolate_factory.cli.price_file import read_columns, read_prices
from chocolate_factory.fleet.checkpoint import resumable
from chocolate_factory.fleet.processes import process_map
from chocolate_factory.forecasting import MODELS, Backtest, Input, backtest
from chocolate_factory.forecasting.champion import Champion
from chocolate_factory.forecasting.foretold import KnownColumn
from chocolate_factory.forecasting.inputs import lay_out
from chocolate_factory.forecasting.layout import Slots, slots
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.results import Summary
from chocolate_factory.forecasting.rolling import MapRuns
from chocolate_factory.forecasting.training import roll_back, train
from chocolate_factory.market.catalog import SPOT
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.series import Series
from chocolate_factory.oversight.training import LEADS as TRAINED_LEADS

MODELS_MEASURED = ("naive", "similar-day", "ridge", "boosted", "champion")
WEEK_H, DAY_H, LEADS, FORTNIGHT_LEADS = 168, 24, 7, 14
GERMAN_DAYS = (date(2016, 1, 4), date(2017, 12, 31))
MIB = 1024


@dataclass(frozen=True, slots=True)
class Target:
    """A number to be reached: at most ``must``, better ``aim``; ``digits`` to print it with."""

    name: str
    must: float
    aim: float
    digits: int = 3

    def line(self, measured: float, naive: float, ridge: float) -> str:
        """One row of the table."""
        state = "aim" if measured <= self.aim else "must" if measured <= self.must else "missed"
        told = [f"{value:.{self.digits}f}" for value in (measured, naive, ridge)]
        return f"| {self.name} | {' | '.join(told)} | {self.must:g} | {self.aim:g} | {state} |"


def of(told: Backtest, model: str) -> Summary:
    """The summary of one model."""
    return next(one for one in told.summary if one.model == model)


def errors(told: Backtest, week: Target, day: Target | None, crps: Target | None) -> list[str]:
    """Rows of rMAE over the horizon and on its first day, and of CRPS beside the naive's."""
    each = [of(told, name) for name in ("champion", "naive", "ridge")]
    rows = [week.line(*(one.rmae for one in each))]
    if day is not None:
        rows.append(day.line(*(one.by_lead[0].rmae for one in each)))
    if crps is not None:
        rows.append(crps.line(*(one.crps / each[1].crps for one in each)))
    return rows


def coverage(name: str, told: Backtest) -> list[str]:
    """Rows of the champion's coverage overall and by lead day, in per cent."""
    one = of(told, "champion")
    rows = []
    for band, level, overall, by_lead in (
        ("p10–p90", 80, one.coverage_80, [day.coverage_80 for day in one.by_lead]),
        ("p05–p95", 90, one.coverage_90, [day.coverage_90 for day in one.by_lead]),
    ):
        shares = [100 * share for share in (overall, *by_lead)]
        state = "must" if all(abs(share - level) <= 2 for share in shares) else "missed"
        told_of = " ".join(f"{share:.1f}" for share in shares[1:])
        rows.append(f"| {name}, {band} | {shares[0]:.1f} | {told_of} | {level} ± 2 | {state} |")
    return rows


def german_files(path: Path, folder: Path) -> tuple[Path, Path]:
    """The file of the paper as the two that ``chocolate-factory backtest`` takes."""
    prices, columns = folder / "prices.csv", folder / "columns.csv"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))[1:]
    for target, header, places in (
        (prices, "time_local,de_eur_mwh", (0, 1)),
        (columns, "time_local,load_mw,wind_and_solar_mw", (0, 2, 3)),
    ):
        body = "\n".join(",".join(row[place] for place in places) for row in rows)
        target.write_text(f"{header}\n{body}\n", encoding="utf-8")
    return prices, columns


def german(path: Path, spread: MapRuns, every: int) -> Backtest:
    """The German benchmark: one day ahead, both forecasts of that day known."""
    clock = Clock.named("naive")
    with tempfile.TemporaryDirectory() as folder:
        prices, columns = german_files(path, Path(folder))
        given = read_prices(prices, clock=clock)
        inputs = [
            Input(one.name, one.start, one.value, DAY_H)
            for one in read_columns(columns, clock=clock)
        ]
    return backtest(
        given.series, first=GERMAN_DAYS[0], last=GERMAN_DAYS[1], horizon_h=DAY_H,
        models=MODELS_MEASURED, about=given.about, inputs=inputs, every=every, map=spread,
    )  # fmt: skip


def cost_of_training(series: Series, inputs: Sequence[Input]) -> tuple[float, float]:
    """CPU seconds of training the champion from scratch, and of the day after with a week ahead.

    With ``inputs`` as if they had been known ahead all the time.
    """
    return _cost(series, [inputs], LEADS, LEADS)


def cost_as_served(series: Series, inputs: Sequence[Input]) -> tuple[float, float]:
    """The same as the service does it: further ahead, and with tomorrow's spot known or not.

    Of the other columns only the past is known then. The day after is a fortnight with the spot.
    """
    before = [replace(one, lead_h=0) for one in inputs]
    known = [replace(one, lead_h=DAY_H if one.name == SPOT.name else 0) for one in inputs]
    return _cost(series, [before, known], TRAINED_LEADS, FORTNIGHT_LEADS)


def _cost(
    series: Series, states: Sequence[Sequence[Input]], leads: int, asked: int
) -> tuple[float, float]:
    champion = MODELS["champion"]
    if not isinstance(champion, Champion):
        raise TypeError("the champion is not a blend")
    past = slots(series)
    yesterday = past.until(len(past) - 2)

    def beside(days: Slots) -> list[Mapping[str, KnownColumn]]:
        always = [[replace(one, since=None) for one in inputs] for inputs in states]
        return [lay_out(one, days.first_day, len(days), clock=days.clock) for one in always]

    began = process_time()
    trained = train(champion, series.key, yesterday, beside(yesterday), leads)
    made = process_time()
    roll_back(
        champion, series.key, past, beside(past)[-1], leads=asked, trained=trained
    ).rolling.calibrated(len(past) - 1)
    return made - began, process_time() - made


def cost_of_ridge(series: Series, inputs: Sequence[Input]) -> tuple[float, float]:
    """CPU seconds of fitting ridge-LEAR once, and of a week ahead by it."""
    past = slots(series)
    laid = lay_out(inputs, past.first_day, len(past), clock=past.clock)
    known = Known(series.key, past.first_day, past.hourly, laid, past.clock)
    began = process_time()
    fitted = MODELS["ridge"].fit(known, LEADS)
    made = process_time()
    fitted.predict(known, LEADS)
    return made - began, process_time() - made


_Work = Callable[[Series, Sequence[Input]], tuple[float, float]]


def in_own_process(
    work: _Work, series: Series, inputs: Sequence[Input]
) -> tuple[float, float, float]:
    """What ``work`` took, and the peak memory [MiB] of the process that did it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_with_memory, (work, series, inputs))


def _with_memory(
    work: _Work, series: Series, inputs: Sequence[Input]
) -> tuple[float, float, float]:
    import lightgbm  # noqa: F401, PLC0415 - loading takes seconds, which are not the work's
    import scipy.optimize  # noqa: F401, PLC0415
    import sklearn.linear_model  # noqa: F401, PLC0415

    took = work(series, inputs)
    return *took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def print_costs(
    series: Series, inputs: Sequence[Input], looked_at: str, work: _Work = cost_of_training
) -> None:
    """Times and memory of the champion beside those of ridge-LEAR."""
    training_s, daily_s, memory_mib = in_own_process(work, series, inputs)
    fit_s, predict_s, _ = in_own_process(cost_of_ridge, series, inputs)
    print(
        f"\n| cost, one thread, {looked_at} | champion | ridge alone | must | aim | |"
        "\n|---|---|---|---|---|---|"
    )
    for name, value, ridge, must, aim in (
        ("training from scratch, CPU s", training_s, fit_s, 60.0, 20.0),
        ("the day after and its forecast, CPU s", daily_s, fit_s + predict_s, 2.0, 0.5),
    ):
        state = "aim" if value <= aim else "must" if value <= must else "missed"
        print(f"| {name} | {value:.2f} | {ridge:.2f} | {must:g} | {aim:g} | {state} |")
    state = "must" if memory_mib <= 1024 else "missed"
    print(f"| peak memory of training, MiB | {memory_mib:.0f} | – | 1024 | – | {state} |")


def print_errors(rows: Sequence[str], bands: Sequence[str]) -> None:
    """Both tables."""
    print("| target | champion | naive | ridge | must | aim | |\n|---|---|---|---|---|---|---|")
    print("\n".join(rows))
    print(
        "\n| coverage of the champion, % | overall | by lead day | must | |\n|---|---|---|---|---|"
    )
    print("\n".join(bands))


def main() -> None:
    """Measure what the files allow and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, required=True, help="PVPC, time_utc,price_eur_kwh")
    parser.add_argument("--spot", type=Path, nargs="+", help="day-ahead price, spot_es_eur_mwh")
    parser.add_argument("--german", type=Path, help="DE.csv.gz of the paper")
    parser.add_argument("--foreseen", type=Path, help="REE's forecasts for the day ahead")
    parser.add_argument("--stand-in", type=Path, nargs="*", default=[], help="years before them")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    parser.add_argument("--every", type=int, default=1, help="one origin every so many days")
    parser.add_argument("--resume", type=Path, help="folder that keeps finished fits")
    asked = parser.parse_args()
    spread = process_map(1) if asked.resume is None else resumable(asked.resume, process_map(1))

    def week(series: Series, *inputs: Input) -> Backtest:
        return backtest(
            series, first=asked.first, last=asked.last, horizon_h=WEEK_H,
            models=MODELS_MEASURED, every=asked.every, inputs=inputs, map=spread,
        )  # fmt: skip

    pvpc = read_series([asked.prices])
    told = week(pvpc)
    rows = errors(
        told, Target("T168 rMAE", 0.735, 0.70), Target("T24 rMAE", 0.60, 0.52),
        Target("CRPS ÷ that of the naive", 0.75, 0.70),
    )  # fmt: skip
    bands = coverage("PVPC", told)
    foreseen = foreseen_columns(asked.foreseen, asked.stand_in) if asked.foreseen else []
    if foreseen:
        foretold = week(pvpc, *foreseen)
        rows += errors(
            foretold, Target("T168 rMAE, first day's demand, wind and sun foreseen", 0.735, 0.70),
            Target("T24 rMAE, the same", 0.60, 0.52),
            Target("CRPS ÷ that of the naive, the same", 0.75, 0.70),
        )  # fmt: skip
        bands += coverage("PVPC, foreseen", foretold)
    if asked.spot:
        spot = read_series(asked.spot)
        known = week(pvpc, Input("spot", spot.start, spot.value, DAY_H))
        rows += errors(
            known, Target("T168+spot rMAE", 0.66, 0.60), Target("T24+spot rMAE", 0.18, 0.15), None
        )
        bands += coverage("PVPC, spot known", known)
        if foreseen:
            both = week(pvpc, Input("spot", spot.start, spot.value, DAY_H), *foreseen)
            rows += errors(
                both, Target("T168+spot rMAE, foreseen too", 0.66, 0.60),
                Target("T24+spot rMAE, the same", 0.18, 0.15), None,
            )  # fmt: skip
        market = week(spot)
        rows += errors(market, Target("spot T168 rMAE", 0.80, 0.72), None, None)
        bands += coverage("spot", market)
    if asked.german:
        abroad = german(asked.german, spread, asked.every)
        mae = [of(abroad, name).mae for name in ("champion", "naive", "ridge")]
        rows.append(Target("Germany, MAE €/MWh", 3.50, 3.30).line(*mae))
        bands += coverage("Germany", abroad)
    print(f"Origins from {asked.first} to {asked.last}, one every {asked.every} days\n")
    print_errors(rows, bands)
    print_costs(pvpc, (), "prices alone")
    if foreseen:
        print_costs(pvpc, foreseen, "demand, wind and sun")
    if asked.spot:
        beside = [Input(SPOT.name, spot.start, spot.value, DAY_H), *foreseen]
        told_of = "as served: two states, 16 days trained, a fortnight forecast"
        print_costs(pvpc, beside, told_of, cost_as_served)


if __name__ == "__main__":
    main()
