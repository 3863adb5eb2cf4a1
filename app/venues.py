"""Where papers appeared: a venue asked for by name, part of a name or acronym, and those stored."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ACRONYM = re.compile(r"\b[A-Z][A-Za-z]*[A-Z][A-Za-z]*\b")
_NAMED = re.compile(
    r"\b(?:published|appeared|appearing|presented|accepted|out)\s+(?:in|at|by)\s+(?:the\s+)?"
    r"(?:(?:journal|conference|proceedings|workshop)\s+(?:of\s+|on\s+)?(?:the\s+)?)?"
    r"(?P<published>[A-Z][\w&.'’-]*(?:\s+(?:of|and|on|in|for|the|&|[A-Z][\w&.'’-]*))*)"
    r"|\b(?:journal|conference|proceedings|venue)\s+(?:of\s+)?(?:the\s+)?"
    r"(?P<kind>[A-Z][\w&.'’-]*(?:\s+(?:of|and|on|in|for|the|&|[A-Z][\w&.'’-]*))*)"
)
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


def same_venue(asked: str, stored: str) -> bool:
    """Whether a stored venue is the one asked for, in full, in part or by its acronym."""
    whole = rf"(?<!\w){re.escape(asked.casefold())}(?!\w)"
    return bool(re.search(whole, stored.casefold())) or _abbreviates(asked, stored)


def _abbreviates(acronym: str, venue: str) -> bool:
    """Whether an acronym stands in a venue's name, or is made of the initials of its own part."""
    if re.search(rf"(?<!\w){re.escape(acronym)}(?!\w)", venue):
        return True
    for part in _PARTS.split(venue):
        own = [word for word in part.split() if word[0].isupper() and word.lower() not in _AROUND]
        if len(own) > 2 and "".join(word[0] for word in own) == acronym.upper():
            return True
    return False
