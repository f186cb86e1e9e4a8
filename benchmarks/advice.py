"""Advice models on real prices: learned, calibrated and evaluated on three parts of time in turn.

    .venv/bin/python benchmarks/advice.py --prices FILE --contract pvpc --weather FILE \
        --learn 2021-06-07 --calibrate 2024-07-01 --evaluate 2025-01-01 --end 2026-01-01

FILE of prices as for ``chocolate-factory backtest`` (PVPC, or spot for an indexed contract). The
weather is a CSV with the time first and ``temperature_2m_c``; without it the models learn without.
Every week is replayed with perfect foresight first, which takes a second or two each; ``--plans``
keeps the result for the next time.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import time
from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np

from chocolate_factory.advising.reading import Weather, trace_of
from chocolate_factory.advising.training import examples_of, replay, whole_weeks
from chocolate_factory.cli.price_file import read_prices
from chocolate_factory.insights.advice.measure import Evaluation, calibration_error
from chocolate_factory.insights.advice.saved import AdviceModel, Origin, from_bytes, to_bytes
from chocolate_factory.insights.advice.targets import CLASSES
from chocolate_factory.insights.advice.training import Cuts, learn
from chocolate_factory.market.calendar import local_midnight, to_datetime
from chocolate_factory.market.contract import contract_named
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.hindsight import Hindsight
from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.plant import parse_plant


def main() -> None:
    """Learn, measure, print the tables."""
    asked = _arguments()
    task = _task(asked.contract)
    series = read_prices(asked.prices).series
    trace = trace_of(series, task.contract)
    weather = _weather(asked.weather)
    weeks = _weeks(asked.plans, task, trace, local_midnight(asked.end))
    began = time.process_time()
    examples = examples_of(trace, weeks, task.plant, task.contract.tariff, weather)
    laid_s = time.process_time() - began
    cuts = Cuts(*map(local_midnight, (asked.learn, asked.calibrate, asked.evaluate, asked.end)))
    began = time.process_time()
    learned = learn(examples, cuts, step=lambda _: None)
    learned_s = time.process_time() - began
    shares = np.bincount(examples.classed.classes, minlength=len(CLASSES)) / len(
        examples.classed.instants
    )
    print(f"{asked.contract}: {len(weeks)} weeks, {len(examples.instants)} hours")
    print(
        "classes " + ", ".join(f"{n} {100 * s:.1f} %" for n, s in zip(CLASSES, shares, strict=True))
    )
    print(f"features {len(learned.features)}; missing: {', '.join(learned.missing) or 'none'}")
    print(f"CPU s: rows {laid_s:.1f}, two models evaluated and two kept {learned_s:.1f}")
    _print("score", learned.score_evaluation)
    if learned.class_evaluation is not None:
        _print("class", learned.class_evaluation)
    _print_speed(AdviceModel(_origin(trace.start[-1]), learned), examples.table[-2000:])


def _print(what: str, told: Evaluation) -> None:
    print(
        f"\n{what}: learned to {told.trained_to:%Y-%m-%d}, evaluated {told.first:%Y-%m-%d} to "
        f"{told.last:%Y-%m-%d}, {told.rows} hours of {told.weeks} weeks; {told.answered_by} answers"
    )
    names = list(told.measured[0].values)
    print(f"{'':42s}" + "".join(f"{name:>14s}" for name in names))
    for one in told.measured:
        print(f"{one.who:42s}" + "".join(f"{one.values[name]:14.3f}" for name in names))
    for one in told.differences:
        print(
            f"  {one.measure} minus that of {one.than}: "
            f"{one.mean:.3f} [{one.low:.3f}, {one.high:.3f}]"
        )
    print(f"  probabilities off by {calibration_error(told.reliability):.3f} on average:")
    for bin_ in told.reliability:
        print(f"    said {bin_.said:.2f}  came true {bin_.happened:.2f}  {bin_.rows}")


def _print_speed(model: AdviceModel, table: np.ndarray) -> None:
    data = to_bytes(model)
    began = time.perf_counter()
    loaded = from_bytes(data).learned
    load_ms = 1000 * (time.perf_counter() - began)
    took_ms = []
    for row in table[:, None, :]:
        began = time.perf_counter()
        loaded.score.scores(row)
        loaded.score.forest.contributions(row[0])
        if loaded.classes is not None:
            loaded.classes.probabilities(row)
        took_ms.append(1000 * (time.perf_counter() - began))
    p50, p99 = np.percentile(took_ms, [50, 99])
    print(
        f"\nmodel {len(data) / 1e6:.1f} MB, loaded in {load_ms:.0f} ms; both answers "
        f"{p50:.2f} ms (p50), {p99:.2f} ms (p99)"
    )


def _weeks(kept: Path | None, task: PlanTask, trace, end) -> tuple[Hindsight, ...]:
    if kept is not None and kept.exists():
        with np.load(kept, allow_pickle=False) as told:
            return (Hindsight(told["hours"], told["share"]),)
    mondays = list(whole_weeks(trace, end))
    done = replay(task, trace, mondays, tell=_tell)
    print(f"{done.left_out} of {len(mondays)} weeks left out: prices are missing, or no proof")
    hours = np.concatenate([week.hours for week in done.weeks])
    share = np.concatenate([week.process_kw / week.process_kw.max() for week in done.weeks])
    if kept is not None:
        np.savez(kept, hours=hours, share=share)
    return done.weeks


def _tell(done: int, total: int, detail: str = "") -> None:
    if done % 20 == 0:
        print(f"{done} of {total}: {detail}", flush=True)


def _task(contract: str) -> PlanTask:
    data = files("chocolate_factory").joinpath("data")
    plant = parse_plant(data.joinpath("reference_plant.yaml").read_text("utf-8"), name="plant")
    orders = parse_orders(
        data.joinpath("reference_orders.yaml").read_text("utf-8"), name="orders", plant=plant
    )
    return PlanTask(plant=plant, contract=contract_named(contract), orders=orders)


def _weather(path: Path | None) -> Weather:
    none = np.array([], dtype="datetime64[s]"), np.array([])
    if path is None:
        return Weather(*none, *none)
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        rows = list(csv.DictReader(lines))
    first = next(iter(rows[0]))
    at = np.array([row[first].rstrip("Z") for row in rows], dtype="datetime64[s]")
    return Weather(at, np.array([float(row["temperature_2m_c"]) for row in rows]), *none)


def _origin(last: np.datetime64) -> Origin:
    return Origin(to_datetime(last), "reference", "benchmark", "", 0, 0, False, {})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, required=True)
    parser.add_argument("--contract", default="pvpc")
    parser.add_argument("--weather", type=Path)
    parser.add_argument("--plans", type=Path, help="keep the replayed weeks in this file (.npz)")
    for name in ("learn", "calibrate", "evaluate", "end"):
        parser.add_argument(f"--{name}", type=date.fromisoformat, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
