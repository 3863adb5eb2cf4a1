"""The words and marks of a text where they stand, and which are written as names are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+|[.,]\d+)*|[?!.,:;()\"“”]")
_NAME = re.compile(r"[a-z][A-Z]|[A-Z][\w-]*[A-Z\d]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or punctuation mark with its half-open offsets; `known` where the corpus names it."""

    text: str
    start: int
    end: int
    known: bool = False

    @property
    def key(self) -> str:
        return self.text.lower().replace("’", "'")

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()

    @property
    def is_name(self) -> bool:
        """Whether it is one by the corpus, or by how and where it is written."""
        return self.known or written_as_name(self.text, self.start)


def tokens(text: str, names: Sequence[tuple[int, int]] = ()) -> list[Token]:
    """The tokens of a text in order; `names` are the spans of names that the corpus knows."""
    return [
        Token(m.group(), *m.span(), any(a <= m.start() and m.end() <= b for a, b in names))
        for m in _TOKEN.finditer(text)
    ]


def has_name_letters(word: str) -> bool:
    """Whether a word has the letters of a name wherever it stands: "HarborNet", "GPT-4"."""
    return bool(_NAME.search(word))


def written_as_name(word: str, start: int) -> bool:
    """Whether a word is written as names are, by what is in it and where it begins."""
    return has_name_letters(word) or (start > 0 and word[0].isupper())
