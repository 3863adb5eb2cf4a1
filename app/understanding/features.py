"""What the learned reader sees of a question: its common words, and the shape of all others.

Words that name topics are masked by their shape, so that what is learned is how people ask and
not what about: "Which papers use LLMs?" and "Which papers use lasers?" are nearly one text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from ingest.text.stop_words import STOP_WORDS

_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+|[.,]\d+)*|[?!.,:;()\"“”]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NAME = re.compile(r"[a-z][A-Z]|[A-Z][\w-]*[A-Z\d]")
_ENDINGS = ("ing", "ed", "ly", "tion", "s")
NAME = "<name>"


@dataclass(frozen=True, slots=True)
class Token:
    """A word or punctuation mark with its half-open offsets; `name` where the corpus knows it."""

    text: str
    start: int
    end: int
    name: bool = False

    @property
    def key(self) -> str:
        return self.text.lower().replace("’", "'")

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()


def tokens(text: str, names: Sequence[tuple[int, int]] = ()) -> list[Token]:
    """The tokens of a text in order; `names` are the spans of names that the corpus knows."""
    return [
        Token(m.group(), *m.span(), any(a <= m.start() and m.end() <= b for a, b in names))
        for m in _TOKEN.finditer(text)
    ]


def written_as_name(word: str, start: int) -> bool:
    """Whether a word is written as names are, by what is in it and where it begins."""
    return bool(_NAME.search(word)) or (start > 0 and word[0].isupper())


def masked(found: Sequence[Token], vocabulary: Set[str]) -> list[str]:
    """Common words as they are, any other by its shape: "<name>", "<w-ing>", "<year>"."""
    return [
        NAME if token.name else token.key if token.key in vocabulary else _shape(token, place)
        for place, token in enumerate(found)
    ]


def _shape(token: Token, place: int) -> str:
    word = token.text
    if _YEAR.fullmatch(word):
        return "<year>"
    if word[0].isdigit():
        return "<number>"
    if _NAME.search(word):
        return NAME
    if word[0].isupper() and place:
        return "<capital>"
    ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) > len(e) + 2), "")
    return f"<w-{ending}>"


def question_features(shapes: Sequence[str]) -> Iterator[str]:
    """The runs of its masked words, and its length."""
    yield from runs(shapes)
    yield f"long {min(12, len(shapes))}"


def runs(shapes: Sequence[str]) -> Iterator[str]:
    """Runs of one to three masked words, and which of them begin and end a text."""
    padded = ["^", *shapes, "$"]
    for size in (1, 2, 3):
        yield f"begins {' '.join(shapes[:size])}"
        for place in range(len(padded) - size + 1):
            yield f"holds {' '.join(padded[place : place + size])}"
    yield f"ends {shapes[-1] if shapes else ''}"


def token_features(
    found: Sequence[Token], shapes: Sequence[str], place: int, before: str
) -> Iterator[str]:
    """What tells the role of one token: itself, its neighbours, how the question begins.

    `before` is the role of the token before it.
    """
    around = ["^", "^", *shapes, "$", "$"]
    two, left, own, right, after = around[place : place + 5]
    first = " ".join(around[2:4])
    yield from (f"own {own}", f"word {found[place].key}", f"left {left}", f"right {right}")
    yield from (f"two {two}", f"after {after}", f"{left} {own}.", f".{own} {right}")
    yield from (f"{left} {own} {right}", f"{two} {left} {own}.", f"first {around[2]}")
    yield from (f"opens {first}", f"first {around[2]} own {own}", f"at {min(place, 6)}")
    yield f"end {min(len(shapes) - 1 - place, 4)}"
    yield from (f"before {before}", f"before {before} own {own}", f"before {before} left {left}")
    opened = [shape[0] == "<" for shape in shapes]
    yield f"named {min(3, sum(opened[:place]))}"
    yield f"to name {min(3, sum(opened[place + 1 :]))}"
    yield f"stop {found[place].key in STOP_WORDS}"
