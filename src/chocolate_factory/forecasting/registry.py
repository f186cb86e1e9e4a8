"""The models by name."""

from __future__ import annotations

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.forecasting.linear import RidgeLear
from chocolate_factory.forecasting.lstm import LstmModel
from chocolate_factory.forecasting.model import Model
from chocolate_factory.forecasting.naive import SeasonalNaive, SimilarDay
from chocolate_factory.forecasting.prophet import ProphetModel

MODELS: dict[str, Model] = {
    model.name: model
    for model in (SeasonalNaive(), SimilarDay(), RidgeLear(), ProphetModel(), LstmModel())
}


def model_named(name: str) -> Model:
    """The model of that name. Raises ``RequestInvalid`` listing the known ones."""
    if name not in MODELS:
        raise RequestInvalid(f"no model named {name!r}; known: {', '.join(MODELS)}")
    return MODELS[name]
