"""Where papers appeared: whether a stored venue is the one asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from app.understanding.wordlists import COLLECTION
from ingest.text.stop_words import STOP_WORDS

# What stands around a venue's own name: "Proceedings of the 58th Annual Meeting of the …".
_PARTS = re.compile(
    r"\b(?:proceedings of the|proceedings of|conference on|conference of|meeting of the|meeting of"
    r"|workshop on|symposium on|journal of|findings of the)\b|[():,\d]+(?:st|nd|rd|th)?",
    re.I,
)
_AROUND = frozenset(
    "annual international joint ieee acm rsj european american first second third fourth fifth"
    " sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth".split()
)
_SHORTEST = 3
_PLAIN = COLLECTION | STOP_WORDS


def venue_named(candidates: Iterable[str], venues: Iterable[str]) -> str:
    """The first of these candidates that names one of the venues, or "".

    Words for papers and stop words name none, though "Long Papers" stands in many a volume's name.
    """
    stored = [venue for venue in dict.fromkeys(venues) if venue]
    for name in candidates:
        telling = len(name) >= _SHORTEST and not _PLAIN.issuperset(name.casefold().split())
        if telling and any(same_venue(name, venue) for venue in stored):
            return name
    return ""


def same_venue(asked: str, stored: str) -> bool:
    """Whether a stored venue is the one asked for, in full, in part or by its acronym."""
    whole = rf"(?<!\w){re.escape(asked.casefold())}(?!\w)"
    return bool(re.search(whole, stored.casefold())) or _abbreviates(asked, stored)


def _abbreviates(acronym: str, venue: str) -> bool:
    """Whether an acronym stands in a venue's name, or is made of the initials of its own part."""
    return acronym.upper() in _initials(venue)


# A collection names a venue in thousands of papers.
@lru_cache(maxsize=20_000)
def _initials(venue: str) -> frozenset[str]:
    """The initials of each part of a venue's name that has three words of its own or more."""
    found = set()
    for part in _PARTS.split(venue):
        own = [word for word in part.split() if word[0].isupper() and word.lower() not in _AROUND]
        if len(own) >= _SHORTEST:
            found.add("".join(word[0] for word in own))
    return frozenset(found)
