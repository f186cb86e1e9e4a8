"""One load over seven days in quarter-hours: EMHASS's model and ours, in one run on one machine.

    .venv/bin/python -m benchmarks.peers_planning --prices pvpc.csv --from 2025-01-13

The load is a conche of the reference plant: its phases in order, begun once, at any quarter-hour of
the week. EMHASS (github.com/davidusb-geci/emhass) is installed into an environment of its own
(``benchmarks/peer.py``), and its own optimisation is called as its day-ahead command does:
``Optimization`` built once, and asked. Both have to prove the optimum (relative gap 1e-6) and find
the same cost (within 1e-4 of it): times of anything else are not told. CPU seconds, the least of
several repeats; EMHASS is told both with its model built anew and asked again without building it.
Skips with the reason where EMHASS cannot be installed; fails where it is and does not answer.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peer import PeerMissing, installed, same_cost
from benchmarks.peer import asked as asked_of
from benchmarks.plan_weeks import read_prices
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.contract import contract_named
from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.planning.plant import Plant, Staffed, parse_plant
from chocolate_factory.planning.problem import build_problem
from chocolate_factory.planning.solve import solve

DAYS = 7
SLOT = timedelta(minutes=15)
REPEATS = 3
EMHASS = ("emhass==0.18.7",)
ANSWERED_S = 600.0
"""How long its repeats may take: they are a dozen seconds."""
STAGE, GRADE = "conching", "standard"

PEER = r"""
import asyncio, json, logging, pathlib, sys, time
import numpy as np, pandas as pd, emhass
from emhass import utils
from emhass.optimization import Optimization

asked = json.load(sys.stdin)
log = logging.getLogger("emhass"); log.setLevel(logging.ERROR)
root = pathlib.Path(emhass.__file__).parent
conf = {"data_path": pathlib.Path(asked["folder"]), "root_path": root,
        "associations_path": root / "data" / "associations.csv",
        "defaults_path": root / "data" / "config_defaults.json"}

async def read():
    config = await utils.build_config(conf, log, str(conf["defaults_path"]))
    profile = [1000 * kw for kw in asked["profile_kw"]]
    config |= {"optimization_time_step": 15, "number_of_deferrable_loads": 1,
               "nominal_power_of_deferrable_loads": [profile],
               "operating_hours_of_each_deferrable_load": [len(profile) / 4],
               "start_timesteps_of_each_deferrable_load": [0],
               "end_timesteps_of_each_deferrable_load": [0],
               "treat_deferrable_load_as_semi_cont": [True],
               "set_deferrable_load_single_constant": [False],
               "set_deferrable_startup_penalty": [0.0],
               "maximum_power_from_grid": 1000 * asked["limit_kw"],
               "lp_solver_mip_rel_gap": 1e-6, "lp_solver_timeout": 120}
    _, secrets = await utils.build_secrets(conf, log)
    params = await utils.build_params(conf, secrets, config, log)
    return utils.get_yaml_parse(params, log)

hass, optim, plant = asyncio.run(read())
optim["num_threads"] = 1
n = len(asked["eur_kwh"])
index = pd.date_range(asked["begin"], periods=n, freq="15min")
columns = {"unit_load_cost": asked["eur_kwh"], "unit_prod_price": np.zeros(n)}
frame = pd.DataFrame(columns, index=index)
nothing = pd.Series(np.zeros(n), index=index)

def built():
    return Optimization(hass, optim, plant, "unit_load_cost", "unit_prod_price", "cost", conf, log,
                        opt_time_delta=n / 4, num_timesteps=n)

def clock(call):
    began = time.process_time(); found = call(); return time.process_time() - began, found

def ask(model):
    return model.perform_dayahead_forecast_optim(frame, nothing, nothing)

anew, again = [], []
for _ in range(asked["repeats"]):
    spent, model = clock(built)
    more, told = clock(lambda: ask(model))
    anew.append(spent + more)
    again.append(clock(lambda: ask(model))[0])
