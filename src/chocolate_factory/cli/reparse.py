"""The ``reparse`` command: read kept answers again, after a parser has been mended."""

from __future__ import annotations

from typing import Annotated

import typer

from chocolate_factory import upkeep
from chocolate_factory.app.factory import open_sites
from chocolate_factory.cli.noted import noted
from chocolate_factory.cli.output import out, print_json
from chocolate_factory.cli.root import Dir, Json, app, now, parse_instant
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.market.places import place_of
from chocolate_factory.settings import load_settings


@app.command()
def reparse(
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="ISO", help="Only answers received from then on [default: all kept]"
        ),
    ] = None,
    feed: Annotated[
        str | None, typer.Option(help="Only of this feed, as `doctor` names it", metavar="NAME")
    ] = None,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Read the upstream answers that were kept as received once more, without any network.

    After an update that mended a parser: values it now reads otherwise are stored beside the old
    ones as revisions. Reading twice changes nothing.
    """
    begin = parse_instant(since, option="--since")
    settings = load_settings(data_dir=directory)
    with noted(settings, "reparse", feed or "all"), open_sites(settings) as sites:
        zone = sites.zone
        known = {each.name: each for each in zone.feeds.all}
        for site in sites.named.values():
            place = place_of(site.store.site)
            known |= {f"{each.name}@{place}": each for each in site.feeds.all}
        if feed is not None and feed not in known:
            raise SettingsInvalid(f"--feed: {feed!r} is not one of {', '.join(sorted(known))}")
        told = upkeep.reparse(
            zone.raw.answers(since=begin, feed=feed), known, zone.store, now=now()
        )
    if as_json:
        print_json(
            {
                "answers": told.answers,
                "new": told.new,
                "revised": told.revised,
                "empty": told.empty,
                "unreadable": told.unreadable,
                "of_unknown_feeds": told.of_unknown_feeds,
            }
        )
    else:
        out.print(
            f"{told.answers} answers: {told.new} new values, {told.revised} revised; "
            f"{told.empty} held none, {told.unreadable} cannot be read, "
            f"{told.of_unknown_feeds} are of feeds without an address or key here",
            highlight=False,
        )
