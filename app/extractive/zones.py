"""What each sentence of an abstract is there for: its zone, from background to conclusion.

Argumentative zones (Teufel and Moens, 2002), read sentence after sentence by a softmax regression
over words, place and the zone before. Fitted by `training/zones.py` on abstracts of many fields
whose sentences people labelled for it (`training/zones`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from app.linear import Floats, Linear, load
from app.support.addressed import told

FILE = Path(__file__).with_name("zones.npz")
CLASSIFIER, START = "zone", "^"
Zone = Literal["background", "aim", "method", "data", "result", "conclusion"]
ZONES: tuple[Zone, ...] = get_args(Zone)
_PLACES = 4
_WORD = re.compile(r"[A-Za-z]+|\d+|[%<=>±:]")


@lru_cache(maxsize=2048)
def zones(abstract: str) -> Floats:
    """The probability of each zone, of shape (sentences, zones), for the sentences as `told`."""
    return read(_classifier(), [abstract[slice(*span)] for span in told(abstract)])


def read(classifier: Linear, texts: Sequence[str]) -> Floats:
    """The same by any classifier: each sentence beside the zone of the one before it."""
    before, found = START, np.zeros((len(texts), len(ZONES)), dtype=np.float32)
    columns = [ZONES.index(label) for label in classifier.labels]
    for place in range(len(texts)):
        found[place, columns] = classifier.probabilities(features(texts, place, before))
        before = ZONES[int(found[place].argmax())]
    return found


def features(texts: Sequence[str], place: int, before: str) -> Iterator[str]:
    """The names of what is there of the sentence at a place, whose forerunner is of a zone."""
    words = ["0" if one.isdigit() else one.lower() for one in _WORD.findall(texts[place])]
    yield from (f"word {one}" for one in words)
    yield from (f"pair {one} {other}" for one, other in pairwise(words))
    yield f"first {words[0] if words else ''}"
    last = len(texts) - 1
    yield f"place {_PLACES * place // max(1, last)}"
    if not place:
        yield "opening"
    if place == last:
        yield "closing"
    yield f"before {before}"


@cache
def _classifier() -> Linear:
    return load(FILE)[0][CLASSIFIER]
