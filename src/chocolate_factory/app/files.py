"""The user's files: plant, orders and contract, or the ones that come with the program."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

from chocolate_factory.errors import FileRefused, SettingsInvalid
from chocolate_factory.market.contract import Contract, contract_named, parse_contract
from chocolate_factory.planning.orders import Orders, parse_orders, parse_orders_workbook
from chocolate_factory.planning.plant import Plant, parse_plant

TEMPLATES = {"chocolate": "reference", "bakery": "bakery", "cold-store": "cold_store"}
"""Plants that come with the program, by the name a user gives."""


def template(kind: str) -> dict[str, str]:
    """The text of ``plant.yaml`` and ``orders.yaml`` of one of ``TEMPLATES``.

    Raises ``SettingsInvalid`` with the names there are.
    """
    if kind not in TEMPLATES:
        raise SettingsInvalid(f"no template named {kind!r}; there are {', '.join(TEMPLATES)}")
    data = files("chocolate_factory").joinpath("data")
    return {
        f"{part}.yaml": data.joinpath(f"{TEMPLATES[kind]}_{part}.yaml").read_text("utf-8")
        for part in ("plant", "orders")
    }


def load_plant(path: Path | None) -> Plant:
    """The plant of a file, or the reference plant."""
    name, text = _text(path, "plant file", "reference_plant.yaml")
    return parse_plant(text, name=name)


def load_orders(path: Path | None, plant: Plant) -> Orders:
    """The orders of a file (YAML, JSON, CSV or XLSX), or the reference plant's weekly orders."""
    if path is not None and path.suffix.lower() == ".xlsx":
        return parse_orders_workbook(read_bytes(path, "orders file"), name=str(path), plant=plant)
    name, text = _text(path, "orders file", "reference_orders.yaml")
    return parse_orders(text, name=name, plant=plant)


def load_contract(name: str) -> Contract:
    """The contract of a file, or one of the named contracts."""
    if os.path.isfile(name):  # unlike Path's, False for what no file can be called
        return parse_contract(read_text(Path(name), "contract file"), name=name)
    return contract_named(name)


def read_bytes(path: Path, what: str) -> bytes:
    """A user's file; raises ``FileRefused`` if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise FileRefused(path, f"the {what} cannot be read: {fault.strerror}") from None


def read_text(path: Path, what: str) -> str:
    """A user's text file as UTF-8; ``what`` is how errors call it.

    Raises ``FileRefused`` if it cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise FileRefused(path, f"the {what} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError as fault:
        raise FileRefused(
            path,
            f"the {what} is not UTF-8 (byte {fault.start}): save it as UTF-8 text, which a "
            "spreadsheet calls `CSV UTF-8`",
        ) from None


def _text(path: Path | None, what: str, packaged: str) -> tuple[str, str]:
    if path is not None:
        return str(path), read_text(path, what)
    resource = files("chocolate_factory").joinpath("data", packaged)
    return packaged, resource.read_text(encoding="utf-8")
