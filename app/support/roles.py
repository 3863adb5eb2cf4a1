"""What a claim would gain if its words changed places, or gave way to others of the abstract.

Gains are in how closely the abstract joins the words that the claim joins (see `structure`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.retrieval.similarity import root
from app.retrieval.synonyms import synonyms_of
from app.support.alignment import Embed, Vectors, unit
from app.support.numbers_names import names
from app.support.opposites import opposites
from app.support.structure import MET, NEAR, Laid, bonds, joined, moved, rearranged, replaced
from ingest.text.terms import stem

Flags = NDArray[np.bool_]

# Unlike words reach cosines of about 0.4; from here on one word stands for another.
_NEAR, _LEAST, _SLOPE, _MOST = 0.55, 0.6, 1.2, 0.95
_SYNONYM, _ROOT, _PREFIX, _PREFIX_LENGTH = 0.85, 0.97, 0.65, 5
# What it counts that two words are joined in the other order: where order tells nothing, where
# it tells a little, and where it tells much; another voice turns the order round.
_ANY, _SOME, _STRICT, _OTHER_VOICE = 0.85, 0.6, 0.4, 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The words of a claim and of an abstract, and how well each is met by each."""

    claim: Laid
    source: Laid
    alike: Vectors
    vectors: Vectors
    names: frozenset[str]

    @property
    def met(self) -> Flags:
        """Which words of the claim the abstract has."""
        found: Flags = self.alike.max(axis=1) >= MET
        return found

    @property
    def numbers(self) -> Flags:
        """Which words of the claim are numbers."""
        return np.array([term[0].isdigit() for term in self.claim.terms], dtype=np.bool_)

    @property
    def named(self) -> Flags:
        """Which words of the claim are names in the abstract."""
        return np.array([word in self.names for word in self.claim.words], dtype=np.bool_)


def align(claim: Laid, source: Laid, text: str, embed: Embed) -> Alignment:
    """The alignment of a claim with an abstract, whose text is given too."""
    vectors = unit(embed, claim.words)
    return Alignment(claim, source, _likeness(claim, source, embed), vectors, _names(text))


def gains(aligned: Alignment, same_voice: bool) -> dict[str, float]:
    """The greatest gain of each kind of change."""
    others = _others(aligned)
    rows = np.vstack([aligned.alike, _equal(aligned.source, others)])
    count = len(aligned.claim.words)
    every = joined(rows, aligned.source)
    own, either = every[:count, :count], np.maximum(every, _ANY * every.T)
    turned = _OTHER_VOICE if not same_voice else 0.0
    strict = np.maximum(own, max(_STRICT, turned) * own.T)
    loose = np.maximum(own, max(_SOME, turned) * own.T)
    bond = bonds(aligned.claim, NEAR)
    gain = replaced(bond, either)
    share = float(aligned.met.mean()) ** 4 / math.sqrt(count)
    far = share * rearranged(aligned.claim, loose, aligned.alike.max(axis=1), aligned.vectors)
    return {
        "rearranged": min(0.6, far),
        "root of rearranged": math.sqrt(far),
        **_exchanges(aligned, moved(bond, strict), moved(bond, either[:count, :count])),
        **_replacements(aligned, others, gain),
        "numbers crossed": float(_crossed(aligned)),
        "opposite": _opposite(aligned, others, gain),
    }


def _likeness(claim: Laid, source: Laid, embed: Embed) -> Vectors:
    """How well each word of a claim (row) is met by each of an abstract (column), in [0, 1]."""
    cosines = unit(embed, claim.words) @ unit(embed, source.words).T
    near = np.minimum(_LEAST + _SLOPE * (cosines - _NEAR), _MOST)
    alike = np.where(cosines >= _NEAR, near, 0.0).astype(np.float32)
    terms, roots = np.array(source.terms), np.array([root(word) for word in source.words])
    for row, word, own in zip(alike, claim.words, claim.terms, strict=True):
        if any(map(str.isdigit, word)):
            row[:] = 0.0
        else:
            _at_least(row, _grown(word, source.words), _PREFIX)
            _at_least(row, np.isin(terms, list(synonyms_of(stem(word)))), _SYNONYM)
            _at_least(row, roots == root(word), _ROOT)
        row[terms == own] = 1.0
    return alike


def _at_least(row: Vectors, where: Flags, value: float) -> None:
    row[where] = np.maximum(row[where], value)


