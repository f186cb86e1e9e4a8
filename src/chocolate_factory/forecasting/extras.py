"""Models whose library is not installed with the program: which, and how to get it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from chocolate_factory.errors import ModelNotFitted

_LIBRARY = {"prophet": "prophet", "lstm": "torch"}
"""Model, which is also the name of the extra, and the library it stands on."""


def require(model: str) -> None:
    """Raise ``ModelNotFitted`` with the command that installs it if a model's extra is absent."""
    library = _LIBRARY.get(model)
    if library is not None and find_spec(library) is None:
        raise ModelNotFitted(
            f"{model} needs the library {library}, which is not installed: "
            f'pip install "chocolate-factory[{model}]"'
        )


def library_of(model: str) -> Any:
    """The library a model stands on, imported now. Raises as ``require`` does."""
    require(model)
    return import_module(_LIBRARY[model])
