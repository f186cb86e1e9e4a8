"""Every place that work is spread over does the same, and loses nothing with a process."""

from __future__ import annotations

import math
import time
from itertools import pairwise
from pathlib import Path

import pytest
from fleet.works import Item, deadly, refused, squared

from chocolate_factory.errors import ClusterUnavailable, ModelNotFitted, ProcessDied
from chocolate_factory.fleet.cluster import over_cluster, workers_at
from chocolate_factory.fleet.spreading import Lost, Spread, in_order


def items(folder: Path, count: int, **deaths: int) -> list[Item]:
    return [Item(n, folder, deaths.get(f"of_{n}", 0)) for n in range(count)]


def test_every_item_has_its_result_once_wherever_it_is_worked_on(spread: Spread, tmp_path: Path):
    told = list(spread(squared, items(tmp_path, 9)))
    assert sorted(told) == [(n, n**2) for n in range(9)]
    assert len(list(tmp_path.iterdir())) == 9


def test_nothing_to_do_is_nothing_done(spread: Spread, tmp_path: Path):
    assert list(spread(squared, [])) == []


def test_in_order_the_results_stand_as_the_items_do(spread: Spread, tmp_path: Path):
    assert list(in_order(spread)(squared, items(tmp_path, 7))) == [n**2 for n in range(7)]


def test_what_the_work_raises_is_raised_here(spread: Spread, tmp_path: Path):
    with pytest.raises(ModelNotFitted, match="0 days are too few"):
        list(spread(refused, items(tmp_path, 1)))


def test_the_work_of_a_killed_process_is_done_by_another(spread_apart: Spread, tmp_path: Path):
    told = list(spread_apart(deadly, items(tmp_path, 8, of_2=1)))
    assert sorted(told) == [(n, n**2) for n in range(8)]


def test_what_kills_every_process_keeps_nothing_else_back_and_in_order_is_an_error(
    spread_apart: Spread, tmp_path: Path
):
    told = list(spread_apart(deadly, items(tmp_path, 5, of_2=1000)))
    results = dict(told)
    lost = results.pop(2)
    assert isinstance(lost, Lost)
    assert "killed, or out of memory" in lost.why
    assert results == {n: n**2 for n in range(5) if n != 2}
    assert len(told) == 5
    with pytest.raises(ProcessDied, match="killed, or out of memory"):
        list(in_order(lambda work, items: iter(told))(deadly, ()))


def test_workers_are_not_counted_anew_for_every_item(cluster, tmp_path: Path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="needs Dask: pip install distributed")
    counted: list[float] = []
    count = distributed.Client.scheduler_info

    def counting(client, **said):
        counted.append(time.monotonic())
        return count(client, **said)

    monkeypatch.setattr(distributed.Client, "scheduler_info", counting)
    spread = over_cluster(cluster.scheduler_address)
    assert len(list(spread(squared, items(tmp_path, 12)))) == 12
    assert min(b - a for a, b in pairwise([*counted, math.inf])) > 1.0


def test_a_scheduler_that_does_not_answer_is_told_with_what_to_do(monkeypatch, tmp_path: Path):
    pytest.importorskip("distributed", reason="needs Dask: pip install distributed")
    monkeypatch.setattr("chocolate_factory.fleet.cluster._CONNECT_S", 0.5)
    with pytest.raises(
        ClusterUnavailable, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"
    ):
        list(over_cluster("tcp://127.0.0.1:9")(squared, items(tmp_path, 1)))


def test_a_scheduler_without_workers_is_told_with_what_to_do(tmp_path: Path):
    distributed = pytest.importorskip("distributed", reason="needs Dask: pip install distributed")
    with distributed.LocalCluster(
        n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
    ) as empty:
        assert workers_at(empty.scheduler_address) == 0
        spread = over_cluster(empty.scheduler_address, patience_s=1)
        with pytest.raises(ClusterUnavailable, match=r"no worker for 1 s\. Start one: dask worker"):
            list(spread(squared, items(tmp_path, 1)))


def test_without_dask_the_error_says_what_to_install(monkeypatch, tmp_path: Path):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(ClusterUnavailable, match=r"pip install 'chocolate-factory\[dask\]'"):
        list(over_cluster("tcp://127.0.0.1:9")(squared, items(tmp_path, 1)))
