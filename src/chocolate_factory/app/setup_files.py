"""The configuration that is written by the page: commented files in ``config`` of the data folder.

What the environment says wins over them. Every text is checked as the program reads it before it
takes the place of the file that was there, which stays beside it as ``.before``.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping, Sequence
from functools import reduce, wraps
from operator import and_
from pathlib import Path
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar

from apprise import Apprise
from ruamel.yaml.comments import CommentedMap

from chocolate_factory.app.edited import by_period, edited, number, plain, put, row, take_out
from chocolate_factory.app.files import (
    TEMPLATES,
    load_contract,
    load_orders,
    load_plant,
    read_text,
    template,
)
from chocolate_factory.durable import PRIVATE, USUAL
from chocolate_factory.errors import ContractInvalid, FileRefused, OrdersInvalid, RequestInvalid
from chocolate_factory.market.contract import Contract, parse_contract
from chocolate_factory.market.contract_file import FixedFile, IndexedFile, read_contract_file
from chocolate_factory.market.indexed import (
    ASSUMED_ADJUSTMENT_SERVICES_EUR_MWH,
    ASSUMED_MARGIN_EUR_MWH,
)
from chocolate_factory.market.tariff import Tariff
from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.plant import Plant, parse_plant
from chocolate_factory.planning.plant_file import WEEKDAYS
from chocolate_factory.reports.whole import write_together
from chocolate_factory.settings import CONTRACT_FILE, NOTIFY_FILE, ORDERS_FILE, PLANT_FILE, Settings

_CONTRACT_HEAD = """\
# How this plant buys its electricity. Written by the page; change it as you like.
# docs/contract-file.md describes every key. It is read when the program starts.
"""
_POWER_HEAD = "Contracted power per period [kW], as on the bill."
_NOTIFY_HEAD = """\
# Where proposed plans are announced: one address a line, as apprise names them, e.g.
#   mailto://user:password@example.org    tgram://bottoken/chatid    ntfy://topic
# Addresses may hold passwords: only their owner can read this file. Read at every start.
"""


_CHANGING = Lock()
"""Held while files are read, changed and written; one for all sites, whose folders may be one."""

P = ParamSpec("P")
R = TypeVar("R")


def _in_turn(
    change: Callable[Concatenate[SetupFiles, P], R],
) -> Callable[Concatenate[SetupFiles, P], R]:
    @wraps(change)
    def changed(self: SetupFiles, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with _CHANGING:
            return change(self, *args, **kwargs)

    return changed


class SetupFiles:
    """Writes the files of one data folder; each call answers the path and the text written.

    One call at a time reads, changes and writes: what another changed meanwhile is not lost.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.folder = settings.config_folder

    @_in_turn
    def contract(
        self,
        kind: str,
        tariff: str,
        margin_eur_mwh: float | None,
        prices_eur_kwh: Sequence[float],
        services_eur_mwh: float | None = None,
    ) -> tuple[Path, str]:
        """The contract; what else a file of this kind and tariff says stays, and powers that were
        written before if the tariff has as many.

        Of an indexed one without margin or adjustment services these are assumed; dated services
        of the file stay where no number takes their place. Raises ``ContractInvalid`` naming the
        line and field that cannot be.
        """
        changed = self._changed(kind, tariff, margin_eur_mwh, prices_eur_kwh, services_eur_mwh)
        if changed is not None:
            return self._contract(changed)
        lines = [f"kind: {kind}", f"tariff: {tariff}"]
        if kind == "indexed":
            since, (services,) = ASSUMED_ADJUSTMENT_SERVICES_EUR_MWH.rows[-1]
            mean = f"mean cost of adjustment services from {since} on"
            lines += [
                _asked("margin_eur_mwh", margin_eur_mwh, ASSUMED_MARGIN_EUR_MWH, "the margin"),
                _asked("adjustment_services_eur_mwh", services_eur_mwh, services, mean),
            ]
        if kind == "fixed":
            prices = ", ".join(
                f"P{at}: {plain(price)}" for at, price in enumerate(prices_eur_kwh, 1)
            )
            lines.append(f"prices_eur_kwh: {{{prices}}}   # before electricity tax")
        text = _CONTRACT_HEAD + "\n".join(lines) + "\n"
        powers = self._powers()
        periods = Tariff(tariff).power_periods if tariff in tuple(Tariff) else 0
        if powers and len(powers) == periods:
            text = _with_powers(text, powers)
        return self._contract(text)

    @_in_turn
    def power(self, contracted_kw: Sequence[float]) -> tuple[Path, str]:
        """The contracted powers [kW], P1 first, in the contract's file.

        Raises ``ContractInvalid`` if the tariff has other periods, or powers fall.
        """
        path = self.folder / CONTRACT_FILE
        if path.exists():
            text = read_text(path, "contract file")
        else:
            tariff = Tariff.TD20 if len(contracted_kw) == Tariff.TD20.power_periods else Tariff.TD30
            kind = "pvpc" if tariff is Tariff.TD20 else "indexed"
            text = f"{_CONTRACT_HEAD}kind: {kind}\ntariff: {tariff}\n"
        return self._contract(_with_powers(text, contracted_kw))

    @_in_turn
    def plant(self, kind: str) -> tuple[Path, str]:
        """A plant and its weekly orders from a template.

        Raises ``RequestInvalid`` with the templates there are.
        """
        if kind not in TEMPLATES:
            raise RequestInvalid(f"template: {kind!r} is none; there are {', '.join(TEMPLATES)}")
        texts = template(kind)
        made = parse_plant(texts["plant.yaml"], name=PLANT_FILE)
        parse_orders(texts["orders.yaml"], name=ORDERS_FILE, plant=made)
        path, _ = self._write_all(
            {PLANT_FILE: texts["plant.yaml"], ORDERS_FILE: texts["orders.yaml"]}
        )
        return path, texts["plant.yaml"]

    @_in_turn
    def orders(self, weekly: Mapping[str, Mapping[str, float]]) -> tuple[Path, str]:
        """What is made every week, kg by weekday and grade; the rest of the file stays.

        Raises ``OrdersInvalid`` naming what cannot be.
        """
        made = {
            day: {name: kg for name, kg in weekly.get(day, {}).items() if kg} for day in WEEKDAYS
        }
        if not any(made.values()):
            raise RequestInvalid("weekly: give at least one weekday some kg")

        def change(tree: CommentedMap) -> None:
            rows = CommentedMap((day, row(kg)) for day, kg in made.items() if kg)
            put(tree, "weekly", rows, head="kg by the day they belong to")

        text = edited(self._orders_text(), change, name=ORDERS_FILE, error=OrdersInvalid)
        parse_orders(text, name=ORDERS_FILE, plant=self.current_plant())
        return self._write(ORDERS_FILE, text), text

    @_in_turn
    def notifications(self, addresses: Sequence[str]) -> tuple[Path, str]:
        """The addresses of messages; none is one that switches them off.

        Raises ``RequestInvalid`` naming the place of one that is not understood, never its text.
        """
        for place, address in enumerate(addresses, start=1):
            if not address.strip() or any(c.isspace() or c == "," for c in address.strip()):
                raise RequestInvalid(f"addresses: address {place} is empty or holds a space")
            if not Apprise().add(address.strip()):
                raise RequestInvalid(
                    f"addresses: address {place} is not understood: write it as apprise does, such "
                    "as ntfy://topic"
                )
        text = _NOTIFY_HEAD + "".join(f"{address.strip()}\n" for address in addresses)
        return self._write(NOTIFY_FILE, text), text

    def current_contract(self) -> Contract:
        """The contract that the next start reads."""
        own = self.folder / CONTRACT_FILE
        return load_contract(str(own) if own.exists() else self._settings.contract)

    def current_plant(self) -> Plant:
        """The plant that the next start reads."""
        own = self.folder / PLANT_FILE
        return load_plant(own if own.exists() else self._settings.plant)

    def weekly(self) -> dict[str, dict[str, float]]:
        """The weekly orders that the next start reads, kg by weekday and grade."""
        plant = self.current_plant()
        own = self.folder / ORDERS_FILE
        orders = load_orders(own if own.exists() else self._settings.orders, plant)
        return {WEEKDAYS[day]: dict(kg) for day, kg in orders.weekly.items()}

    def _orders_text(self) -> str:
        own = self.folder / ORDERS_FILE
        if own.exists():
            return read_text(own, "orders file")
        return template("chocolate")["orders.yaml"]

    def _powers(self) -> tuple[float, ...]:
        path = self.folder / CONTRACT_FILE
        if not path.exists():
            return ()
        told = read_contract_file(read_text(path, "contract file"), name=CONTRACT_FILE)
        if isinstance(told, IndexedFile | FixedFile) or told.contracted_kw:
            return tuple((told.contracted_kw or {}).values())
        return ()

    def _changed(
        self,
        kind: str,
        tariff: str,
        margin_eur_mwh: float | None,
        prices: Sequence[float],
        services_eur_mwh: float | None,
    ) -> str | None:
        """The file that is there with another margin or other prices; None if there is none of
        this kind and tariff."""
        path = self.folder / CONTRACT_FILE
        if not path.exists():
            return None
        text = read_text(path, "contract file")
        try:
            held = read_contract_file(text, name=CONTRACT_FILE)
        except ContractInvalid:
            return None
        if (held.kind, held.tariff) != (kind, tariff):
            return None

        def change(tree: CommentedMap) -> None:
            if kind == "fixed":
                put(tree, "prices_eur_kwh", by_period(prices))
            if kind == "indexed":
                _put_or_take_out(tree, "margin_eur_mwh", margin_eur_mwh)
                dated = isinstance(tree.get("adjustment_services_eur_mwh"), list)
                if services_eur_mwh is not None or not dated:
                    _put_or_take_out(tree, "adjustment_services_eur_mwh", services_eur_mwh)

        return edited(text, change, name=CONTRACT_FILE, error=ContractInvalid)

    def _contract(self, text: str) -> tuple[Path, str]:
        parse_contract(text, name=CONTRACT_FILE)
        return self._write(CONTRACT_FILE, text), text

    def _write(self, name: str, text: str) -> Path:
        return self._write_all({name: text})[0]

    def _write_all(self, texts: Mapping[str, str]) -> list[Path]:
        """At no moment is there no file: what was there is copied aside, then replaced."""
        paths = [self.folder / name for name in texts]
        try:
            rights = reduce(and_, map(_rights, paths))
            self.folder.mkdir(parents=True, exist_ok=True)
            before = {
                path.with_name(f"{path.name}.before"): path.read_bytes()
                for path in paths
                if path.exists()
            }
        except OSError as fault:
            raise FileRefused(self.folder, f"it cannot be used: {fault.strerror}") from None
        if before:
            write_together(before, rights=rights)
        new = (text.encode() for text in texts.values())
        write_together(dict(zip(paths, new, strict=True)), rights=rights)
        return paths


def _asked(key: str, value: float | None, assumed: float, what: str) -> str:
    """The line of a key that may be left out: then what is taken for it is said."""
    if value is None:
        return f"# {key}: {plain(assumed)}   # left out, so much is assumed for {what}"
    return f"{key}: {plain(value)}"


def _put_or_take_out(tree: CommentedMap, key: str, value: float | None) -> None:
    if value is None:
        take_out(tree, key)
    else:
        put(tree, key, number(value))


def _rights(path: Path) -> int:
    """Of the file that is there; addresses of messages may hold passwords."""
    if path.name == NOTIFY_FILE:
        return PRIVATE
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else USUAL


def _with_powers(text: str, kw: Sequence[float]) -> str:
    def change(tree: CommentedMap) -> None:
        put(tree, "contracted_kw", by_period(kw), head=_POWER_HEAD)

    return edited(text, change, name=CONTRACT_FILE, error=ContractInvalid)
