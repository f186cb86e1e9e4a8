"""The demo: the main job offline, on the simulated market."""

from datetime import UTC, date, datetime

import numpy as np

from chocolate_factory.advising import read_current
from chocolate_factory.app.stores import opened_store
from chocolate_factory.cli.root import now
from chocolate_factory.market.catalog import PVPC, spec
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.settings import load_settings


def test_the_demo_runs_the_main_job_and_says_that_it_is_simulated(cf, tmp_path):
    begun = now()
    first = cf("demo", "--once", "--json", "--seed", "7", "--dir", tmp_path)
    assert first.status == 0, first.err
    summary = first.json
    assert summary["simulated"] is True
    assert summary["prices_stored"] > 3 * 365 * 24 * 2
    assert summary["weather_stored"] > 3 * 365 * 24
    assert len(summary["forecast"]["hours"]) == 168
    assert summary["forecast"]["simulated"] is True
    plan = summary["plan"]
    assert plan["simulated"] is True
    assert plan["status"] == "optimal"
    assert sum(plan["kg"].values()) == sum(plan["baseline"]["kg"].values()) == 1150

    with opened_store(load_settings(data_dir=tmp_path)) as store:
        ran = {held.key.name for held in store.coverage() if held.count}
    assert {"demand", "generation_total", "wind_day_ahead", "temp_mean"} <= ran
    models = load_settings(data_dir=tmp_path).models_folder
    assert read_current(models, now=begun) is not None  # a quarter of an hour may end

    again = cf("demo", "--once", "--json", "--seed", "7", "--dir", tmp_path)
    assert again.status == 0, again.err
    assert again.json["prices_stored"] == summary["prices_stored"]

    other = cf("demo", "--once", "--seed", "8", "--dir", tmp_path)
    assert other.status == 1
    assert "--seed" in other.err


def test_the_demo_refuses_a_folder_with_real_data(cf, tmp_path):
    prices = tmp_path / "prices.csv"
    prices.write_text("time_utc,price_eur_kwh\n2025-01-01T00:00:00Z,0.12\n")
    cf("import", prices, "--dir", tmp_path / "data")
    ended = cf("demo", "--once", "--dir", tmp_path / "data")
    assert ended.status == 1
    assert "never mixed" in ended.err
    assert not (tmp_path / "data/demo-seed").exists()


def test_real_data_is_refused_by_the_demos_store(cf, tmp_path):
    with opened_store(load_settings(data_dir=tmp_path), create=True) as store:
        start, resolution_s = spec(PVPC).grid(date(2025, 1, 1), date(2025, 1, 1))
        known = spec(PVPC).inferred_available_at(start)
        simulated = Observations(
            PVPC, "simulation:ree", Kind.PUBLISHED, start, resolution_s, np.full(24, 0.1), known,
            np.ones(24, dtype=bool),
        )  # fmt: skip
        store.append([simulated], now=datetime(2025, 1, 2, tzinfo=UTC))
    prices = tmp_path / "prices.csv"
    prices.write_text("time_utc,price_eur_kwh\n2025-01-02T00:00:00Z,0.12\n")
    ended = cf("import", prices, "--dir", tmp_path, "--json")
    assert ended.status == 1
    assert "never mixed" in ended.json["detail"]
