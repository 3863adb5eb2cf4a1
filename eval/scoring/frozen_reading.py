"""A sentence as the frozen scorer reads it: words with their stems, places and clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from eval.scoring.frozen_words import FUNCTION, SPELLED, stem
from eval.scoring.normalize import plain

_TOKEN = re.compile(r"-?\d+(?:\.\d+)*%?(?![^\W_])|[^\W_]+(?:\.\d+(?![^\W_]))*|[,;:()]")
_NUMBER = re.compile(r"-?\d")
_CLAUSE = frozenset(",;:()") | {"while", "whereas", "but", "although", "though", "than"}

NEAR = 3
"""How many content words to a side are next to a word."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence: as written, its stem, its place and its clause."""

    text: str
    stem: str
    place: int
    clause: int

    @property
    def is_number(self) -> bool:
        return bool(_NUMBER.match(self.text))

    @property
    def is_content(self) -> bool:
        return self.text not in FUNCTION and not self.is_number and len(self.text) > 1


Said = tuple[Word, ...]


@lru_cache(maxsize=20_000)
def words_of(sentence: str) -> Said:
    """The words of a sentence in its comparable form, with the clauses that its commas make."""
    found: list[Word] = []
    clause = 0
    for token in _TOKEN.findall(plain(sentence)):
        if token in _CLAUSE:
            clause += 1
        if token not in ",;:()":
            text = SPELLED.get(token, token)
            found.append(Word(text, stem(text), len(found), clause))
    return tuple(found)


def nearest(said: Said, record: Sequence[Said]) -> list[Said]:
    """The sentences of the record that share most words with the claim, the best first."""
    stems = {word.stem for word in said if word.is_content}
    shares = [(len(stems & {w.stem for w in one}), -place) for place, one in enumerate(record)]
    order = sorted(range(len(record)), key=lambda n: shares[n], reverse=True)
    best = shares[order[0]][0] if order else 0
    if best * 3 < len(stems):
        return []
    return [record[n] for n in order if shares[n][0] * 3 > best * 2] if best else []


def content(said: Said) -> list[Word]:
    """The words of a sentence that carry its matter."""
    return [word for word in said if word.is_content]


def along(said: Said, start: Word, step: int) -> Iterator[str]:
    """The next content words in one direction, up to another number or the end of the clause."""
    left, at = NEAR, start.place + step
    while 0 <= at < len(said) and left:
        word = said[at]
        if word.clause != start.clause or word.is_number:
            return
        if word.is_content:
            yield word.stem
            left -= 1
        at += step
