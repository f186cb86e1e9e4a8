"""The store on an InfluxDB 2.7 server: line protocol in, Flux and annotated CSV out."""

from chocolate_factory.store.influx.address import SCHEMES
from chocolate_factory.store.influx.store import InfluxStore, is_prepared, open_influx

__all__ = ["SCHEMES", "InfluxStore", "is_prepared", "open_influx"]
