"""An alert in words, from its codes and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chocolate_factory.alerting import Held, Post, Waiting
from chocolate_factory.alerting.sending import SUMMED_UP_TO
from chocolate_factory.insights.alerts import Alert, AlertKind, Basis, Value
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.web.forecast_schemas import Finding
from chocolate_factory.web.wording import Words


def title(alert: Alert, words: Words) -> str:
    """What is the matter, in a few words."""
    return words.text(f"alert.{alert.kind.value}")


def reason(alert: Alert, words: Words) -> str:
    """Why it holds, in a sentence."""
    told = alert.values
    match alert.kind:
        case AlertKind.PRICE_SPIKE | AlertKind.PRICE_OPPORTUNITY | AlertKind.PRICE_NEGATIVE:
            return words.text(
                f"why.{alert.kind.value}",
                span=_span(alert, words),
                hours=_hours(told["hours"], words),
                price=words.price(float(told["price_eur_kwh"])),
                limit=words.price(float(told.get("limit_eur_kwh", 0))),
                days=str(told["days"]),
            )
        case AlertKind.HEAT | AlertKind.COLD | AlertKind.HUMIDITY:
            unit = "%" if alert.kind is AlertKind.HUMIDITY else "degC"
            way, most = ("cold", "lowest") if alert.kind is AlertKind.COLD else ("heat", "highest")
            return words.text(
                f"why.{way}_{told['where']}",
                span=_span(alert, words),
                hours=_hours(told["hours"], words),
                stage=str(told["stage"]),
                **{most: words.quantity(float(told[most]), unit)},
                limit=words.quantity(float(told["limit"]), unit),
            )
        case AlertKind.PLAN_INFEASIBLE | AlertKind.FIRST_PLAN | AlertKind.BETTER_PLAN:
            return _of_plans(alert, words)
        case AlertKind.EXCESS_POWER:
            return words.text(
                "why.excess_power",
                span=_span(alert, words),
                highest=words.quantity(float(told["highest_kw"]), "kW"),
                contracted=words.quantity(float(told["contracted_kw"]), "kW"),
                period=f"P{told['period']}",
                quarters=str(told["quarters"]),
            )
        case _:
            return _of_data(alert, words)


def _of_plans(alert: Alert, words: Words) -> str:
    told = alert.values
    if alert.kind is AlertKind.PLAN_INFEASIBLE:
        way = words.text(f"way.{told['way'] or 'none'}")
        return _infeasible(told, words, way)
    if alert.kind is AlertKind.FIRST_PLAN:
        return words.text(
            "why.first_plan",
            day=words.long_day(_instant(told["start"]).date()),
            cost=words.money(float(told["cost_eur"])),
            share=words.percent(float(told["saved_pct"])),
        )
    after = words.money(float(told["after_eur"]))
    if "before_eur" not in told:
        return words.text("why.better_plan_kept", after=after)
    before = words.money(float(told["before_eur"]))
    if alert.basis is Basis.SAFER:
        return words.text("why.better_plan_safer", after=after, before=before)
    return words.text("why.better_plan", after=after, before=before)


def _infeasible(told: Mapping[str, Value], words: Words, way: str) -> str:
    first = [words.note(one)[0] for one in str(told.get("first", "")).splitlines()]
    if not first:  # noted before reasons were kept
        return words.text("why.plan_infeasible_count", reasons=str(told["reasons"]), way=way)
    said = [f"{one[:1].upper()}{one[1:]}." for one in first]
    if more := int(told["reasons"]) - len(first):
        said.append(words.text("why.plan_infeasible_more", more=words.number(more)))
    return words.text("why.plan_infeasible", reasons=" ".join(said), way=way)


def _of_data(alert: Alert, words: Words) -> str:
    told = alert.values
    names = [str(told["series"])] if "series" in told else []
    names += str(told["others"]).split(",") if "others" in told else []
    series = ", ".join(words.series(name) for name in names)
    since = words.when(_instant(told["since"])) if "since" in told else ""
    match alert.kind:
        case AlertKind.MODEL_DRIFT:
            finding = Finding.model_validate(
                {name: told[name] for name in ("what", "measured", "low", "high", "model")}
                | {"text": ""}
            )
            return f"{series}: {words.finding(finding)}"
        case AlertKind.GAP:
            hours = _hours(told["hours"], words)
            return words.text("why.gap", series=series, since=since, hours=hours)
        case AlertKind.JOB_REJECTED:
            return words.text("why.job_rejected", job=words.job(str(told["job"])))
        case AlertKind.JOB_OVERDUE:
            return words.text("why.job_overdue", job=words.job(str(told["job"])), since=since)
        case AlertKind.RAW_DAMAGED:
            return words.text("why.raw_damaged", file=str(told["file"]))
        case _:
            return words.text(f"why.{alert.kind.value}", series=series, since=since)


def at_stake(alert: Alert, words: Words) -> str:
    """The euros and how they were computed, or why there are none."""
    basis = words.text(f"basis.{alert.basis.value}")
    return basis if alert.eur is None else f"{words.money(alert.eur)}: {basis}"


@dataclass(frozen=True, slots=True)
class Worded:
    """A message as it goes out."""

    title: str
    body: str


def worded(post: Post, words: Words, *, plant: str, simulated: bool) -> Worded:
    """A message to people about alerts that began or recovered."""
    every = [(one, False) for one in post.raised] + [(one, True) for one in post.ended]
    label = words.text("post.simulated") + " " if simulated else ""
    if not post.summary:
        ((one, ended),) = every
        return Worded(f"{plant}: {_line(one, words, ended=ended)}", label + _body(one, words))
    if post.sites:
        head, lines = _of_sites(post.sites, words)
        return Worded(head, label + "\n".join(lines))
    count = words.number(len(every))
    lines = [
        f"{_line(one, words, ended=ended)}: {reason(one.alert, words)}"
        for one, ended in every[:SUMMED_UP_TO]
    ]
    if len(every) > SUMMED_UP_TO:
        lines.append(words.text("post.more", count=words.number(len(every) - SUMMED_UP_TO)))
    head = words.text("post.summary", count=count)
    return Worded(f"{plant}: {head}", label + "\n".join(lines))


def _of_sites(sites: Sequence[Waiting], words: Words) -> tuple[str, list[str]]:
    """How many wait at how many sites, and of each the gravest and how many more."""
    count = words.number(sum(len(one) for one in sites))
    head = words.text("post.summary_sites", count=count, sites=words.number(len(sites)))
    lines = [f"{one.title}: {_of_site(one, words)}" for one in sites[:SUMMED_UP_TO]]
    if len(sites) > SUMMED_UP_TO:
        more = words.number(len(sites) - SUMMED_UP_TO)
        lines.append(words.text("post.more_sites", count=more))
    return head, lines


def _of_site(one: Waiting, words: Words) -> str:
    if one.gravity is None or one.kind is None:
        return words.text("post.site_recovered", count=words.number(len(one)))
    first = f"{words.text(f'gravity.{one.gravity.value}')}: {words.text(f'alert.{one.kind.value}')}"
    if len(one) == 1:
        return first
    return words.text("post.site_more", first=first, count=words.number(len(one) - 1))


def _line(one: Held, words: Words, *, ended: bool) -> str:
    what = title(one.alert, words)
    if ended:
        return words.text("post.recovered", what=what)
    return f"{words.text(f'gravity.{one.alert.gravity.value}')}: {what}"


def _body(one: Held, words: Words) -> str:
    return f"{reason(one.alert, words)}\n{at_stake(one.alert, words)}"


def _span(alert: Alert, words: Words) -> str:
    return words.span(_instant(alert.values["start"]), _instant(alert.values["end"]))


def _hours(value: Value, words: Words) -> str:
    hours = float(value)
    return words.number(hours, 0 if hours == int(hours) else 2)


def _instant(value: Value) -> datetime:
    return datetime.fromisoformat(str(value)).astimezone(MADRID)
