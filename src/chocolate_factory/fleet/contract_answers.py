"""What is worked out of a year's weeks while a contract is chosen, kept so that it can go on.

A folder holds one file for each week, named by the hash of everything that its answers follow from.
Each answer is one line, added when it is known; a line that a killed process left half written is
passed over.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from chocolate_factory.errors import StoreError
from chocolate_factory.fleet.naming import digest, program, require_writable
from chocolate_factory.planning.contract_weeks import Answer, Powers, Starts, Week


def kept_answers(folder: Path) -> KeptAnswers:
    """The answers of ``folder``. Raises ``SettingsInvalid`` if it cannot be made or written."""
    require_writable(folder, "weeks worked out")
    return KeptAnswers(folder)


@dataclass(slots=True)
class KeptAnswers:
    """The memory of an advice on contracted power; see ``planning.contract_advice.Memory``."""

    folder: Path
    paths: dict[date, Path] = field(default_factory=dict)

    def known(self, week: Week) -> list[Answer]:
        """What was kept of a week like this one; lines that cannot be read are passed over."""
        try:
            lines = self._path(week).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as fault:
            raise StoreError(f"{self._path(week)} cannot be read: delete it ({fault})") from None
        found = (_answer(line) for line in lines)
        return [answer for answer in found if answer is not None]

    def keep(self, week: Week, answer: Answer) -> None:
        """Keep one answer more. Raises ``StoreError`` if the folder cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._path(week).open("a", encoding="utf-8") as file:
                file.write(f"\n{json.dumps(_told(answer))}")
        except OSError as fault:
            raise StoreError(
                f"{self._path(week)} cannot be written: {fault.strerror or fault}"
            ) from None

    def _path(self, week: Week) -> Path:
        if week.monday not in self.paths:
            name = digest([
                program(), week.plant, week.contract, week.start, week.end, week.demands,
                week.priced, week.prices.start.tobytes(), week.prices.eur_kwh.tobytes(),
            ])  # fmt: skip
            self.paths[week.monday] = self.folder / f"week-{week.monday}-{name}.jsonl"
        return self.paths[week.monday]


def _told(answer: Answer) -> dict[str, Any]:
    starts = None
    if answer.starts is not None:
        starts = [
            [grade, stage, begun.size, [(int(at), int(begun[at])) for at in np.flatnonzero(begun)]]
            for (grade, stage), begun in answer.starts.items()
        ]
    return {
        "powers": answer.powers,
        "lower_eur": answer.lower_eur,
        "upper_eur": answer.upper_eur,
        "drawn_kw": answer.drawn_kw,
        "starts": starts,
        "settled": answer.settled,
    }


def _answer(line: str) -> Answer | None:
    try:
        told = json.loads(line)
        return Answer(
            powers=_powers(told["powers"]),
            lower_eur=float(told["lower_eur"]),
            upper_eur=float(told["upper_eur"]),
            drawn_kw=None if told["drawn_kw"] is None else _powers(told["drawn_kw"]),
            starts=None if told["starts"] is None else _starts(told["starts"]),
            settled=bool(told["settled"]),
        )
    except (ValueError, TypeError, KeyError, IndexError):
        return None


def _powers(told: list[float]) -> Powers:
    return tuple(float(kw) for kw in told)


def _starts(told: list[list[Any]]) -> Starts:
    starts: Starts = {}
    for grade, stage, slots, begun in told:
        column = np.zeros(slots, dtype=np.int64)
        for at, count in begun:
            column[at] = count
        starts[str(grade), int(stage)] = column
    return starts
