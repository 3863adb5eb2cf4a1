"""Slips in names: the name that the corpus has where the question's is a letter or two away."""

from __future__ import annotations

from functools import lru_cache
from itertools import zip_longest

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from app.understanding.entities import Linked
from ingest.catalog import Catalog, singular
from ingest.text.memoize import in_turn

# People's names that are less alike than this, of 100, are not looked at.
_ALIKE = 80


def correction(linked: Linked, catalog: Catalog) -> tuple[str, str] | None:
    """A name that the corpus lacks and the nearest one that it has, if they differ by a slip.

    One letter of four to six may be wrong, missing, added or swapped with its neighbour, two of
    longer names; digits may not. Of an acronym letters may only be swapped: with another letter it
    is another one (IROS, IRLS). In a person's name that holds for each word.
    """
    for wrong in linked.unknown_authors:
        people = _people(catalog, catalog.generation)
        near = process.extract(wrong, people, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        found = next((name for name, *_ in near if _may_be(wrong, name)), None)
        if found:
            return wrong, found
    for wrong in linked.unknown:
        slips = _slips(singular(wrong))
        names = _spellings(catalog, catalog.generation).get(_digits(wrong), [])
        if wrong.isupper():
            names = [name for name in names if sorted(name) == sorted(wrong)]
        close = process.extractOne(wrong, names, scorer=OSA.distance, score_cutoff=slips)
        if slips and close:
            return wrong, close[0]
    return None


def _slips(word: str) -> int:
    """How many letters of a word may be slips."""
    return 0 if len(word) < 4 else 1 if len(word) < 7 else 2


def _may_be(wrong: str, name: str) -> bool:
    """Whether every word of a name is meant by the one in its place."""
    pairs = list(zip_longest(wrong.lower().split(), name.lower().split(), fillvalue=""))
    return all(OSA.distance(one, other) <= _slips(one) for one, other in pairs)


# Reading all names takes too long to do it for every slip.
@in_turn
@lru_cache(maxsize=2)
def _people(catalog: Catalog, _generation: int) -> list[str]:
    return catalog.all_authors()


@in_turn
@lru_cache(maxsize=2)
def _spellings(catalog: Catalog, _generation: int) -> dict[str, list[str]]:
    """All names by the digits in them."""
    found: dict[str, list[str]] = {}
    for name in catalog.all_names():
        found.setdefault(_digits(name), []).append(name)
    return found


def _digits(name: str) -> str:
    return "".join(character for character in name if character.isdigit())
