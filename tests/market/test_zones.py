"""A place on the mainland is told from one on an island or in the sea."""

from __future__ import annotations

import pytest

from chocolate_factory.market.catalog import PENINSULA
from chocolate_factory.market.zones import is_within


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(38.09, -3.64), (43.78, -7.69), (42.32, 3.28), (36.0, -5.6), (38.73, 0.23), (40.36, 0.41)],
    ids=["linares", "estaca-de-bares", "creus", "tarifa", "la-nau", "peniscola"],
)
def test_the_mainland_is_within(latitude: float, longitude: float):
    assert is_within(PENINSULA, latitude, longitude)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(28.12, -15.43), (39.57, 2.65), (38.91, 1.43), (40.0, 4.2), (35.89, -5.31), (37.77, 3.79)],
    ids=["las-palmas", "palma", "ibiza", "menorca", "ceuta", "jaen-without-its-sign"],
)
def test_islands_ceuta_and_the_sea_are_not(latitude: float, longitude: float):
    assert not is_within(PENINSULA, latitude, longitude)
