"""The models by name."""

from __future__ import annotations

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.forecasting.boosted import BoostedTrees
from chocolate_factory.forecasting.bridge import BridgedBySpot
from chocolate_factory.forecasting.champion import Champion
from chocolate_factory.forecasting.kernel import KernelRidge
from chocolate_factory.forecasting.linear import RidgeLear
from chocolate_factory.forecasting.lstm import LstmModel
from chocolate_factory.forecasting.model import Model
from chocolate_factory.forecasting.naive import SeasonalNaive, SimilarDay
from chocolate_factory.forecasting.prophet import ProphetModel

_NAIVE = SeasonalNaive()
_SIMILAR = BridgedBySpot(SimilarDay())
_RIDGE = BridgedBySpot(RidgeLear())
_BOOSTED = BridgedBySpot(BoostedTrees())
_CHAMPION = Champion(
    (
        _SIMILAR,
        _RIDGE,
        BridgedBySpot(RidgeLear(name="ridge-prices", with_inputs=False)),
        BridgedBySpot(RidgeLear(name="ridge-short", windows=(182, 364))),
        BridgedBySpot(KernelRidge()),
        _BOOSTED,
    ),
    naive=_NAIVE,
)

MODELS: dict[str, Model] = {
    model.name: model
    for model in (_NAIVE, _SIMILAR, _RIDGE, _BOOSTED, ProphetModel(), LstmModel(), _CHAMPION)
}


def model_named(name: str) -> Model:
    """The model of that name. Raises ``RequestInvalid`` listing the known ones."""
    if name not in MODELS:
        raise RequestInvalid(f"no model named {name!r}; known: {', '.join(MODELS)}")
    return MODELS[name]
