"""The first steps: five files written by a page, each of which may be left out, and the demo's end.

What writes is administrative and guarded as all that changes something. The page itself shows no
text of a file, as addresses of messages may hold passwords: that stands in the answer of the write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from pydantic import Field

from chocolate_factory.errors import NotNow
from chocolate_factory.web import schemas
from chocolate_factory.web.answer import Answer
from chocolate_factory.web.asked import SetupState
from chocolate_factory.web.pages import Pages
from chocolate_factory.web.question import Asked, Number
from chocolate_factory.web.routes import InLanguage, page

_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_REPLIES: dict[int | str, dict[str, Any]] = {
    422: {**_PROBLEM, "description": "What is asked cannot be; `detail` names the field"},
}
_NO_DEMO: dict[int | str, dict[str, Any]] = {409: {**_PROBLEM, "description": "This is no demo"}}
Kw = Annotated[Number, Field(gt=0, le=50_000)]
Kg = Annotated[Number, Field(ge=0, le=1e6)]
Eur = Annotated[Number, Field(ge=0, le=2)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Written = tuple[Path, str]


class ContractWanted(Asked):
    """What is paid for a kWh."""

    kind: Literal["pvpc", "indexed", "fixed"] = Field(examples=["indexed"])
    """How its price comes about."""
    tariff: Literal["2.0TD", "3.0TD", "6.1TD"] = Field(examples=["3.0TD"])
    """Access tariff."""
    margin_eur_mwh: Annotated[Number, Field(ge=0, le=100)] | None = Field(None, examples=[4.5])
    """The supplier's margin of an indexed contract [EUR/MWh]; null: assumed."""
    adjustment_services_eur_mwh: Annotated[Number, Field(ge=0, le=300)] | None = Field(
        None, examples=[19]
    )
    """What the system's adjustment services and deviations cost on average, of an indexed contract
    [EUR/MWh]; null: assumed, or as the file has them by date."""
    prices_eur_kwh: Annotated[tuple[Eur, ...], Field(max_length=6)] = Field((), examples=[[]])
    """Prices of a fixed contract by period, P1 first [EUR/kWh]."""


class PowerWanted(Asked):
    """Contracted power."""

    contracted_kw: Annotated[tuple[Kw, ...], Field(min_length=2, max_length=6)] = Field(
        examples=[[100, 100, 120, 120, 120, 150]]
    )
    """By power period, P1 first [kW]."""


class PlantWanted(Asked):
    """A plant to begin with."""

    template: Name = Field(examples=["bakery"])
    """Name of a template."""


class OrdersWanted(Asked):
    """What is made every week."""

    weekly: dict[DayName, Annotated[dict[Name, Kg], Field(max_length=50)]] = Field(
        examples=[{"mon": {"standard": 150}}]
    )
    """Quantity by weekday and product [kg]."""


class NotificationsWanted(Asked):
    """Where messages go."""

    addresses: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=500)], ...], Field(max_length=10)
    ] = Field(examples=[["ntfy://my-plant"]])
    """Addresses as apprise names them; none switches messages off."""


class WrittenAnswer(Answer):
    """A file that was written."""

    file: str = Field(examples=["data/config/contract.yaml"])
    """Where it lies."""
    text: str = Field(examples=["kind: indexed\ntariff: 3.0TD\n"])
    """What it says."""


class Removing(Answer):
    """The demo ends."""

    folder: str = Field(examples=["data/demo-1"])
    """Whose simulated data is deleted once the program has ended."""
    configuration: str | None = Field(examples=["data/config"])
    """Where the files will be that these steps wrote; null if they wrote none."""


@dataclass(frozen=True, slots=True)
class DemoEnds:
    """A demo whose end was asked for: the folder whose data goes, and where the configuration will
    be that was written meanwhile, if any."""

    folder: Path
    configuration: Path | None


@dataclass(frozen=True, slots=True)
class SetupDesk:
    """What may be configured; filled in by the composition root.

    Each writer answers the path and the text. ``remove_demo``: ends the program and deletes the
    demo's data; None where this is no demo.
    """

    state: Callable[[], SetupState]
    contract: Callable[[str, str, float | None, Sequence[float], float | None], Written]
    power: Callable[[Sequence[float]], Written]
    plant: Callable[[str], Written]
    orders: Callable[[Mapping[str, Mapping[str, float]]], Written]
    notifications: Callable[[Sequence[str]], Written]
    remove_demo: Callable[[], DemoEnds] | None = None


def setup_routes(desk: SetupDesk, pages: Pages) -> APIRouter:
    """The page of the first steps and what it writes."""
    router = APIRouter(tags=["administration"])

    def answered(written: Written) -> WrittenAnswer:
        return WrittenAnswer(file=str(written[0]), text=written[1])

    @router.get("/setup", include_in_schema=False)
    def setup(language: InLanguage) -> HTMLResponse:
        return page(pages.setup(desk.state(), language), language)

    @router.post("/setup/contract", summary="Write the contract file", responses=_REPLIES)
    def contract(body: ContractWanted) -> WrittenAnswer:
        """A commented file in the data folder's `config`; read at the next start."""
        return answered(
            desk.contract(
                body.kind,
                body.tariff,
                body.margin_eur_mwh,
                body.prices_eur_kwh,
                body.adjustment_services_eur_mwh,
            )
        )

    @router.post("/setup/power", summary="Write contracted power", responses=_REPLIES)
    def power(body: PowerWanted) -> WrittenAnswer:
        """Into the contract's file; read at the next start."""
        return answered(desk.power(body.contracted_kw))

    @router.post("/setup/plant", summary="Begin a plant from a template", responses=_REPLIES)
    def plant(body: PlantWanted) -> WrittenAnswer:
        """A commented plant file and its weekly orders; read at the next start."""
        return answered(desk.plant(body.template))

    @router.post("/setup/orders", summary="Write the weekly orders", responses=_REPLIES)
    def orders(body: OrdersWanted) -> WrittenAnswer:
        """What is made every week; the other keys of the file stay. Read at the next start."""
        return answered(desk.orders({str(day): kg for day, kg in body.weekly.items()}))

    @router.post("/setup/notifications", summary="Write where messages go", responses=_REPLIES)
    def notifications(body: NotificationsWanted) -> WrittenAnswer:
        """A file that only its owner can read; read at the next start."""
        return answered(desk.notifications(body.addresses))

    @router.post(
        "/setup/remove-demo", summary="Remove the demo", status_code=202, responses=_NO_DEMO
    )
    def remove_demo() -> Removing:
        """End the demo and delete its simulated data. Refused where this is no demo."""
        if desk.remove_demo is None:
            raise NotNow("this is no demo: there is no simulated data to remove")
        ends = desk.remove_demo()
        kept = None if ends.configuration is None else str(ends.configuration)
        return Removing(folder=str(ends.folder), configuration=kept)

    return router
