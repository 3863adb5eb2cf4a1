"""The question before in full, with what an elliptical follow-up says in place of its like.

"By how much did sales fall in Mexico?", "And in Chile?": one place for another. Which part of the
question is of the same kind, a sentence encoder tells: countries lie near each other, and so do
animals, drugs or groups of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from app.understanding.question import ON_PAPERS, Question
from app.understanding.reading import Read
from app.understanding.tokens import Token, tokens
from ingest.embedding.encoder import encoded
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import content_words, words

# Cosine of two words of a kind. Of 27 follow-ups written for this, 17 name the part at once and 5
# its head ("Africa" of "South Africa"); names of drugs lie below, and are added instead.
_OF_A_KIND = 0.4
_LONGEST_PART = 3
# Between two parts as near, the longer one is meant whole: "older people", not "people".
_FOR_EACH_WORD = 0.02
_IN_PLACE_OF = "about"


@dataclass(frozen=True, slots=True)
class InFull:
    """A follow-up as a question of its own; `new` are the words that it brings.

    `instead` tells whether they stand in place of something, rather than beside all of it.
    """

    text: str
    new: tuple[str, ...]
    instead: bool


def is_elliptical(asked: Read, before: Read) -> bool:
    """Whether a follow-up names but another thing, which the question before is asked about."""
    question = asked.question
    detail = question.attribute or question.places or not question.words
    on_papers = before.question.act in ON_PAPERS or before.context.focus
    return question.refers == "same" and not detail and not on_papers


def in_full(question: Question, before: Question) -> InFull:
    """The question before about what the follow-up says."""
    new, old = question.topic or _written(question), before.text
    needed = tuple(dict.fromkeys(content_words(new)))
    part = _of_its_kind(new, old) or _named(before)
    if part:
        return InFull(f"{old[: part[0]]}{new}{old[part[1] :]}", needed, instead=True)
    behind = next((word.preposition for word in question.words), "")
    joint = "" if behind == _IN_PLACE_OF else behind
    return InFull(" ".join(f"{old.rstrip(' ?.!')} {joint} {new}?".split()), needed, instead=False)


def _written(question: Question) -> str:
    """The words of a question that are no frame, as it writes them."""
    told = {word.text for word in question.words}
    return " ".join(one.text for one in tokens(question.text) if told.intersection(words(one.text)))


def _named(before: Question) -> tuple[int, int] | None:
    """The offsets of what names the paper whose record was asked for: new words name another."""
    start = before.text.find(before.topic) if before.topic and before.act == "metadata" else -1
    return (start, start + len(before.topic)) if start >= 0 else None


def _of_its_kind(new: str, old: str) -> tuple[int, int] | None:
    """The offsets of the part of the old question that is of the kind of the new words."""
    found = tokens(old)
    parts = [
        found[start:end]
        for start in range(len(found))
        for end in range(start + 1, min(start + _LONGEST_PART, len(found)) + 1)
        if _is_part(found[start:end])
    ]
    if not parts:
        return None
    [meant] = encoded([new])
    near = encoded([old[some[0].start : some[-1].end] for some in parts]) @ meant
    ranked = [
        float(one) + _FOR_EACH_WORD * len(part) for one, part in zip(near, parts, strict=True)
    ]
    best = max(range(len(parts)), key=lambda place: ranked[place])
    if near[best] < _OF_A_KIND:
        return None
    return _whole_name(found, found.index(parts[best][0]), found.index(parts[best][-1]))


def _is_part(some: list[Token]) -> bool:
    """Whether these words stand together and say something each."""
    together = all(a.end + 1 == b.start for a, b in pairwise(some))
    return together and all(one.is_word and one.key not in STOP_WORDS for one in some)


def _whole_name(found: list[Token], first: int, last: int) -> tuple[int, int]:
    """The part with the capitalised words beside it, the first of the question apart."""
    if found[first].text[0].isupper() or found[last].text[0].isupper():
        while first > 1 and found[first - 1].text[0].isupper():
            first -= 1
        while last + 1 < len(found) and found[last + 1].text[0].isupper():
            last += 1
    return found[first].start, found[last].end
