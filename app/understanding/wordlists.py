"""Closed classes of English words, each listed once. Patterns are built from them."""

from __future__ import annotations

from collections.abc import Iterable

SMALL_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
).split()
TENS = "ten twenty thirty forty fifty sixty seventy eighty ninety".split()
NUMBERS: dict[str, int] = {
    **{word: value for value, word in enumerate(SMALL_NUMBERS, start=1)},
    **{word: 10 * value for value, word in enumerate(TENS, start=1)},
    "dozen": 12,
    "couple": 2,
    "few": 3,
}
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
ORDINALS: dict[str, int] = {
    **{word: place for place, word in enumerate(_ORDINALS, start=1)},
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
    "5th": 5,
    "last": -1,
}
PAPERS = "papers studies articles works publications preprints abstracts".split()
COLLECTION = frozenset(
    [*PAPERS, "paper", "everything", "list", "collection", "index", "many", "number", "total"]
)
PAPER = "paper study article work publication preprint abstract one".split()

PREPOSITIONS = frozenset("about on in with for of by using from to at among during".split())


def any_of(words: Iterable[str]) -> str:
    """A pattern that matches any of these words, the longest first."""
    return rf"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


def number(word: str) -> int:
    """The value of digits or of a number word."""
    return NUMBERS.get(word.lower()) or int(word)
