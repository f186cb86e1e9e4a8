from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from math import factorial
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.errors import (
    Infeasible,
    ModelNotFitted,
    ProcessDied,
    SettingsInvalid,
    TimedOut,
    WayOut,
)
from chocolate_factory.fleet import map_apart, process_map, resumable, work_apart
from chocolate_factory.fleet.checkpoint import name_of
from chocolate_factory.forecasting.inputs import KnownInput
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.rolling import Run, forecast_run
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.series import Floats


@dataclass(frozen=True)
class Counting:
    """A model that leaves a trace of every fit, and fails once it has made some."""

    trace: Path
    fails_after: int = 1000
    factor: float = 1.0
    name: str = "counting"
    needs_days: int = 1
    refit_days: int = 1

    def fit(self, known: Known, leads: int) -> Counting:
        done = len(list(self.trace.iterdir()))
        if done >= self.fails_after:
            raise ModelNotFitted("the power is gone")
        (self.trace / f"fit-{done}").touch()
        return self

    def predict(self, known: Known, leads: int) -> Floats:
        return np.full((leads, 24), self.factor * np.nansum(known.price))


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    folder = tmp_path / "trace"
    folder.mkdir()
    return folder


def runs_of(model: Counting) -> list[Run]:
    known = Known(PVPC, np.datetime64("2025-01-01"), np.arange(240.0).reshape(10, 24))
    return [Run(model, known.until(row), (row,), 2) for row in range(4, 10)]


def test_results_of_several_processes_come_in_the_order_of_the_items():
    assert list(process_map(2)(factorial, range(8))) == [factorial(n) for n in range(8)]


def test_finished_runs_are_not_computed_again(trace, tmp_path):
    runs = runs_of(Counting(trace))
    plain = [forecast_run(run) for run in runs]
    fits = len(list(trace.iterdir()))
    kept = tmp_path / "kept"
    first = list(resumable(kept, process_map(1))(forecast_run, runs))
    again = list(resumable(kept, process_map(1))(forecast_run, runs))
    assert len(list(trace.iterdir())) == fits + len(runs)
    for one, two, three in zip(plain, first, again, strict=True):
        assert one.tobytes() == two.tobytes() == three.tobytes()


def test_after_an_interruption_only_the_rest_is_computed(trace, tmp_path, monkeypatch):
    # The same settings, so the same names: what fails is the disk the second half would go to.
    kept, runs = tmp_path / "kept", runs_of(Counting(trace))
    whole = iter(resumable(kept, process_map(1))(forecast_run, runs[:3]))
    assert [next(whole).shape for _ in range(3)] == [(1, 2, 24)] * 3
    done = len(list(trace.iterdir()))
    assert len(list(resumable(kept, process_map(1))(forecast_run, runs))) == 6
    assert len(list(trace.iterdir())) == done + 3


def test_a_run_that_fails_keeps_those_before_it_and_leaves_no_half_file(trace, tmp_path):
    kept, runs = tmp_path / "kept", runs_of(Counting(trace, fails_after=2))
    with pytest.raises(ModelNotFitted, match="the power is gone"):
        list(resumable(kept, process_map(1))(forecast_run, runs))
    assert sorted(p.suffix for p in kept.iterdir()) == [".npy", ".npy"]


@pytest.mark.parametrize("spoil", [b"", b"\x93NUMPY", b"not an array", None])
def test_a_damaged_file_is_computed_anew(trace, tmp_path, spoil):
    kept, run = tmp_path / "kept", runs_of(Counting(trace))[0]
    (result,) = resumable(kept, process_map(1))(forecast_run, [run])
    (file,) = kept.iterdir()
    file.write_bytes(file.read_bytes()[:-8] if spoil is None else spoil)
    (again,) = resumable(kept, process_map(1))(forecast_run, [run])
    assert again.tobytes() == result.tobytes()
    assert len(list(trace.iterdir())) == 2


def test_a_file_with_objects_in_it_is_not_opened(trace, tmp_path):
    kept, run = tmp_path / "kept", runs_of(Counting(trace))[0]
    kept.mkdir()
    np.save(kept / f"{name_of(run)}.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    (result,) = resumable(kept, process_map(1))(forecast_run, [run])
    assert result.shape == (1, 2, 24)


def test_other_data_settings_origins_or_columns_make_another_name(trace):
    run = runs_of(Counting(trace))[0]
    known = run.known
    column = KnownInput(0, known.price)
    others = [
        replace(run, model=Counting(trace, factor=2.0)),
        replace(run, rows=(3,)),
        replace(run, leads=3),
        replace(run, known=replace(known, price=known.price + 1e-12)),
        replace(run, known=replace(known, key=SPOT)),
        replace(run, known=replace(known, first_day=np.datetime64("2025-01-02"))),
        replace(run, known=replace(known, clock=Clock.named("naive"))),
        replace(run, known=replace(known, inputs={"a": column})),
        replace(run, known=replace(known, inputs={"b": column})),
        replace(run, known=replace(known, inputs={"a": KnownInput(24, known.price)})),
    ]
    names = [name_of(one) for one in (run, *others)]
    assert len(set(names)) == len(names)
    assert name_of(runs_of(Counting(trace))[0]) == names[0]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsInvalid, match="cannot be written"):
        resumable(tmp_path / "file" / "kept", process_map(1))


def its_own_number(given: int) -> tuple[int, int]:
    return given, os.getpid()


