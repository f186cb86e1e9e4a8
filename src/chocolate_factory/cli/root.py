"""The root of the command line: its commands by name, and the options several of them share."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from chocolate_factory import __version__
from chocolate_factory.cli.listed import LISTED
from chocolate_factory.errors import SettingsInvalid


class _Commands(TyperGroup):
    """Those that are loaded, and in place of the others what the list says of them."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, (_, help_) in LISTED.items():
            command = self.commands.pop(name) if name in self.commands else None
            self.commands[name] = command or TyperCommand(name, help=help_)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The one that is called, loaded."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, loaded(name).commands[name] if name in LISTED else command, rest


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help=(
        "When to run the batches of a factory in the Spanish electricity market.\n\n"
        "Start with [bold]chocolate-factory demo[/bold]: it needs no network and no key. With "
        "your own data: [bold]import[/bold] price files or [bold]ingest[/bold] from the live "
        "services, then [bold]forecast[/bold], [bold]plan[/bold] and [bold]serve[/bold].\n\n"
        "Data lives in ./data, or where --dir or CHOCOLATE_FACTORY_DATA_DIR says."
    ),
)

Dir = Annotated[
    Path | None,
    typer.Option("--dir", help="Folder of the data [default: ./data]", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="ISO",
        help="Use only what was known at this instant, e.g. 2025-11-17T21:00Z [default: now]",
        show_default=False,
    ),
]


@app.callback()
def group() -> None:
    """Nothing to do: with one command loaded ``app`` would else be that command."""


@app.command()
def version(as_json: Json = False) -> None:
    """Print the version."""
    typer.echo(f'{{"version": "{__version__}"}}' if as_json else __version__)


def loaded(*names: str) -> Any:
    """The tree of commands with those of ``names`` whole; without any name, all of them."""
    for name in names or LISTED:
        import_module(f"chocolate_factory.cli.{LISTED[name][0]}")
    return get_command(app)


def parse_instant(text: str | None, *, option: str) -> datetime | None:
    """An ISO instant with an offset; None stays None.

    Raises ``SettingsInvalid`` naming the option if it is not one.
    """
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsInvalid(
            f"{option}: {text!r} is not an ISO instant such as 2025-11-17T21:00Z"
        ) from None
    if instant.tzinfo is None:
        raise SettingsInvalid(f"{option}: {text!r} has no offset: add Z or e.g. +01:00")
    return instant.astimezone(UTC)


def parse_day(text: str, *, option: str) -> date:
    """A calendar day as YYYY-MM-DD.

    Raises ``SettingsInvalid`` naming the option if it is not one.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsInvalid(f"{option}: {text!r} is not a day such as 2025-11-17") from None


def last_day(text: str | None, first: date, *, today: date) -> date:
    """The day of ``--to``, without one tomorrow, and never before ``first``.

    Raises ``SettingsInvalid`` naming what was given.
    """
    tomorrow = today + timedelta(days=1)
    if text is None and first > tomorrow:
        raise SettingsInvalid(
            f"--from {first} is after tomorrow, {tomorrow}: nothing later is published"
        )
    last = parse_day(text, option="--to") if text else tomorrow
    if last < first:
        raise SettingsInvalid(f"--to {last} is before --from {first}")
    return last


def now() -> datetime:
    """The clock of the command line."""
    return datetime.now(UTC)
