"""What tells a backed sentence from one that is not, as numbers.

Most signs of an error count for the more, the more of the claim's words the abstract says: free
wording moves words about, and an error is mostly planted in the abstract's own words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from app.support import cross_encoder
from app.support.alignment import Embed, Vectors, Wording, bag, matches, unit, weights, wording
from app.support.negation import NEGATIONS, agreement, negated, turned
from app.support.roles import Alignment, align, gains
from app.support.structure import laid, with_short_forms
from ingest.text.sentences import sentence_spans
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import words

# What tells whether an abstract says it at all, clause by clause, and what tells that it says
# something else: roles, numbers, negations and directions, and what is said to hold for all.
SAID = (
    "foreign numbers", "foreign names", "overlap", "low overlap", "words said", "gap",
    "least clause", "last clause", "least clause in window", "new stretch", "new end",
    "whole like", "least like", "last like", "last like clause", "like clauses", "end explained",
)  # fmt: skip
TURNED = (
    "rearranged", "root of rearranged", "exchanged", "name replaced", "numbers exchanged",
    "number replaced", "numbers crossed", "turned", "turned words", "negated", "opposite", "doubt",
    "negation new", "negation lost", "general", "nowhere general", "only", "limit lost",
)  # fmt: skip
# How little the cross-encoder trusts a claim, whatever its words.
READ_DOUBT = "read doubt"
FEATURES = (*SAID, *TURNED, READ_DOUBT)

_GENERAL = frozenset(
    """all every each always never none entirely completely fully perfectly solely exclusively
    invariably whatever everything everywhere everyone anywhere nothing whole entire totally
    absolutely guarantee guarantees guaranteed exception impossible ever""".split()
)
_ONLY = frozenset("only any no anything alone just".split())
_LIMITS = frozenset(
    """some most mostly many often may might can could usually typically mainly largely partly
    several few almost nearly about around roughly particularly especially particular rarely seldom
    sometimes tend tends generally likely perhaps suggest suggests potential potentially easily
    usual""".split()
)
_CLAUSE = re.compile(
    r"\s*[;:]\s*|,\s+|\s+(?:while|whereas|but|and|which|that|who|because|so that|although|with"
    r"|without|by|for|before|after|when|if|where|than|from|as)\s+",
    re.I,
)
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+\s+)?\w+(?:ed|en|wn|pt|ilt|ade)\b|\w+ed by\b"
)
# Below this a word is new; at this share of words said, errors in them count for nothing yet.
_NEW, _LITTLE = 0.6, 0.4
# What counts however little is said.
_PLAIN = frozenset(("turned words", "doubt", "rearranged", "root of rearranged"))
# Log odds from which on the cross-encoder has no doubt.
_SURE = 1.0
_EXPLAINED = 40  # dimensions of a sentence's words, at most

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
    nearest = with_short_forms(" ".join(s.text for s in reading.sentences), abstract)
    claim, source = laid(with_short_forms(reading.claim, abstract)), laid(nearest)
    said = float(reading.met.max(axis=1) @ weights(reading.said))
    found = dict.fromkeys(FEATURES, 0.0)
    found["foreign numbers"], found["foreign names"] = (min(2.0, float(n)) for n in reading.foreign)
    found |= {"words said": said, **_clauses(reading, embed), **_quantity(reading)}
    found |= _meaning(reading, nearest, vectors) | {READ_DOUBT: _read_doubt(reading, embed)}
    turns = _polarity(reading)
    if claim.words and source.words:
        aligned = align(claim, source, nearest, vectors)
        found |= _new(aligned)
        turns |= gains(aligned, _same_voice(reading))
    weight = max(0.0, (said - _LITTLE) / (1 - _LITTLE)) ** 2
    return found | {name: v if name in _PLAIN else v * weight for name, v in turns.items()}


def _read_doubt(reading: Reading, embed: Embed | None) -> float:
    """How much less than surely the sentences back a claim, as the cross-encoder reads them."""
    told = [sentence.text for sentence in reading.sentences]
    return max(0.0, _SURE - cross_encoder.backing(reading.claim, told, embed))


def _same_voice(reading: Reading) -> bool:
    return bool(_PASSIVE.search(reading.claim)) == any(map(_PASSIVE.search, reading.chosen))


def _clauses(reading: Reading, embed: Embed | None) -> Row:
    """How much one sentence says of the clause of which it says least, and of the last one."""
    single, inside = [], []
    for part in _parts(reading.claim):
        said = wording(part)
        covered = weights(said)[:, None] * matches(said, reading.sentences, embed)
        single.append(float(covered.sum(axis=0).max()))
        inside.append(float(covered[:, reading.window].sum(axis=0).max()))
    return {
        "overlap": reading.overlap,
        "low overlap": max(0.0, 0.65 - reading.overlap),
        "gap": reading.gap,
        "least clause": max(0.0, 0.55 - min(single)),
        "last clause": max(0.0, 0.65 - single[-1]),
        "least clause in window": max(0.0, 0.65 - min(inside)),
    }


def _meaning(reading: Reading, nearest: str, embed: Embed) -> Row:
    """How near a claim and its clauses come to sentences and clauses, as vectors of words."""
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


def _new(aligned: Alignment) -> Row:
    """The heaviest stretch of words that are met nowhere, and what of the end is met nowhere."""
    met = aligned.alike.max(axis=1).tolist()
    new = [
        min(1.0, 0.3 + 0.1 * len(word)) if best < _NEW else 0.0
        for word, best in zip(aligned.claim.words, met, strict=True)
    ]
    longest = running = 0.0
    for value in new:
        running = running + value if value else 0.0
        longest = max(longest, running)
    return {"new stretch": min(4.0, longest), "new end": sum(new[-4:])}


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
def _parts(claim: str) -> tuple[str, ...]:
    """The clauses of a claim that have two content words at least, or the claim."""
    found = [part for part in _CLAUSE.split(claim) if part and len(_content(part)) > 1]
    return tuple(found) or (claim,)


@lru_cache(maxsize=512)
def _pieces(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sentences of a text, alone and two together, and their clauses."""
    alone = [text[start:end] for start, end in sentence_spans(text)]
    both = [f"{one} {two}" for one, two in pairwise(alone)]
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
