"""What belongs to what: numbers to what they count, quantifiers, sides of a relation, order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from eval.scoring.frozen_reading import Said, Word, along, content
from eval.scoring.frozen_words import IMPLIED_BY, MONTHS, MUTUAL, PASSIVES, QUANTIFIERS, RELATIONS

_LONG = 6
_STRETCH = 4
_YEAR = re.compile(r"(?:19|20)\d\d")


class Bound(NamedTuple):
    """A number, what it counts, and the content words next to it."""

    number: str
    counted: str
    context: frozenset[str]


def has_swapped_numbers(said: Said, record: Sequence[Said]) -> bool:
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
            after, before = list(along(said, word, 1)), list(along(said, word, -1))
            if MONTHS.isdisjoint((*after[:1], *before[:1])):
                context = frozenset(after + before)
                yield Bound(word.text.rstrip("%"), after[0] if after else "", context)


def is_requantified(said: Said, near: Sequence[Said]) -> bool:
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
        for other in along(said, word, 1):
            yield other, kind


def has_swapped_roles(said: Said, near: Sequence[Said]) -> bool:
    """Whether two things have changed places around a relation, or in a near-copy."""
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


def is_scrambled(said: Said, record: Sequence[Said]) -> bool:
    """Whether the words are the record's, and hardly two of them stand together as there."""
    ours = content(said)
    known = {word.stem for one in record for word in one}
    if len(ours) < _LONG or sum(one.stem in known for one in ours) < 0.8 * len(ours):
        return False
    together = _together(said, record)
    return sum(together) < 0.2 * len(together)


def is_spliced(said: Said, record: Sequence[Said]) -> bool:
    """Whether one stretch of the claim is the record's word by word, and another foreign to it."""
    known = {word.stem for one in record for word in one}
    ours, together = content(said), _together(said, record)
    copied = any(all(together[n : n + _STRETCH]) for n in range(len(together) - _STRETCH + 1))
    starts = (n for n in range(len(together) - _STRETCH + 1) if not any(together[n : n + _STRETCH]))
    stretches = (ours[n : n + _STRETCH + 1] for n in starts)
    return copied and any(_foreign(stretch, known) for stretch in stretches)


def _foreign(stretch: Sequence[Word], known: set[str]) -> bool:
    return sum(word.stem not in known for word in stretch) * 5 >= len(stretch) * 3


def _together(said: Said, record: Sequence[Said]) -> list[bool]:
    """For each two neighbouring content words, whether the record has them near each other."""
    known = {pair for one in record for pair in _pairs(one)}
    return [pair in known for pair in pairwise(word.stem for word in content(said))]


def _pairs(said: Said) -> Iterator[tuple[str, str]]:
    stems = [word.stem for word in content(said)]
    for step in (1, 2, 3):
        yield from zip(stems, stems[step:], strict=False)
