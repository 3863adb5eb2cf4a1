"""Whether a paper proposes a thing, rather than uses or mentions it."""

from __future__ import annotations

import re
from itertools import pairwise

from app.retrieval.facets import Facet, Phrase
from ingest.text.terms import stem, words

_PROPOSING = frozenset(
    "propose proposes present presents introduce introduces develop develops design designs"
    " construct constructs establish establishes create creates release releases extend extends"
    " collect collects contribute contributes derive derives build builds organize organise term"
    " termed called survey surveys review reviews".split()
)
_PROPOSED = frozenset(
    "proposed presented introduced developed designed constructed established created released"
    " collected built available".split()
)
_AGENT = re.compile(r"(?:er|or)s?$")
_TITLE_PARTS = re.compile(
    r"[:.,;?!()]|\s[-–—]\s|\b(?:for|of|with|to|on|in|from|and|by|towards?)\b", re.I
)
_SELF = frozenset("we this our paper article work study systematic comprehensive".split())
# These end the noun phrase that a verb governs: "derive a bound for the loss" proposes no loss.
_BREAKS = frozenset(
    "for on in with by through from to that which where when via using as into over".split()
)


def proposes(given: Phrase, facet: Facet) -> bool:
    """Whether a sentence of these words proposes it: "we propose a … loss", "a … is built"."""
    places = [place for place, word in enumerate(given) if _is_head(word, facet)]
    return any(_governed(given, place) or _passive(given, place + 1) for place in places)


def _is_head(word: str, facet: Facet) -> bool:
    """Whether a word is the thing that a facet names; reviewers are no reviews."""
    if stem(word) not in {phrase[-1] for phrase in facet.alternatives}:
        return False
    # A name of another stem than the question's own word is the thing as it stands.
    own = stem(word) != stem(facet.words[-1])
    return own or bool(_AGENT.search(word)) == bool(_AGENT.search(facet.words[-1]))


def calls_itself(title: str, facet: Facet) -> bool:
    """Whether a title says that the paper is one: "…: A Review", "A Treebank for Albanian"."""
    for part in _TITLE_PARTS.split(title):
        given = words(part)
        if given and _is_head(given[-1], facet) and not given[-1].endswith("s"):
            return True
    return False


def _governed(given: Phrase, place: int) -> bool:
    # "We review", "this survey": the word itself says that the paper is one.
    if place and given[place - 1] in _SELF and not given[place].startswith("benchmark"):
        return True
    for word in given[place - 1 :: -1][:25] if place else ():
        if word in _PROPOSING:
            return True
        if word in _BREAKS:
            return False
    return False


def _passive(given: Phrase, end: int) -> bool:
    after = given[end : end + 6]
    return any(
        a in ("is", "are", "was", "were", "been", "publicly", "make") and b in _PROPOSED
        for a, b in pairwise(after)
    )
