"""What is compared: each side apart, with what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.understanding.question import Question
from ingest.text.terms import tokens, words


def asked_of_each(question: Question, sides: Sequence[str]) -> list[Question]:
    """The question as it is asked of each side: without the words that only the others have."""
    own = [frozenset(words(side)) for side in sides]
    every = frozenset[str]().union(*own)
    return [_without(question, every - held) for held in own]


def _without(question: Question, gone: frozenset[str]) -> Question:
    text = question.text
    for word, start, end in reversed(tokens(text)):
        if word in gone:
            text = f"{text[:start]}{text[end:]}"
    kept = tuple(word for word in question.words if word.text not in gone)
    return replace(question, text=text, words=kept, sides=())


def is_detailed(question: Question, sides: Sequence[str]) -> bool:
    """Whether more is asked than what the sides are."""
    own = {word for side in sides for word in words(side)}
    return any(word.telling and word.text not in own for word in question.words)
