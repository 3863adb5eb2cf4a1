"""Whether a claim says of the same things what its record says, by cues: no meaning is understood.

A fault is told only where the record speaks of the same words otherwise: what is not found is left
to the measures of overlap. It shares no code with the engine's own check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple

from eval.scoring.frozen_words import (
    DOWN,
    FUNCTION,
    IMPLIED_BY,
    MONTHS,
    MUTUAL,
    NEGATIONS,
    OPPOSITES,
    PASSIVES,
    PREFIXES,
    QUANTIFIERS,
    RELATIONS,
    SOFT_NEGATIONS,
    SPELLED,
    UP,
    stem,
)
from eval.scoring.normalize import plain, sentences

_TOKEN = re.compile(r"-?\d+(?:\.\d+)*%?(?![^\W_])|[^\W_]+(?:\.\d+(?![^\W_]))*|[,;:()]")
_NUMBER = re.compile(r"-?\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CLAUSE = frozenset(",;:()") | {"while", "whereas", "but", "although", "though", "than"}
_SCOPE = 4
_NEAR = 3


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


class Bound(NamedTuple):
    """A number, what it counts, and the content words next to it."""

    number: str
    counted: str
    context: frozenset[str]


@lru_cache(maxsize=20_000)
def words_of(sentence: str) -> Said:
    """The words of a sentence in its comparable form, with the clauses that its commas make."""
    found, clause = [], 0
    for token in _TOKEN.findall(plain(sentence)):
        if token in _CLAUSE:
            clause += 1
        if token not in ",;:()":
            text = SPELLED.get(token, token)
            found.append(Word(text, stem(text), len(found), clause))
    return tuple(found)


def faults(claim: str, record: str) -> tuple[str, ...]:
    """The kinds of error by which a claim goes against a record that has its words.

    Of number, negation, direction, opposite, quantifier, role and order, each at most once.
    """
    said, whole = words_of(claim), [words_of(one) for one in sentences(record)]
    near = _nearest(said, whole)
    if not near:
        return ()
    checks: dict[str, Callable[[Said, Sequence[Said]], bool]] = {
        "negation": _negated,
        "direction": _turned,
        "opposite": _opposite,
        "quantifier": _requantified,
        "role": _roles_swapped,
        "order": _scrambled,
    }
    found = ("number",) if _numbers_swapped(said, whole) else ()
    return (*found, *(name for name, is_faulty in checks.items() if is_faulty(said, near)))


def _nearest(said: Said, record: Sequence[Said]) -> list[Said]:
    """The sentences of the record that share most words with the claim, the best first."""
    stems = {word.stem for word in said if word.is_content}
    shares = [(len(stems & {w.stem for w in one}), -place) for place, one in enumerate(record)]
    order = sorted(range(len(record)), key=lambda n: shares[n], reverse=True)
    best = shares[order[0]][0] if order else 0
    if best * 3 < len(stems):
        return []
    return [record[n] for n in order if shares[n][0] * 3 > best * 2] if best else []


def _content(said: Said) -> list[Word]:
    return [word for word in said if word.is_content]


# Numbers


def _numbers_swapped(said: Said, record: Sequence[Said]) -> bool:
    """Whether a number counts what the record has with another number."""
    bound = [one for text in record for one in _bound(text)]
    for claimed in _bound(said):
        own = [one for one in bound if one.number == claimed.number]
        others = [one for one in bound if one.number != claimed.number]
        if own and others:
            lead = _overlap(claimed, others) - _overlap(claimed, own)
            counts = {one.counted for one in others} - {one.counted for one in own}
            if lead > 1 or (lead > 0 and claimed.counted in counts):
                return True
    return False


def _overlap(claimed: Bound, others: Sequence[Bound]) -> int:
    return max(len(claimed.context & one.context) for one in others)


def _bound(said: Said) -> Iterator[Bound]:
    """The numbers of a sentence; years and days are none."""
    for word in said:
        if word.is_number and not _YEAR.fullmatch(word.text):
            after, before = list(_along(said, word, 1)), list(_along(said, word, -1))
            if MONTHS.isdisjoint((*after[:1], *before[:1])):
                context = frozenset(after + before)
                yield Bound(word.text.rstrip("%"), after[0] if after else "", context)


def _along(said: Said, start: Word, step: int) -> Iterator[str]:
    """The next content words in one direction, up to another number or the end of the clause."""
    left, at = _NEAR, start.place + step
    while 0 <= at < len(said) and left:
        word = said[at]
        if word.clause != start.clause or word.is_number:
            return
        if word.is_content:
            yield word.stem
            left -= 1
        at += step


# Negations


def _negated(said: Said, near: Sequence[Said]) -> bool:
    """Whether a statement is negated on one side only."""
    known = {word.stem for one in near for word in one}
    claimed = {word.stem for word in said}
    soft = (scope for one in near for scope in _scopes(one, soft=True))
    turned = {one for scope in soft for one in scope} | _prefixed(near, claimed)
    hard = {one for text in near for scope in _scopes(text) for one in scope}
    for scope in _scopes(said):
        shared = known.intersection(scope)
        # "does not remove" denies the very word that turns the record.
        against = hard if scope[0] in SOFT_NEGATIONS else turned
        if len(shared) * 2 >= len(scope) and not shared & against:
            return True
    if _cues(said) - _cues(near[0]) or _prefixed([said], known):
        return False
    scopes = (scope for scope in _scopes(near[0]) if len(scope) > 1 and scope[0] in claimed)
    return any(len(claimed.intersection(scope)) * 4 >= len(scope) * 3 for scope in scopes)


def _cues(said: Said) -> set[str]:
    return {word.stem for word in said if word.text in NEGATIONS or word.stem in SOFT_NEGATIONS}


def _scopes(said: Said, *, soft: bool = False) -> Iterator[tuple[str, ...]]:
    """The content words that each negation turns: those that follow it in its clause.

    With `soft`, words such as "lack" turn too, and so are the two words before.
    """
    for word in said:
        is_negation = word.text in NEGATIONS or (soft and word.stem in SOFT_NEGATIONS)
        if not is_negation or _is_softened(said, word.place):
            continue
        content = [w for w in said if w.clause == word.clause and w.is_content]
        after = [w.stem for w in content if w.place > word.place][:_SCOPE]
        before = [w.stem for w in content if w.place < word.place][-2:] if soft else []
        if after or before:
            yield (*after, *before)


def _is_softened(said: Said, place: int) -> bool:
    following = said[place + 1].text if place + 1 < len(said) else ""
    return following in ("only", "just", "merely", "longer")


def _prefixed(texts: Sequence[Said], known: frozenset[str] | set[str]) -> frozenset[str]:
    """Stems that a text has with a negating prefix and the other text without."""
    found = set()
    for word in (word for one in texts for word in one):
        for prefix in PREFIXES:
            bare = stem(word.text.removeprefix(prefix))
            if word.text.startswith(prefix) and len(bare) > 3 and bare in known:
                found.add(bare)
    return frozenset(found)


# Directions and opposites


def _turned(said: Said, near: Sequence[Said]) -> bool:
    """Whether what goes up in one goes down in the other."""
    known = {word.stem for one in near for word in one}
    ours, theirs = _directions(said, known), [_directions(one) for one in near]
    for about, way in ours.items():
        ways = {way for one in theirs for way in one.get(about, ())}
        if ways and not way & ways and {-one for one in way} & ways:
            return True
    return False


def _directions(said: Said, known: Collection[str] = ()) -> dict[str, frozenset[int]]:
    """Content words with the directions of what stands next to them; a negation turns these.

    A direction that is `known`, the other text gives in the same word.
    """
    turned = {place for place in _turned_places(said)}
    found: dict[str, set[int]] = {}
    content = [word for word in said if word.is_content or word.stem in UP | DOWN]
    for place, word in enumerate(content):
        way = (word.stem in UP) - (word.stem in DOWN)
        if not way or (word.stem in known and word.place not in turned):
            continue
        way = -way if word.place in turned else way
        for other in content[max(0, place - 2) : place + 3]:
            if other.clause == word.clause and other.stem not in UP | DOWN:
                found.setdefault(other.stem, set()).add(way)
    return {about: frozenset(ways) for about, ways in found.items()}


def _turned_places(said: Said) -> Iterator[int]:
    for word in said:
        if word.text in NEGATIONS and not _is_softened(said, word.place):
            yield from range(word.place + 1, word.place + 4)


def _opposite(said: Said, near: Sequence[Said]) -> bool:
    """Whether the claim has a word in whose place the record has its opposite."""
    ours = {word.stem for word in said}
    for left, right in OPPOSITES:
        for mine, other in ((left, right), (right, left)):
            if (
                not ours & mine
                or ours & other
                or any(_has(o, mine) and _has(o, other) for o in near)
            ):
                continue
            around = _beside(said, mine)
            same, opposed = (
                max(len(around & _beside(one, words)) for one in near) for words in (mine, other)
            )
            if opposed > same:
                return True
    return False


def _has(said: Said, stems: frozenset[str]) -> bool:
    return any(word.stem in stems for word in said)


def _beside(said: Said, stems: frozenset[str]) -> frozenset[str]:
    """The content words within three of any word with these stems."""
    content = [word for word in said if word.is_content or word.stem in stems]
    places = [n for n, word in enumerate(content) if word.stem in stems]
    return frozenset(
        content[m].stem
        for n in places
        for m in range(max(0, n - _NEAR), min(len(content), n + _NEAR + 1))
        if content[m].stem not in stems
    )


# Quantifiers


def _requantified(said: Said, near: Sequence[Said]) -> bool:
    """Whether the same things are all on one side and some, most or none on the other."""
    theirs: dict[str, set[str]] = {}
    for one in near:
        for about, kind in _quantified(one):
            theirs.setdefault(about, set()).add(kind)
    return any(
        about in theirs and theirs[about].isdisjoint({kind, *IMPLIED_BY.get(kind, ())})
        for about, kind in _quantified(said)
    )


def _quantified(said: Said) -> Iterator[tuple[str, str]]:
    for word in said:
        kind = QUANTIFIERS.get(word.text)
        if kind is None or word.text in ("no", "never"):
            continue
        for other in _along(said, word, 1):
            yield other, kind


# Roles and order


def _roles_swapped(said: Said, near: Sequence[Said]) -> bool:
    return _sides_changed(said, near) or any(_reversed(said, one) for one in near)


def _reversed(said: Said, one: Said) -> bool:
    """Whether three words of a near-copy stand in the opposite order, the middle one between.

    A phrase that is moved to the front reverses no three words; two that change places do. So does
    a passive, which is left alone.
    """
    ours, theirs = _places(said), _places(one)
    shared = sorted(ours.keys() & theirs.keys(), key=lambda s: ours[s])
    total = len({word.stem for word in said if word.is_content})
    if len(shared) < 4 or len(shared) * 4 < total * 3 or _by(said) != _by(one):
        return False
    if any(word.stem in MUTUAL for word in said):
        return False
    order = [theirs[s] for s in shared]
    return any(a > b > c for a, b, c in combinations(order, 3))


def _places(said: Said) -> dict[str, int]:
    """The places of the content words that stand once."""
    stems = [word.stem for word in said if word.is_content]
    return {w.stem: w.place for w in said if w.is_content and stems.count(w.stem) == 1}


def _by(said: Said) -> bool:
    return any(word.text in ("by", "via", "through") for word in said)


def _sides_changed(said: Said, near: Sequence[Said]) -> bool:
    """Whether what stands before and after a relation has changed sides."""
    for word in said:
        if word.stem not in RELATIONS:
            continue
        before, after = _sides(said, word)
        for one in near:
            for other in one:
                if other.stem != word.stem:
                    continue
                first, second = _sides(one, other)
                if _is_passive(said, word) != _is_passive(one, other):
                    first, second = second, first
                kept = len(before & first - second) + len(after & second - first)
                crossed = len(before & second - first) + len(after & first - second)
                if crossed > kept and before & second and after & first:
                    return True
    return False


def _sides(said: Said, relation: Word) -> tuple[frozenset[str], frozenset[str]]:
    before = [w.stem for w in said[: relation.place] if w.is_content][-4:]
    after = [w.stem for w in said[relation.place + 1 :] if w.is_content][:4]
    return frozenset(before), frozenset(after)


def _is_passive(said: Said, relation: Word) -> bool:
    earlier = said[max(0, relation.place - 2) : relation.place]
    later = said[relation.place + 1 : relation.place + 4]
    return any(w.text in PASSIVES for w in earlier) and any(w.text == "by" for w in later)


def _scrambled(said: Said, near: Sequence[Said]) -> bool:
    """Whether the words are the record's, and hardly two of them stand together as there."""
    ours = [word.stem for word in _content(said)]
    theirs = {word.stem for one in near for word in one}
    if len(ours) < 6 or sum(one in theirs for one in ours) < 0.8 * len(ours):
        return False
    together = {pair for one in near for pair in _pairs(one)}
    pairs = list(pairwise(ours))
    return sum(pair in together for pair in pairs) < 0.2 * len(pairs)


def _pairs(said: Said) -> Iterator[tuple[str, str]]:
    stems = [word.stem for word in _content(said)]
    for step in (1, 2, 3):
        yield from zip(stems, stems[step:], strict=False)
