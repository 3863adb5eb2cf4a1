"""What a paper must have for certain: years, authors, venue, code; read out of a question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_SINCE = re.compile(
    r"\b(?:since\s+((?:19|20)\d\d)|from\s+((?:19|20)\d\d)\s+(?:on(?:wards?)?\b|or later\b))",
    re.I,
)
_AFTER = re.compile(
    r"\b(?:after|later than|newer than|more recent than|past)\s+((?:19|20)\d\d)\b", re.I
)
_BEFORE = re.compile(r"\b(?:before|earlier than|older than|prior to)\s+((?:19|20)\d\d)\b", re.I)
_UNTIL = re.compile(r"\b(?:until|up to|till|by the end of)\s+((?:19|20)\d\d)\b", re.I)
_BETWEEN = re.compile(
    r"\b(?:between|from)\s+((?:19|20)\d\d)\s*(?:and|to|until|-|–)\s*((?:19|20)\d\d)\b", re.I
)
_IN_YEAR = re.compile(
    r"\b(?:in|of|from|during|year)\s+((?:19|20)\d\d)\b"
    r"|(?<![\w-])((?:19|20)\d\d)\s+(?=papers?\b|articles?\b|studies\b|publications?\b)",
    re.I,
)
_LAST_YEARS = re.compile(
    r"\b(?:in |over |during |within )?(?:the )?(?:last|past|recent)\s+(\d+|two|three|four"
    r"|five|ten|few)\s+years\b",
    re.I,
)
_THIS_YEAR = re.compile(r"\b(?:this|last) year(?:'s|’s)?\b", re.I)
_NUMBER_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "ten": 10, "few": 3}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a paper must have. Years are inclusive; `authors` must all have written it."""

    since: int | None = None
    until: int | None = None
    authors: tuple[str, ...] = ()
    venue: str = ""
    code: Literal["", "linked", "promised"] = ""

    @property
    def years(self) -> bool:
        return self.since is not None or self.until is not None

    def as_dict(self) -> dict[str, object]:
        """The filters that are set, for people: {"since": 2023, "authors": [...]}."""
        shown: dict[str, object] = {
            "since": self.since, "until": self.until, "authors": list(self.authors),
            "venue": self.venue, "code": self.code,
        }  # fmt: skip
        return {name: value for name, value in shown.items() if value not in (None, [], "")}


def read_years(text: str, this_year: int) -> tuple[Filters, str]:
    """Year filters, and the text without the words that made them."""
    since: int | None = None
    until: int | None = None
    rest = text
    for pattern, bounds in (
        (_BETWEEN, lambda m: (int(m.group(1)), int(m.group(2)))),
        (_LAST_YEARS, lambda m: (this_year - number(m.group(1)) + 1, None)),
        (_THIS_YEAR, lambda m: (y := this_year - m.group().lower().startswith("last"), y)),
        (_AFTER, lambda m: (int(m.group(1)) + 1, None)),
        (_BEFORE, lambda m: (None, int(m.group(1)) - 1)),
        (_UNTIL, lambda m: (None, int(m.group(1)))),
        (_SINCE, lambda m: (int(m.group(1) or m.group(2)), None)),
        (_IN_YEAR, lambda m: (y := int(m.group(1) or m.group(2)), y)),
    ):
        match = pattern.search(rest)
        if match:
            low, high = bounds(match)
            since, until = since or low, until or high
            rest = rest[: match.start()] + " " + rest[match.end() :]
    return Filters(since, until), " ".join(rest.split())


def number(word: str) -> int:
    """The value of digits, or of a small number in words."""
    return _NUMBER_WORDS.get(word.lower()) or int(word)
