"""Names and their expansions, read out of a text.

`definitions` follows Schwartz and Hearst, "A simple algorithm for identifying abbreviation
definitions in biomedical text" (PSB 2003): the letters of the short form must occur in order in the
words before the parenthesis, the first one at the start of a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ingest.text.stop_words import STOP_WORDS

_PARENTHESIS = re.compile(r"\(([^()]{2,120})\)")
_SHORT = re.compile(r"^[^\W_][\w+&/.\-@]{1,14}$")
_WORD_START = re.compile(r"[^\W_]")
_KNOWN_AS = re.compile(r"^(?:a\.?k\.?a\.?|termed|called|dubbed|named|or|i\.e\.,?|namely)\s+", re.I)
_REACH = 300
_SPLIT_LIST = re.compile(r"[,;]\s*")


@dataclass(frozen=True, slots=True)
class Definition:
    """A short form, its expansion, and the offset at which the definition stands."""

    short: str
    expansion: str
    position: int


def definitions(text: str) -> list[Definition]:
    """Definitions in order of appearance: "Social Graph Invariant Learning (SGIL)" and reversed."""
    return list(_definitions(text))


# Title and names of a paper both ask for them.
@lru_cache(maxsize=256)
def _definitions(text: str) -> tuple[Definition, ...]:
    found: list[Definition] = []
    for match in _PARENTHESIS.finditer(text):
        inside = _KNOWN_AS.sub("", match.group(1).strip())
        # An expansion stands close by: looking no further keeps long texts linear.
        start = match.start() - text[max(0, match.start() - 1) : match.start()].isspace()
        before = text[max(0, start - _REACH) : start]
        definition = _short_inside(before, inside, start) or _long_inside(
            before, inside, start - len(before)
        )
        if definition:
            found.append(definition)
    return tuple(found)


def is_short_form(word: str) -> bool:
    """Whether a word looks like a name: two capitals, or a capital or digit inside it."""
    rest = word[1:]
    if rest.isalpha() and rest.islower():
        return False  # most words end here, many times an abstract
    core = word.strip("-.")
    if not _SHORT.match(word) or not any(c.isalpha() for c in core):
        return False
    inner_capital = any(c.isupper() for c in core[1:])
    digit = any(c.isdigit() for c in core)
    return inner_capital or (digit and core[0].isupper())


def _short_inside(before: str, inside: str, start: int) -> Definition | None:
    short = _SPLIT_LIST.split(inside)[0].strip()
    if not is_short_form(short):
        return None
    expansion = long_form(before, short.removesuffix("s") if short[:-1].isupper() else short)
    return Definition(short, expansion, start + 1) if expansion else None


def _long_inside(before: str, inside: str, at: int) -> Definition | None:
    word = re.search(r"([^\W_][\w+&/.\-@]*)$", before)
    if not word or not is_short_form(word.group()) or " " not in inside:
        return None
    letters = _letters(word.group())
    if not letters or letters[0] != inside[0].lower() or not _in_order(letters, inside):
        return None
    expansion = _SPLIT_LIST.split(inside)[0].strip()
    short = word.group()
    good = _plausible(expansion, short)
    return Definition(short, expansion, at + word.start()) if good else None


def _letters(short: str) -> list[str]:
    """The letters to match. A digit stands for a word ("4" in LLM4Rec) or a count: it is free."""
    return [character for character in short.lower() if character.isalpha()]


def _in_order(letters: list[str], text: str) -> bool:
    """Whether the letters begin words, or follow in one that a letter began, in order."""
    low, position = text.lower(), 0
    for place, letter in enumerate(letters):
        starts = [
            m.start()
            for m in re.finditer(rf"(?<![^\W_]){re.escape(letter)}", low)
            if m.start() >= position
        ]
        within = low.find(letter, position) if place else -1
        if not starts and within < 0:
            return False
        position = (starts[0] if starts else within) + 1
    return True


def long_form(before: str, short: str) -> str:
    """The words at the end of `before` that `short` abbreviates, or "" where none do."""
    letters = _letters(short)
    clause = re.split(r"[.;:!?](?:\s|$)|[()]", before)[-1]
    words = list(re.finditer(r"\S+", clause))
    window = words[-min(len(short) + 5, 2 * len(short) + 2) :]
    if not letters or not window:
        return ""
    start = _match_backwards(clause, window[0].start(), letters)
    if start is None:
        return ""
    if any(character.isdigit() for character in short):
        start = _extended(clause, start, letters[0])
    candidate = clause[start:].strip(" ,\"'“”‘’-")
    return candidate if _plausible(candidate, short) else ""


def _extended(clause: str, start: int, letter: str) -> int:
    """A counted letter ("T3T", "3SHNet") takes in earlier words that begin with it too."""
    while True:
        before = re.search(r"([^\W_]+)[\s-]$", clause[:start])
        if not before or before.group(1)[0].lower() != letter or not before.group(1)[0].isupper():
            return start
        start = before.start(1)


def _match_backwards(clause: str, first: int, letters: list[str]) -> int | None:
    """Offset at which the expansion starts, matching the letters from the last to the first."""
    low, position = clause.lower(), len(clause)
    for place in range(len(letters) - 1, -1, -1):
        position -= 1
        while position >= first:
            starts_word = position == 0 or not clause[position - 1].isalnum()
            if low[position] == letters[place] and (place > 0 or starts_word):
                break
            position -= 1
        if position < first:
            return None
    return position


def _plausible(expansion: str, short: str) -> bool:
    words = re.findall(r"[^\s-]+", expansion)
    if len(words) < 2 and len(expansion) < len(short) + 3:
        return False
    if not words or words[0].lower() in STOP_WORDS or short.lower() in expansion.lower().split():
        return False
    return len(expansion) > len(short) and bool(_WORD_START.match(expansion))
