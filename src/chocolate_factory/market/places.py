"""Whose a series is: of one site, or of the market that all sites share.

A site is named by ``[a-z0-9-]``; the empty name is that of the one site nobody had to name. Weather
and meter of a named site have a place of their own, ``site:NAME``, which no market place can be.
"""

from __future__ import annotations

from chocolate_factory.market.catalog import (
    CLIMATE_STATION,
    LINARES,
    SIAR_STATIONS,
    SITE_POWER,
)
from chocolate_factory.market.series import SeriesKey

OF_SITE = "site:"
"""How the place of a named site begins."""

_HERE = frozenset({LINARES, CLIMATE_STATION, *SIAR_STATIONS, SITE_POWER.place})


def place_of(site: str) -> str:
    """The place of a site's weather."""
    return f"{OF_SITE}{site}" if site else LINARES


def site_of(key: SeriesKey) -> str | None:
    """The named site that a series is of; None if it is of the market or of the unnamed site."""
    return key.place.removeprefix(OF_SITE) if key.place.startswith(OF_SITE) else None


def at_site(key: SeriesKey, site: str) -> SeriesKey:
    """The series that is meant by ``key`` at a site.

    What the program knows under the unnamed site's places (its weather, its stations, its meter) is
    at a named site what that has of the same name; every other series is the same for all.
    """
    return SeriesKey(key.name, place_of(site)) if site and key.place in _HERE else key
