"""Words and short phrases that everyday and scholarly English use for the same thing.

`synonyms.txt` holds one group a line, its members separated by commas: lower case, singular, lines
in the order of their first members, and no member in two groups. A group is of general English and
of no collection in particular; a word with another sense that is common in abstracts stays out.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from ingest.text.terms import terms

Stems = tuple[str, ...]

_FILE = Path(__file__).with_name("synonyms.txt")


def synonyms_of(phrase: Sequence[str]) -> frozenset[Stems]:
    """The other members of the group that a phrase is in, empty if it is in none.

    A phrase and its synonyms are stems as `ingest.text.terms.terms` gives them, stop words kept.
    """
    return _synonyms().get(tuple(phrase), frozenset())


def others_in(stems: Sequence[str]) -> dict[str, frozenset[Stems]]:
    """For each stem of a text that is in a group, alone or within a phrase, what else says it.

    The words of a phrase mean what it means: the attack of "heart attack" is no hacker.
    """
    found: dict[str, frozenset[Stems]] = {}
    for start, end in _spans(stems):
        for one in stems[start:end]:
            found[one] = found.get(one, frozenset()) | synonyms_of(stems[start:end])
    return found


def phrases_for(stems: Sequence[str], strange: Container[str] = ()) -> list[Stems]:
    """What else says the phrases of a text, and its strange words, in order of their stems."""
    spans = [(s, e) for s, e in _spans(stems) if e - s > 1 or stems[s] in strange]
    return sorted({other for start, end in spans for other in synonyms_of(stems[start:end])})


def _spans(stems: Sequence[str]) -> list[tuple[int, int]]:
    """Where members of groups stand in a text, the longest first, none within another."""
    taken: list[tuple[int, int]] = []
    for length in range(min(longest(), len(stems)), 0, -1):
        for start in range(len(stems) - length + 1):
            end = start + length
            inside = any(first <= start and end <= last for first, last in taken)
            if not inside and synonyms_of(stems[start:end]):
                taken.append((start, end))
    return taken


def written(phrase: Stems) -> str:
    """A member as the list writes it, from its stems; the stems themselves for no member."""
    return _written().get(phrase, " ".join(phrase))


@lru_cache(maxsize=1)
def _written() -> MappingProxyType[Stems, str]:
    return MappingProxyType({tuple(terms(m)): m for group in groups() for m in group})


@lru_cache(maxsize=1)
def longest() -> int:
    """Words in the longest member of any group."""
    return max(len(member) for member in _synonyms())


@lru_cache(maxsize=1)
def groups() -> tuple[tuple[str, ...], ...]:
    """The groups as they are written, in the order of the file."""
    lines = _FILE.read_text("utf-8").splitlines()
    return tuple(tuple(member.strip() for member in line.split(",")) for line in lines)


@lru_cache(maxsize=1)
def _synonyms() -> MappingProxyType[Stems, frozenset[Stems]]:
    found: dict[Stems, frozenset[Stems]] = {}
    for group in groups():
        members = frozenset(tuple(terms(member)) for member in group)
        found.update((member, members - {member}) for member in members)
    return MappingProxyType(found)