kw = told["P_deferrable0"].to_numpy() / 1000
eur = float(kw @ np.array(asked["eur_kwh"]) / 4)
print("RESULT " + json.dumps({"anew_s": min(anew), "again_s": min(again), "eur": eur,
                              "status": str(told["optim_status"].iloc[0])}))
"""


def main() -> None:
    """Run both and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, required=True)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    asked = parser.parse_args()
    prices = read_prices(asked.prices)
    ours_s, ours_eur = ours(prices, asked.first)
    print(f"ours: {ours_s:.3f} CPU s, {ours_eur:.4f} €")
    try:
        peer = theirs(prices, asked.first)
    except PeerMissing as fault:
        print(f"skipped: EMHASS cannot be installed here: {fault}")
        return
    print(f"EMHASS: {peer['eur']:.4f} €, {peer['status']}")
    hold_against(ours_eur, peer)
    for name, seconds in (("built anew", peer["anew_s"]), ("asked again", peer["again_s"])):
        print(f"EMHASS, {name}: {seconds:.3f} CPU s, {seconds / ours_s:.0f} times ours")


def hold_against(ours_eur: float, peer: Mapping[str, Any]) -> None:
    """End where the peer did not solve the same problem to its optimum."""
    if peer["status"].lower() != "optimal" or not same_cost(ours_eur, peer["eur"]):
        raise SystemExit(
            f"EMHASS: {peer['eur']:.4f} €, {peer['status']}, and ours {ours_eur:.4f} €: not the "
            "same answer, so no times are compared"
        )


def ours(prices: PlanningPrices, first: date) -> tuple[float, float]:
    """CPU seconds from prices to proof, and what the load then costs [EUR]."""
    plant = one_stage()
    begin = local_midnight(first)
    end = begin + DAYS * timedelta(days=1)
    demand = Demand("a batch", GRADE, plant.kg(GRADE), 1, begin, begin, end)

    def plan() -> float:
        problem = build_problem(
            plant, (demand,), prices, start=begin, end=end,
            contract=contract_named("indexed-3.0td"),
        )  # fmt: skip
        found = solve(problem)
        if found is None or found.status != "optimal":
            raise SystemExit("no optimum: a defect")
        return found.objective

    return least(plan)


def least(call: Callable[[], float]) -> tuple[float, float]:
    """The least CPU seconds of some repeats, and the answer."""
    spent, answer = [], 0.0
    for _ in range(REPEATS):
        began = time.process_time()
        answer = call()
        spent.append(time.process_time() - began)
    return min(spent), answer


def one_stage() -> Plant:
    """The reference plant's conche alone, whenever it likes."""
    text = files("chocolate_factory").joinpath("data", "reference_plant.yaml").read_text("utf-8")
    plant = parse_plant(text, name="plant")
    (stage,) = [stage for stage in plant.stages if stage.name == STAGE]
    alone = replace(stage, staffed=Staffed.NEVER, ambient=None, max_hold_min=0, tank=None)
    return replace(plant, stages=(alone,), base_load=())


def theirs(prices: PlanningPrices, first: date) -> dict[str, Any]:
    """What EMHASS needs for the same load: CPU seconds and cost."""
    plant = one_stage()
    begin = local_midnight(first)
    covered = prices.covering(begin, begin + DAYS * timedelta(days=1))
    slots = np.datetime64(begin.replace(tzinfo=None), "s") + np.arange(DAYS * 96) * np.timedelta64(
        SLOT
    )
    asked = {
        "profile_kw": plant.stages[0].slot_kw(GRADE, plant.slot_min).tolist(),
        "limit_kw": max(plant.contracted_kw),
        "eur_kwh": covered.eur_kwh[covered.period_of(slots)].tolist(),
        "begin": begin.isoformat(),
        "repeats": REPEATS,
    }
    with tempfile.TemporaryDirectory() as folder:
        question = {**asked, "folder": folder}
        return asked_of(installed("emhass", EMHASS), PEER, question, within_s=ANSWERED_S)


if __name__ == "__main__":
    sys.exit(main())
