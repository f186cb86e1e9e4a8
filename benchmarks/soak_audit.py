"""What the store holds after a soak, against what the simulated upstreams ever said.

The truth is asked of the same simulation without faults, by the clients of production, and for
prices of the simulated market itself. It takes no part in what is audited: another network, another
instant, nothing of the run but its store.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np

from benchmarks.soak_worker import DAY, Course
from chocolate_factory.app.feeds import feeds_at, simulated_addresses
from chocolate_factory.errors import NotPublished
from chocolate_factory.jobs import Feeds
from chocolate_factory.market.calendar import delivery_day, local_midnight, to_datetime
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import Kind, SeriesKey
from chocolate_factory.pipeline import OBSERVED
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.sources.base import Source
from chocolate_factory.sources.transport import DEFAULT_LIMITS, LocalNetwork, Transport
from chocolate_factory.store.base import Store, Vintages
from chocolate_factory.store.opening import open_store
from chocolate_factory.upkeep import Feed, Supply

MARGIN = timedelta(hours=36)
"""What was published by then before the end must be there; what was corrected, corrected."""

LATER = timedelta(days=10)
"""So long after the end the upstreams have said their last word about all of it."""

PUBLISHED_WITHIN = timedelta(days=8)
"""By then every source has published a day; what it told since the start is counted up to here."""

ROLLING = {"aemet-observation": timedelta(hours=20), "openweathermap-current": timedelta(hours=1)}
"""Feeds that only tell of the last hours, and how often they are asked to hear all of it."""

EVERY_NTH_FORECAST = 7
_CLOCKS = tuple(timedelta(seconds=s) for s in (0, 120, 600, -90, -600, 1800, 3600, 10800))
"""Where an upstream's clock may have stood: some are skewed, and asking takes time."""

Values = dict[int, float]
"""Value by delivery start [epoch s]."""


@dataclass
class Findings:
    """Counts of what is right and what is not; ``faults`` says what is wrong, a few of each."""

    expected: int = 0
    held: int = 0
    compared: int = 0
    rows: int = 0
    forecast_rows: int = 0
    forecast_rows_checked: int = 0
    corrections: int = 0
    missing: int = 0
    differing: int = 0
    invented: int = 0
    duplicates: int = 0
    not_simulated: int = 0
    by_source: dict[str, float] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        """How many things are not as they should be."""
        return self.missing + self.differing + self.invented + self.duplicates + self.not_simulated

    def example(self, text: str) -> None:
        """Keep the first few."""
        if len(self.examples) < 20:
            self.examples.append(text)


class Truth:
    """The simulated upstreams as they are without faults, asked at any instant."""

    def __init__(self, course: Course) -> None:
        self._now = course.end
        self._network = SimulatedNetwork(
            course.seed, lambda: self._now, publishing=course.publishing
        )
        transport = Transport(
            replace(DEFAULT_LIMITS, spacing_s=0.0),
            spacing_s={},
            network=LocalNetwork(self._network),
        )
        self.feeds: Feeds = feeds_at(
            simulated_addresses(course.settings, self._network), transport, None
        )
        self.market = self._network.market

    def told(
        self, source: Source, first: date, last: date, *, at: datetime, received_at: datetime
    ) -> dict[tuple[SeriesKey, Kind], Values]:
        """What a source says by the clock ``at`` about the Madrid days ``first`` to ``last``."""
        self._now = at
        reach_first, reach_last = source.upstream.reach(delivery_day(at))
        first, last = max(first, reach_first), min(last, reach_last)
        if first > last:
            return {}
        with suppress(NotPublished):
            return {
                (batch.key, batch.kind): dict(
                    zip(batch.start.astype(np.int64).tolist(), batch.value.tolist(), strict=True)
                )
                for batch in source.fetch(first, last, now=received_at)
            }
        return {}


def audit(course: Course) -> Findings:
    """Look at everything that the store of ``course`` holds."""
    found = Findings()
    store = open_store(course.settings.store)
    try:
        truth = Truth(course)
        said = _everything_said(course, truth)
        for supply in truth.feeds.supplies:
            _audit_supply(course, truth, store, supply, said=said, found=found)
        pieces = [piece for piece in store.dump() if isinstance(piece, Vintages)]
    finally:
        store.close()
    for piece in pieces:
        _audit_rows(course, piece, said, found)
    _audit_forecasts(truth, pieces, found)
    _check_integrity(course, found)
    return found


