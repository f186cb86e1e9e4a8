"""The contracted powers under which a year's energy and power term cost least together, bounded.

Powers are bought for a year and weeks are planned under them, so the whole is::

    min over P1 ≤ … ≤ P6 of   Σ_p price_p · P_p  +  Σ_weeks least cost under P

The first sum rises in P, the second never does. A pattern search finds a good contract; boxes of
powers then bound what any other could save: over all powers between ``low`` and ``high`` no
contract costs less than ``power term of low + weeks under high``. Boxes are split, the most
promising first, and put away as soon as their bound is above the contract that is known. Weeks are
bounded by their relaxed programme. Only powers that the site can draw exactly need be looked at.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from chocolate_factory.market.series import Floats
from chocolate_factory.planning.contract_weeks import Powers, Week

STEPS_KW = (24.0, 12.0, 6.0, 3.0, 1.0)
"""Step lengths of the pattern search, longest first."""

Step = Callable[[float, float], None]
"""Told the bound and the best total so far [EUR/year]."""

Box = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class PowerPrices:
    """Yearly price of a kW by power period [EUR/kW], P1 first, electricity tax in.

    ``rising``: contracted powers may not fall from P1 on. ``base_kw``: what is drawn in each period
    at most whatever is made.
    """

    eur_kw: Powers
    rising: bool
    base_kw: Powers

    def of(self, powers: Powers) -> float:
        """Power term of a year [EUR]."""
        return sum(price * kw for price, kw in zip(self.eur_kw, powers, strict=True))

    def least(self, drawn: Sequence[Powers]) -> Powers:
        """The least powers that may be contracted and cover all that is drawn [kW]."""
        need = np.max([self.base_kw, *drawn], axis=0)
        return tuple(float(kw) for kw in (np.maximum.accumulate(need) if self.rising else need))


def pattern_search(
    cost: Callable[[Powers, float], tuple[float, Powers]],
    start: Powers,
    *,
    levels: Floats,
    rising: bool,
) -> tuple[float, Powers]:
    """The cheapest powers that no single step from them betters, and what they cost.

    ``cost(powers, limit)`` gives the cost and the powers really needed, and may give infinity as
    soon as it knows that it is above ``limit``. ``levels``: powers worth trying [kW], rising.
    """
    best, at = cost(start, np.inf)
    for step in STEPS_KW:
        better = True
        while better:
            better = False
            for candidate in _neighbours(at, step, levels, rising=rising):
                total, needed = cost(candidate, best)
                if total < best - 1e-6:
                    best, at, better = total, needed, True
    return best, at


def _neighbours(at: Powers, step: float, levels: Floats, *, rising: bool) -> list[Powers]:
    """Powers with one period, or all up to it, ``step`` lower, or one a step higher.

    Where the next higher level is more than a step away, that one.
    """
    found = []
    for number, kw in enumerate(at):
        lower, higher = levels[levels <= kw - step + 1e-9], levels[levels > kw + 1e-9]
        within = higher[higher <= kw + step + 1e-9]
        for moved in map(float, (*lower[-1:], *(within[-1:] if within.size else higher[:1]))):
            changed = list(at)
            changed[number] = moved
            if rising:
                changed[:number] = [min(other, moved) for other in changed[:number]]
                changed[number + 1 :] = [max(other, moved) for other in changed[number + 1 :]]
            if tuple(changed) != at:
                found.append(tuple(changed))
    return found


@dataclass(slots=True)
class Search:
    """A search in the making.

    ``weeks``, each priced one standing for ``weight`` weeks of the year. ``levels``: site powers
    that schedules can draw [kW], rising. ``tolerance_eur``: boxes whose power term varies by less
    are not split. ``time_limit_s`` of each week's solve.
    """

    weeks: Sequence[Week]
    weight: float
    prices: PowerPrices
    levels: Floats
    tolerance_eur: float = 10.0
    time_limit_s: float = 20.0
    heap: list[tuple[float, int, Box]] = field(default_factory=list)
    order: count[int] = field(default_factory=count)

    def cost(self, powers: Powers, limit: float = np.inf) -> tuple[float, Powers]:
        """What a year costs under ``powers`` [EUR], and the powers it needs of them.

        Infinite if some week is impossible, or as soon as it is known to be above ``limit``.
        """
        for week in self.weeks:
            if self.bound(powers, powers) > limit:
                return np.inf, powers
            if week.priced:
                week.relax(powers)
        for week in sorted(self.weeks, key=lambda week: week.priced):
            if self.bound(powers, powers) > limit:
                return np.inf, powers
            week.settle(powers, time_limit_s=self.time_limit_s)
            if not np.isfinite(week.upper_eur(powers)):
                return np.inf, powers
        drawn = [best.drawn_kw for week in self.weeks if (best := week.best(powers)) is not None]
        needed = self.prices.least([kw for kw in drawn if kw is not None])
        return self.prices.of(needed) + self.energy_eur(powers)[0], needed

    def energy_eur(self, powers: Powers) -> tuple[float, float]:
        """Best known energy of a year under ``powers`` and its bound [EUR]; see ``cost``."""
        return (
            self._energy([week.upper_eur(powers) for week in self.weeks]),
            self._energy([week.lower_eur(powers) for week in self.weeks]),
        )

    def bound(self, low: Powers, high: Powers) -> float:
        """No contract between ``low`` and ``high`` costs less, as far as is known [EUR/year]."""
        lower = [week.lower_eur(high) for week in self.weeks]
        return self.prices.of(low) + self._energy(lower)

    def best(self, starts: Sequence[Powers]) -> tuple[float, Powers]:
        """What the pattern search finds from the best of ``starts``, and what that costs."""
        begin = min(starts, key=lambda powers: self.cost(powers)[0])
        return pattern_search(self.cost, begin, levels=self.levels, rising=self.prices.rising)

    def bounded(self, total_eur: float, *, most_boxes: int, step: Step | None = None) -> float:
        """What no contract at all costs less than [EUR/year], given one of ``total_eur``."""
        n, last = len(self.prices.eur_kw), len(self.levels) - 1
        self.heap = []
        for week in self.weeks:
            week.relax(self._powers((last,) * n))
        self._push(((0,) * n, (last,) * n))
        for _ in range(most_boxes):
            if not self.heap:
                return total_eur
            bound, _, box = heapq.heappop(self.heap)
            if bound >= total_eur or not self._advance(box, total_eur):
                return min(bound, total_eur)
            if step is not None:
                step(bound, total_eur)
        return min(self.heap[0][0], total_eur) if self.heap else total_eur

    def _advance(self, box: Box, total_eur: float) -> bool:
        """Sharpen a box's bound, then split it. False if it is down to the tolerance."""
        low, high = self._powers(box[0]), self._powers(box[1])
        rival = min(self.heap[0][0] if self.heap else total_eur, total_eur)
        for week in self.weeks:
            if self.bound(low, high) > rival + self.tolerance_eur:
                break
            if week.priced:
                week.relax(high)
        if self.bound(low, high) > rival + self.tolerance_eur:
            self._push(box)
            return True
        if self.prices.of(high) - self.prices.of(low) <= self.tolerance_eur or box[0] == box[1]:
            return False
        for part in self._split(box):
            self._push(part)
        return True

    def _push(self, box: Box) -> None:
        bound = self.bound(self._powers(box[0]), self._powers(box[1]))
        if np.isfinite(bound):
            heapq.heappush(self.heap, (bound, next(self.order), box))

    def _energy(self, eur: Sequence[float]) -> float:
        """A year's energy from that of its weeks; −inf of a week counts as nothing known."""
        if any(each == np.inf for each in eur):
            return np.inf
        told = [
            each
            for each, week in zip(eur, self.weeks, strict=True)
            if week.priced and np.isfinite(each)
        ]
        return self.weight * sum(told)

    def _powers(self, at: tuple[int, ...]) -> Powers:
        return tuple(float(self.levels[index]) for index in at)

    def _split(self, box: Box) -> list[Box]:
        """Two halves across the period whose power term varies most over the box."""
        low, high = box
        width = [
            price * (self.levels[b] - self.levels[a])
            for price, a, b in zip(self.prices.eur_kw, low, high, strict=True)
        ]
        at = int(np.argmax(width))
        middle = (low[at] + high[at]) // 2
        lower, upper = list(high), list(low)
        lower[at], upper[at] = middle, middle + 1
        halves = [(low, tuple(lower)), (tuple(upper), high)]
        return [part for half in halves if (part := self._ordered(half)) is not None]

    def _ordered(self, box: Box) -> Box | None:
        """The part of a box in which powers rise; None if it is empty."""
        if not self.prices.rising:
            return box
        low = tuple(int(at) for at in np.maximum.accumulate(box[0]))
        high = tuple(int(at) for at in np.minimum.accumulate(box[1][::-1])[::-1])
        return (low, high) if all(a <= b for a, b in zip(low, high, strict=True)) else None
