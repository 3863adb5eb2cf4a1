"""What is told of each request and question, as lines for people or as JSON for programs.

Keys and passwords are never told, nor addresses with what is asked in them. Questions are told
only where a setting asks for it; the address of an asker only where a request is refused.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Literal

from app.serving.caller import calling

Form = Literal["quiet", "text", "json"]
_LOG = logging.getLogger("askpapers")


def tell(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """One line about what happened, with the name of the request that it happened in."""
    caller = calling.get()
    who = {"request": caller.request, "user": caller.user}
    _LOG.log(level, event, extra={"fields": {**{k: v for k, v in who.items() if v}, **fields}})


def tell_bug(error: BaseException) -> None:
    """Where something went wrong that no sentence was written for.

    Its message may hold what was asked, so only its kind is told, and the way to it.
    """
    tell("bug", level=logging.ERROR, kind=type(error).__name__, way=_way(error))


def set_up(form: Form) -> None:
    """Sends everything that is told, by us and by the libraries, to stderr in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(as_json=form == "json"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Some libraries turn on what they tell of each request, with its address.
    root.setLevel(logging.WARNING)
    _LOG.setLevel(logging.WARNING if form == "quiet" else logging.INFO)


class Lines(logging.Formatter):
    """A record as one line, whatever is in it."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.name != _LOG.name:
            fields["logger"] = record.name
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            fields |= {"kind": type(error).__name__, "way": _way(error)}
        if self._as_json:
            return json.dumps(fields, ensure_ascii=False, default=str)
        told = (f"{name}={json.dumps(value, default=str)}" for name, value in fields.items())
        return " ".join(told)


def _way(error: BaseException) -> list[str]:
    """The places that an error came through, the last one last."""
    steps = traceback.extract_tb(error.__traceback__)
    return [f"{step.filename}:{step.lineno} {step.name}" for step in steps]
