"""What people said of answers, as rows of the catalog and back: plain data, no database."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from zlib import crc32

_APART = ("token", "given", "question", "liked")


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person said of one answer.

    `token` is random and known only to the browser that gave it, which may change it by that.
    `given` is UTC in ISO 8601. `cited` are ids of papers, `wrong` those of them
    that do not belong; `missing` says in the person's words which paper does. `not_said`: the
    abstracts do not say what the answer says.
    """

    token: str
    given: str
    question: str
    liked: bool
    history: tuple[str, ...] = ()
    kind: str = "lookup"
    answer: str = ""
    abstained: bool = False
    cited: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    missing: str = ""
    not_said: bool = False
    comment: str = ""


_CONTENT = tuple(field.name for field in fields(Feedback) if field.name not in _APART)


def feedback_row(given: Feedback) -> dict[str, Any]:
    """The row of what was said, which the database numbers."""
    # What no database takes in a text; JSON writes it down in signs that each one takes.
    question = given.question.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    given = replace(given, question=question)
    said = asdict(given)
    row = {name: said[name] for name in _APART}
    row["content"] = {name: said[name] for name in _CONTENT}
    return row | {"checksum": _checksum(given)}


def feedback_of(row: Any) -> Feedback:
    """What was said in a row. Raises ValueError for one that is not as it was stored."""
    content: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.content.items()
    }
    found = Feedback(row.token, row.given, row.question, bool(row.liked), **content)
    if row.checksum != _checksum(found):
        raise ValueError("feedback is not as it was stored")
    return found


def _checksum(given: Feedback) -> int:
    said = "\x1f".join(repr(value) for value in asdict(given).values())
    return crc32(said.encode("utf-8", "surrogatepass"))
