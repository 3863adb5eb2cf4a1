"""Where names can stand in a question: its words with their places, and words that name nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Found = Sequence[re.Match[str]]
Span = tuple[int, int]

_WORD = re.compile(r"[^\W_][\w+&@’'/\-]*(?:\.[\w]+)*")
NOT_NAMES = frozenset(
    "which what who how when where why are is do does did list show give find name compare the"
    " papers paper tell can could number all any i an a in on of by define explain describe only"
    " and what's who's count".split()
)


def words_in(text: str) -> list[re.Match[str]]:
    """The words of a question as matches, with what belongs to a name: "nDCG@10", "F-1"."""
    return list(_WORD.finditer(text))


def overlaps(span: Span, others: Iterable[Span]) -> bool:
    """Whether a span shares a character with one of the others."""
    return any(span[0] < end and start < span[1] for start, end in others)
