"""Whether two texts say the same thing the same way round: negation and direction.

A reading of cues, not of meaning: each content word gets a sign, turned by every negation
("not", "without") and every downward word ("reduces", "lower") that stands near it. Words that two
texts share vote by their signs, those that a cue turns with up to twice the weight. Who does what
to whom is beyond it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem, tokens

# How far a cue reaches, in words: mostly forward ("does not improve accuracy"), where its hold
# fades with each content word by FADING, and a little back ("accuracy decreases"); "no", "not" to
# the word before them ("needs no labels"), "not" also to the one before its verb ("parameters are
# not modified"). No cue reaches beyond a comma or "than", and "matters less for x" is about what
# stands before it.
_FORWARD, _BACK = 6, 2
_FADING = math.exp(-1 / 8)
_PAUSE = re.compile(r"[,;:()\[\]—–.!?]")
_VERBS = frozenset(
    """is are was were be been do does did can could will would has have had may might should must
    need needs""".split()
)
# "not only accurate" says that something is accurate, "not always" that it sometimes is.
_DEGREES = frozenset("less fewer least".split())
_PREPOSITIONS = frozenset("for in on with when at by to than".split())
# What is avoided or replaced is not there; a firm hold is one that has not faded much.
_INSTEAD = frozenset("instead avoid avoids avoiding rather free freed freely minus".split())
_FIRM = 0.55
_SOFTENED = frozenset("only just merely always necessarily solely".split())


def _stems(listed: str) -> frozenset[str]:
    return frozenset(stem(word) for word in listed.split())


NEGATIONS = frozenset(
    """not no never neither nor none without cannot lack lacks lacked lacking absent absence fail
    fails failed unable barely hardly scarcely unlikely little nothing nobody nowhere unaffected
    unchanged""".split()
)
_DOWNWARD = _stems(
    """decrease reduce reduction lower less fewer decline drop fall fell fallen diminish attenuate
    inhibit inhibition suppress suppression block prevent prevention impair impairment weaken weak
    worse worsen worst poor poorly poorer smaller shorter slow slower delay negative low
    underperform hinder downregulate downregulation repress silence deplete depletion delete
    deletion deficient deficiency knockout knockdown ineffective inefficient insufficient inaccurate
    incapable protect protection protective ameliorate mitigate alleviate abolish abrogate eliminate
    rare rarely uncommon seldom resist resistant resistance immune decelerate harm degrade
    deteriorate scarce disrupt behind inferior below ignore overlook neglect disregard miss omit
    forget misconception"""
)

Signed = dict[str, tuple[float, str]]
Token = tuple[str, int, int]


def agreement(claim: str, evidence: Sequence[str]) -> tuple[float, str]:
    """Mean agreement of the shared words' signs in [-1, 1], and the cue that turns it, or "".

    1 means the same way round (or no cue, or no shared word), -1 the opposite of it.
    """
    ours, theirs = _signs((claim,)), _signs(tuple(evidence))
    shared = [term for term in ours if term in theirs]
    if not shared:
        return 1.0, ""
    votes = [ours[term][0] * theirs[term][0] for term in shared]
    shares = [1 + (1 - min(ours[term][0], theirs[term][0])) / 2 for term in shared]
    mean = sum(v * share for v, share in zip(votes, shares, strict=True)) / sum(shares)
    if mean >= 0:
        return mean, ""
    turned = [term for term, vote in zip(shared, votes, strict=True) if vote < 0]
    cues = [side[term][1] for side in (ours, theirs) for term in turned if side[term][1]]
    return mean, cues[0]


def turned(claim: str, evidence: Sequence[str]) -> float:
    """Share of the shared words that stand the other way round wherever the evidence has them."""
    ours, theirs = _signs((claim,)), _all_signs(tuple(evidence))
    shared = [term for term in ours if term in theirs]
    other = sum(max(ours[term][0] * sign for sign in theirs[term]) < 0 for term in shared)
    return other / max(1, len(shared))


def negated(claim: str, evidence: Sequence[str]) -> float:
    """As `turned`, by negations alone: words such as "reduces" turn nothing."""
    theirs: dict[str, list[int]] = {}
    for text in evidence:
        for term, sign in _negations(text):
            theirs.setdefault(term, []).append(sign)
    shared = [(term, sign) for term, sign in _negations(claim) if term in theirs]
    other = sum(max(sign * their for their in theirs[term]) < 0 for term, sign in shared)
    return other / max(1, len(shared))


@lru_cache(maxsize=4096)
def _all_signs(texts: tuple[str, ...]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for text in texts:
        for term, sign, _ in _signed(text):
            found.setdefault(term, []).append(sign)
    return found


@lru_cache(maxsize=4096)
def _negations(text: str) -> tuple[tuple[str, int], ...]:
    """Content stems in order, -1 where a negation holds them firmly, else 1."""
    found = tokens(text)
    said = [token for token, _, _ in found]
    kinds = [
        "negation" if token in _INSTEAD or _kind(token, after) == "negation" else ""
        for token, after in pairwise([*said, ""])
    ]
    signs = [1] * len(said)
    for at, kind in enumerate(kinds):
        if kind:
            for place, hold in [*_before(text, found, at, kind), *_behind(text, found, at, kinds)]:
                signs[place] *= -1 if hold > _FIRM else 1
    return tuple(
        (stem(token), sign)
        for token, kind, sign in zip(said, kinds, signs, strict=True)
        if not kind and token not in STOP_WORDS
    )


@lru_cache(maxsize=4096)
def _signs(texts: tuple[str, ...]) -> Signed:
    """Content stems with their mean sign over all occurrences, and a cue that turned them."""
    seen: dict[str, list[tuple[float, str]]] = {}
    for text in texts:
        for term, sign, cue in _signed(text):
            seen.setdefault(term, []).append((sign, cue))
    return {
        term: (sum(sign for sign, _ in found) / len(found), max(cue for _, cue in found))
        for term, found in seen.items()
    }


def _signed(text: str) -> Iterable[tuple[str, float, str]]:
    """Content stems in order, each with its sign from -1 to 1 and the last cue that turned it."""
    found = tokens(text)
    said = [token for token, _, _ in found]
    kinds = [_kind(token, after) for token, after in pairwise([*said, ""])]
    signs, cues = [1.0] * len(said), [""] * len(said)
    for at, kind in enumerate(kinds):
        if not kind:
            continue
        turned = [*_before(text, found, at, kind), *_behind(text, found, at, kinds)]
        for place, hold in turned:
            signs[place] *= 1 - 2 * hold
            cues[place] = said[at]
    for token, kind, sign, cue in zip(said, kinds, signs, cues, strict=True):
        if not kind and token not in STOP_WORDS:
            yield stem(token), sign, cue


def _behind(
    text: str, found: Sequence[Token], at: int, kinds: Sequence[str]
) -> Iterable[tuple[int, float]]:
    """The places that a cue turns behind it, and its hold on them in (0, 1]."""
    said = [token for token, _, _ in found[at : at + 1 + _FORWARD]]
    if said[0] in _DEGREES and said[1:2] and said[1] in _PREPOSITIONS:
        return
    hold = 1.0
    for place in range(at + 1, at + len(said)):
        token, start, _ = found[place]
        if token == "than" or _PAUSE.search(text[found[place - 1][2] : start]):
            return
        yield place, hold
        if token not in STOP_WORDS and not kinds[place]:
            hold *= _FADING


def _before(text: str, found: Sequence[Token], at: int, kind: str) -> Iterable[tuple[int, float]]:
    """The places that a cue turns before it, all fully."""
    if kind == "down":
        for place in range(max(0, at - _BACK), at):
            if not _PAUSE.search(text[found[place][2] : found[place + 1][1]]):
                yield place, 1.0
    elif found[at][0] in ("no", "not") and at:
        yield at - 1, 1.0
        if at > 1 and found[at][0] == "not" and found[at - 1][0] in _VERBS:
            yield at - 2, 1.0


def _kind(token: str, after: str) -> str:
    if token == "not" and after in _SOFTENED:
        return ""
    if token.endswith(("n't", "n’t")) or token in NEGATIONS:
        return "negation"
    return "down" if stem(token) in _DOWNWARD else ""
