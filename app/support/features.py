"""What tells a backed sentence from one that is not, as numbers: a row for the checks of `score`.

Each check looks for one kind of error. What stands under `parts` tells whether the abstract says it at
all, clause by clause; the others count for the more, the more of the claim's words it says, since
free wording moves words about, and an error is mostly planted in the abstract's own words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.retrieval.similarity import root
from app.retrieval.synonyms import synonyms_of
from app.support.alignment import Embed, Vectors, Wording, bag, matches, unit, weights, wording
from app.support.negation import NEGATIONS, agreement, negated, turned
from app.support.numbers_names import names
from app.support.opposites import opposites
from app.support.structure import (
    MET,
    NEAR,
    Laid,
    bonds,
    joined,
    laid,
    moved,
    rearranged,
    replaced,
    with_short_forms,
)
from ingest.text.sentences import sentence_spans
from ingest.text.terms import STOP_WORDS, stem, words

CHECKS = {
    "said": ("foreign numbers", "foreign names"),
    "parts": (
        "overlap", "gap", "least clause", "last clause", "least clause in window", "new stretch", "new end",
        "whole like", "least like", "last like", "last like clause", "like clauses", "end explained",
    ),
    "roles": ("rearranged", "root of rearranged", "exchanged", "name replaced"),
    "numbers": ("numbers exchanged", "number replaced", "numbers crossed"),
    "polarity": ("turned", "turned words", "negated", "opposite", "doubt", "negation new", "negation lost"),
    "general": ("general", "nowhere general", "only", "limit lost"),
}  # fmt: skip

_GENERAL = frozenset(
    """all every each always never none entirely completely fully perfectly solely exclusively
    invariably whatever everything everywhere everyone anywhere nothing whole entire totally
    absolutely guarantee guarantees guaranteed exception impossible ever""".split()
)
_ONLY = frozenset("only any no anything alone just".split())
_LIMITS = frozenset(
    """some most mostly many often may might can could usually typically mainly largely partly several
    few almost nearly about around roughly particularly especially particular rarely seldom sometimes
    tend tends generally likely perhaps suggest suggests potential potentially easily usual""".split()
)
_CLAUSE = re.compile(
    r"\s*[;:]\s*|,\s+|\s+(?:while|whereas|but|and|which|that|who|because|so that|although|with|without"
    r"|by|for|before|after|when|if|where|than|from|as)\s+",
    re.I,
)
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+\s+)?\w+(?:ed|en|wn|pt|ilt|ade)\b|\w+ed by\b"
)
# Unlike words reach cosines of about 0.4; from here on one word stands for another.
_NEAR, _LEAST, _SLOPE, _MOST = 0.55, 0.6, 1.2, 0.95
_SYNONYM, _ROOT, _PREFIX, _PREFIX_LENGTH = 0.85, 0.97, 0.65, 5
_NEW = 0.6
_EXPLAINED = 40  # dimensions of a sentence's words, at most
# How much it counts that words are joined in the other order, in the same voice and in another.
_ACTIVE, _OTHER_VOICE, _ORDERED = 0.6, 0.9, 0.4
_MOST_SENTENCES = 12

Row = dict[str, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """A claim with the sentences of an abstract, the words met in each, and the best window."""

    claim: str
    said: Wording
    sentences: Sequence[Wording]
    met: Vectors
    window: slice
    overlap: float
    gap: float
    foreign: tuple[int, int]

    @property
    def chosen(self) -> list[str]:
        """The sentences of the window."""
        return [sentence.text for sentence in self.sentences[self.window]]

    @property
    def best(self) -> Wording:
        """The sentence that says most of the claim."""
        return self.sentences[int(self._shares().argmax())]

    @property
    def best_inside(self) -> int:
        """The place within the window of the sentence that says most of the claim there."""
        return int(self._shares()[self.window].argmax())

    def _shares(self) -> Vectors:
        shares: Vectors = (weights(self.said)[:, None] * self.met).sum(axis=0)
        return shares


def row(reading: Reading, abstract: str, embed: Embed | None) -> Row:
    """All features of a claim read against an abstract."""
    vectors = embed or bag
    nearest = _nearest(reading, abstract)
    claim, source = laid(with_short_forms(reading.claim, abstract)), laid(nearest)
    whole = float(reading.met.max(axis=1) @ weights(reading.said))
    weight = max(0.0, (whole - 0.4) / 0.6) ** 2
    found = dict.fromkeys((name for group in CHECKS.values() for name in group), 0.0)
    found["foreign numbers"], found["foreign names"] = (min(2.0, float(n)) for n in reading.foreign)
    found |= _clauses(reading, embed) | _meaning(reading, nearest, vectors)
    found |= _quantity(reading)
    found |= {
        name: value * (1 if name == "turned words" else weight)
        for name, value in _polarity(reading).items()
    }
    if claim.words and source.words:
        alike = likeness(claim, source, vectors)
        found |= _new(claim, alike)
        structure = _structure(reading, claim, source, alike, nearest, vectors)
        found |= {
            k: v if k in ("rearranged", "root of rearranged") else v * weight
            for k, v in structure.items()
        }
    return found


def likeness(claim: Laid, source: Laid, embed: Embed) -> Vectors:
    """How well each word of a claim (row) is met by each word of an abstract (column), in [0, 1]."""
    cosines = unit(embed, claim.words) @ unit(embed, source.words).T
    near = np.minimum(_LEAST + _SLOPE * (cosines - _NEAR), _MOST)
    alike = np.where(cosines >= _NEAR, near, 0.0).astype(np.float32)
    terms, roots = np.array(source.terms), np.array([root(word) for word in source.words])
    for place, (word, own) in enumerate(zip(claim.words, claim.terms, strict=True)):
        if any(map(str.isdigit, word)):
            alike[place] = 0.0
        else:
            kin = synonyms_of(stem(word))
            start = word[:_PREFIX_LENGTH] if len(word) >= _PREFIX_LENGTH else " "
            grown = np.array([other.startswith(start) for other in source.words])
            alike[place][grown] = np.maximum(alike[place][grown], _PREFIX)
            if kin:
                listed = np.isin(terms, list(kin))
                alike[place][listed] = np.maximum(alike[place][listed], _SYNONYM)
            alike[place][roots == root(word)] = _ROOT
        alike[place][terms == own] = 1.0
    return alike


def _nearest(reading: Reading, abstract: str) -> str:
    """The abstract with short forms, or of a long text the sentences that say most of a claim."""
    if len(reading.sentences) <= _MOST_SENTENCES:
        return with_short_forms(abstract, abstract)
    share = (weights(reading.said)[:, None] * reading.met).sum(axis=0)
    kept = sorted(np.argsort(-share, kind="stable")[:_MOST_SENTENCES].tolist())
    return with_short_forms(" ".join(reading.sentences[at].text for at in kept), abstract)


def _clauses(reading: Reading, embed: Embed | None) -> Row:
    """How much one sentence says of the clause of which it says least, and of the last one."""
    single, inside = [], []
    for part in _parts(reading.claim):
        said = wording(part)
        covered = weights(said)[:, None] * matches(said, reading.sentences, embed)
        single.append(float(covered.sum(axis=0).max()))
        inside.append(float(covered[:, reading.window].sum(axis=0).max()))
    return {
        "overlap": max(0.0, 0.65 - reading.overlap),
        "gap": reading.gap,
        "least clause": max(0.0, 0.55 - min(single)),
        "last clause": max(0.0, 0.65 - single[-1]),
        "least clause in window": max(0.0, 0.65 - min(inside)),
    }


def _meaning(reading: Reading, nearest: str, embed: Embed) -> Row:
    """How near the claim and its clauses come to sentences and clauses, as vectors of their words."""
    sentences, clauses = _pieces(nearest)
    parts = _parts(reading.claim)
    own = unit(embed, (reading.claim, *parts))
    near = own @ unit(embed, sentences).T
    of_clauses = (own[1:] @ unit(embed, clauses).T).max(axis=1)
    by_part = near[1:].max(axis=1)
    end = tuple(word for word in words(reading.claim) if word not in STOP_WORDS)[-4:]
    basis = _basis(embed, sentences[int(near[0].argmax())])
    left = 1 - ((unit(embed, end) @ basis.T) ** 2).sum(axis=1) if end else np.zeros(1)
    return {
        "whole like": float(near[0].max()),
        "least like": float(by_part.min()),
        "last like": float(by_part[-1]),
        "last like clause": float(of_clauses[-1]),
        "like clauses": float(of_clauses.mean()),
        "end explained": float(1 - left.mean()),
    }


def _new(claim: Laid, alike: Vectors) -> Row:
    """The heaviest stretch of words that are met nowhere, and what of the end is met nowhere."""
    new = [
        min(1.0, 0.3 + 0.1 * len(word)) if best < _NEW else 0.0
        for word, best in zip(claim.words, alike.max(axis=1).tolist(), strict=True)
    ]
    longest = running = 0.0
    for value in new:
        running = running + value if value else 0.0
        longest = max(longest, running)
    return {"new stretch": min(4.0, longest), "new end": sum(new[-4:])}


def _structure(
    reading: Reading, claim: Laid, source: Laid, alike: Vectors, nearest: str, embed: Embed
) -> Row:
    """What is gained where words change places, or give way to others of the abstract."""
    count = len(claim.words)
    known = _names(nearest)
    others = _others(claim, source, known)
    same = np.array([[term == source.terms[at] for term in source.terms] for at in others])
    rows = np.vstack([alike, same.reshape(len(others), len(source.terms))]).astype(np.float32)
    forward = joined(rows, source)
    best = alike.max(axis=1)
    own, vectors = forward[:count, :count], unit(embed, claim.words)
    same_voice = bool(_PASSIVE.search(reading.claim)) == any(map(_PASSIVE.search, reading.chosen))
    bond = bonds(claim, NEAR)
    either = np.maximum(forward, 0.85 * forward.T)
    ordered = np.maximum(own, (_ORDERED if same_voice else _OTHER_VOICE) * own.T)
    number = np.array([term[0].isdigit() for term in claim.terms])
    name = np.array([word in known for word in claim.words])
    met = best >= MET
    pairs = met[:, None] & met[None, :] & (np.array(claim.terms)[:, None] != np.array(claim.terms))
    swapped = np.where(pairs, moved(bond, either[:count, :count]), 0.0)
    in_order = np.where(pairs, moved(bond, ordered), 0.0)
    share = float(met.mean()) ** 4 / math.sqrt(count)
    voice = np.maximum(own, (_ACTIVE if same_voice else _OTHER_VOICE) * own.T)
    far = rearranged(claim, voice, best, vectors) * share
    gain = replaced(bond, either)
    numeric = np.array([source.terms[at][0].isdigit() for at in others], dtype=bool)
    named = np.array([source.words[at] in known for at in others], dtype=bool) & ~numeric
    opposite = _opposite(claim, source, others, gain)
    return {
        "rearranged": min(0.6, far),
        "root of rearranged": math.sqrt(far),
        "exchanged": float((in_order * _kinship(vectors, number, name)).max(initial=0.0)),
        "name replaced": _most(gain, met & name, named),
        "numbers exchanged": float((swapped * (number[:, None] & number)).max(initial=0.0)),
        "number replaced": _most(gain, met & number, numeric),
        "numbers crossed": float(_crossed(claim, source, alike, number, met)),
        "opposite": opposite,
    }


def _most(gain: Vectors, rows: Vectors, columns: Vectors) -> float:
    return max(0.0, float(gain[np.ix_(rows, columns)].max(initial=0.0)))


def _kinship(vectors: Vectors, number: Vectors, name: Vectors) -> Vectors:
    """How likely two words are taken for each other: both names, both numbers, or of like sense."""
    kin = np.clip((vectors @ vectors.T - 0.2) / 0.4, 0.0, 1.0)
    for one in (number, name):
        kin = np.where(one[:, None] | one, (one[:, None] & one).astype(np.float32), kin)
    return kin


def _others(claim: Laid, source: Laid, known: frozenset[str]) -> list[int]:
    """Places of names, numbers and opposites in the abstract that the claim does not have."""
    against = {other for term in claim.terms for other in opposites(term)}
    seen, found = set(claim.terms), []
    for at, (word, term) in enumerate(zip(source.words, source.terms, strict=True)):
        if term not in seen and (term[0].isdigit() or word in known or term in against):
            seen.add(term)
            found.append(at)
    return found


def _opposite(claim: Laid, source: Laid, others: Sequence[int], gain: Vectors) -> float:
    """The most that a listed opposite gains in the place of a word that the abstract lacks."""
    most = 0.0
    for place, term in enumerate(claim.terms):
        against = opposites(term)
        if against and term not in source.terms:
            gains = [
                float(gain[place, n]) for n, at in enumerate(others) if source.terms[at] in against
            ]
            most = max([most, *gains])
    return min(1.5, most)


def _crossed(claim: Laid, source: Laid, alike: Vectors, number: Vectors, met: Vectors) -> bool:
    """Whether two numbers follow each other in one order and what they are told of in the other."""
    at = alike.argmax(axis=1)
    places, sentences = source.places[at], source.sentences[at]
    counted = np.flatnonzero(number & met).tolist()
    told = np.flatnonzero(~number & met).tolist()
    for x, y in ((x, y) for x in counted for y in counted if x < y and places[x] != places[y]):
        for u, v in ((u, v) for u in told for v in told if u < x < v < y or x < u < y < v):
            one = len({int(sentences[k]) for k in (x, y, u, v)}) == 1
            if one and (places[v] - places[u]) * (places[y] - places[x]) < 0:
                return True
    return False


def _polarity(reading: Reading) -> Row:
    """Words that negations and directions turn on one side only."""
    chosen = reading.chosen
    same, _ = agreement(reading.claim, chosen)
    share = turned(reading.claim, chosen)
    own = any(word in NEGATIONS for word in words(reading.claim))
    theirs = any(word in NEGATIONS for text in chosen for word in words(text))
    in_best = any(word in NEGATIONS for word in words(reading.best.text))
    return {
        "turned": share,
        "turned words": share,
        "negated": negated(reading.claim, chosen),
        "doubt": min(1.0, max(0.0, (-same - 0.1) / 0.2)),
        "negation new": float(own and not theirs),
        "negation lost": float(in_best and not own),
    }


def _quantity(reading: Reading) -> Row:
    """Words that speak of all, or of these only, which the abstract does not have there."""
    own, best = words(reading.claim), words(reading.best.text)
    window = {word for text in reading.chosen for word in words(text)}
    every = {word for sentence in reading.sentences for word in words(sentence.text)}
    lost = any(word in _LIMITS for word in best) and not any(word in _LIMITS for word in own)
    return {
        "general": min(2.0, float(sum(word in _GENERAL - window for word in own))),
        "nowhere general": min(2.0, float(sum(word in _GENERAL - every for word in own))),
        "only": min(2.0, float(sum(word in _ONLY - window for word in own))),
        "limit lost": float(lost),
    }


@lru_cache(maxsize=1024)
def _names(text: str) -> frozenset[str]:
    """The names of a text in lower case, whole and in the parts that a hyphen divides."""
    found = {name.lower() for name in names(text)}
    return frozenset(found | {part for name in found for part in re.split(r"[-/+.]", name) if part})


@lru_cache(maxsize=1024)
def _parts(claim: str) -> tuple[str, ...]:
    """The clauses of a claim that have two content words at least, or the claim."""
    found = [part for part in _CLAUSE.split(claim) if part and len(_content(part)) > 1]
    return tuple(found) or (claim,)


@lru_cache(maxsize=512)
def _pieces(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sentences of a text, alone and two together, and their clauses."""
    alone = [text[start:end] for start, end in sentence_spans(text)]
    both = [f"{one} {two}" for one, two in zip(alone, alone[1:], strict=False)]
    clauses = [
        part for sentence in alone for part in _CLAUSE.split(sentence) if len(words(part)) > 1
    ]
    return tuple(alone + both), tuple(clauses) or tuple(alone)


@lru_cache(maxsize=512)
def _basis(embed: Embed, text: str) -> Vectors:
    """Orthogonal directions that the content words of a text span."""
    vectors = unit(embed, tuple(dict.fromkeys(_content(text))) or (text,))
    basis: Vectors = np.linalg.svd(vectors, full_matrices=False)[2][: min(len(vectors), _EXPLAINED)]
    return basis


def _content(text: str) -> list[str]:
    return [word for word in words(text) if word not in STOP_WORDS]
