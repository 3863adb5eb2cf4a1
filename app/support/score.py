"""How well an abstract backs a sentence: quoted, or by what the checks find of it.

A claim that is a sentence of the abstract, word by word, scores 1. Any other is held against the
one to three neighbouring sentences that say most of its words: how much of it is said at all, and
whether roles, numbers, negations and limits are as there (see `features`). A logistic regression,
which `training/support.py` fits, gives the probability that it is backed. The score is

    (1/2 where probability >= THRESHOLD and enough is said) + (probability^0.3 * said^0.7) / 2

so that from one half on a sentence may be shown, and beyond that more is better. `said` is the
overlap of words, less for each turned cue; one number or name that the abstract lacks is too much.
One feature is the doubt of the cross-encoder, which reads claim and abstract together. It is
small: most exchanged roles and directions need a larger judge.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from app.logistic import decision
from app.support.alignment import (
    Embed,
    Vectors,
    Wording,
    best_window,
    matches,
    pairs_share,
    read,
    weights,
    wording,
)
from app.support.features import READ_DOUBT, Reading, Row, row
from app.support.numbers_names import missing_names, missing_numbers
from ingest.text.terms import words

PAIRS = 0.2  # share of word pairs in the overlap, beside words
GAP = 0.6  # what the heaviest stretch that is hardly said takes from it
LIFT = 0.65  # which brings the overlap of free but sound rewording above one half
MET = 0.6  # what a word of a stretch must be met by, else it adds to a gap
MISSING = 0.5  # what each number or name that the abstract lacks leaves of the score
TURN = 0.9  # what a full doubt takes from what is said
EDGE = 0.1  # how much better a word must be met elsewhere to count as said there
STRAY = 0.55  # a greater gap to another abstract tells that a part was taken from it
THRESHOLD = 0.5
# What has to be said of a claim, and of its words, whatever the probability: of the sentences that
# taught the check one in fifty of the sound ones says less. Cues that seem to turn a claim, for
# which less of it is said, are overruled where the cross-encoder has no doubt of it.
LEAST, LEAST_WORDS = 0.45, 0.53
_MOST_SENTENCES = 12
FILE = Path(__file__).with_name("weights.json")
_PIECE = re.compile(r"[<>≤≥=±~≈+-]?\s?\d+(?:[.,]\d+)*\s?\\?%?|[^\W_]+")
_DASH, _UNSAID = re.compile(r"[−–—‒]"), re.compile(r"[\s\\]")


@dataclass(frozen=True, slots=True)
class Support:
    """How well the best abstract backs a claim: `score` in [0, 1], 1 for a verbatim sentence.

    `abstract` is its index, `start` and `end` are half-open character offsets of the best
    sentence in it. Missing numbers and names are as the claim writes them.
    """

    score: float
    abstract: int | None = None
    start: int = 0
    end: int = 0
    missing_numbers: tuple[str, ...] = ()
    missing_names: tuple[str, ...] = ()


def support(claim: str, abstracts: Sequence[str], embed: Embed | None = None) -> Support:
    """Support by the one abstract that backs the claim best, the earliest of equals.

    `embed` gives one row a text and is asked for single words: let it be a fast static model.
    A claim without words, or no abstracts, gives score 0 and `abstract` None.
    """
    if not words(claim):
        return Support(0.0)
    found = [
        replace(_support(claim, abstract, embed), abstract=at)
        for at, abstract in enumerate(abstracts)
        if abstract.strip()
    ]
    return max(found, key=lambda result: result.score, default=Support(0.0))


def _support(claim: str, abstract: str, embed: Embed | None) -> Support:
    sentences = read(abstract)
    quoted = _verbatim(claim, sentences)
    if quoted is not None:
        return Support(1.0, None, quoted.start, quoted.end)
    numbers, names = missing_numbers(claim, abstract), missing_names(claim, abstract)
    reading = _reading(claim, sentences, embed, (len(numbers), len(names)))
    score = _score(row(reading, abstract, embed))
    best = reading.sentences[reading.window][reading.best_inside]
    return Support(score, None, best.start, best.end, numbers, names)


def _score(found: Row) -> float:
    lacking = MISSING ** (found["foreign numbers"] + found["foreign names"])
    chance = backed(found) * lacking
    said = found["overlap"] * lacking * (1 - TURN * found["doubt"])
    enough = said >= LEAST or found[READ_DOUBT] == 0
    least = enough and found["words said"] >= LEAST_WORDS
    shown = chance >= THRESHOLD and least
    return float(0.5 * shown + 0.5 * chance**0.3 * said**0.7)


def backed(found: Row) -> float:
    """The probability that a claim with these features is backed."""
    fitted = decision("backed", FILE)
    return float(fitted.probabilities([[found[name] for name in fitted.features]])[0])


def features(claim: str, abstract: str, embed: Embed | None) -> Row:
    """The features by which a claim that is no quotation is judged."""
    foreign = len(missing_numbers(claim, abstract)), len(missing_names(claim, abstract))
    return row(_reading(claim, read(abstract), embed, foreign), abstract, embed)


def _reading(
    claim: str, sentences: Sequence[Wording], embed: Embed | None, foreign: tuple[int, int]
) -> Reading:
    said = wording(claim)
    met, weight = matches(said, sentences, embed), weights(said)
    covered = weight[:, None] * met
    window = best_window(covered)
    found = met[:, window].max(axis=1)
    hole = gap(MET - found, weight)
    overlap = (1 - PAIRS) * float(found @ weight) + PAIRS * pairs_share(said, sentences[window])
    lifted = min(1.0, max(0.0, (overlap - GAP * hole + LIFT) / (1 + LIFT)))
    kept = _kept(covered, window)
    start = kept.index(window.start)
    inside = slice(start, start + window.stop - window.start)
    sentences, met = [sentences[at] for at in kept], met[:, kept]
    return Reading(claim, said, sentences, met, inside, lifted, hole, foreign)


def _kept(covered: Vectors, window: slice) -> list[int]:
    """The sentences that say most of a claim, and the window: all of an abstract, not of a page."""
    most = np.argsort(-covered.sum(axis=0), kind="stable")[:_MOST_SENTENCES].tolist()
    return sorted({*most, *range(window.start, window.stop)})


def gap(lacking: Vectors, weight: Vectors) -> float:
    """The heaviest stretch of neighbouring words, by what each lacks; 0 where none does.

    The greatest sum of `weight * lacking` over a stretch, times the root of the number of words,
    by which chance sums of so many words shrink. `lacking` is below 0 for a word that is met.
    """
    heaviest = running = 0.0
    for value in (weight * lacking).tolist():
        running = max(0.0, running + value)
        heaviest = max(heaviest, running)
    return heaviest * math.sqrt(len(weight))


def strays(claim: str, text: str, other: str, embed: Embed | None = None) -> bool:
    """Whether a part of a claim is clearly said by another text and hardly by this one."""
    if not words(claim) or not text.strip() or not other.strip():
        return False
    said = wording(claim)
    weight = weights(said)
    own, theirs = (_met(said, weight, one, embed) for one in (text, other))
    return gap(theirs - own - EDGE, weight) > STRAY


def _met(said: Wording, weight: Vectors, text: str, embed: Embed | None) -> Vectors:
    """How well each word of a claim is met by the neighbouring sentences that say most of it."""
    met = matches(said, read(text), embed)
    found: Vectors = met[:, best_window(weight[:, None] * met)].max(axis=1)
    return found


def _verbatim(claim: str, sentences: Sequence[Wording]) -> Wording | None:
    """The sentence with which a claim begins that is one or several of these, or None.

    A part of a sentence may say what the whole denies: "no evidence that it helps".
    """
    said = as_said(claim)
    for place, first in enumerate(sentences):
        run = ""
        for sentence in sentences[place:]:
            run = f"{run} {as_said(sentence.text)}".strip()
            if run == said:
                return first
            if not said.startswith(f"{run} "):
                break
    return None


@lru_cache(maxsize=4096)
def as_said(text: str) -> str:
    """Lower-case words and numbers with their signs between single spaces, to be compared."""
    plain = _DASH.sub("-", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(_UNSAID.sub("", piece) for piece in _PIECE.findall(plain))
