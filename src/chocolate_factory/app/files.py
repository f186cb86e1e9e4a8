"""The user's files: plant, orders and contract, or the ones that come with the program."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.contract import Contract, contract_named, parse_contract
from chocolate_factory.planning.orders import Orders, parse_orders
from chocolate_factory.planning.plant import Plant, parse_plant


def load_plant(path: Path | None) -> Plant:
    """The plant of a file, or the reference plant."""
    name, text = _text(path, "plant file", "reference_plant.yaml")
    return parse_plant(text, name=name)


def load_orders(path: Path | None, plant: Plant) -> Orders:
    """The orders of a file, or the reference plant's weekly orders."""
    name, text = _text(path, "orders file", "reference_orders.yaml")
    return parse_orders(text, name=name, plant=plant)


def load_contract(name: str) -> Contract:
    """The contract of a file, or one of the named contracts."""
    path = Path(name)
    if path.is_file():
        return parse_contract(read_text(path, "contract file"), name=name)
    return contract_named(name)


def read_text(path: Path, what: str) -> str:
    """A user's text file as UTF-8; ``what`` is how errors call it.

    Raises ``FileRefused`` if it cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise FileRefused(path, f"the {what} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError as fault:
        raise FileRefused(path, f"the {what} is not UTF-8 (byte {fault.start})") from None


def _text(path: Path | None, what: str, packaged: str) -> tuple[str, str]:
    if path is not None:
        return str(path), read_text(path, what)
    resource = files("chocolate_factory").joinpath("data", packaged)
    return packaged, resource.read_text(encoding="utf-8")