Said = dict[tuple[SeriesKey, str], Values]
"""The last word of each source on each delivery period."""


def _everything_said(course: Course, truth: Truth) -> Said:
    """What every feed says of the past in the end, and the rolling ones said at their time."""
    said: Said = defaultdict(dict)
    for feed in truth.feeds.all:
        name = feed.source.upstream.name
        for told in _answers(course, truth, feed):
            for (key, kind), values in told.items():
                if kind is not Kind.FORECAST:
                    said[key, name].update(values)
    return said


def _answers(
    course: Course, truth: Truth, feed: Feed
) -> Iterator[dict[tuple[SeriesKey, Kind], Values]]:
    first, last = delivery_day(course.start) - 70 * DAY, delivery_day(course.end) + DAY
    if feed.name not in ROLLING:
        if "forecast" not in feed.name:
            late = course.end + LATER
            yield truth.told(feed.source, first, last, at=late, received_at=late)
        return
    at = course.start - DAY
    while at < course.end + DAY:
        day = delivery_day(at)
        yield truth.told(feed.source, day - DAY, day + DAY, at=at, received_at=at)
        at += ROLLING[feed.name]


def _audit_supply(
    course: Course, truth: Truth, store: Store, supply: Supply, *, said: Said, found: Findings
) -> None:
    """Coverage and last values of the series of one supply."""
    known_by = course.end - MARGIN
    first = delivery_day(course.start) - supply.history + DAY
    last = delivery_day(course.end) + DAY
    begin, end = local_midnight(first), local_midnight(last + DAY)
    lasting = [feed for feed in supply.feeds if feed.name not in ROLLING]
    published: dict[SeriesKey, set[int]] = defaultdict(set)
    for feed in lasting:
        told = truth.told(feed.source, first, last, at=known_by, received_at=known_by)
        for (key, kind), values in told.items():
            if kind is not Kind.FORECAST:
                published[key] |= values.keys()
    for key in sorted(published):
        held = store.read(key, begin, end, as_of=course.end, kinds=OBSERVED)
        starts = set(held.start.astype(np.int64).tolist())
        missing = sorted(published[key] - starts)
        found.expected += len(published[key])
        found.held += len(published[key]) - len(missing)
        found.missing += len(missing)
        if missing:
            at = to_datetime(np.datetime64(missing[0], "s"))
            found.example(f"{key}: {len(missing)} missing, first {at:%Y-%m-%d %H:%MZ}")
        for name in {feed.source.upstream.name for feed in supply.feeds}:
            own = store.read(key, begin, end, as_of=course.end, kinds=OBSERVED, source=name)
            pairs = zip(own.start.astype(np.int64).tolist(), own.value.tolist(), strict=True)
            _compare(course, key, name, dict(pairs), said=said[key, name], found=found)


def _compare(
    course: Course, key: SeriesKey, source: str, held: Values, *, said: Values, found: Findings
) -> None:
    for start, value in held.items():
        if _settled(course, key, start):
            found.compared += 1
            if not _same(value, said.get(start)):
                found.differing += 1
                at = to_datetime(np.datetime64(start, "s"))
                found.example(f"{key} by {source} at {at}: {value} is not {said.get(start)}")
    since, until = course.start.timestamp(), (course.end - PUBLISHED_WITHIN).timestamp()
    if could := [start for start in said if since <= start < until]:
        share = sum(start in held for start in could) / len(could)
        name = f"{source.partition(':')[2]} {key.name}"
        found.by_source[name] = round(share, 5)


def _settled(course: Course, key: SeriesKey, start: int) -> bool:
    """Whether the last word on a price was out long enough before the end to have been heard."""
    if key not in (PVPC, SPOT):
        return True
    day = delivery_day(to_datetime(np.datetime64(start, "s")))
    corrected_at = course.publishing.corrected_at(key, day)
    return corrected_at is None or corrected_at < course.end - MARGIN


