"""Negations, directions and opposites: whether a claim turns round what its record says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from eval.scoring.frozen_reading import NEAR, Said
from eval.scoring.frozen_words import DOWN, NEGATIONS, OPPOSITES, PREFIXES, SOFT_NEGATIONS, UP, stem

_SCOPE = 4
_COPY = 0.7


def is_negated(said: Said, near: Sequence[Said]) -> bool:
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
    is_copy = _share(said, near[0]) > _COPY
    scopes = [s for s in _scopes(near[0], before=is_copy) if len(s) > 1 and s[0] in claimed]
    return any(len(claimed.intersection(scope)) * 4 >= len(scope) * 3 for scope in scopes)


def _share(said: Said, one: Said) -> float:
    """The share of the content words that a sentence has, too."""
    stems = {word.stem for word in said if word.is_content}
    return len(stems & {word.stem for word in one}) / len(stems)


def _cues(said: Said) -> set[str]:
    return {word.stem for word in said if word.text in NEGATIONS or word.stem in SOFT_NEGATIONS}


def _scopes(said: Said, *, soft: bool = False, before: bool = False) -> Iterator[tuple[str, ...]]:
    """The content words that each negation turns: those that follow it in its clause.

    With `soft`, words such as "lack" turn too. With either, so are the two words before.
    """
    for word in said:
        is_negation = word.text in NEGATIONS or (soft and word.stem in SOFT_NEGATIONS)
        if not is_negation or _is_softened(said, word.place):
            continue
        content = [w for w in said if w.clause == word.clause and w.is_content]
        after = [w.stem for w in content if w.place > word.place][:_SCOPE]
        earlier = [w.stem for w in content if w.place < word.place][-2:]
        if scope := (*after, *(earlier if soft or before else ())):
            yield scope


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


def is_turned(said: Said, near: Sequence[Said]) -> bool:
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
    turned = set(_turned_places(said))
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


def is_opposite(said: Said, near: Sequence[Said]) -> bool:
    """Whether the claim has a word in whose place the record has its opposite."""
    if _has_other_prefix(said, near):
        return True
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


def _has_other_prefix(said: Said, near: Sequence[Said]) -> bool:
    """Whether a word stands with a negating prefix on one side, and on the other without."""
    ours, theirs = {word.stem for word in said}, {word.stem for one in near for word in one}
    turned = _prefixed([said], theirs - ours) | _prefixed(near[:1], ours - theirs)
    return bool(turned) and not _cues(said)


def _has(said: Said, stems: frozenset[str]) -> bool:
    return any(word.stem in stems for word in said)


def _beside(said: Said, stems: frozenset[str]) -> frozenset[str]:
    """The content words within three of any word with these stems."""
    content = [word for word in said if word.is_content or word.stem in stems]
    places = [n for n, word in enumerate(content) if word.stem in stems]
    return frozenset(
        content[m].stem
        for n in places
        for m in range(max(0, n - NEAR), min(len(content), n + NEAR + 1))
        if content[m].stem not in stems
    )
