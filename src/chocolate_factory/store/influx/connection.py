"""One InfluxDB server: its buckets, its three verbs (write, query, delete), its faults in words."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from chocolate_factory.errors import StoreError
from chocolate_factory.store.influx import flux
from chocolate_factory.store.influx.address import Address
from chocolate_factory.store.influx.annotated import NotAnnotatedCsv, QueryFailed, Table, tables
from chocolate_factory.store.influx.faults import (
    broken_off,
    driver,
    faults_explained,
    not_understood,
)

NOT_FOUND, UNPROCESSABLE = 404, 422

SHARD_GROUP_S = {"observations": 364 * 86_400, "versions": 364 * 86_400, "runs": 7 * 86_400}
"""How much time [s] one file group of a bucket covers: with the server's default of a week, twenty
years of history would be a thousand groups."""

_LOCKS: dict[Address, threading.RLock] = {}
_LOCKS_GUARD = threading.Lock()


class Connection:
    """A client of one server. Requests are made once: whoever asked decides about repeating them.

    ``lock`` is held by whoever compares and writes; it is the same for every connection of this
    process to the same buckets.
    """

    def __init__(self, address: Address, *, token: str, timeout_s: float) -> None:
        library = driver()
        self.address = address
        self._timeout_s = timeout_s
        self._client: Any = library.InfluxDBClient(
            url=address.server,
            token=token,
            org=address.organization,
            timeout=int(timeout_s * 1000),
        )
        synchronous = driver("influxdb_client.client.write_api").SYNCHRONOUS
        self._write_api: Any = self._client.write_api(write_options=synchronous)
        self._query_api: Any = self._client.query_api()
        self._delete_api: Any = self._client.delete_api()
        with _LOCKS_GUARD:
            self.lock = _LOCKS.setdefault(address, threading.RLock())

    def prepare(self) -> None:
        """See that the server is one of version 2, and create the buckets that are missing.

        Raises ``StoreError`` if a bucket forgets what is old.
        """
        self._require_version()
        with faults_explained(self.address, timeout_s=self._timeout_s):
            for name in self.address.buckets:
                self._see_to_bucket(name)

    def is_prepared(self) -> bool:
        """Whether the buckets are there; none is created. Raises ``StoreError`` as ``prepare``."""
        self._require_version()
        with faults_explained(self.address, timeout_s=self._timeout_s):
            return all(self._bucket(name) is not None for name in self.address.buckets)

    def write(self, bucket: str, lines: Sequence[str]) -> None:
        """Store points, in line protocol, with timestamps in nanoseconds; durable on return."""
        with faults_explained(self.address, timeout_s=self._timeout_s, writing=True):
            self._write_api.write(
                bucket=bucket, record="\n".join(lines).encode(), write_precision="ns"
            )

    def query(self, script: str) -> list[Table]:
        """What a Flux script yields."""
        with faults_explained(self.address, timeout_s=self._timeout_s):
            body = self._query_api.query_raw(script).data
        try:
            return tables(body.decode())
        except QueryFailed as fault:
            raise StoreError(f"{self.address} could not answer: {fault}. Try again") from fault
        except NotAnnotatedCsv as fault:
            raise broken_off(self.address) from fault
        except UnicodeDecodeError as fault:
            raise not_understood(self.address, "bytes that are not UTF-8") from fault

    def delete(self, bucket: str, start_ns: int, stop_ns: int) -> None:
        """Delete the points of a bucket from ``start_ns`` to ``stop_ns``, both inclusive."""
        with faults_explained(self.address, timeout_s=self._timeout_s):
            self._delete_api.delete(
                flux.time_text(start_ns), flux.time_text(stop_ns), predicate="", bucket=bucket
            )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _require_version(self) -> None:
        with faults_explained(self.address, timeout_s=self._timeout_s):
            version = str(self._client.version())
        if not version.removeprefix("v").startswith("2."):
            raise StoreError(
                f"{self.address} is not a server of version 2 (it says {version}). Name one, such "
                "as 2.7"
            )

    def _see_to_bucket(self, name: str) -> None:
        found = self._bucket(name)
        if found is None:
            found = self._create(name)
        forgets_s = max((rule.every_seconds for rule in found.retention_rules), default=0)
        if forgets_s:
            raise StoreError(
                f"{self.address}: the bucket {name} forgets what is older than "
                f"{forgets_s / 86_400:g} days, and a store must not. Set its retention to never, "
                "or name another bucket prefix"
            )

    def _bucket(self, name: str) -> Any:
        """The bucket of that name; the server may answer with 404, with none, or with others."""
        refused = driver("influxdb_client.rest").ApiException
        try:
            held = self._client.buckets_api().find_buckets(name=name, org=self.address.organization)
        except refused as fault:
            if fault.status != NOT_FOUND:
                raise
            return None
        return next((bucket for bucket in held.buckets if bucket.name == name), None)

    def _create(self, name: str) -> Any:
        library, refused = driver(), driver("influxdb_client.rest").ApiException
        shard_group_s = SHARD_GROUP_S[name.removeprefix(f"{self.address.prefix}-")]
        rule = library.BucketRetentionRules(
            type="expire", every_seconds=0, shard_group_duration_seconds=shard_group_s
        )
        organization = self._organization()
        try:
            return self._client.buckets_api().create_bucket(
                bucket_name=name, retention_rules=[rule], org=organization
            )
        except refused as fault:
            made_meanwhile = self._bucket(name) if fault.status == UNPROCESSABLE else None
            if made_meanwhile is None:
                raise
            return made_meanwhile

    def _organization(self) -> str:
        """The identifier of the organization."""
        refused = driver("influxdb_client.rest").ApiException
        name = self.address.organization
        try:
            held = self._client.organizations_api().find_organizations(org=name)
        except refused as fault:
            if fault.status != NOT_FOUND:
                raise
            held = []
        found = next((one for one in held if one.name == name), None)
        if found is None:
            raise StoreError(
                f"{self.address}: there is no such organization, or the token may not see it. "
                "Correct its name, or give a token that may read it and create buckets in it"
            )
        return str(found.id)
