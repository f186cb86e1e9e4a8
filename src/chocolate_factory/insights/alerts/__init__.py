"""ALERTS: what a person should know now, found in stored values. Pure: no store, no clock.

An alert is told by codes and values; the words for them are the reader's, in ``web``.
"""

from chocolate_factory.insights.alerts.air import AirKind, AirLimit, air_alerts
from chocolate_factory.insights.alerts.alert import (
    OF_PLANT,
    Alert,
    AlertKind,
    Basis,
    Gravity,
    Value,
)
from chocolate_factory.insights.alerts.power import excess_alerts
from chocolate_factory.insights.alerts.prices import (
    LEAST_DAYS,
    WINDOW_DAYS,
    Paid,
    price_alerts,
)

__all__ = [
    "LEAST_DAYS",
    "OF_PLANT",
    "WINDOW_DAYS",
    "AirKind",
    "AirLimit",
    "Alert",
    "AlertKind",
    "Basis",
    "Gravity",
    "Paid",
    "Value",
    "air_alerts",
    "excess_alerts",
    "price_alerts",
]
