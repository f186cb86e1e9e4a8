"""What weather forecasts by lead cost the champion: processor time and memory of training it.

    python -m benchmarks.forecast_weather --prices pvpc.csv --weather weather.csv.gz

Weather is a CSV with ``time_utc`` first. No vintages of years are at hand, so ``--columns`` of it
stand in for them with errors that grow with the lead: enough to take the time, not to say what
weather is worth. ``--beside day-ahead`` gives the same columns as known for one day, ``none`` gives
none. CPU seconds of one thread; the peak is that of the process.
"""

from __future__ import annotations

import argparse
import resource
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks.forecast_t168 import read_series
from chocolate_factory.cli.price_file import read_columns
from chocolate_factory.forecasting import MODELS, Input
from chocolate_factory.forecasting.champion import Champion
from chocolate_factory.forecasting.foretold import FORETOLD_DAYS, KnownColumn, KnownForetold
from chocolate_factory.forecasting.inputs import lay_out
from chocolate_factory.forecasting.layout import Slots, slots
from chocolate_factory.forecasting.training import train
from chocolate_factory.sources.given_inputs import GivenInput

LEADS = 7
ERROR_OF_SPREAD = 0.05
"""Standard deviation of the error a day ahead, in that of the column; grows as the root of days."""
BLOCK_H = 6
"""Hours over which a forecast errs alike."""


def foretold(columns: list[GivenInput], past: Slots) -> dict[str, KnownColumn]:
    """The columns as if they had been forecast each day for the week after it."""
    drawn, made = np.random.default_rng(1), dict[str, KnownColumn]()
    given = [Input(one.name, one.start, one.value, FORETOLD_DAYS * 24) for one in columns]
    laid = lay_out(given, past.first_day, len(past), clock=past.clock)
    for name, column in laid.items():
        spread = float(np.nanstd(column.value))
        value = []
        for lead in range(1, FORETOLD_DAYS + 1):
            said = column.value[lead : lead + len(past)]
            error = drawn.normal(
                0.0, ERROR_OF_SPREAD * spread * lead**0.5, (len(said), 24 // BLOCK_H)
            )
            value.append(said + np.repeat(error, BLOCK_H, axis=1))
        made[name] = KnownForetold(np.stack(value))
    return made


def main() -> None:
    """Train once and print what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, required=True)
    parser.add_argument("--weather", type=Path, required=True)
    parser.add_argument("--columns", default="temperature_2m_c,wind_speed_10m_kmh,cloud_cover_pct")
    parser.add_argument("--beside", choices=("by-lead", "day-ahead", "none"), default="by-lead")
    asked = parser.parse_args()
    wanted = asked.columns.split(",")
    columns = [one for one in read_columns(asked.weather) if one.name in wanted]
    newest = min(one.start[-1] for one in columns) - np.timedelta64(FORETOLD_DAYS, "D")
    history = read_series([asked.prices])
    past = slots(history)
    past = past.until(int((past.clock.days(newest[None])[0] - past.first_day).astype(int)))
    known: dict[str, KnownColumn] = {}
    if asked.beside == "by-lead":
        known = foretold(columns, past)
    elif asked.beside == "day-ahead":
        given = [Input(one.name, one.start, one.value, 24) for one in columns]
        known = dict(lay_out(given, past.first_day, len(past), clock=past.clock))
    champion = MODELS["champion"]
    assert isinstance(champion, Champion)
    began_s = process_time()
    train(champion, history.key, past, [known], LEADS)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(past)} days to {past.day(len(past) - 1)}, weather {asked.beside}: "
        f"{process_time() - began_s:.1f} CPU s, peak {peak_mib:.0f} MiB"
    )


if __name__ == "__main__":
    main()
