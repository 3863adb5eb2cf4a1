"""Slips in names: the name that the corpus has where the question's is a letter or two away."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from app.understanding.entities import Linked
from ingest.catalog import Catalog, singular
from ingest.text.memoize import in_turn


def correction(linked: Linked, catalog: Catalog) -> tuple[str, str] | None:
    """A name that the corpus lacks and the nearest one that it has, if they differ by a slip.

    One letter of four to six may be wrong, missing, added or swapped with its neighbour, two of
    longer names; digits may not. Of an acronym letters may only be swapped: with another letter it
    is another one (IROS, IRLS). People may differ by a tenth of their letters.
    """
    for wrong in linked.unknown_authors:
        people = _people(catalog, catalog.generation)
        found = process.extractOne(wrong, people, scorer=fuzz.ratio, score_cutoff=90)
        if found:
            return wrong, found[0]
    for wrong in linked.unknown:
        letters = len(singular(wrong))
        slips = 0 if letters < 4 else 1 if letters < 7 else 2
        names = _spellings(catalog, catalog.generation).get(_digits(wrong), [])
        if wrong.isupper():
            names = [name for name in names if sorted(name) == sorted(wrong)]
        close = process.extractOne(wrong, names, scorer=OSA.distance, score_cutoff=slips)
        if slips and close:
            return wrong, close[0]
    return None


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
