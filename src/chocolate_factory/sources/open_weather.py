"""OpenWeatherMap 2.5: the weather now, and a forecast of five days in steps of three hours.

Address    ``https://api.openweathermap.org/data/2.5/weather`` and ``…/forecast``, key in the query
           parameter ``appid``; asked with ``units=metric``
Licence    ODbL (data) and CC BY-SA 4.0, "Weather data provided by OpenWeather"
Published  the weather now about every ten minutes, forecasts every three hours; no history
Resolution the weather now is stored at the hour in which it was taken (``dt``); of the forecast
           only the hours that it names: nothing is interpolated between them
Limits     60 requests a minute on the free plan

Temperature [°C], humidity [%], wind [m/s]. ``pressure`` is at sea level, ``sea_level`` too and
said plainly; only ``grnd_level`` is the station's. Old answers repeat ``grnd_level`` under
``pressure``: then it counts as the station's only. Rain is not taken: its windows of one and three
hours do not fit the hours they are given for. An answer in Kelvin is outside the catalogue's
bounds and so refused. ``cod`` is a number or a text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from chocolate_factory.errors import NotPublished, SourceError, SourceRejected, SourceUnavailable
from chocolate_factory.market.catalog import DAY, LINARES
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.base import Request, changed, number, read_json
from chocolate_factory.sources.cells import Cells

SILENCE_S = 61.0
"""How long to wait after too many requests in a minute."""

SERIES = ("temperature", "humidity", "wind_speed", "sea_level_pressure", "station_pressure")
_HOUR_S = 3600
_FIRST_SECOND, _LAST_SECOND = 946_684_800, 4_102_444_800  # 2000 to 2100


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenWeather(ABC):
    """What the two endpoints share.

    ``latitude`` and ``longitude`` in degrees (WGS 84), ``place`` the name its series go by.
    """

    feed: ClassVar[str]
    path: ClassVar[str]
    kind: ClassVar[Kind]
    key: str = field(repr=False)
    base_url: str = "https://api.openweathermap.org"
    name: str = "openweathermap"
    place: str = LINARES
    latitude: float = 38.09
    longitude: float = -3.64

    @abstractmethod
    def moments(self, document: dict[str, Any]) -> Iterable[tuple[int, dict[str, Any]]]:
        """Start of the hour [epoch s] and what it was like, for each time in the answer."""

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """Five hourly weather series at ``place``."""
        return tuple(SeriesKey(name, self.place) for name in SERIES)

    def request(self, first: date, last: date) -> Request:  # noqa: ARG002
        """Everything there is, whatever days are asked."""
        return Request(
            f"{self.base_url}{self.path}",
            params=(
                ("lat", f"{self.latitude:.4f}"),
                ("lon", f"{self.longitude:.4f}"),
                ("units", "metric"),
                ("appid", self.key),
            ),
        )

    def parse(self, body: bytes, *, received_at: datetime) -> tuple[Observations, ...]:
        """The hours in an answer; a key that is absent is a value that is not there.

        Raises
        ------
        NotPublished
            If there is no value in it.
        SourceRejected
            If OpenWeatherMap refuses the key or the place.
        SourceUnavailable
            If there were too many requests (``retry_after_s`` 61), the service fails, or the bytes
            are a web page or cut off.
        SourceChanged
            If the shape is not the documented one, or a value is absurd (Kelvin).
        """
        document = read_json(body, source=self.name)
        if str(document.get("cod")) != "200":
            raise self._refusal(document)
        cells = Cells()
        for start_s, moment in self.moments(document):
            for name, value in self._values(moment):
                cells.add(SeriesKey(name, self.place), start_s, value)
        batches = cells.batches(self.kind, source=self.name, received_at=received_at)
        if not batches:
            raise NotPublished(self.name, "the answer holds no weather value")
        return batches

    def classify(self, status: int, body: bytes) -> SourceError:
        """What a refused request means, by its ``cod`` and ``message``."""
        try:
            return self._refusal({"cod": status, **read_json(body, source=self.name)})
        except SourceError:
            if status == 429:
                return self._refusal({"cod": status})
            return SourceRejected(self.name, f"HTTP {status} with a body that is not theirs")

    def _refusal(self, document: dict[str, Any]) -> SourceError:
        code, said = str(document.get("cod"))[:3], str(document.get("message", ""))[:200]
        if self.key:
            said = said.replace(self.key, "***")
        if code == "429":
            detail = f"too many requests for this key: ask again in {SILENCE_S:.0f} s"
            return SourceUnavailable(self.name, detail, retry_after_s=SILENCE_S)
        if code.startswith("5"):
            return SourceUnavailable(self.name, f"says {code} ({said}); try again later")
        if code == "401":
            return SourceRejected(self.name, f"refuses the key: check it ({said})")
        if not code.startswith("4"):
            changed(self.name, f"the answer has no known `cod` ({code!r})")
        return SourceRejected(self.name, f"refuses the request: {code} ({said})")

    def _values(self, moment: dict[str, Any]) -> Iterator[tuple[str, float]]:
        """Series name and value of what one moment says."""
        main, wind = moment.get("main", {}), moment.get("wind", {})
        if not isinstance(main, dict) or not isinstance(wind, dict):
            changed(self.name, "`main` or `wind` is no object")
        sea = main.get("sea_level")
        if sea is None and main.get("pressure") != main.get("grnd_level"):
            sea = main.get("pressure")
        said = (
            main.get("temp"), main.get("humidity"), wind.get("speed"), sea, main.get("grnd_level")
        )  # fmt: skip
        for name, value in zip(SERIES, said, strict=True):
            if value is not None:
                yield name, number(value, source=self.name, where=name)

    def _second(self, moment: dict[str, Any]) -> int:
        at = number(moment.get("dt"), source=self.name, where="dt")
        if at != int(at) or not _FIRST_SECOND <= at < _LAST_SECOND:
            changed(self.name, "`dt` is not a time in seconds of this age")
        return int(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWeatherCurrent(_OpenWeather):
    """The weather now, as OpenWeatherMap's analysis has it."""

    feed: ClassVar[str] = "openweathermap-current"
    path: ClassVar[str] = "/data/2.5/weather"
    max_days: ClassVar[int] = 2
    kind: ClassVar[Kind] = Kind.ANALYSED

    def reach(self, today: date) -> tuple[date, date]:
        """Today, and yesterday: just after midnight the newest value is of its last hour."""
        return today - DAY, today

    def moments(self, document: dict[str, Any]) -> Iterable[tuple[int, dict[str, Any]]]:
        """The one moment of the answer, at the hour in which it was taken."""
        at = self._second(document)
        yield at - at % _HOUR_S, document


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWeatherForecast(_OpenWeather):
    """The forecast, every third hour for five days."""

    feed: ClassVar[str] = "openweathermap-forecast"
    path: ClassVar[str] = "/data/2.5/forecast"
    max_days: ClassVar[int] = 6
    kind: ClassVar[Kind] = Kind.FORECAST

    def reach(self, today: date) -> tuple[date, date]:
        """From today to the fifth day after it."""
        return today, today + 5 * DAY

    def moments(self, document: dict[str, Any]) -> Iterable[tuple[int, dict[str, Any]]]:
        """Each hour that the answer names."""
        steps = document.get("list")
        if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
            changed(self.name, "the forecast has no list `list`")
        for step in steps:
            yield self._second(step), step
