"""JSON that somebody else wrote."""

from __future__ import annotations

import json
from typing import Any


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError for what is none or is nested without measure.

    NaN and the infinities, which are no JSON although programs write them, are None.
    """
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except RecursionError:
        raise json.JSONDecodeError("it is nested too deeply", "", 0) from None
