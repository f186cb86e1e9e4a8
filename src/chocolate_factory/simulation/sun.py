"""Where the sun stands: elevation and clear-sky radiation at a place."""

from __future__ import annotations

import numpy as np

from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.series import Floats

_YEAR_DAYS = 365.2422


def year_angle(at: Instants) -> Floats:
    """Angle of the seasons [rad]: 0 at the start of the year, 2π a tropical year later."""
    since = at - at.astype("datetime64[Y]").astype("datetime64[s]")
    angle: Floats = 2 * np.pi * (since / np.timedelta64(1, "D")) / _YEAR_DAYS
    return angle


def sine_of_elevation(at: Instants, *, latitude: float, longitude: float) -> Floats:
    """Sine of the sun's elevation at UTC instants, negative at night; place in degrees.

    Declination and equation of time by Spencer's Fourier series (1971), leading terms.
    """
    angle = year_angle(at)
    declination = (
        0.006918 - 0.399912 * np.cos(angle) + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2 * angle) + 0.000907 * np.sin(2 * angle)
    )  # fmt: skip
    equation_min = 229.18 * (
        0.000075 + 0.001868 * np.cos(angle) - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2 * angle) - 0.040849 * np.sin(2 * angle)
    )  # fmt: skip
    utc_min = (at - at.astype("datetime64[D]").astype("datetime64[s]")) / np.timedelta64(1, "m")
    hour_angle = np.radians((utc_min + equation_min) / 4 + longitude - 180)
    phi = np.radians(latitude)
    sine: Floats = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(
        hour_angle
    )
    return sine


def clear_sky_w_m2(sine: Floats) -> Floats:
    """Global horizontal radiation under a clear sky [W/m²] (Haurwitz, 1945)."""
    up = np.maximum(sine, 1e-3)
    radiation: Floats = np.where(sine > 0, 1098 * up * np.exp(-0.057 / up), 0.0)
    return radiation
