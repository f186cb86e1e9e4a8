"""The ``alerts`` commands: what a person should know now, and that it was seen."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from chocolate_factory import alerting, pipeline
from chocolate_factory.app.stores import opened_site
from chocolate_factory.cli.noted import noted, who
from chocolate_factory.cli.output import local, out, print_json
from chocolate_factory.cli.root import Dir, Json, app, now
from chocolate_factory.cli.site_option import SiteName, chosen_site
from chocolate_factory.web import alert_views
from chocolate_factory.web.asked import Alerts
from chocolate_factory.web.wording import WORDS

alerts = typer.Typer(
    no_args_is_help=True,
    help=(
        "What a person should know now: prices, heat, data, forecasts, plans and power.\n\n"
        "`alerts list` says what holds and what ended lately, why, and what is at stake. `alerts "
        "acknowledge` notes that one was seen. While `serve` runs, everything is looked at every "
        "quarter of an hour, and what is new or graver is told to CHOCOLATE_FACTORY_NOTIFY_URLS."
    ),
)
app.add_typer(alerts, name="alerts")


class Language(StrEnum):
    """Languages of the texts."""

    EN = "en"
    ES = "es"


InLanguage = Annotated[Language, typer.Option("--lang", help="Language of the texts.")]


@alerts.command("list")
def list_alerts(
    days: Annotated[
        int, typer.Option(min=0, max=60, help="What ended within so many days too.")
    ] = 1,
    lang: InLanguage = Language.EN,
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """List the alerts that hold, the gravest first, and those that ended lately.

    They are those found at the last look; this looks at nothing itself.
    """
    at = now()
    with opened_site(chosen_site(directory, site)) as store:
        looked = (run.finished_at for run in store.runs(job="alerts", limit=5))
        told = Alerts(
            as_of=at,
            looked_at=next((at for at in looked if at is not None), None),
            simulated=pipeline.holds_simulated(store),
            every=alerting.held(store, as_of=at),
        )
    shown = alert_views.alerts(told, WORDS[lang.value], ended_within=timedelta(days=days))
    if as_json:
        print_json(shown.model_dump(mode="json"))
        return
    words = WORDS[lang.value]
    if not shown.holding and not shown.ended:
        out.print("no alert" + ("" if shown.looked_at else ": nothing was looked at yet"))
    for one in (*shown.holding, *shown.ended):
        gravity = words.text(f"gravity.{one.gravity}")
        seen = f", seen by {one.acknowledged_by}" if one.acknowledged_by else ""
        state = "" if one.ended is None else f", {one.state} {local(one.ended)}"
        for line in (
            f"{one.alert_id}  {gravity}: {one.title}{state}{seen}",
            f"    {one.reason}",
            f"    {one.at_stake}",
        ):
            out.print(line, highlight=False, markup=False, soft_wrap=True)


@alerts.command()
def acknowledge(
    alert_id: Annotated[str, typer.Argument(help="Its id, as `alerts list` shows it.")],
    site: SiteName = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Note that an alert was seen.

    It stays listed while it holds, and counts as not seen once it becomes graver.
    """
    whose = chosen_site(directory, site)
    with (
        opened_site(whose) as store,
        noted(whose.common, "alerts acknowledge", alert_id, site=whose.name),
    ):
        one = alerting.acknowledge(store, alert_id, now=now(), by=who())
    shown = alert_views.state(one, WORDS["en"])
    if as_json:
        print_json(shown.model_dump(mode="json"))
        return
    out.print(f"seen: {shown.title}, by {shown.acknowledged_by}", highlight=False, markup=False)
