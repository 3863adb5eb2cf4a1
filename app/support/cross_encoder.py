"""What a passage does for a text, read together: back a claim, answer a question; or gives orders.

`cross_encoder.onnx` beside this module is all-MiniLM-L6-v2 taught by `training/cross_encoder.py` on
sentences and questions that were written for it, in 8 bits. It reads both texts at once, word
beside word, and so sees who does what to whom, and whether a detail is told or only near.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from app.support.alignment import Embed
from ingest.embedding.encoder import session, tokenizer, workers
from ingest.text.terms import content_words, stem

S = TypeVar("S")
T = TypeVar("T")

MODEL = Path(__file__).with_name("cross_encoder.onnx")
# Sentences of an abstract that are read, and word pieces of both texts together.
READ, LONGEST = 3, 160
_MOST_READINGS = 5_000


class Asks(IntEnum):
    """What is asked of two texts, as the model's outputs are ordered.

    A claim is BACKED and a question ANSWERED by a few sentences; one sentence by itself ORDERS its
    reader about, or TELLS, behind the title of its paper, what a question asks.
    """

    BACKED = 0
    ANSWERED = 1
    ORDERED = 2
    TELLING = 3


def answering(
    question: str,
    sentences: Sequence[str],
    embed: Embed | None = None,
    tells: Callable[[int], bool] | None = None,
) -> float:
    """The log odds that these sentences of a title and an abstract answer a question.

    For `tells` see `passage`.
    """
    return read(question, passage(question, sentences, embed, tells=tells))[Asks.ANSWERED]


def backing(claim: str, sentences: Sequence[str], embed: Embed | None = None) -> float:
    """The log odds that some of these sentences back a claim: the mean of three passages' odds."""
    found = [passage(claim, sentences, embed, most) for most in (READ - 1, READ, READ + 1)]
    return float(np.mean([read(claim, one)[Asks.BACKED] for one in dict.fromkeys(found)]))


def ordering(sentence: str) -> float:
    """The log odds that a sentence orders its reader, or a model that reads it, to do something."""
    return read(sentence, "")[Asks.ORDERED]


def telling(question: str, title: str, sentences: Sequence[str]) -> list[float]:
    """The log odds that a sentence of a paper tells what a question asks, for each of them."""
    found = _each(question, [headed(title, one) for one in sentences])
    return [odds[Asks.TELLING] for odds in found]


def headed(title: str, sentence: str) -> str:
    """A sentence behind the title of its paper, which says what it is about."""
    return f"{title.rstrip('.')}. {sentence}"


def passage(
    text: str,
    sentences: Sequence[str],
    embed: Embed | None = None,
    most: int = READ,
    tells: Callable[[int], bool] | None = None,
) -> str:
    """The `most` sentences that share most with a text, in their order.

    That is the share of the text's content words, by their stems, and the cosine beside it. Of
    `tells` it is asked, best first, whether the sentence at a place may stand there.
    """
    best = sorted(islice(filter(tells or _any, _ranked(text, sentences, embed, most)), most))
    return " ".join(sentences[place] for place in best)


def _any(_place: int) -> bool:
    return True


def _ranked(text: str, sentences: Sequence[str], embed: Embed | None, most: int) -> list[int]:
    """The places of sentences, those that share most with a text first; as they are if few."""
    if len(sentences) <= most:
        return list(range(len(sentences)))
    wanted = _stems(text)
    shared = [len(wanted & _stems(one)) / max(1, len(wanted)) for one in sentences]
    if embed is not None:
        vectors = embed([text, *sentences])
        shared = [
            one + float(cosine)
            for one, cosine in zip(shared, vectors[1:] @ vectors[0], strict=True)
        ]
    ranked: list[int] = np.argsort(-np.asarray(shared), kind="stable").tolist()
    return ranked


@lru_cache(maxsize=_MOST_READINGS)
def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, content_words(text)))


def _each(text: str, found: Sequence[str]) -> list[tuple[float, ...]]:
    return side_by_side(lambda one: read(text, one), found)


def side_by_side(
    reading: Callable[[S], T], given: Sequence[S], model: Path = MODEL, longest: int = LONGEST
) -> list[T]:
    """What comes of each that is given; threads share them. `reading` is to ask for no others.

    It asks a model that reads so many pieces.
    """
    return list(workers(model, longest).map(reading, given))


# One pair at a time: the values of an 8-bit layer are scaled by all that pass it together.
@lru_cache(maxsize=_MOST_READINGS)
def read(text: str, found: str) -> tuple[float, ...]:
    """The log odds of each of `Asks` for a text beside a passage."""
    given = tokenizer(LONGEST).encode(text, found)
    tokens, types = (np.asarray([row], dtype=np.int64) for row in (given.ids, given.type_ids))
    values = {"tokens": tokens, "mask": np.ones_like(tokens), "types": types}
    return tuple(map(float, session(MODEL).run(None, values)[0][0]))
