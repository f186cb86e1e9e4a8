"""AEMET OpenData, Spain's weather service: three feeds behind one key.

``opendata`` is what they share; ``observation`` the station by the hour, ``forecast`` the
municipality by the hour, ``climatology`` the station by the day.
"""

from chocolate_factory.sources.aemet.climatology import AemetClimatology
from chocolate_factory.sources.aemet.forecast import AemetForecast
from chocolate_factory.sources.aemet.observation import AemetObservation

__all__ = ["AemetClimatology", "AemetForecast", "AemetObservation"]
