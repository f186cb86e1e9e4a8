"""The ``--series`` option: which stored series is meant."""

from __future__ import annotations

from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.places import at_site
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.store.base import Store


def stored_key(store: Store, text: str) -> SeriesKey:
    """``NAME@PLACE``, or ``NAME`` where only one place is stored.

    The place is that of the site that sees ``store``, where each has its own.

    Raises ``SettingsInvalid`` naming the choices.
    """
    name, _, place = text.partition("@")
    spec(name)
    if place:
        return at_site(SeriesKey(name, place), store.site)
    held = (told.key for told in store.coverage() if told.key.name == name)
    places = sorted(key.place for key in held if at_site(key, store.site) == key)
    if len(places) == 1:
        return SeriesKey(name, places[0])
    if not places:
        raise SettingsInvalid(f"--series: nothing is stored of {name}: import or ingest it first")
    choices = ", ".join(f"{name}@{place}" for place in places)
    raise SettingsInvalid(f"--series: {name} is stored for several places: {choices}")
