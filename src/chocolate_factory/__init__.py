"""chocolate-factory: when to run the batches, in the Spanish electricity market."""

from importlib.metadata import version

__version__ = version("chocolate-factory")
