"""What is asked about advice, and what is answered. Numbers with their unit in the name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from chocolate_factory.web.answer import Answer
from chocolate_factory.web.question import Asked, Instant, Number

LevelName = Literal["Optimal", "Moderate", "Reduced", "Halt"]

LOWEST_EUR_KWH, HIGHEST_EUR_KWH = -0.5, 2.0
"""Bounds of a price that is taken for one [EUR/kWh]."""

_KWH_PER_MWH = 1000


def _price(eur_kwh: float) -> float:
    if LOWEST_EUR_KWH <= eur_kwh <= HIGHEST_EUR_KWH:
        return eur_kwh
    message = (
        "{given} €/kWh is no plausible price (expected {low} to {high} €/kWh); if it was meant in "
        "€/MWh, send {meant}"
    )
    raise PydanticCustomError(
        "price_implausible",
        message,
        {
            "given": f"{eur_kwh:g}", "low": f"{LOWEST_EUR_KWH:g}", "high": f"{HIGHEST_EUR_KWH:g}",
            "meant": f"{eur_kwh / _KWH_PER_MWH:g}",
        },
    )  # fmt: skip


def _humidity(pct: float) -> float:
    if 1 <= pct <= 100:
        return pct
    message = "{given} % is no plausible relative humidity (expected 1 to 100 %)"
    if 0 < pct < 1:
        message += "; if it was meant as a share, send {meant}"
    raise PydanticCustomError(
        "humidity_implausible", message, {"given": f"{pct:g}", "meant": f"{100 * pct:g}"}
    )


def _temperature(celsius: float) -> float:
    if -40 <= celsius <= 60:
        return celsius
    message = "{given} °C is no plausible air temperature (expected −40 to 60 °C)"
    if 233 <= celsius <= 333:
        message += "; if it was meant in kelvin, send {meant}"
    raise PydanticCustomError(
        "temperature_implausible",
        message,
        {"given": f"{celsius:g}", "meant": f"{celsius - 273.15:.2f}"},
    )


PageAir = Literal["inside", "outside", "unknown"]
Celsius = Annotated[Number, AfterValidator(_temperature)]


class AdviceQuestion(Asked):
    """An instant with its price and air."""

    price_eur_kwh: Annotated[Number, AfterValidator(_price)] = Field(examples=[0.0842])
    """What a kWh costs then, tolls and electricity tax in, VAT out [EUR/kWh]."""
    temperature_c: Celsius = Field(examples=[21.5])
    """Air temperature at the plant [°C]."""
    humidity_pct: Annotated[Number, AfterValidator(_humidity)] = Field(examples=[46.0])
    """Relative humidity of that air [%]."""
    instant: Instant | None = Field(None, examples=["2026-11-25T14:20:00+01:00"])
    """When, with its offset, at most 48 h ahead; without it, now. Of a past instant only what was
    known then is used."""


class ProductionQuestion(AdviceQuestion):
    """An instant with its price and air, outside and at the line."""

    line_temperature_c: Celsius | None = Field(None, examples=[23.0])
    """Temperature indoors at the line, which the plant's limits are about [°C]; without it they
    are judged by the plant's model of its hall, or if it has none by the outdoor air, and the
    answer says so. Humidity at the line is that of the outdoor air brought to its temperature."""


class AdviceReason(Answer):
    """One thing that speaks for or against."""

    code: str = Field(examples=["price"])
    """What it is about, the same in every language: `price`, `coming`, `period`, `calendar`,
    `shift`, `weather`, or `limit`."""
    text: str = Field(examples=["Cheaper than 82 % of the last seven days."])
    """The same in words."""
    effect_pct: float | None = Field(examples=[12.4])
    """By how much it moved the model's answer: points of the score, or per cent of the class's
    probability; null where a rule answers."""


class AdviceFigures(Answer):
    """What one of the compared scored on later data."""

    who: str = Field(examples=["threshold rule"])
    """The model, or the rule it is compared with."""
    figures: dict[str, float] = Field(examples=[{"accuracy": 0.655, "brier": 0.481}])
    """For the score `r2`, `mae_points`, `right_side`; for the class `accuracy`, `brier`,
    `log_loss`."""


class AdviceDifference(Answer):
    """How much less the model erred than another; below zero is better."""

    measure: str = Field(examples=["brier"])
    """What is compared."""
    than: str = Field(examples=["threshold rule"])
    """With whom."""
    mean: float = Field(examples=[-0.243])
    """Mean of the model's loss minus that of the other."""
    low: float = Field(examples=[-0.257])
    """Lower end of the 95 % interval, weeks drawn with replacement."""
    high: float = Field(examples=[-0.229])
    """Upper end of it."""


class AdviceEvaluation(Answer):
    """How this recipe did on data later than all it had learned from."""

    trained_to: datetime = Field(examples=["2025-11-25T00:00:00+01:00"])
    """Last instant it had learned from."""
    first: datetime = Field(examples=["2026-05-25T00:00:00+02:00"])
    """First instant it was measured on."""
    last: datetime = Field(examples=["2026-11-23T23:00:00+01:00"])
    """Last one."""
    hours: int = Field(gt=0, examples=[4368])
    """How many hours."""
    weeks: int = Field(gt=0, examples=[26])
    """Weeks they lie in."""
    compared: tuple[AdviceFigures, ...]
    """Model and rules."""
    differences: tuple[AdviceDifference, ...]
    """Model against each rule."""
    calibration_error: float = Field(examples=[0.008])
    """Mean distance between a probability and how often it came true."""


