"""What schemathesis does before it asks: nothing that reads brings a body, as the guard refuses it.

That refusal has its own tests; here it would hide which methods a path has.
"""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.core import NOT_SET


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:  # noqa: ARG001
    """Leave the body out where the method reads."""
    if case.method in {"GET", "HEAD"}:
        case.body = NOT_SET
