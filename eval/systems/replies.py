"""What another system says to a case: its text, and the sources that its markers stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.errors import UsageError
from ingest.records import Json

_TEXT = ("answer", "response", "output", "actual_output", "text")
_SOURCES = ("sources", "citations")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "paper_id", "source_id"),
    "doi": ("doi",),
    "url": ("url", "link"),
    "title": ("title",),
    "file": ("file", "file_path", "source"),
    "text": ("text", "content", "abstract"),
}
SHAPE = '{"id": "CASE", "answer": "TEXT [1]", "sources": ["ID, TITLE, DOI, URL OR FILE"]}'


@dataclass(frozen=True, slots=True)
class Source:
    """What a reply names as a source; `names` are its id, DOI, URL, title, file and text.

    `number` is the one that markers use; without one it is its place in the list.
    """

    names: tuple[tuple[str, str], ...]
    number: int | None = None

    def __str__(self) -> str:
        return next((repr(value[:80]) for _, value in self.names), "an empty source")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as a system gave it. What is `None` is read from the words of `text`.

    `retrieved` are the papers that the question brought up, best first, cited or not.
    """

    text: str
    id: str = ""
    sources: tuple[Source, ...] = ()
    retrieved: tuple[Source, ...] = ()
    abstained: bool | None = None
    total: int | None = None


def reply(entry: object) -> Reply:
    """The reply in a JSON value: an object of the schema, or bare text.

    Fields that the schema does not know are left alone. Raises UsageError with what is wrong, for
    the caller to say where.
    """
    if isinstance(entry, str):
        return Reply(entry)
    if not isinstance(entry, dict):
        raise UsageError(f"an answer is an object such as {SHAPE}, not {_short(entry)}.")
    abstained, total = entry.get("abstained"), entry.get("total", entry.get("total_matching"))
    if abstained is not None and not isinstance(abstained, bool):
        raise UsageError(f"'abstained' is true or false, not {_short(abstained)}.")
    if total is not None and (isinstance(total, bool) or not isinstance(total, int)):
        raise UsageError(f"'total' is a whole number, not {_short(total)}.")
    return Reply(
        text=_answer(entry),
        id=_id(entry),
        sources=_sources(entry, _SOURCES),
        retrieved=_sources(entry, ("retrieved",)),
        abstained=abstained,
        total=total,
    )


def _answer(entry: Json) -> str:
    name = next((name for name in _TEXT if entry.get(name) is not None), None)
    if name is None:
        raise UsageError("there is no 'answer' in it.")
    if not isinstance(entry[name], str):
        raise UsageError(f"{name!r} must be text, not {_short(entry[name])}.")
    return str(entry[name])


def _id(entry: Json) -> str:
    value = entry.get("id", "")
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise UsageError(f"'id' must be text, not {_short(value)}.")
    return str(value)


def _sources(entry: Json, fields: tuple[str, ...]) -> tuple[Source, ...]:
    name = next((name for name in fields if entry.get(name) is not None), None)
    if name is None:
        return ()
    if not isinstance(entry[name], list):
        raise UsageError(f"{name!r} must be a list, not {_short(entry[name])}.")
    return tuple(_source(value, name) for value in entry[name])


def _source(value: object, field: str) -> Source:
    if isinstance(value, str) and value.strip():
        return bare(value)
    if not isinstance(value, dict):
        raise UsageError(f"a source in {field!r} is text or an object, not {_short(value)}.")
    nested = value.get("metadata")
    known = {**nested, **value} if isinstance(nested, dict) else value
    number = known.get("number")
    if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
        raise UsageError(f"the 'number' of a source is a whole number, not {_short(number)}.")
    names = [
        (name, str(known[alias]))
        for name, aliases in _NAMES.items()
        for alias in aliases
        if isinstance(known.get(alias), (str, int)) and str(known[alias]).strip()
    ]
    if not names:
        raise UsageError(
            f"a source in {field!r} needs one of {', '.join(_NAMES)}, and has {', '.join(value)}."
        )
    return Source(tuple(names), number)


def bare(text: str, number: int | None = None) -> Source:
    """A source that is named by words alone, which may be any of its names."""
    return Source(tuple((name, text.strip()) for name in _NAMES), number)


def _short(value: object) -> str:
    told = repr(value)
    return told if len(told) <= 60 else f"{told[:57]}..."
