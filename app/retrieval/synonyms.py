"""Words that everyday and scholarly English use for the same thing.

`synonyms.txt` holds one group a line, its members separated by commas: single words in lower case,
lines in the order of their first members, and no member in two groups. A group is of general
English and of no collection in particular; a word with another sense that is common in abstracts
stays out.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from ingest.text.terms import stem

_FILE = Path(__file__).with_name("synonyms.txt")


def synonyms_of(one: str) -> frozenset[str]:
    """The stems of the other members of the group that a stem is in, empty if it is in none."""
    return frozenset(_written().get(one, {}))


def written(one: str, other: str) -> str:
    """How the file writes a synonym, given by its stem, of a stem."""
    return _written()[one][other]


@lru_cache(maxsize=1)
def groups() -> tuple[tuple[str, ...], ...]:
    """The groups as they are written, in the order of the file."""
    lines = _FILE.read_text("utf-8").splitlines()
    return tuple(tuple(member.strip() for member in line.split(",")) for line in lines)


@lru_cache(maxsize=1)
def _written() -> MappingProxyType[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for group in groups():
        stems = {stem(member): member for member in group}
        for one in stems:
            found[one] = {other: word for other, word in stems.items() if other != one}
    return MappingProxyType(found)