def killed(_given: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_work_apart_is_done_in_order_in_processes_of_its_own() -> None:
    done = list(map_apart(its_own_number, (3, 4)))
    assert [given for given, _ in done] == [3, 4]
    assert len({os.getpid(), *(number for _, number in done)}) == 3


def test_work_apart_that_is_killed_is_said_to_be() -> None:
    with pytest.raises(ProcessDied, match="status -9: killed, or out of memory"):
        list(map_apart(killed, (0,)))


def greedy(_given: int) -> int:
    resource.setrlimit(resource.RLIMIT_DATA, (2**29, 2**29))
    return np.ones((2**27, 8)).size


def test_work_apart_that_runs_out_of_memory_says_so() -> None:
    with pytest.raises(ProcessDied, match="out of memory: free some"):
        list(map_apart(greedy, (0,)))


class Unwanted:
    """An item that is large, and ends the process that takes it."""

    def __reduce__(self) -> tuple[object, tuple[int, bytes]]:
        return killed_with, (0, bytes(2**22))


def killed_with(given: int, _ballast: bytes) -> int:
    return killed(given)


def test_a_process_that_dies_before_it_took_its_work_is_not_waited_for() -> None:
    with pytest.raises(ProcessDied, match="status -9"):
        list(map_apart(its_own_number, (Unwanted(),)))


def test_who_waits_is_given_the_turn_and_may_end_it() -> None:
    turns: list[float] = []

    def beat() -> None:
        turns.append(time.monotonic())
        if len(turns) == 3:
            raise TimedOut("long enough")

    with pytest.raises(TimedOut, match="long enough"):
        list(map_apart(time.sleep, (60,), beat=beat))
    assert turns[-1] - turns[0] < 30
    names = [process.name for process in multiprocessing.active_children()]
    assert not [name for name in names if name.startswith("Spawn")]  # joblib's wait for more


@pytest.mark.parametrize(
    "spread", [lambda beat: partial(map_apart, beat=beat), lambda beat: process_map(2, beat=beat)]
)
def test_who_is_to_stop_does_not_take_a_killed_process_for_a_fault_nor_ask_another(
    spread, tmp_path: Path
) -> None:
    def beat() -> None:
        raise TimedOut("the program ends")

    with pytest.raises(TimedOut, match="the program ends"):
        list(spread(beat)(killed_once_seen, [tmp_path / f"{n}" for n in range(3)]))
    assert len(list(tmp_path.iterdir())) <= 2  # one each


def killed_once_seen(place: Path) -> int:
    with place.open("x"):
        return killed(0)


def loads_and_hears_ctrl_c(_given: int) -> bool:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.2)
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_ctrl_c_is_left_to_who_waits_from_the_first_instant_of_a_process() -> None:
    assert list(map_apart(loads_and_hears_ctrl_c, (0,))) == [True]
    assert list(process_map(2)(loads_and_hears_ctrl_c, (0, 0))) == [False, False]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


OUTLIVED = """
import time
from chocolate_factory.fleet import map_apart, process_map

def work(_):
    import os
    print(os.getpid(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    list({spread}(work, (0,)))
"""


@pytest.mark.parametrize("spread", ["map_apart", "process_map(2)"])
def test_work_elsewhere_ends_with_the_process_that_wanted_it(tmp_path: Path, spread: str) -> None:
    script = tmp_path / "outlived.py"
    script.write_text(OUTLIVED.format(spread=spread))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and Path(f"/proc/{worker}").exists():
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()


def told_and_slow(tell) -> int:
    tell(1, 3, "begun")
    time.sleep(60)
    return 0


def refused(power: str) -> int:
    raise Infeasible((power,), (WayOut("power", "5 kW more", 300.0, 12.0, kw=5.0),))


def broken(_tell) -> int:
    return {}["nobody"]


class Enough(BaseException):
    """What a caller raises to stop work."""


def test_how_far_work_apart_is_can_be_heard_and_ends_it() -> None:
    heard: list[tuple[int, int, str]] = []

    def tell(done: int, total: int, detail: str) -> None:
        heard.append((done, total, detail))
        raise Enough

    began_s = time.monotonic()
    with pytest.raises(Enough):
        work_apart(told_and_slow, tell)
    assert heard == [(1, 3, "begun")]
    assert time.monotonic() - began_s < 50


def test_an_error_of_work_apart_keeps_what_it_knows() -> None:
    with pytest.raises(Infeasible) as told:
        list(map_apart(refused, ("too little power",)))
    assert told.value.reasons == ("too little power",)
    assert told.value.ways_out[0].kw == 5.0
    assert "5 kW more" in str(told.value)


def test_a_defect_of_work_apart_says_where_it_is() -> None:
    with pytest.raises(KeyError) as told:
        work_apart(broken, lambda *_: None)
    assert any("in broken" in note for note in told.value.__notes__)


STARTS_ANOTHER = """
import subprocess, sys, time
from chocolate_factory.fleet import work_apart

def work(tell):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        try:
            tell(other.pid, 0)
            time.sleep(60)
        finally:
            other.kill()

class Enough(BaseException):
    pass

def tell(done, total, detail):
    if done:
        print(done, flush=True)
        raise Enough

if __name__ == "__main__":
    try:
        work_apart(work, tell)
    except Enough:
        print("ended", flush=True)
"""


def test_what_work_apart_started_itself_ends_with_it(tmp_path: Path) -> None:
    script = tmp_path / "starts_another.py"
    script.write_text(STARTS_ANOTHER)
    said = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=120
    )
    other, ended = said.stdout.split()
    assert ended == "ended"
    assert not Path(f"/proc/{other}").exists()
