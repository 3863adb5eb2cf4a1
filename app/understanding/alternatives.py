"""What an "or" joins: "diabetes or obesity" asks for papers on either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, product

from app.understanding.question import Joined, Question, Run, Word
from app.understanding.tokens import Token
from ingest.text.terms import words

# Alternatives of one question that are looked for, at most.
MOST = 4


def joined(tokens: Sequence[Token], topic: Sequence[Word]) -> tuple[Joined, ...]:
    """The runs of words of a topic that each "or" joins, with those that commas join to them."""
    telling = {word.text for word in topic if word.telling}
    own = [tuple(word for word in words(token.text) if word in telling) for token in tokens]
    found = []
    for place, token in enumerate(tokens):
        if token.key == "or":
            before = list(_before(tokens, own, place))
            after = _run(own, range(place + 1, len(own)))
            if before and after:
                found.append((*reversed(before), after))
    return tuple(found)


def _before(tokens: Sequence[Token], own: Sequence[Run], place: int) -> Iterator[Run]:
    """The runs before a place, the nearest first, as far as commas join them."""
    place -= place > 0 and tokens[place - 1].text == ","
    while run := _run(own, range(place - 1, -1, -1)):
        yield run
        while place and own[place - 1]:
            place -= 1
        if not place or tokens[place - 1].text != ",":
            return
        place -= 1


def _run(own: Sequence[Run], places: range) -> Run:
    """The words of the topic at these places, up to the first that is none, as they stand."""
    found: list[Run] = []
    for place in places:
        if not own[place]:
            break
        found.append(own[place])
    return tuple(word for run in found[:: places.step] for word in run)


def whole_runs(question: Question) -> list[Question]:
    """The question asked of each alternative, taken for all of its run: "adults" of the second.

    "Autistic children or adults" may mean that. None where no "or" joins anything.
    """
    return _asked(question, _present(question))


def nearest_words(question: Question) -> list[Question]:
    """The same, taken for the words beside the "or" alone: "autistic adults" of the second."""
    near = [
        (*((one[-1],) for one in runs[:-1]), (runs[-1][0],)) for runs in _present(question)
    ]  # fmt: skip
    return _asked(question, near)


def _present(question: Question) -> list[Joined]:
    """What is joined, where all words of it are words of the topic still."""
    own = {word.text for word in question.words}
    return [runs for runs in question.joined if own.issuperset(chain.from_iterable(runs))]


def _asked(question: Question, groups: Sequence[Joined]) -> list[Question]:
    every = {word for runs in groups for run in runs for word in run}
    found = []
    for chosen in islice(product(*groups), MOST if groups else 0):
        gone = every.difference(*chosen)
        kept = tuple(word for word in question.words if word.text not in gone)
        found.append(replace(question, words=kept, joined=()))
    return found
