"""Where tests of the InfluxDB store run: the stand-in, or the server given by ``--influx-url``."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from contracts.influx_server import ORGANIZATION, TOKEN, InfluxServer, serving
from influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException

from chocolate_factory.store.base import Store
from chocolate_factory.store.influx.address import address_of
from chocolate_factory.store.influx.connection import NOT_FOUND
from chocolate_factory.store.influx.store import open_influx


@dataclass(frozen=True)
class InfluxSite:
    """A server, and the bucket prefixes that were asked of it."""

    server: str
    organization: str
    token: str = field(repr=False)
    prefixes: list[str] = field(default_factory=list)

    def fresh_url(self) -> str:
        """The URL of a store that does not exist yet."""
        self.prefixes.append(f"test-{uuid.uuid4().hex[:12]}")
        return self.url(self.prefixes[-1])

    def url(self, prefix: str) -> str:
        """The URL of the store of a prefix."""
        protocol, _, host = self.server.partition("://")
        scheme = {"http": "influxdb", "https": "influxdbs"}[protocol]
        return f"{scheme}://{host}/{quote(self.organization, safe='')}/{prefix}"

    def remove(self) -> None:
        """Delete the buckets of every prefix that was asked for."""
        with InfluxDBClient(self.server, self.token, org=self.organization) as client:
            for name in (
                name for one in self.prefixes for name in address_of(self.url(one)).buckets
            ):
                try:
                    found = client.buckets_api().find_buckets(name=name, org=self.organization)
                except ApiException as fault:
                    if fault.status != NOT_FOUND:
                        raise
                else:
                    for bucket in found.buckets:
                        if bucket.name == name:
                            client.buckets_api().delete_bucket(bucket)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that name a real server."""
    group = parser.getgroup("influx", "a real InfluxDB 2.7 server for the store's contract")
    group.addoption("--influx-url", help="such as http://localhost:8086 (default: a stand-in)")
    group.addoption("--influx-token", default="", help="an all-access API token of it")
    group.addoption("--influx-org", default="", help="its organization (default: the only one)")


@pytest.fixture(scope="session")
def influx_stand_in() -> Iterator[InfluxServer]:
    """One stand-in for all tests that only need some server."""
    with serving(InfluxServer()) as server:
        yield server


@pytest.fixture
def influx_server() -> Iterator[InfluxServer]:
    """A stand-in of the test's own, to break."""
    with serving(InfluxServer()) as server:
        yield server


@pytest.fixture
def influx_site(request: pytest.FixtureRequest) -> Iterator[InfluxSite]:
    """Where to keep a store; what the test made there is removed at its end."""
    server = request.config.getoption("--influx-url")
    if not server:
        stand_in: InfluxServer = request.getfixturevalue("influx_stand_in")
        yield InfluxSite(stand_in.url, ORGANIZATION, TOKEN)
        stand_in.buckets.clear()
        return
    token = request.config.getoption("--influx-token")
    organization = request.config.getoption("--influx-org") or _only_organization(server, token)
    site = InfluxSite(server.rstrip("/"), organization, token)
    yield site
    site.remove()


def influx(request: pytest.FixtureRequest, name: str) -> Callable[[], Store]:
    """An empty store for the contract suite; its buckets get a name of their own."""
    site: InfluxSite = request.getfixturevalue("influx_site")
    url = site.fresh_url()
    return lambda: open_influx(url, token=site.token)


def _only_organization(server: str, token: str) -> str:
    with InfluxDBClient(server, token) as client:
        held = client.organizations_api().find_organizations()
    if len(held) != 1:
        pytest.exit(f"say with --influx-org which of the {len(held)} organizations to use")
    return str(held[0].name)
