"""The first steps: what is configured, by what, and the files that the page writes."""

from __future__ import annotations

from collections.abc import Callable

from chocolate_factory.app.files import TEMPLATES
from chocolate_factory.app.setup_files import SetupFiles
from chocolate_factory.jobs import Factory
from chocolate_factory.market.contract import Contract, FixedContract
from chocolate_factory.market.indexed import IndexedContract
from chocolate_factory.market.regulated import PERIODS_SINCE
from chocolate_factory.settings import (
    CONTRACT_FILE,
    NOTIFY_FILE,
    ORDERS_FILE,
    PLANT_FILE,
    variable,
)
from chocolate_factory.web.asked import ContractSaid, SetupState
from chocolate_factory.web.schemas import SetupName
from chocolate_factory.web.setup_routes import DemoEnds, SetupDesk

_STEPS = {
    "contract": (CONTRACT_FILE, "contract"),
    "power": (CONTRACT_FILE, "contract"),
    "plant": (PLANT_FILE, "plant"),
    "orders": (ORDERS_FILE, "orders"),
    "notifications": (NOTIFY_FILE, "notify_urls"),
}
"""Steps of the set-up: the file of each, and the setting that it is for."""


def setup_desk(factory: Factory, remove_demo: Callable[[], DemoEnds] | None) -> SetupDesk:
    """The five files, and the demo's end."""
    setup = SetupFiles(factory.settings)
    task = factory.task

    def state() -> SetupState:
        contract = setup.current_contract()
        return SetupState(
            steps=_steps(factory),
            folder=str(setup.folder),
            templates=tuple(TEMPLATES),
            products=setup.current_plant().grades,
            weekly=setup.weekly(),
            contract=_said(contract),
            contracted_kw=tuple(contract.contracted_kw or task.plant.contracted_kw),
            demo=remove_demo is not None,
        )

    return SetupDesk(
        state=state,
        contract=setup.contract,
        power=setup.power,
        plant=setup.plant,
        orders=setup.orders,
        notifications=setup.notifications,
        remove_demo=remove_demo,
    )


def _said(contract: Contract) -> ContractSaid:
    """What the form asks of a contract."""
    match contract:
        case IndexedContract():
            services = contract.adjustment_services_eur_mwh
            rows = () if services is None else services.rows
            one = len(rows) == 1 and rows[0][0] == PERIODS_SINCE
            return ContractSaid(
                "indexed",
                str(contract.tariff),
                contract.margin_eur_mwh,
                services_eur_mwh=rows[0][1][0] if one else None,
                dated_services=bool(rows) and not one,
            )
        case FixedContract():
            return ContractSaid("fixed", str(contract.tariff), prices=contract.prices_eur_kwh)
        case _:
            return ContractSaid("pvpc", str(contract.tariff))


def _steps(factory: Factory) -> dict[str, tuple[str | None, str | None]]:
    """For each step the file that was written, and what else says it: a variable, or the key of a
    site file."""
    settings, common = factory.settings, factory.zone.settings
    told = {}
    for step, (file, name) in _STEPS.items():
        path = settings.config_folder / file
        value = getattr(settings, name)
        by_file = path.is_file() and (name == "notify_urls" or str(value) == str(path))
        said = None
        if name in settings.model_fields_set and not by_file:
            said = variable(name) if value == getattr(common, name) else name
        told[step] = (str(path) if path.is_file() else None, said)
    return told


def setup_name(factory: Factory, *, demo: bool) -> SetupName:
    """Whether anything is configured, or this is the demo."""
    if demo:
        return "demo"
    steps = _steps(factory).values()
    return "done" if any(file or variable for file, variable in steps) else "none"
