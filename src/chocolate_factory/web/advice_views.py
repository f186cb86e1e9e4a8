"""Advice → what is answered and shown, in the reader's language."""

from __future__ import annotations

from typing import cast

from chocolate_factory.advising import ClassAnswer, CurrentAdvice, ScoreAnswer
from chocolate_factory.advising.asking import Known
from chocolate_factory.insights.advice.answer import ClassAdvice, Reason, Urgency, topics_of
from chocolate_factory.insights.advice.measure import (
    MODEL,
    THRESHOLD_RULE,
    Answerer,
    Evaluation,
    calibration_error,
)
from chocolate_factory.insights.advice.saved import AdviceModel
from chocolate_factory.insights.advice.targets import CLASSES
from chocolate_factory.web import advice_schemas as schemas
from chocolate_factory.web.texts import Language
from chocolate_factory.web.upkeep_views import local
from chocolate_factory.web.wording import WORDS, Words


def energy(answer: ScoreAnswer, language: Language) -> schemas.EnergyAdvice:
    """The answer about a price."""
    words, told = WORDS[language], answer.advice
    return schemas.EnergyAdvice(
        score=round(told.score, 2),
        confidence=told.confidence,
        recommendation=told.recommendation,
        recommendation_text=words.text(f"advice.{told.recommendation}"),
        reasons=_reasons(told.reasons, words),
        answered_by=told.answered_by,
        evaluation=_evaluation(told.evaluation),
        basis=_basis(answer.known, answer.model, _notes(answer.known, answer.model, words)),
    )


def production(answer: ClassAnswer, language: Language) -> schemas.ProductionAdvice:
    """The answer about an hour's production."""
    words, told = WORDS[language], answer.advice
    notes = _notes(answer.known, answer.model, words)
    if told.judged_by not in (None, "given"):
        notes = (*notes, words.text(f"advice.judged_{told.judged_by}"))
    overrides = _overrides(told)
    by_limits = tuple(
        schemas.AdviceReason(code="limit", text=limit_text(words, one), effect_pct=None)
        for one in overrides
    )
    return schemas.ProductionAdvice(
        level=_level(told.level),
        level_text=words.text(f"advice.{told.level.lower()}"),
        probabilities=None
        if told.probabilities is None
        else {_level(name): p for name, p in zip(CLASSES, told.probabilities, strict=True)},
        urgency=told.urgency,
        urgency_text=words.text(urgency_key(told.level, told.urgency, limited=bool(told.broken))),
        overrides=overrides,
        reasons=(*by_limits, *_reasons(told.reasons, words)),
        answered_by=told.answered_by,
        evaluation=_evaluation(told.evaluation),
        basis=_basis(answer.known, answer.model, notes),
    )


def current(advice: CurrentAdvice | None) -> schemas.CurrentAdvice | None:
    """The advice of the hour under way, as the page shows it."""
    if advice is None:
        return None
    score, made = advice.score, advice.production
    likeliest = None if made.probabilities is None or made.broken else max(made.probabilities)
    return schemas.CurrentAdvice(
        made=local(advice.made_at),
        start=local(advice.start),
        end=local(advice.end),
        level=_level(made.level),
        probability=likeliest,
        answered_by=made.answered_by,
        accuracy=_figure(made.evaluation, made.answered_by, "accuracy"),
        rule_accuracy=_figure(made.evaluation, "rule", "accuracy"),
        urgency=made.urgency,
        overrides=_overrides(made),
        limits_by=cast("schemas.PageAir | None", made.judged_by),
        score=round(score.score, 2),
        score_by=score.answered_by,
        score_mae_points=_figure(score.evaluation, score.answered_by, "mae_points"),
        why_no_model=advice.why_no_model,
    )


def urgency_key(level: str, urgency: Urgency, *, limited: bool = False) -> str:
    """Which text says how urgent it is to run, or to hold back."""
    if limited:
        return "urgency.limit"
    running = level in ("Optimal", "Moderate")
    return f"urgency.{urgency}" if running else f"urgency.hold_{urgency}"


