"""People named in a question who wrote something here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.understanding.name_spans import Found, Span, overlaps
from ingest.catalog import Catalog
from ingest.stores.lexicon import Lexicon
from ingest.text.people import folded, same_person
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem

_BY = re.compile(r"\b(?:by|of|from|author|did|and|with)\s+$", re.I)


def authors_in(
    text: str, found: Found, catalog: Catalog, taken: Sequence[Span]
) -> tuple[tuple[str, ...], list[Span]]:
    """People named in the question who wrote something here, by their fullest stored names."""
    lasts = [word for match in found for word in folded(match.group().removesuffix("'s"))]
    ending = _by_ends(name for name, _ in catalog.authors_named(lasts))
    authors: dict[str, None] = {}
    spans: list[Span] = []
    for size in (4, 3, 2):
        for first in range(len(found) - size + 1):
            span = (found[first].start(), found[first + size - 1].end())
            phrase = re.sub(r"['’]s?$", "", text[slice(*span)])
            # "In 2026" is nobody, and neither is "hidden from", whoever is called In or From.
            whole = len(folded(phrase)) > 1 and not STOP_WORDS.intersection(phrase.split())
            if overlaps(span, [*taken, *spans]) or not whole:
                continue
            last = folded(phrase)[-1:]
            matches = [name for name in ending.get(last, ()) if same_person(phrase, name)]
            if matches:
                authors.setdefault(max(matches, key=len))
                spans.append(span)
    return tuple(authors), spans


def _by_ends(names: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    """Names by their last word and by their first, which "Wu Le" puts last."""
    ends: dict[tuple[str, ...], list[str]] = {}
    for name in dict.fromkeys(names):
        found = folded(name)
        for end in {found[-1:], found[:1]}:
            ends.setdefault(end, []).append(name)
    return ends


def surnames_in(text: str, free: Found, catalog: Catalog, lexicon: Lexicon) -> tuple[str, ...]:
    """Last names after "by" or "of" that somebody here has and no abstract uses as a word."""
    asked = [w.group() for w in free if w.group()[0].isupper() and _BY.search(text[: w.start()])]
    rare = [name for name in asked if not lexicon.document_frequency(stem(name.lower()))]
    stored = catalog.authors_named([word for name in rare for word in folded(name)])
    return tuple(n for n in rare if any(folded(one)[-1:] == folded(n) for one, _ in stored))
