"""Forecasts and documents as compact bytes, scores as JSON, and back; nothing executable."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np

from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import QUANTILES, Forecast, SeriesKey


def pack_text(text: str) -> bytes:
    """UTF-8, compressed."""
    return zlib.compress(text.encode())


def unpack_text(data: bytes) -> str:
    """Inverse of ``pack_text``. Raises ``ValueError`` if the bytes are damaged."""
    try:
        return zlib.decompress(data).decode()
    except zlib.error as fault:
        raise ValueError(str(fault)) from fault


def pack_forecast(forecast: Forecast) -> bytes:
    """Every field of a forecast; floats survive to the last bit (shortest exact decimals)."""
    return pack_text(
        json.dumps(forecast_document(forecast), allow_nan=False, separators=(",", ":"))
    )


def unpack_forecast(data: bytes) -> Forecast:
    """Inverse of ``pack_forecast``. Raises ``ValueError`` if the bytes are damaged."""
    return forecast_of(json.loads(unpack_text(data)))


def forecast_document(forecast: Forecast) -> dict[str, Any]:
    """Every field of a forecast, as JSON has it."""
    return {
        "name": forecast.key.name,
        "place": forecast.key.place,
        "unit": forecast.unit,
        "origin": forecast.origin.isoformat(),
        "model": forecast.model,
        "start_s": forecast.start.astype("datetime64[s]").astype(np.int64).tolist(),
        "resolution_s": forecast.resolution_s.tolist(),
        "published": forecast.published.tolist(),
        "mean": forecast.mean.tolist(),
        "quantiles": forecast.quantiles.tolist(),
        "simulated": forecast.simulated,
        "notes": list(forecast.notes),
        "inputs": dict(forecast.inputs),
    }


def forecast_of(document: Mapping[str, Any]) -> Forecast:
    """Inverse of ``forecast_document``."""
    mean = np.array(document["mean"], dtype=np.float64)
    return Forecast(
        key=SeriesKey(document["name"], document["place"]),
        unit=document["unit"],
        origin=datetime.fromisoformat(document["origin"]),
        model=document["model"],
        start=np.array(document["start_s"], dtype=np.int64).astype("datetime64[s]"),
        resolution_s=np.array(document["resolution_s"], dtype=np.int64),
        published=np.array(document["published"], dtype=bool),
        mean=mean,
        quantiles=np.array(document["quantiles"], dtype=np.float64).reshape(
            mean.size, len(QUANTILES)
        ),
        simulated=document["simulated"],
        notes=tuple(document["notes"]),
        inputs=document["inputs"],
    )


def score_document(score: DayScore) -> dict[str, Any]:
    """Every field of a score, as JSON has it."""
    return {
        "name": score.key.name,
        "place": score.key.place,
        "made_at": score.made_at.isoformat(),
        "origin": score.origin.isoformat(),
        "model": score.model,
        "day": score.day.isoformat(),
        "scored_at": score.scored_at.isoformat(),
        "periods": score.periods,
        "mae": score.mae,
        "bias": score.bias,
        "naive_mae": score.naive_mae,
        "coverage_80": score.coverage_80,
        "coverage_90": score.coverage_90,
    }


def score_of(document: Mapping[str, Any]) -> DayScore:
    """Inverse of ``score_document``."""
    return DayScore(
        key=SeriesKey(document["name"], document["place"]),
        made_at=datetime.fromisoformat(document["made_at"]),
        origin=datetime.fromisoformat(document["origin"]),
        model=document["model"],
        day=date.fromisoformat(document["day"]),
        scored_at=datetime.fromisoformat(document["scored_at"]),
        periods=document["periods"],
        mae=document["mae"],
        bias=document["bias"],
        naive_mae=document["naive_mae"],
        coverage_80=document["coverage_80"],
        coverage_90=document["coverage_90"],
    )
