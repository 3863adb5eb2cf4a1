"""Replies in JSON Lines, of a file or of a command, by the case that they answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from eval.gate.common import listed
from eval.records import Case
from eval.systems.replies import Reply, reply
from ingest.errors import UsageError
from ingest.json_text import parsed

Told = tuple[Mapping[str, Reply], str]
"""Replies by case id, and a sentence about what answers no case; empty where all do."""


def from_file(file: Path, cases: Sequence[Case]) -> Told:
    """The replies that a file holds, one a line. Raises UsageError with all that is wrong."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as UTF-8 text ({error}).") from error
    return by_case(text, str(file), cases)


def by_case(text: str, where: str, cases: Sequence[Case]) -> Told:
    """The replies to the cases, from a line each; `where` names the text in messages.

    Raises UsageError, one line for each line that is no answer, and one for the cases that have
    none. Answers to other cases are only told of, unless a case lacks its own.
    """
    found: dict[str, Reply] = {}
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            one = reply(parsed(line))
        except ValueError:
            problems.append(f"{where}:{number}: this line is not JSON.")
        except UsageError as problem:
            problems.append(f"{where}:{number}: {problem}")
        else:
            problems += _refused(one, found, f"{where}:{number}")
            found[one.id] = one
    other = _others(found, where, cases)
    missing = [case.id for case in cases if case.id not in found]
    if missing and not problems:
        has = "1 case has" if len(missing) == 1 else f"{len(missing)} cases have"
        told = f"{where}: {has} no answer: {listed(missing)}. Name fewer cases with --cases."
        problems += [other, told] if other else [told]
    if problems:
        raise UsageError("\n".join(problems))
    return found, other


def _refused(one: Reply, found: Mapping[str, Reply], place: str) -> Iterator[str]:
    if not one.id:
        yield f"{place}: this answer has no 'id' of a case."
    elif one.id in found:
        yield f"{place}: the case {one.id!r} is answered twice."


def _others(found: Mapping[str, Reply], where: str, cases: Sequence[Case]) -> str:
    others = [name for name in found if name not in {case.id for case in cases}]
    if not others:
        return ""
    is_none = "1 id is no case" if len(others) == 1 else f"{len(others)} ids are no cases"
    return f"{where}: {is_none} of this run: {listed(others)}."
