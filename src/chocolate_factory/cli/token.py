"""The ``token`` commands: who may change something from another machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from chocolate_factory.app.access import access_files
from chocolate_factory.cli.noted import noted
from chocolate_factory.cli.output import local, out, print_json, print_table
from chocolate_factory.cli.root import Dir, Json, app, now
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.settings import load_settings
from chocolate_factory.store.tokens import Role

token = typer.Typer(
    no_args_is_help=True,
    help=(
        "Tokens by which another machine may change something.\n\n"
        "Programs on the machine itself need none. A [bold]planner[/bold] may accept, report, pin, "
        "undo and plan; an [bold]admin[/bold] may all that changes something; a "
        "[bold]viewer[/bold] nothing of it. Only hashes are kept, in tokens.db of the data folder; "
        "creating and revoking is noted in the audit log and counts from the next request on."
    ),
)
app.add_typer(token, name="token")

Name = Annotated[str, typer.Argument(help="Whose it is, e.g. shift-tablet.")]


@token.command()
def create(
    name: Name,
    role: Annotated[Role, typer.Option(help="What its holder may do.")] = Role.VIEWER,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is valid [days].")] = 365,
    directory: Dir = None,
    as_json: Json = False,
) -> None:
    """Make a token and show it, this once.

    Send it as the header `Authorization: Bearer` and the token, straight to the server.
    """
    at = now()
    settings = load_settings(data_dir=directory)
    book, _ = access_files(settings)
    with noted(settings, "token create", name, role.value, days, "d"):
        text = book.create(name, role, now=at, valid=timedelta(days=days))
    until = at + timedelta(days=days)
    if as_json:
        print_json({"name": name, "role": role.value, "expires_at": utc_iso(until), "token": text})
        return
    typer.echo(text)
    typer.echo(
        f"{name}, {role.value}, valid until {local(until)}: keep it now, it is not shown again",
        err=True,
    )


@token.command("list")
def list_tokens(directory: Dir = None, as_json: Json = False) -> None:
    """Show the tokens in force, without their secrets."""
    book, _ = access_files(load_settings(data_dir=directory))
    held = book.tokens(now=now())
    if as_json:
        told = [
            {
                "name": one.name,
                "role": one.role.value,
                "created_at": utc_iso(one.created_at),
                "expires_at": utc_iso(one.expires_at),
            }
            for one in held
        ]
        print_json({"tokens": told})
        return
    if not held:
        out.print("no token is in force: `token create` makes one", highlight=False)
        return
    rows = [
        (one.name, one.role.value, local(one.created_at), local(one.expires_at)) for one in held
    ]
    print_table("Tokens (Madrid time)", ("name", "role", "made", "valid until"), rows)


@token.command()
def revoke(name: Name, directory: Dir = None, as_json: Json = False) -> None:
    """Have a token count no more, at once."""
    settings = load_settings(data_dir=directory)
    book, _ = access_files(settings)
    with noted(settings, "token revoke", name):
        book.revoke(name)
    if as_json:
        print_json({"revoked": name})
        return
    out.print(f"{name} is revoked", highlight=False, markup=False)
