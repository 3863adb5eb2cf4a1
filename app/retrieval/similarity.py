"""How well one text covers the words of another: equal stems, close word forms, near synonyms."""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.models import StaticEmbedding
from ingest.stores.lexicon import Lexicon
from ingest.text.terms import stem

Floats = NDArray[np.float32]

# Static vectors of unrelated words reach about 0.4; word forms and synonyms start above this.
NEAR = 0.57
# A near word counts for less than the word itself: this at the threshold, rising with the cosine.
_LEAST, _SLOPE, _MOST = 0.65, 1.2, 0.95
_SHARED_PREFIX = 5
# "Randomised" is "randomized"; "biped" begins "bipedal".
_SAME_ROOT, _GROWN = 0.97, 0.85
_ISE = re.compile(r"(?<=\w{3})is(e|ed|es|ing|ation|ations|er|ers)$")
_OUR = re.compile(r"(?<=\w{3})our(?=s?$|ed$|ing$|al$|ite$)")
# A microgripper is a gripper.
_SIZED = re.compile(r"(?:micro|nano|mini|macro|bio|electro|tele)(?=\w{5})")
_ENCE = re.compile(r"(?<=en)ce(?=s?$)")
_SES = re.compile(r"(?<=[aeiouy])ses$")
# What undoes something is at least so near to it ("forest" and "deforestation" have a cosine of
# 0.32, "bug" and "debugging" 0.42); of 15 pairs such as "fine" and "define" none is.
_UNDONE, _KIN = 0.8, 0.24
_VOWELS = frozenset("aeiouy")
_NEGATING = frozenset({"un", "non", "anti", "dis", "in", "im", "mis"})
_MOST_WORDS = 20_000
_MOST_TABLES = 16


class WordMatcher:
    """Similarity of single words, from their static vectors, with a cache of the vectors."""

    def __init__(self, embedding: StaticEmbedding) -> None:
        self._embedding = embedding
        # The words of a question meet many sentences, which share most of theirs.
        self._tables: OrderedDict[tuple[str, ...], dict[str, Floats]] = OrderedDict()
        self._places: dict[str, int] = {}
        self._rows = np.zeros((0, embedding.dimensions), dtype=np.float32)
        self._lock = Lock()

    def table(self, wanted: Sequence[str], given: Iterable[str]) -> dict[str, Floats]:
        """For each given word, how well it stands for each wanted one, in [0, 1].

        1 for an equal stem; 0.65 to 0.95 for a word form or near synonym; else 0.
        """
        known = self._known(tuple(wanted))
        distinct = dict.fromkeys(given)
        known |= self._computed(wanted, [word for word in distinct if word not in known])
        return {word: known[word] for word in distinct}

    def _known(self, wanted: tuple[str, ...]) -> dict[str, Floats]:
        """What was found for these words so far, kept for the last questions."""
        known = self._tables.pop(wanted, {})
        if len(self._tables) >= _MOST_TABLES:
            self._tables.popitem(last=False)
        known = known if len(known) < _MOST_WORDS else {}
        self._tables[wanted] = known
        return known

    def _computed(self, wanted: Sequence[str], distinct: list[str]) -> dict[str, Floats]:
        if not wanted or not distinct:
            return {word: np.zeros(len(wanted), dtype=np.float32) for word in distinct}
        # Several answers share a matcher, and the place of a word is free until its row is there.
        with self._lock:
            cosines = self._vectors(distinct) @ self._vectors(wanted).T
        near = np.minimum(_LEAST + _SLOPE * (cosines - NEAR), _MOST)
        scores = np.where(cosines >= NEAR, near, 0.0).astype(np.float32)
        for column, word in enumerate(wanted):
            found = scores[:, column].tolist()
            scores[:, column] = _corrected(found, cosines[:, column].tolist(), word, distinct)
        return dict(zip(distinct, scores, strict=True))

    def similarity(self, wanted: Sequence[str], given: Sequence[str]) -> Floats:
        """For each wanted word, how well the given words hold it at best, in [0, 1]."""
        rows = self.table(wanted, given)
        if not rows:
            return np.zeros(len(wanted), dtype=np.float32)
        best: Floats = np.max(np.stack(list(rows.values())), axis=0)
        return best

    def _vectors(self, some: Sequence[str]) -> Floats:
        missing = [word for word in dict.fromkeys(some) if word not in self._places]
        if missing:
            if len(self._places) + len(missing) > _MOST_WORDS:
                self._places, self._rows = {}, self._rows[:0]
                missing = list(dict.fromkeys(some))
            start = len(self._places)
            end = start + len(missing)
            if end > len(self._rows):
                room = np.zeros((end + start, self._rows.shape[1]), dtype=np.float32)
                self._rows = np.concatenate([self._rows[:start], room])
            self._rows[start:end] = self._embedding.embed(missing)
            self._places.update(zip(missing, range(start, end), strict=True))
        chosen: Floats = self._rows[[self._places[word] for word in some]]
        return chosen