def _grown(word: str, others: Iterable[str]) -> Flags:
    start = word[:_PREFIX_LENGTH] if len(word) >= _PREFIX_LENGTH else " "
    return np.array([other.startswith(start) for other in others], dtype=np.bool_)


def _others(aligned: Alignment) -> list[int]:
    """Places of names, numbers and opposites in the abstract that the claim does not have."""
    claim, source = aligned.claim, aligned.source
    against = {other for term in claim.terms for other in opposites(term)}
    seen, found = set(claim.terms), []
    for at, (word, term) in enumerate(zip(source.words, source.terms, strict=True)):
        told = term[0].isdigit() or word in aligned.names or term in against
        if told and term not in seen:
            seen.add(term)
            found.append(at)
    return found


def _equal(source: Laid, others: Sequence[int]) -> Vectors:
    """Which words of an abstract (column) are the same as some of them (row)."""
    terms = np.array(source.terms)
    return np.asarray(terms[list(others)][:, None] == terms[None, :], dtype=np.float32)


def _exchanges(aligned: Alignment, in_order: Vectors, any_way: Vectors) -> dict[str, float]:
    """What is gained where two words that could be taken for each other change places."""
    terms, number = np.array(aligned.claim.terms), aligned.numbers
    met = np.outer(aligned.met, aligned.met) & (terms[:, None] != terms[None, :])
    kin = np.where(met, in_order * _kinship(aligned), 0.0)
    counted = np.where(met & np.outer(number, number), any_way, 0.0)
    return {
        "exchanged": float(kin.max(initial=0.0)),
        "numbers exchanged": float(counted.max(initial=0.0)),
    }


def _kinship(aligned: Alignment) -> Vectors:
    """How likely two words are taken for each other: both names, both numbers, of like sense."""
    kin = np.clip((aligned.vectors @ aligned.vectors.T - 0.2) / 0.4, 0.0, 1.0)
    for one in (aligned.numbers, aligned.named):
        either = one[:, None] | one[None, :]
        kin = np.where(either, np.outer(one, one).astype(np.float32), kin)
    return np.asarray(kin, dtype=np.float32)


def _replacements(aligned: Alignment, others: Sequence[int], gain: Vectors) -> dict[str, float]:
    """What is gained where another name or number of the abstract stands instead of one."""
    source = aligned.source
    counts = np.array([source.terms[at][0].isdigit() for at in others], dtype=np.bool_)
    called = np.array([source.words[at] in aligned.names for at in others], dtype=np.bool_)
    of_names = gain[np.ix_(aligned.met & aligned.named, called & ~counts)]
    of_numbers = gain[np.ix_(aligned.met & aligned.numbers, counts)]
    return {
        "name replaced": float(of_names.max(initial=0.0)),
        "number replaced": float(of_numbers.max(initial=0.0)),
    }


def _opposite(aligned: Alignment, others: Sequence[int], gain: Vectors) -> float:
    """The most that a listed opposite gains in the place of a word that the abstract lacks."""
    source = aligned.source
    most = 0.0
    for place, term in enumerate(aligned.claim.terms):
        if term not in source.terms and (against := opposites(term)):
            known = [n for n, at in enumerate(others) if source.terms[at] in against]
            most = max([most, *(float(gain[place, n]) for n in known)])
    return min(1.5, most)


def _crossed(aligned: Alignment) -> bool:
    """Whether two numbers stand in the other order than what they are told of, in one sentence."""
    at = aligned.alike.argmax(axis=1)
    places, sentences = aligned.source.places[at], aligned.source.sentences[at]
    counted = np.flatnonzero(aligned.numbers & aligned.met).tolist()
    told = np.flatnonzero(~aligned.numbers & aligned.met).tolist()
    for x, y in ((x, y) for x in counted for y in counted if x < y and places[x] != places[y]):
        for u, v in ((u, v) for u in told for v in told if u < x < v < y or x < u < y < v):
            one = len({int(sentences[k]) for k in (x, y, u, v)}) == 1
            if one and (places[v] - places[u]) * (places[y] - places[x]) < 0:
                return True
    return False


@lru_cache(maxsize=1024)
def _names(text: str) -> frozenset[str]:
    """The names of a text in lower case, whole and in the parts that a hyphen divides."""
    found = {name.lower() for name in names(text)}
    return frozenset(found | {part for name in found for part in re.split(r"[-/+.]", name) if part})
