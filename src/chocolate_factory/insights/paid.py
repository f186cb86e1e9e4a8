"""What a kWh costs this plant in each delivery period, expected and per quantile [EUR/kWh].

Prices under its contract: tolls and electricity tax in, VAT out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import HOUR, Instants, periods, to_datetime64
from chocolate_factory.market.contract import Contract, price_eur_kwh
from chocolate_factory.market.series import QUANTILES, Floats, Forecast
from chocolate_factory.market.tariff import energy_period

_LOW, _HIGH = QUANTILES.index(0.10), QUANTILES.index(0.90)


@dataclass(frozen=True, slots=True, eq=False)
class PaidPrices:
    """What a kWh costs in each delivery period.

    Parameters
    ----------
    start, resolution_s
        Delivery starts (UTC) and lengths [s], shape (n,).
    eur_kwh
        Expected price [EUR/kWh], shape (n,).
    quantiles_eur_kwh
        Price at each of ``QUANTILES`` [EUR/kWh], shape (n, len(QUANTILES)); equal to ``eur_kwh``
        where published.
    published
        True where the price is settled, not forecast, shape (n,).
    period
        Tariff period 1–6 (1–3 under 2.0TD), shape (n,).
    notes
        What a reader must know besides what the market forecast says.
    """

    start: Instants
    resolution_s: NDArray[np.int64]
    eur_kwh: Floats
    quantiles_eur_kwh: Floats
    published: NDArray[np.bool_]
    period: NDArray[np.int64]
    notes: tuple[str, ...] = ()

    @property
    def end(self) -> Instants:
        """Delivery ends, UTC, shape (n,)."""
        ends: Instants = self.start + self.resolution_s.astype("timedelta64[s]")
        return ends

    @property
    def low_eur_kwh(self) -> Floats:
        """10 % quantile, shape (n,)."""
        low: Floats = self.quantiles_eur_kwh[:, _LOW]
        return low

    @property
    def high_eur_kwh(self) -> Floats:
        """90 % quantile, shape (n,)."""
        high: Floats = self.quantiles_eur_kwh[:, _HIGH]
        return high

    def between(self, start: datetime, end: datetime) -> PaidPrices:
        """The rows whose delivery starts in [start, end)."""
        keep = (self.start >= to_datetime64(start)) & (self.start < to_datetime64(end))
        return self._rows(keep)

    def at(self, instant: datetime) -> PaidPrices:
        """The one row whose delivery period contains ``instant``, or none."""
        moment = to_datetime64(instant)
        return self._rows((self.start <= moment) & (moment < self.end))

    def __len__(self) -> int:
        return int(self.start.size)

    def _rows(self, keep: NDArray[np.bool_]) -> PaidPrices:
        return PaidPrices(
            self.start[keep], self.resolution_s[keep], self.eur_kwh[keep],
            self.quantiles_eur_kwh[keep], self.published[keep], self.period[keep], self.notes,
        )  # fmt: skip


def paid_prices(forecast: Forecast, contract: Contract) -> PaidPrices:
    """Turn market prices into what the plant pays, by its contract, expected and per quantile.

    Errors as of ``price_eur_kwh``.
    """
    start, key = forecast.start, forecast.key
    by_quantile = [price_eur_kwh(contract, start, told, of=key) for told in forecast.quantiles.T]
    return PaidPrices(
        start=start,
        resolution_s=forecast.resolution_s,
        eur_kwh=price_eur_kwh(contract, start, forecast.mean, of=key),
        quantiles_eur_kwh=np.column_stack(by_quantile),
        published=forecast.published,
        period=energy_period(contract.tariff, start),
    )


def settled_prices(contract: Contract, start: datetime, end: datetime) -> PaidPrices:
    """What the plant pays in each hour of [start, end) under a contract that follows no market."""
    starts = periods(start, end, HOUR)
    price = price_eur_kwh(contract, starts)
    return PaidPrices(
        start=starts,
        resolution_s=np.full(starts.shape, int(HOUR.total_seconds()), dtype=np.int64),
        eur_kwh=price,
        quantiles_eur_kwh=np.repeat(price[:, None], len(QUANTILES), axis=1),
        published=np.ones(starts.shape, dtype=bool),
        period=energy_period(contract.tariff, starts),
    )
