"""Whether two texts say the same thing the same way round: negation and direction.

A reading of cues, not of meaning: each content word gets a sign, turned by every negation
("not", "without") and every downward word ("reduces", "lower") that stands near it. Words that two
texts share vote by their signs. Who does what to whom is beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from ingest.terms import STOP_WORDS, stem, words

# How far a cue reaches, in words: mostly forward ("does not improve accuracy"), a little back
# ("accuracy decreases"); "no" and "not" to the word before them ("needs no labels").
_FORWARD, _BACK = 6, 2


def _stems(listed: str) -> frozenset[str]:
    return frozenset(stem(word) for word in listed.split())


_NEGATIONS = frozenset(
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
    deteriorate scarce disrupt behind inferior below"""
)

Signed = dict[str, tuple[float, str]]


def agreement(claim: str, evidence: Sequence[str]) -> tuple[float, str]:
    """Mean agreement of the shared words' signs in [-1, 1], and the cue that turns it, or "".

    1 means the same way round (or no cue, or no shared word), -1 the opposite of it.
    """
    ours, theirs = _signs((claim,)), _signs(tuple(evidence))
    shared = [term for term in ours if term in theirs]
    if not shared:
        return 1.0, ""
    votes = [ours[term][0] * theirs[term][0] for term in shared]
    mean = sum(votes) / len(votes)
    if mean >= 0:
        return mean, ""
    turned = [term for term, vote in zip(shared, votes, strict=True) if vote < 0]
    cues = [side[term][1] for side in (ours, theirs) for term in turned if side[term][1]]
    return mean, cues[0]


@lru_cache(maxsize=4096)
def _signs(texts: tuple[str, ...]) -> Signed:
    """Content stems with their mean sign over all occurrences, and a cue that turned them."""
    seen: dict[str, list[tuple[int, str]]] = {}
    for text in texts:
        for term, sign, cue in _signed(words(text)):
            seen.setdefault(term, []).append((sign, cue))
    return {
        term: (sum(sign for sign, _ in found) / len(found), max(cue for _, cue in found))
        for term, found in seen.items()
    }


def _signed(tokens: Sequence[str]) -> Iterable[tuple[str, int, str]]:
    kinds = [_kind(token) for token in tokens]
    for at, token in enumerate(tokens):
        if kinds[at] or token in STOP_WORDS:
            continue
        cues = [tokens[i] for i in range(max(0, at - _FORWARD), at) if kinds[i]]
        behind = range(at + 1, min(len(tokens), at + 1 + _BACK))
        cues += [tokens[i] for i in behind if kinds[i] == "down"]
        cues += [word for word in tokens[at + 1 : at + 2] if word in ("no", "not")]
        yield stem(token), -1 if len(cues) % 2 else 1, cues[-1] if cues else ""


def _kind(token: str) -> str:
    if token.endswith(("n't", "n’t")) or token in _NEGATIONS:
        return "negation"
    return "down" if stem(token) in _DOWNWARD else ""
