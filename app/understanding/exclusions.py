"""What a topic leaves out, and which abstracts say that they do without it."""

from __future__ import annotations

import re

from ingest.text.terms import STOP_WORDS, stem, words

_NOT = re.compile(
    r"\b(?:(?:do|does|did|are|is|were|was|has|have)(?:\s+not|n['’]t)|without|but not|not"
    r"|except(?: for)?"
    r"|other than|apart from|excluding|aside from)\b",
    re.I,
)
WITHOUT = re.compile(r"\bwithout\b", re.I)
_DOES_WITHOUT = re.compile(
    r"\b(?:without|no|not|never|absen\w+|lack\w*|unavailable|independent|instead of|eliminat\w+"
    r"|removes?|avoid\w*)\b|[- ](?:free|denied|less|independent)\b|\b(?:un|non)-?\w+",
    re.I,
)


def negated(topic: str) -> tuple[str, str]:
    """The topic, and what it must not be about: "recommendation without LLMs"."""
    match = _NOT.search(topic)
    return (topic[: match.start()], topic[match.end() :]) if match else (topic, "")


def lacks(abstract: str, refused: str) -> bool:
    """Whether the abstract says "without" or "no" just before a word of what is refused."""
    given = words(abstract)
    meant = {stem(word) for word in words(refused) if word not in STOP_WORDS}
    return any(
        word in ("without", "no") and meant & set(map(stem, given[place + 1 : place + 5]))
        for place, word in enumerate(given)
    )


def denies(sentence: str) -> bool:
    """Whether a sentence says to do without something: "GPS-denied", "without GPS"."""
    return bool(_DOES_WITHOUT.search(sentence))
