"""A client of the HTTP interface for programs: typed answers, one error for each way to fail.

    from chocolate_factory.client import Client

    with Client("http://127.0.0.1:8000") as factory:
        print(factory.summary().savings_eur)

docs/client.md has whole examples.
"""

from chocolate_factory.client.asking import Connection
from chocolate_factory.client.client import Client

__all__ = ["Client", "Connection"]
