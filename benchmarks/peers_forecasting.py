"""A week of prices ahead: Prophet and statsforecast's seasonal models beside ours, walk-forward.

    .venv/bin/python -m benchmarks.peers_forecasting --prices pvpc.csv \
        --from 2025-01-01 --to 2025-12-24 --every 28

Every model forecasts the same 168 hours from the same origins (local midnight, nothing of that day
known) and is scored by the same code: rMAE is its mean absolute error over that of the same hour a
week before, with a 95 % interval by block bootstrap. All get the whole history before the origin,
the peers in hours of UTC, a missing hour filled with that of the week before; ``--history`` gives
the peers fewer days, and says so above the table. What they are told to look for is
what their manuals say for hourly data: Prophet day, week, year and Spain's holidays; statsforecast
MSTL with day and week and an ETS or Theta trend, Holt and Winters' smoothing with a day, and its
seasonal naive with a week, which shows that both sides compare the same hours. CPU seconds
are of one thread and of all origins together; compiling and loading are not in them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.forecast_t168 import read_series
from benchmarks.peer import PeerFailed, PeerMissing, asked, installed
from chocolate_factory.forecasting import Backtest, backtest
from chocolate_factory.forecasting.measure import Ground, compare, ground, summarise
from chocolate_factory.forecasting.results import Predictions, Summary
from chocolate_factory.market.series import QUANTILES, Series

HOUR = np.timedelta64(1, "h")
WEEK_H, DAY_H = 168, 24
AN_ORIGIN_S = 300.0
"""How long all models of a peer may take of one origin: they take some 20 s."""
PEERS = {"prophet": ("prophet==1.5.0",), "statsforecast": ("statsforecast==2.1.1",)}

PROPHET = r"""
import json, logging, sys, time, warnings
warnings.simplefilter("ignore")
for name in ("prophet", "cmdstanpy"):
    logging.getLogger(name).setLevel(logging.CRITICAL)
import numpy as np, pandas as pd
from prophet import Prophet

asked = json.load(sys.stdin)
made, spent = [], 0.0
for origin in asked["origins"]:
    hours = pd.to_datetime(origin["first"], unit="s") + pd.to_timedelta(
        np.arange(-len(origin["past"]), origin["ahead"]), unit="h")
    wall = hours.tz_localize("UTC").tz_convert("Europe/Madrid").tz_localize(None)
    n = len(origin["past"])
    began = time.process_time()
    model = Prophet(daily_seasonality=True, weekly_seasonality=True, yearly_seasonality=True,
                    uncertainty_samples=300)
    model.add_country_holidays("ES")
    model.fit(pd.DataFrame({"ds": wall[:n], "y": origin["past"]}), seed=1)
    ahead = pd.DataFrame({"ds": wall[n:]})
    mean = model.predict(ahead)["yhat"].to_numpy()
    paths = model.predictive_samples(ahead)["yhat"]
    spent += time.process_time() - began
    made.append({"mean": mean.tolist(),
                 "quantiles": np.quantile(paths, asked["quantiles"], axis=1).T.tolist()})
print("RESULT " + json.dumps({"models": {"Prophet": {"made": made, "cpu_s": spent}}}))
"""

STATSFORECAST = r"""
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from statsforecast.models import MSTL, AutoETS, AutoTheta, HoltWinters, SeasonalNaive

asked = json.load(sys.stdin)
week, day = 168, 24
models = {
    "seasonal naive of statsforecast": lambda: SeasonalNaive(week),
    "MSTL day and week, ETS": lambda: MSTL([day, week], trend_forecaster=AutoETS(model="ZZN")),
    "MSTL day and week, Theta": lambda: MSTL([day, week], trend_forecaster=AutoTheta()),
    "Holt-Winters, day": lambda: HoltWinters(season_length=day),
}
levels = [50, 80, 90]
columns = ["lo-90", "lo-80", "lo-50", "mean", "hi-50", "hi-80", "hi-90"]

def forecast(make, origin):
    return make().forecast(y=np.array(origin["past"]), h=origin["ahead"], level=levels)

answer = {}
for name, make in models.items():
    forecast(make, asked["origins"][0])  # compiles
    made, began = [], time.process_time()
    for origin in asked["origins"]:
        told = forecast(make, origin)
        made.append({"mean": told["mean"].tolist(),
                     "quantiles": np.sort(np.stack([told[c] for c in columns], 1), 1).tolist()})
    answer[name] = {"made": made, "cpu_s": time.process_time() - began}
print("RESULT " + json.dumps({"models": answer}))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """How a model did, and the CPU seconds it took over all origins."""

    summary: Summary
    cpu_s: float
    made: Predictions


