"""Years of files read and stored, against the standard library parsing the same bytes.

The files are SIAR's exports of a weather station and hourly prices: those in ``FOLDER/siar`` and
``FOLDER/prices/pvpc_hourly*.csv``, or without ``--data`` simulated ones of the same build. Reading
is ``sources.files.read_file``, every check included; storing is ``append`` into a new SQLite file.

References, in the same process and turn by turn: *cells* is decoding and ``csv.reader``; *values*
is that with every number made a ``float`` and every time a ``datetime``; *bare* is ``sqlite3``
inserting the rows that the store holds in the end into an empty table of the same build. The last
column is reading and storing together against *values*, which stores nothing.

    python benchmarks/load_history.py --data FOLDER
"""

from __future__ import annotations

import argparse
import csv
import gc
import io
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from chocolate_factory.market.calendar import local_days, to_datetime, utc_iso
from chocolate_factory.market.series import Observations
from chocolate_factory.reports.csv_file import write_csv
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.siar import daily
from chocolate_factory.simulation.weather import SimulatedWeather
from chocolate_factory.sources.files import read_file
from chocolate_factory.sources.siar import SERIES
from chocolate_factory.store.sql import open_store

NOW = datetime(2026, 6, 1, tzinfo=UTC)
REPETITIONS = 7
SIMULATED_YEARS = range(2000, 2026)
SIMULATED_PRICES = (date(2021, 6, 1), date(2025, 12, 31))
HEADER = (
    "IdProvincia;IdEstacion;Fecha;Año;Dia;Temp Media (ºC);Temp Max (ºC);Hora Temp Max;"
    "Temp Mínima (ºC);Hora Temp Min;Humedad Media (%);Humedad Max (%);Hora Hum Max;"
    "Humedad Min (%);Hora Hum Mín;Velviento (m/s);DirViento (º);VelVientoMax (m/s);Hora VelMax;"
    "Dir viento Vel Max (º);Radiación (MJ/m2);Precipitación (mm);PePMon;EtPMon"
)

Files = Sequence[tuple[Path, bytes]]


def cells(files: Files) -> list[list[str]]:
    """Every row below the headers, as ``csv`` splits it."""
    rows: list[list[str]] = []
    for _, data in files:
        wide = data[1:2] == b"\0"
        text = data.decode("utf-16-le" if wide else "utf-8")
        rows += list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if wide else ","))[1:]
    return rows


def values(files: Files) -> list[tuple[datetime, list[float]]]:
    """The same with times and numbers; the hours of extremes are left as text."""
    numbers = [at for at, name in enumerate(HEADER.split(";")) if name in SERIES]
    told = []
    for row in cells(files):
        if len(row) < len(numbers):
            told.append((datetime.fromisoformat(row[0]), [float(row[1])]))
            continue
        day, month, year = row[2].split("/")
        at = datetime(int(year), int(month), int(day), tzinfo=UTC)
        told.append((at, [float(row[n].replace(",", ".")) for n in numbers if row[n]]))
    return told


def read(files: Files) -> list[Observations]:
    """Every batch that the files hold."""
    batches: list[Observations] = []
    for path, data in files:
        reading = read_file(path, data, received_at=NOW)
        assert not reading.refused
        batches += reading.observations
    return batches


def measured(name: str, files: Files) -> str:
    """A row of the table."""
    count = sum(len(batch) for batch in read(files))
    assert sum(len(numbers) for _, numbers in values(files)) == count
    turns = [
        [elapsed_ms(lambda: cells(files)), elapsed_ms(lambda: values(files)),
         elapsed_ms(lambda: read(files)), *store_ms(read(files))]
        for _ in range(REPETITIONS)
    ]  # fmt: skip
    split, parse, reading, store, bare = (
        statistics.median(column) for column in zip(*turns, strict=True)
    )
    return (
        f"| {name} | {len(files)} | {count} | {split:.0f} | {parse:.0f} | {reading:.0f} "
        f"| {reading / split:.1f} | {reading / parse:.2f} | {store:.0f} | {bare:.0f} "
        f"| {store / bare:.1f} | {(reading + store) / parse:.1f} |"
    )


def store_ms(batches: Sequence[Observations]) -> tuple[float, float]:
    """Storing in a new file, and bare sqlite3 inserting the same rows, in ms."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        store = open_store(f"sqlite:///{path}")
        ours = elapsed_ms(lambda: store.append(batches, now=NOW))
        store.close()
        theirs = sqlite3.connect(path)
        (build,) = theirs.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'observation'"
        ).fetchone()
        rows = theirs.execute("SELECT * FROM observation").fetchall()
        theirs.close()
        bare = sqlite3.connect(Path(folder) / "bare.db")
        bare.execute(build)
        marks = ", ".join("?" * len(rows[0]))

        def insert() -> None:
            with bare:
                bare.executemany(f"INSERT INTO observation VALUES ({marks})", rows)  # noqa: S608

        theirs_ms = elapsed_ms(insert)
        bare.close()
    return ours, theirs_ms


def elapsed_ms(work: Callable[[], object]) -> float:
    """How long ``work`` takes, with the garbage collector off as ``timeit`` has it."""
    gc.collect()
    gc.disable()
    try:
        begin = time.perf_counter()
        work()
        return (time.perf_counter() - begin) * 1000
    finally:
        gc.enable()


def simulated(folder: Path) -> None:
    """Files of the same build as the real ones, one export a year, in ``folder``."""
    (folder / "siar").mkdir()
    (folder / "prices").mkdir()
    weather = SimulatedWeather(1)
    for year in SIMULATED_YEARS:
        start, told = daily(weather, date(year, 1, 1), date(year, 12, 31))
        days = local_days(start).astype(object)
        lines = [HEADER]
        for at, day in enumerate(days):
            by_name = {name: f"{told[series][at]:g}" for name, series in SERIES.items()}
            by_name |= {"IdProvincia": "23", "IdEstacion": "17", "Fecha": f"{day:%d/%m/%Y}"}
            by_name |= {"Año": str(day.year), "Dia": str(day.timetuple().tm_yday)}
            row = [by_name.get(name, "12:00") for name in HEADER.split(";")]
            lines.append(";".join(row).replace(".", ","))
        text = "\r\n".join([*lines, ""])
        (folder / "siar" / f"J17_{year}.csv").write_bytes(text.encode("utf-16-le"))
    start, eur_kwh = SimulatedMarket(seed=1).pvpc(*SIMULATED_PRICES)
    write_csv(
        folder / "prices" / "pvpc_hourly_simulated.csv",
        ("time_utc", "price_eur_kwh"),
        [
            (utc_iso(to_datetime(instant)), f"{price:.5f}")
            for instant, price in zip(start, np.asarray(eur_kwh), strict=True)
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder with siar/ and prices/")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.data or Path(made)
        if asked.data is None:
            simulated(folder)
        weather = [(path, path.read_bytes()) for path in sorted(folder.glob("siar/*.csv"))]
        prices = [(path, path.read_bytes()) for path in folder.glob("prices/pvpc_hourly*.csv")]
    print(
        "| files of | files | values | cells [ms] | values [ms] | read [ms] | read/cells "
        "| read/values | store [ms] | bare [ms] | store/bare | both/values |"
    )
    print("|" + "---|" * 12)
    print(measured("SIAR", weather))
    print(measured("prices", prices))
    print(measured("all", weather + prices))


if __name__ == "__main__":
    main()
