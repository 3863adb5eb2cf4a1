"""Numbers in words: "two and a half million", "three dozen", "nine children in ten"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from app.understanding.wordlists import SMALL_NUMBERS, TENS, any_of

VALUES = {word: float(at) for at, word in enumerate(SMALL_NUMBERS, start=1)}
VALUES |= {word: 10.0 * at for at, word in enumerate(TENS, start=1)}
_SCALES = {"dozen": 12.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}

# Below a hundred, below a thousand, and times a scale: a dozen, a thousand, a million.
_SOME = rf"(?:{any_of(TENS[1:])}[\s-]{any_of(SMALL_NUMBERS[:9])}(?!-)|{any_of(VALUES)})"
_MANY = rf"(?:(?:{_SOME}|an?)[\s-]hundred(?:\s(?:and\s)?{_SOME})?|{_SOME})(?:\sand\sa\shalf)?"
_TIMES = rf"(?:{_MANY}|half\san?|an?)[\s-]{any_of(_SCALES)}"
_NUMBER = re.compile(rf"\b(?:{_TIMES}(?:,?\s{_TIMES})*(?:,?\s(?:and\s)?{_MANY})?|{_MANY})\b", re.I)
_COUNT = rf"(?:{_SOME}|\d{{1,3}})"
_SHARE = re.compile(
    rf"\b(?P<count>{_COUNT})(?:\s(?:of\s)?[^\W\d]+){{0,2}}?\s(?:in|out\sof)\s(?:every\s)?"
    rf"(?P<whole>{_COUNT}|(?:a\s)?hundred)\b(?!\s?%)",
    re.I,
)
# By how many of the whole a share may be off: "nine in ten" for 88 % or 92 %.
_OFF = 0.25


def spoken(text: str) -> Iterator[tuple[re.Match[str], float]]:
    """Each number in words with its value, in order; "a" alone is none, "a hundred" is."""
    for match in _NUMBER.finditer(text):
        yield match, _value(match.group())


def without_shares(text: str, values: Collection[float]) -> str:
    """The text with each "n in m" blanked out that one of these values comes to, 0.89 or 89."""
    shares = [value if value <= 1 else value / 100 for value in values if 0 < value <= 100]
    for match in _SHARE.finditer(text):
        count, whole = (_value(match[name]) for name in ("count", "whole"))
        if count < whole and any(abs(share * whole - count) <= _OFF for share in shares):
            text = f"{text[: match.start()]}{' ' * len(match.group())}{text[match.end() :]}"
    return text


def _value(said: str) -> float:
    total, current = 0.0, 0.0
    for word in re.findall(r"[a-z]+|\d+", said.casefold()):
        if word in _SCALES:
            total, current = total + (current or 1.0) * _SCALES[word], 0.0
        elif word == "hundred":
            current = (current or 1.0) * 100
        elif word == "half":
            current += 0.5
        elif word.isdigit():
            current = float(word)
        else:
            current += VALUES.get(word, 0.0)
    return total + current