def main() -> None:
    """Forecast, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, required=True, help="time_utc,price_eur_kwh")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    parser.add_argument("--every", type=int, default=28, help="one origin every so many days")
    parser.add_argument(
        "--ours", nargs="+", default=["ridge", "champion"], help="the last is compared"
    )
    parser.add_argument("--history", type=int, help="days that the peers are given [all]")
    asked_for = parser.parse_args()
    series = read_series([asked_for.prices])
    rows: list[Measured] = []
    for name in asked_for.ours:
        told, cpu_s = ours(name, series, asked_for)
        rows.append(Measured(told.summary[-1], cpu_s, told.predictions[-1]))
    naive, actual = told.predictions[0], told.actual
    on = ground(naive, actual, clock=told.clock, horizon_h=WEEK_H, every=asked_for.every)
    question = questions(naive, series, asked_for.history)
    failed: list[str] = []
    for script, (peer, wanted) in zip((PROPHET, STATSFORECAST), PEERS.items(), strict=True):
        try:
            limit_s = AN_ORIGIN_S * len(question["origins"])
            answer = asked(installed(peer, wanted), script, question, within_s=limit_s)
        except PeerMissing as fault:
            print(f"skipped: {peer} cannot be installed here: {fault}")
            continue
        except PeerFailed as fault:
            failed.append(f"{peer} does not answer: {fault}")
            continue
        rows += [theirs(model, said, naive, on) for model, said in answer["models"].items()]
    if asked_for.history:
        print(f"peers were given {asked_for.history} days, ours all there are\n")
    print_table(rows, rows[len(asked_for.ours) - 1], on, told)
    if failed:
        raise SystemExit("; ".join(failed))


def ours(name: str, series: Series, asked_for: argparse.Namespace) -> tuple[Backtest, float]:
    """A backtest of the naive and one model of ours, and its CPU seconds."""
    began = time.process_time()
    told = backtest(
        series, first=asked_for.first, last=asked_for.last, horizon_h=WEEK_H,
        models=("naive", name), every=asked_for.every,
    )  # fmt: skip
    return told, time.process_time() - began


def questions(naive: Predictions, series: Series, history_days: int | None) -> dict[str, Any]:
    """For each origin the hours it knows, oldest first, and how many are to be forecast.

    ``history_days``: of how many days it knows the hours; None means of all.
    """
    first = series.start.min()
    hourly = np.full(int((series.start.max() - first) / HOUR) + 1, np.nan)
    hourly[((series.start - first) / HOUR).astype(int)] = series.value
    for hour in np.flatnonzero(np.isnan(hourly)):
        hourly[hour] = hourly[hour - WEEK_H]
    origins = []
    for origin in np.unique(naive.origin):
        own = naive.start[naive.origin == origin]
        at = int((own[0] - first) / HOUR)
        oldest = 0 if history_days is None else max(0, at - history_days * DAY_H)
        past = hourly[oldest:at]
        begin = int(own[0].astype("datetime64[s]").astype(np.int64))
        origins.append({"first": begin, "past": past.tolist(), "ahead": len(own)})
    return {"origins": origins, "quantiles": list(QUANTILES)}


def theirs(model: str, said: dict[str, Any], naive: Predictions, on: Ground) -> Measured:
    """A peer's forecasts, scored as ours are."""
    mean = np.concatenate([np.array(one["mean"]) for one in said["made"]])
    quantiles = np.concatenate([np.array(one["quantiles"]) for one in said["made"]])
    made = Predictions(model, naive.origin, naive.start, mean, quantiles)
    return Measured(summarise(made, on), said["cpu_s"], made)


def print_table(rows: Sequence[Measured], own: Measured, on: Ground, told: Backtest) -> None:
    """Every model by its error, each beside ``own``."""
    origins, ours_is = own.summary.origins, own.summary.model
    print(f"{told.key}, {origins} origins from {told.first} to {told.last}, {WEEK_H} h\n")
    print(
        f"| model | rMAE T168 [95 %] | rMAE T24 | error ÷ {ours_is} | p10–p90 | CRPS ÷ {ours_is} "
        f"| p of no difference | CPU s an origin |\n|{'---|' * 8}"
    )
    for row in sorted(rows, key=lambda one: one.summary.mae):
        one = row.summary
        interval = one.interval_95["rmae"]
        spread = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
        doubt = [] if row is own else [test.p_value for test in compare([own.made, row.made], on)]
        print(
            f"| {one.model} | {one.rmae:.3f}{spread} | {one.by_lead[0].rmae:.3f} "
            f"| {one.mae / own.summary.mae:.2f} | {one.coverage_80:.2f} "
            f"| {one.crps / own.summary.crps:.2f} | {f'{doubt[0]:.3f}' if doubt else '–'} "
            f"| {row.cpu_s / origins:.2f} |"
        )


if __name__ == "__main__":
    main()
