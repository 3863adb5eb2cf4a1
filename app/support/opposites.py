"""Words that say the opposite of each other.

`opposites.txt` holds two sides a line, with "|" between them: any word of one is the opposite of
any of the other. Words are of general English, in lower case.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

from ingest.text.terms import stem

_FILE = Path(__file__).with_name("opposites.txt")


@cache
def sides() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """The two sides of each line, as they are written."""
    found = []
    for line in _FILE.read_text("utf-8").splitlines():
        one, other = (tuple(word.strip() for word in side.split(",")) for side in line.split("|"))
        found.append((one, other))
    return tuple(found)


def opposites(one: str) -> frozenset[str]:
    """The stems of the opposites of a stem, empty where none are listed."""
    return _stems().get(one, frozenset())


@cache
def _stems() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one, other in sides():
        for mine, theirs in ((one, other), (other, one)):
            for word in mine:
                found[stem(word)] |= {stem(opposite) for opposite in theirs} - {stem(word)}
    return {word: frozenset(against) for word, against in found.items()}
