"""Compounds that a question writes in two words and the corpus in one: "data sets"."""

from __future__ import annotations

import re

from ingest.stores.lexicon import Lexicon
from ingest.text.terms import STOP_WORDS, stem

_PAIR = re.compile(r"(?<![\w-])(?=([a-z]{3,}) ([a-z]{3,})(?![\w-]))")


def closed_up(text: str, lexicon: Lexicon) -> str:
    """A text with pairs of words written as one where more papers write them so."""
    pairs = [match.group(1, 2) for match in _PAIR.finditer(text)]
    for first, second in pairs:
        if first not in STOP_WORDS and second not in STOP_WORDS and _is_one(first, second, lexicon):
            text = text.replace(f"{first} {second}", first + second)
    return text


def _is_one(first: str, second: str, lexicon: Lexicon) -> bool:
    joined = lexicon.document_frequency(stem(first + second))
    apart = (stem(first), stem(second))
    return joined > 0 and len(lexicon.containing([apart], most=joined)) < joined
