"""The learned reading of a question's words: what is to be done, and the role of each word.

The frame of a question is how it asks ("Which papers are about …?"), not what about. Fitted by
`training/reader.py` on questions that people wrote for it (`training/questions`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from app.understanding.features import (
    Token,
    masked,
    question_features,
    token_features,
    tokens,
)
from app.understanding.linear import Floats, Linear, load
from ingest.embedding.encoder import encoded
from ingest.embedding.models import StaticEmbedding

FILE = Path(__file__).with_name("reader.npz")
# What the vectors of a question count beside its features, as they were fitted.
_VECTOR_SCALE = 2.0
START, FRAME = "^", "frame"


@dataclass(frozen=True, slots=True)
class Words:
    """A question as the classifiers read it: probabilities by label, and a role a token.

    `telling` is the probability, for each token, that it is no part of the frame, `asked` that it
    names what is asked for ("batch size").
    """

    acts: Mapping[str, float]
    refers: Mapping[str, float]
    attributes: Mapping[str, float]
    tokens: tuple[Token, ...]
    roles: tuple[str, ...]
    telling: tuple[float, ...]
    asked: tuple[float, ...]

    def runs(self, *roles: str) -> list[str]:
        """Stretches of neighbouring words of these roles, in order, without punctuation."""
        found: list[list[str]] = []
        before = False
        for token, role in zip(self.tokens, self.roles, strict=True):
            inside = role in roles and token.is_word
            if inside and before:
                found[-1].append(token.text)
            elif inside:
                found.append([token.text])
            before = inside
        return [" ".join(run) for run in found]


@cache
def _classifiers() -> tuple[dict[str, Linear], frozenset[str]]:
    return load(FILE)


def read_words(text: str, names: Sequence[tuple[int, int]] = ()) -> Words:
    """The learned reading of a text; `names` are the spans of names that the corpus knows."""
    classifiers, vocabulary = _classifiers()
    found = tokens(text, names)
    shapes = masked(found, vocabulary)
    features = list(question_features(shapes))
    [vector] = vectors([text])

    def by_label(name: str) -> dict[str, float]:
        one = classifiers[name]
        return dict(zip(one.labels, map(float, one.probabilities(features, vector)), strict=True))

    return Words(
        by_label("act"),
        by_label("refers"),
        by_label("attribute"),
        tuple(found),
        *_roles(classifiers["role"], classifiers["asked"], found, shapes),
    )


def vectors(texts: Sequence[str]) -> Floats:
    """A row a text: what its words mean each alone, and what the whole means."""
    parts = (StaticEmbedding().embed(texts), encoded(texts))
    return np.asarray(_VECTOR_SCALE * np.hstack(parts), dtype=np.float32)


def _roles(
    role: Linear, asked: Linear, found: Sequence[Token], shapes: Sequence[str]
) -> tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...]]:
    """The most probable roles, one token after the other, each read beside the one before it.

    And for each token the probabilities that it is no part of the frame, and what is asked for.
    """
    roles: list[str] = []
    telling: list[float] = []
    details: list[float] = []
    frame, none = role.labels.index(FRAME), asked.labels.index(FRAME)
    for place in range(len(found)):
        before = roles[-1] if roles else START
        features = list(token_features(found, shapes, place, before))
        chances: Floats = role.probabilities(features)
        roles.append(role.labels[int(chances.argmax())])
        telling.append(1.0 - float(chances[frame]))
        details.append(1.0 - float(asked.probabilities(features)[none]))
    return tuple(roles), tuple(telling), tuple(details)
