"""Zones: where one price holds, and roughly where on the map that is."""

from __future__ import annotations

from collections.abc import Mapping

from chocolate_factory.market.catalog import PENINSULA

_AREAS: Mapping[str, tuple[tuple[float, float, float, float], ...]] = {
    PENINSULA: ((35.95, 43.9, -9.5, 0.5), (40.4, 42.9, 0.5, 3.4)),
}
"""Boxes that hold a zone and no island, Ceuta or Melilla: from south to north, west to east [°]."""


def is_within(zone: str, latitude: float, longitude: float) -> bool:
    """Whether a place may be in a zone; foreign ones near it pass."""
    return any(
        south <= latitude <= north and west <= longitude <= east
        for south, north, west, east in _AREAS[zone]
    )