def limit_text(words: Words, broken: schemas.Override) -> str:
    """What a broken limit says, and what the air at the line is."""
    bound, line = (
        words.percent(air) if broken.limit == "max_humidity_pct" else words.quantity(air, "degC")
        for air in (broken.bound, broken.line)
    )
    return words.text(f"limit.{broken.limit}", stage=broken.stage, bound=bound, line=line)


def _overrides(told: ClassAdvice) -> tuple[schemas.Override, ...]:
    return tuple(
        schemas.Override(
            rule="ambient-limit",
            stage=broken.stage,
            limit=broken.kind,
            bound=broken.bound,
            line=air,
            instead_of=_level(told.without),
        )
        for broken in told.broken
        if (air := told.line.of(broken.kind)) is not None
    )


def _figure(told: Evaluation | None, by: Answerer, measure: str) -> float | None:
    who = MODEL if by == "model" else THRESHOLD_RULE
    return None if told is None else told.of(who)[measure]


def _basis(known: Known, model: AdviceModel | None, notes: tuple[str, ...]) -> schemas.AdviceBasis:
    return schemas.AdviceBasis(
        as_of=local(known.as_of),
        model_made_at=None if model is None else local(model.origin.made_at),
        features_missing=known.features_missing,
        simulated=known.simulated,
        notes=notes,
    )


def _evaluation(told: Evaluation | None) -> schemas.AdviceEvaluation | None:
    if told is None:
        return None
    return schemas.AdviceEvaluation(
        trained_to=local(told.trained_to),
        first=local(told.first),
        last=local(told.last),
        hours=told.rows,
        weeks=told.weeks,
        compared=tuple(
            schemas.AdviceFigures(who=one.who, figures=dict(one.values)) for one in told.measured
        ),
        differences=tuple(
            schemas.AdviceDifference(
                measure=one.measure, than=one.than, mean=one.mean, low=one.low, high=one.high
            )
            for one in told.differences
        ),
        calibration_error=calibration_error(told.reliability),
    )


def _notes(known: Known, model: AdviceModel | None, words: Words) -> tuple[str, ...]:
    notes = []
    if known.why_no_model:
        notes.append(words.text("advice.no_model", why=words.note(known.why_no_model)[0]))
    if known.stored_eur_kwh is not None:
        notes.append(words.text("advice.other_price", price=words.price(known.stored_eur_kwh)))
    if known.learned_later:
        notes.append(words.text("advice.learned_later"))
    if model is not None and model.learned.missing:
        topics = [words.text(f"about.{one}") for one in topics_of(model.learned.missing)]
        notes.append(words.text("advice.without", names=", ".join(topics)))
    return tuple(notes)


def _reasons(reasons: tuple[Reason, ...], words: Words) -> tuple[schemas.AdviceReason, ...]:
    return tuple(
        schemas.AdviceReason(code=one.code, text=_said(one, words), effect_pct=one.effect)
        for one in reasons
    )


def _said(reason: Reason, words: Words) -> str:
    value = reason.values
    match reason.code:
        case "price":
            text = words.text(
                "reason.price",
                day=words.percent(100 * (1 - value["cheaper_1d"]), 0),
                week=words.percent(100 * (1 - value["cheaper_7d"]), 0),
            )
        case "coming":
            text = words.text(
                "reason.coming",
                hours=words.quantity(value["published_h"], "h", 0),
                share=words.percent(100 * value["expected_cheaper"], 0),
            )
        case "period":
            text = words.text("reason.period", period=f"P{value['tariff_period']:.0f}")
        case "calendar":
            text = words.text("reason.day_off" if value["valley_day"] else "reason.working_day")
        case "shift":
            text = words.text("reason.staffed" if value["staffed"] >= 0.5 else "reason.unstaffed")
        case _:
            text = words.text("reason.weather", warm=words.quantity(value["temperature_c"], "degC"))
    return text


def _level(name: str) -> schemas.LevelName:
    return cast("schemas.LevelName", name)
