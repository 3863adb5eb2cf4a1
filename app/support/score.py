"""How well an abstract backs a sentence, by words, numbers, names and the direction of cues.

The score of a claim that does not stand in the abstract word by word is

    overlap = (1 - PAIRS) * words + PAIRS * word pairs - GAP * gap
    score = (overlap + LIFT) / (1 + LIFT)
        * MISSING ^ (numbers and names that the abstract lacks)
        * (1 - TURN * doubt)

over the best one to three neighbouring sentences. `words` is the share of the claim's words that
these say. `gap` is the heaviest stretch of the claim that they hardly say (see `gap`), so that half
a claim taken from another paper shows. `doubt` is how far the agreement of negations and directions
(see `polarity`) lies below -DOUBT. MISSING is no greater than THRESHOLD: one foreign number or name
is enough. LIFT puts free but sound rewording above THRESHOLD.
No model reads: a contradiction without a cue, or who outdoes whom, needs a judge that does.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

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
from app.support.negation import agreement
from app.support.numbers_names import missing_names, missing_numbers
from ingest.text.terms import words

PAIRS = 0.2
GAP = 0.6
MET = 0.6  # what a word of a stretch must be met by, else it adds to a gap
LIFT = 0.65
MISSING = 0.5
TURN = 0.9
DOUBT, CERTAIN = 0.1, 0.3  # agreement below minus these is the first and the full doubt
EDGE = 0.1  # how much better a word must be met elsewhere to count as said there
STRAY = 0.55  # a greater gap to another abstract tells that a part was taken from it
THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Support:
    """How well the best abstract backs a claim: `score` in [0, 1], 1 for a verbatim sentence.

    `abstract` is its index, `start` and `end` are half-open character offsets of the best
    sentence in it. Missing numbers and names are as the claim writes them; `contradiction` is a
    cue word that turns the claim against the sentence, or empty.
    """

    score: float
    abstract: int | None = None
    start: int = 0
    end: int = 0
    missing_numbers: tuple[str, ...] = ()
    missing_names: tuple[str, ...] = ()
    contradiction: str = ""

    @property
    def supported(self) -> bool:
        """Whether the score reaches the threshold."""
        return self.score >= THRESHOLD


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
    quoted = _verbatim(claim, abstract, sentences)
    if quoted is not None:
        return Support(1.0, None, quoted.start, quoted.end)
    said = wording(claim)
    met = matches(said, sentences, embed)
    weight = weights(said)
    covered = weight[:, None] * met
    window = best_window(covered)
    chosen = sentences[window]
    best = chosen[int(covered[:, window].sum(axis=0).argmax())]
    found = met[:, window].max(axis=1)
    overlap = (1 - PAIRS) * float(found @ weight) + PAIRS * pairs_share(said, chosen)
    overlap -= GAP * gap(MET - found, weight)
    numbers, names = missing_numbers(claim, abstract), missing_names(claim, abstract)
    same, cue = agreement(claim, [sentence.text for sentence in chosen])
    doubt = min(1.0, max(0.0, (-same - DOUBT) / (CERTAIN - DOUBT)))
    score = (overlap + LIFT) / (1 + LIFT)
    score *= MISSING ** (len(numbers) + len(names)) * (1 - TURN * doubt)
    return Support(min(1.0, max(0.0, score)), None, best.start, best.end, numbers, names, cue)


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


def _verbatim(claim: str, abstract: str, sentences: Sequence[Wording]) -> Wording | None:
    """The sentence in which a claim begins that stands in the abstract word by word, or None."""
    said = _plain(claim)
    if said not in _plain(abstract) and claim.strip() not in abstract:
        return None
    within = (s for s in sentences if said in _plain(s.text) or claim.strip() in s.text)
    opened = (s for s in sentences if said.startswith(_plain(s.text)))
    return next(within, None) or next(opened, sentences[0])


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """Lower-case words between single spaces, padded, so that whole words are compared."""
    found = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
    return f" {' '.join(found)} "
