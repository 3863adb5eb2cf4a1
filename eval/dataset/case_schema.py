"""What a case may hold: an entry of a file becomes a `Case`, or all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eval.records import KINDS, Case

TEXTS = ("id", "question", "kind", "answer")
LISTS = ("papers", "acceptable", "history", "tags")
FACTS = ("facts", "forbidden")
FLAGS = ("answerable", "draft")
FIELDS = (*TEXTS, *LISTS, *FACTS, *FLAGS)


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in a case file as one case, and where: `place` is "file:line"."""

    fields: object
    place: str
    file: str


class Problems(list[str]):
    """What is wrong with one entry, a sentence each, told with its place."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where

    def add(self, told: str) -> None:
        self.append(f"{self._where}{told}")


def case(entry: Entry, number: int) -> tuple[Case | None, list[str]]:
    """The case in an entry, `None` where it is none; and all that is wrong with it."""
    fields = entry.fields
    if not isinstance(fields, dict):
        told = f"{entry.place}: entry {number} is not a case (a list of fields was expected)."
        return None, [told]
    problems = Problems(f"{entry.place}: case {fields.get('id', f'number {number}')!r}")
    for name in fields:
        if name not in FIELDS:
            known = ", ".join(FIELDS)
            problems.add(f" has the unknown field {str(name)!r}; the fields are {known}.")
    texts = {name: _text(fields[name], name, problems) for name in TEXTS if name in fields}
    lists = {name: _texts(fields[name], name, problems) for name in LISTS if name in fields}
    made = Case(
        id=texts.get("id", ""),
        question=texts.get("question", ""),
        kind=texts.get("kind", "lookup"),
        answer=texts.get("answer", ""),
        papers=lists.get("papers", ()),
        acceptable=lists.get("acceptable", ()),
        facts=_facts(fields.get("facts", []), "facts", problems),
        answerable=_flag(fields.get("answerable", True), "answerable", problems),
        history=lists.get("history", ()),
        file=entry.file,
        forbidden=_facts(fields.get("forbidden", []), "forbidden", problems),
        tags=lists.get("tags", ()),
        draft=_flag(fields.get("draft", False), "draft", problems),
    )
    if not problems:
        for told in _senseless(made):
            problems.add(told)
    return (None if problems else made), problems


def _text(value: object, name: str, problems: Problems) -> str:
    if isinstance(value, (bool, int, float)):
        problems.add(f": put quotes around {value} in {name!r}, or its digits are rewritten.")
        return ""
    if not isinstance(value, str) or not value.strip():
        problems.add(f": {name!r} must be text, not {value!r}.")
        return ""
    return " ".join(value.split())


def _texts(value: object, name: str, problems: Problems) -> tuple[str, ...]:
    if not isinstance(value, list):
        problems.add(f": {name!r} must be a list, not {value!r}.")
        return ()
    return tuple(_text(item, name, problems) for item in value)


def _facts(value: object, name: str, problems: Problems) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list):
        problems.add(f": {name!r} must be a list, not {value!r}.")
        return ()
    return tuple(_alternatives(fact, name, problems) for fact in value)


def _alternatives(fact: object, name: str, problems: Problems) -> tuple[str, ...]:
    alternatives = _texts(fact if isinstance(fact, list) else [fact], name, problems)
    if not alternatives:
        problems.add(f": a fact in {name!r} is an empty list; give it one wording or more.")
    return alternatives


def _flag(value: object, name: str, problems: Problems) -> bool:
    if not isinstance(value, bool):
        problems.add(f": {name!r} is true or false, not {value!r}.")
        return True
    return value


def _senseless(made: Case) -> Iterator[str]:
    if not made.id or not made.question:
        yield ": a case needs an 'id' and a 'question'."
    if made.kind not in KINDS:
        yield f": the kind {made.kind!r} is none of {', '.join(KINDS)}."
    expects = bool(made.papers or made.facts)
    if made.answerable and not expects:
        yield " expects nothing: give it papers, facts or 'answerable: false'."
    if not made.answerable and expects:
        yield ": an unanswerable case expects no papers and no facts."
    for fact in made.forbidden:
        if any(wording in required for required in made.facts for wording in fact):
            yield f": the fact {fact[0]!r} is both required and forbidden."
