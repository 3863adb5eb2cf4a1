"""Where papers appeared: a venue asked for by name, part of a name or acronym, and those stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_APPEARED = r"\b(?:published|appeared|appearing|presented|accepted"
_ACRONYM = re.compile(r"\b[A-Z][A-Za-z]*[A-Z][A-Za-z]*\b")
_NAMED = re.compile(
    rf"{_APPEARED}|out)\s+(?:in|at|by)\s+(?:the\s+)?"
    r"(?:(?:journal|conference|proceedings|workshop)\s+(?:of\s+|on\s+)?(?:the\s+)?)?"
    r"(?P<published>[A-Z][\w&.'’-]*(?:\s+(?:of|and|on|in|for|the|&|[A-Z][\w&.'’-]*))*)"
    r"|\b(?:journal|conference|proceedings|venue)\s+(?:of\s+)?(?:the\s+)?"
    r"(?P<kind>[A-Z][\w&.'’-]*(?:\s+(?:of|and|on|in|for|the|&|[A-Z][\w&.'’-]*))*)"
)
_LEADING_TO_IT = re.compile(
    rf"{_APPEARED})\s+(?:in|at|by)\b(?:\s+the\b)?"
    r"(?:\s+(?:journal|conference|proceedings|workshop)\b(?:\s+(?:of|on)\b)?)?"
    r"|\b(?:in|at|from) the (?:journal|conference|proceedings)\b|\b(?:at|from|in)\s*$",
    re.I,
)
_YEAR = re.compile(r"(?<![\w-])(?:19|20)\d\d(?![\w-])")
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


def venue_asked(text: str, venues: Iterable[str]) -> str:
    """The words of a text that name one of these venues, or ""."""
    stored = [venue for venue in dict.fromkeys(venues) if venue]
    for match in _NAMED.finditer(text):
        name = match.group("published") or match.group("kind")
        if any(same_venue(name, venue) for venue in stored):
            return name
    for match in _ACRONYM.finditer(text):
        if len(match.group()) > 2 and any(_abbreviates(match.group(), venue) for venue in stored):
            return match.group()
    return ""


def without_venue(text: str) -> tuple[str, int]:
    """A text without what led to a venue's name, and the year it was named with, else 0."""
    rest = _LEADING_TO_IT.sub(" ", text)
    match = _YEAR.search(rest)
    return (rest.replace(match.group(), " "), int(match.group())) if match else (rest, 0)


def same_venue(asked: str, stored: str) -> bool:
    """Whether a stored venue is the one asked for, in full, in part or by its acronym."""
    whole = rf"(?<!\w){re.escape(asked.casefold())}(?!\w)"
    return bool(re.search(whole, stored.casefold())) or _abbreviates(asked, stored)


def _abbreviates(acronym: str, venue: str) -> bool:
    """Whether an acronym stands in a venue's name, or is made of the initials of its own part."""
    whole = rf"(?<!\w){re.escape(acronym)}(?!\w)"
    return acronym.upper() in _initials(venue) or bool(re.search(whole, venue))


# A collection names a venue in thousands of papers.
@lru_cache(maxsize=20_000)
def _initials(venue: str) -> frozenset[str]:
    """The initials of each part of a venue's name that has three words of its own or more."""
    found = set()
    for part in _PARTS.split(venue):
        own = [word for word in part.split() if word[0].isupper() and word.lower() not in _AROUND]
        if len(own) > 2:
            found.add("".join(word[0] for word in own))
    return frozenset(found)