def _corrected(
    column: list[float], cosines: Sequence[float], word: str, given: Sequence[str]
) -> list[float]:
    """Equal stems count in full; digits are equal or not; a long shared start is near."""
    wanted, undone, is_code = stem(word), _undone(word), _is_code(word)
    bare = root(word)
    start = word[:_SHARED_PREFIX] if len(word) >= _SHARED_PREFIX else " "
    for place, other in enumerate(given):
        own = stem(other)
        if own == wanted:
            column[place] = 1.0
        elif root(other) == bare:
            column[place] = _SAME_ROOT
        elif _SIZED.match(other) and other.endswith(word) and len(word) >= _SHARED_PREFIX:
            column[place] = max(column[place], _GROWN)
        elif cosines[place] >= _KIN and (own == undone or _undone(other) == wanted):
            column[place] = max(column[place], _UNDONE)
        elif column[place] or other.startswith(start):
            if is_code or _is_code(other) or _opposed(word, other):
                column[place] = 0.0
            elif other.startswith(start):
                grown = word.startswith(other) or other.startswith(word)
                column[place] = max(column[place], _GROWN if grown else _LEAST)
    return column


@lru_cache(maxsize=100_000)
def root(word: str) -> str:
    """The stem in American spelling, without the ending of who or what does it: parser, parsing."""
    plain = _ENCE.sub("se", _SES.sub("sis", word))
    plain = _OUR.sub("or", _ISE.sub(r"iz\1", plain)).replace("analyse", "analyze")
    found = stem(plain)
    bare = found[:-2] if len(found) > 5 and found.endswith(("er", "or")) else found
    return bare[:-1] if bare[-1:] == bare[-2:-1] else bare


def _undone(word: str) -> str:
    """The stem of what a word undoes: "denoising" undoes noise; "" for other words."""
    return stem(word[2:]) if word.startswith("de") and len(word) > 5 else ""


def _opposed(one: str, other: str) -> bool:
    """Whether one word negates the other: unlearning is not learning, however near."""
    short, long = sorted((one, other), key=len)
    return long.endswith(short) and long[: len(long) - len(short)] in _NEGATING


@lru_cache(maxsize=50_000)
def _is_code(word: str) -> bool:
    """Whether a word is equal to another or not, never near it: digits, acronyms such as CNN."""
    return any(c.isdigit() for c in word) or not any(c in _VOWELS or not c.isascii() for c in word)


def idf(lexicon: Lexicon, word: str) -> float:
    """Inverse document frequency of a word, as in BM25; at least 0.2, so that every word counts."""
    papers = max(1, lexicon.count())
    frequency = lexicon.document_frequency(stem(word))
    return max(0.2, math.log(1 + (papers - frequency + 0.5) / (frequency + 0.5)))