def _audit_rows(course: Course, piece: Vintages, said: Said, found: Findings) -> None:
    """Every row ever stored of one series, source and kind."""
    found.rows += piece.start_s.size
    if not piece.source.startswith("simulation:"):
        found.not_simulated += piece.start_s.size
    again = piece.start_s[1:] == piece.start_s[:-1]
    same = np.isclose(piece.value[1:], piece.value[:-1], rtol=1e-9, atol=0.0)
    at_once = piece.available_at_s[1:] == piece.available_at_s[:-1]
    found.duplicates += int((again & (same | at_once)).sum())
    if piece.kind is Kind.FORECAST:
        found.forecast_rows += piece.start_s.size
        return
    found.corrections += int(again.sum())
    values = said[piece.key, piece.source]
    for start, value in zip(piece.start_s.tolist(), piece.value.tolist(), strict=True):
        last_word = values.get(start)
        if not _same(value, last_word) and not _first_said(
            course, piece.key, start, value, last_word
        ):
            found.invented += 1
            at = to_datetime(np.datetime64(start, "s"))
            found.example(f"{piece.key} by {piece.source} at {at}: {value} was never said")


def _first_said(
    course: Course, key: SeriesKey, start: int, value: float, last_word: float | None
) -> bool:
    """Whether a price is the one first said of a day that was corrected."""
    if key not in (PVPC, SPOT) or last_word is None:
        return False
    day = delivery_day(to_datetime(np.datetime64(start, "s")))
    above = course.publishing.too_high_eur_mwh(key, day) / (1000 if key == PVPC else 1)
    revised = course.publishing.corrected_at(key, day) is not None
    return revised and abs(value - last_word - above) < 1e-6


def _audit_forecasts(truth: Truth, pieces: Sequence[Vintages], found: Findings) -> None:
    """Every seventh forecast, asked once more at its instant."""
    for name, of_source in _by_source(pieces).items():
        stamps = np.unique(np.concatenate([piece.available_at_s for piece in of_source]))
        feeds = [
            feed
            for feed in truth.feeds.all
            if feed.source.upstream.name == name and feed.name not in ROLLING
        ]
        for stamp in stamps[::EVERY_NTH_FORECAST].tolist():
            rows = {
                (piece.key, start): value
                for piece in of_source
                for start, value in _of_stamp(piece, stamp)
            }
            found.forecast_rows_checked += len(rows)
            wrong = _never_said(truth, feeds, rows, to_datetime(np.datetime64(stamp, "s")))
            found.invented += len(wrong)
            for key, start in list(wrong)[:1]:
                at = to_datetime(np.datetime64(start, "s"))
                found.example(f"{key} by {name} for {at}, said {stamp}: {rows[key, start]}")


def _never_said(
    truth: Truth, feeds: Iterable[Feed], rows: dict[tuple[SeriesKey, int], float], at: datetime
) -> set[tuple[SeriesKey, int]]:
    """The rows that none of the feeds says around ``at``."""
    left = dict(rows)
    for clock in _CLOCKS:
        for feed in feeds:
            days = [delivery_day(to_datetime(np.datetime64(s, "s"))) for _, s in left]
            if not days or not {key for key, _ in left} & set(feed.source.upstream.series):
                continue
            told = truth.told(feed.source, min(days), max(days), at=at + clock, received_at=at)
            for (key, _), values in told.items():
                for start, value in values.items():
                    if _same(left.get((key, start), np.nan), value):
                        del left[key, start]
        if not left:
            break
    return set(left)


def _of_stamp(piece: Vintages, stamp: int) -> Iterator[tuple[int, float]]:
    rows = piece.available_at_s == stamp
    yield from zip(piece.start_s[rows].tolist(), piece.value[rows].tolist(), strict=True)


def _by_source(pieces: Sequence[Vintages]) -> dict[str, list[Vintages]]:
    found: dict[str, list[Vintages]] = defaultdict(list)
    for piece in pieces:
        if piece.kind is Kind.FORECAST:
            found[piece.source].append(piece)
    return found


def _same(value: float, other: float | None) -> bool:
    return other is not None and abs(value - other) <= 1e-9 * max(abs(value), abs(other), 1e-3)


def _check_integrity(course: Course, found: Findings) -> None:
    """SQLite's own check, after all that killing."""
    for path in sorted(course.folder.glob("*.db")):
        connection = sqlite3.connect(path)
        try:
            said = connection.execute("PRAGMA integrity_check").fetchall()
        finally:
            connection.close()
        if said != [("ok",)]:
            found.not_simulated += 1
            found.example(f"{path.name}: {said[:3]}")