class AdviceBasis(Answer):
    """What an answer stands on."""

    as_of: datetime = Field(examples=["2026-11-25T14:20:00+01:00"])
    """Instant whose knowledge was used."""
    model_made_at: datetime | None = Field(examples=["2026-11-22T04:50:00+01:00"])
    """When the model in use was made; null without one."""
    features_missing: tuple[str, ...] = Field(examples=[["dew_point_c"]])
    """What could not be told of the instant, by name."""
    simulated: bool = Field(examples=[False])
    """True if it rests on simulated prices."""
    notes: tuple[str, ...] = Field(examples=[[]])
    """What a reader must know."""


class Advised(Answer):
    """Who answered, how well that did on later data, and from what."""

    answered_by: Literal["model", "rule"] = Field(examples=["model"])
    """The model answers only if it beat the rules on later data."""
    evaluation: AdviceEvaluation | None
    """How model and rules did on later data; null while nothing was learned."""
    reasons: tuple[AdviceReason, ...]
    """What moved the answer most comes first, after broken limits."""
    basis: AdviceBasis
    """What it stands on."""


class EnergyAdvice(Advised):
    """How cheap the price is among those of the 24 hours that follow."""

    score: float = Field(ge=0, le=100, examples=[81.3])
    """0: everything to come is cheaper; 100: everything to come is dearer."""
    confidence: float | None = Field(ge=0, le=1, examples=[0.94])
    """Probability that the price is in that half, cheaper or dearer, that the score says; null
    while nothing was learned."""
    recommendation: Literal["run", "either", "wait"] = Field(examples=["run"])
    """Whether to use energy now, by the price alone."""
    recommendation_text: str = Field(examples=["Run now what can be moved."])
    """The same in words."""


class Override(Answer):
    """A limit of the plant that was broken: a rule, whatever the model says."""

    rule: Literal["ambient-limit"] = Field(examples=["ambient-limit"])
    """Which rule."""
    stage: str = Field(examples=["tempering"])
    """Stage that may not run."""
    limit: Literal["max_c", "min_c", "max_humidity_pct"] = Field(examples=["max_c"])
    """What it is about: highest or lowest temperature [°C], or highest humidity [%]."""
    bound: float = Field(examples=[26.0])
    """The limit, in that unit."""
    line: float = Field(examples=[27.5])
    """What it was judged by, in that unit: the air at the line, measured or worked out."""
    instead_of: LevelName = Field(examples=["Optimal"])
    """What would have been answered without it."""


class ProductionAdvice(Advised):
    """What to do in the hour, as the best plan of such a week would."""

    level: LevelName = Field(examples=["Optimal"])
    """Share of the busiest hour's power that the best plan would draw: Halt none, Reduced less
    than a third, Moderate less than two thirds, Optimal more."""
    level_text: str = Field(examples=["Full production"])
    """The same in words."""
    probabilities: dict[LevelName, float] | None = Field(
        examples=[{"Halt": 0.02, "Reduced": 0.11, "Moderate": 0.24, "Optimal": 0.63}]
    )
    """Of each level, adding up to 1, before any override; null while nothing was learned."""
    urgency: Literal["high", "medium", "low"] = Field(examples=["medium"])
    """How much waiting changes the price: to run, high if hardly an hour of the next 24 is cheaper;
    to hold back, high if nearly every one is; high where a limit is broken."""
    urgency_text: str = Field(examples=["Some hours of the next 24 are cheaper."])
    """The same in words."""
    overrides: tuple[Override, ...]
    """Limits of the plant that made it Halt; none if none is broken."""


class CurrentAdvice(Answer):
    """Advice for the delivery period under way, worked out every quarter of an hour."""

    made: datetime = Field(examples=["2026-11-25T14:15:02+01:00"])
    """When it was worked out."""
    start: datetime = Field(examples=["2026-11-25T14:15:00+01:00"])
    """Start of the delivery period it is for."""
    end: datetime = Field(examples=["2026-11-25T14:30:00+01:00"])
    """End of it (not included)."""
    level: LevelName = Field(examples=["Optimal"])
    """As in `POST /predict/production-recommendation` without a temperature at the line."""
    probability: float | None = Field(examples=[0.63])
    """That of the level; null while nothing was learned, and where a limit made it Halt."""
    answered_by: Literal["model", "rule"] = Field(examples=["model"])
    """Who says so."""
    accuracy: float | None = Field(examples=[0.755])
    """How often who answers was right on later data; null while nothing was learned."""
    rule_accuracy: float | None = Field(examples=[0.624])
    """How often the threshold rule was."""
    urgency: Literal["high", "medium", "low"] = Field(examples=["medium"])
    """How much waiting changes."""
    overrides: tuple[Override, ...]
    """Limits of the plant that made it Halt; none if none is broken."""
    limits_by: PageAir | None = Field(examples=["inside"])
    """What air the plant's limits are judged by: at the line by the plant's model of its hall
    (`inside`), or outdoors if it has none; `unknown` if not all of it is known, null without
    limits."""
    score: float = Field(ge=0, le=100, examples=[81.3])
    """As in `POST /predict/energy-optimization`."""
    score_by: Literal["model", "rule"] = Field(examples=["model"])
    """Who says that."""
    score_mae_points: float | None = Field(examples=[3.9])
    """How far its scores were off on later data, on average [points]."""
    why_no_model: str = Field(examples=[""])
    """Why no model answers, in English; empty if one is in use."""
