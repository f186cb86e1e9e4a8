"""One thread for solves so small that several would only spin."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[Any]:
    """Holds the linear algebra of numpy, scipy and scikit-learn to one thread."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limit


@cache
def _controller() -> ThreadpoolController:
    """Of the libraries that are loaded when it is made: so of all of them."""
    import sklearn.linear_model  # noqa: F401, PLC0415 - loading takes a second

    return ThreadpoolController()
