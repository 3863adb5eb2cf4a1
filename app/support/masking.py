"""What is seen of a text whose topic is to tell nothing: common words, and the shape of others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from app.understanding.tokens import Token, has_name_letters

_YEAR = re.compile(r"(?:19|20)\d\d")
_ENDINGS = ("ing", "ed", "ly", "tion", "s")


def masked(found: Sequence[Token], vocabulary: Set[str]) -> list[str]:
    """Common words as they are, any other by its shape: "<name>", "<w-ing>", "<year>"."""
    return [
        token.key if token.key in vocabulary else _shape(token, place)
        for place, token in enumerate(found)
    ]


def _shape(token: Token, place: int) -> str:
    word = token.text
    if _YEAR.fullmatch(word):
        return "<year>"
    if word[0].isdigit():
        return "<number>"
    if has_name_letters(word):
        return "<name>"
    if word[0].isupper() and place:
        return "<capital>"
    ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) > len(e) + 2), "")
    return f"<w-{ending}>"


def runs(shapes: Sequence[str]) -> Iterator[str]:
    """Runs of one to three masked words, and which of them begin and end a text."""
    padded = ["^", *shapes, "$"]
    for size in (1, 2, 3):
        yield f"begins {' '.join(shapes[:size])}"
        for place in range(len(padded) - size + 1):
            yield f"holds {' '.join(padded[place : place + size])}"
    yield f"ends {shapes[-1] if shapes else ''}"
