"""What a forecast had of each exogenous column, and what it did without, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chocolate_factory.forecasting.columns import late, missing, scarce
from chocolate_factory.forecasting.foretold import LEAST_FORETOLD_DAYS, KnownColumn, KnownForetold
from chocolate_factory.forecasting.layout import WALL_HOURS, Slots
from chocolate_factory.forecasting.model import Model
from chocolate_factory.forecasting.registry import columns_seen
from chocolate_factory.forecasting.results import together


@dataclass(frozen=True, slots=True)
class Told:
    """Notes on what is lacking, and what was there of each column that the model looks at."""

    notes: tuple[str, ...]
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Looked:
    """A model that forecasts ``leads`` days from the last of ``past``."""

    model: Model
    past: Slots
    leads: int

    def at(
        self,
        columns: Mapping[str, KnownColumn],
        used: Mapping[str, KnownColumn],
        silent: Sequence[str],
    ) -> Told:
        """Of ``columns``, all that are known, ``used`` is what it was given.

        ``silent``: names of what has been foretold, and not of late.
        """
        last = len(self.past) - 1
        seen = self._seen({name: one.lead_h for name, one in columns.items()})
        used = {name: used[name] for name in seen if name in used}
        seldom, lacking = scarce(used, self.past.hourly), missing(used, last, self.leads)
        silent = list(self._seen(dict.fromkeys(silent, WALL_HOURS)))
        unused = [name for name in seen if _more(columns[name], used.get(name))]
        notes = [
            f"inputs known on {days} of the newest {of} days that models learn from: {names}; "
            "models that would lose too many days do without them"
            for names, (days, of) in together(seldom)
        ]
        for names, row in together(lacking):
            without = "models do without" if late(row, last) else "models that need all have none"
            notes.append(f"inputs {self._to(row)}: {names}; {without}")
        if unused:
            names = ", ".join(unused)
            notes.append(f"known, but not when the model was trained, and not used: {names}")
        if silent:
            notes.append(f"not foretold of late, and not used: {', '.join(silent)}")
        about = {
            name: _of_one(columns[name], used.get(name), seldom.get(name))
            + (f", {self._to(lacking[name])}" if name in lacking else "")
            for name in seen
        }
        about |= dict.fromkeys(silent, "left out: not foretold of late")
        return Told(tuple(notes), {f"column {name}": text for name, text in about.items()})

    def _seen(self, lead_h: Mapping[str, int]) -> Mapping[str, int]:
        return columns_seen(self.model, lead_h)

    def _to(self, row: int | None) -> str:
        return "not known" if row is None else f"known only to {self.past.day(row)}"


def _more(known: KnownColumn, used: KnownColumn | None) -> bool:
    """Whether more is known of a column than was used, and it is not for its youth."""
    young = isinstance(known, KnownForetold) and known.young
    return not young and (used is None or used.lead_h < known.lead_h)


def _of_one(known: KnownColumn, used: KnownColumn | None, seldom: tuple[int, int] | None) -> str:
    if isinstance(known, KnownForetold) and known.young:
        return (
            f"left out: forecasts of {known.days_told} days are stored, {LEAST_FORETOLD_DAYS} "
            "are needed"
        )
    if used is None:
        return "left out: the model was trained without"
    ahead = f"{used.lead_h} h ahead"
    if seldom is not None:
        ahead += ", known on {} of the newest {} days".format(*seldom)
    if isinstance(used, KnownForetold):
        return f"{ahead}, each day as it was forecast so long before"
    return ahead
