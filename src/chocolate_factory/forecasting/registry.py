"""The models by name."""

from __future__ import annotations

from collections.abc import Mapping

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.forecasting.boosted import BoostedTrees
from chocolate_factory.forecasting.bridge import BridgedBySpot
from chocolate_factory.forecasting.champion import Champion
from chocolate_factory.forecasting.columns import SPOT
from chocolate_factory.forecasting.kernel import KernelRidge
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.forecasting.linear import LassoLear, RidgeLear
from chocolate_factory.forecasting.lstm import LstmModel
from chocolate_factory.forecasting.model import Model
from chocolate_factory.forecasting.naive import SeasonalNaive, SimilarDay
from chocolate_factory.forecasting.network import Networks
from chocolate_factory.forecasting.prophet import ProphetModel

_NAIVE = SeasonalNaive()
_SIMILAR = BridgedBySpot(SimilarDay(), says="weeks")
_RIDGE = BridgedBySpot(RidgeLear())
_BOOSTED = BridgedBySpot(BoostedTrees())
_CHAMPION = Champion(
    (
        _SIMILAR,
        _RIDGE,
        BridgedBySpot(RidgeLear(name="ridge-prices", with_inputs=False)),
        BridgedBySpot(RidgeLear(name="ridge-short", windows=(182, 364)), says="rest"),
        BridgedBySpot(RidgeLear(name="ridge-newest", needs_days=90, windows=(84,), alpha=15.0)),
        BridgedBySpot(KernelRidge(), says="days"),
        BridgedBySpot(LassoLear()),
        BridgedBySpot(LassoLear(name="lasso-short", windows=(364,))),
        BridgedBySpot(Networks()),
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


def columns_seen(model: Model, lead_h: Mapping[str, int]) -> dict[str, int]:
    """Which of some exogenous columns a model looks at, with the hours ahead that they are known.

    The spot counts only where it is known ahead: its past is in no model's inputs.
    """
    if isinstance(model, Champion):
        seen = [columns_seen(part, lead_h) for part in model.parts]
    elif isinstance(model, BridgedBySpot):
        whole_day = lead_h.get(SPOT, 0) >= WALL_HOURS
        bridge = {SPOT: lead_h[SPOT]} if whole_day else {}
        seen = [bridge, columns_seen(model.inner, lead_h)]
    elif isinstance(model, BoostedTrees | Networks) or (
        isinstance(model, RidgeLear | KernelRidge) and model.with_inputs
    ):
        seen = [{name: ahead for name, ahead in lead_h.items() if name != SPOT}]
    else:
        seen = []
    return {name: ahead for name, ahead in lead_h.items() if any(name in one for one in seen)}
