"""The learned reading of words: what is to be done, the role of each word, and what orders.

The frame of a question is how it asks ("Which papers are about …?"), not what about.

`reader.onnx` beside this module is all-MiniLM-L6-v2 taught by `training/reader.py` on questions
that people wrote for it (`training/questions`) and on orders to a reading model, in 8 bits. It
reads the whole text at once, and each word in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import get_args

import numpy as np

from app.linear import Floats, softmax
from app.understanding.name_spans import Span
from app.understanding.question import Act, Attribute, Refers
from app.understanding.tokens import Token, tokens
from ingest.embedding.encoder import session, tokenizer
from ingest.text.stop_words import STOP_WORDS

MODEL = Path(__file__).with_name("reader.onnx")
FRAME = "frame"
# The labels of a question and of its tokens, as those of the model's outputs are ordered.
ACTS, REFERS, ATTRIBUTES = (get_args(one) for one in (Act, Refers, Attribute))
ROLES = (FRAME, "topic", "sides", "venue", "people", "years", "exclude")
OF_QUESTIONS = ("act", "refers", "attribute", "role", "asked")
OF_SENTENCES = ("order",)
# Word pieces of a question, which are all of 2,000 letters of English; the transformer has places
# for so many.
LONGEST = 512
_MOST_READINGS = 1_000
_BEGIN, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"


@dataclass(frozen=True, slots=True)
class Words:
    """A question as it is read: probabilities by label, and a role a token.

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

    def spans(self, *roles: str) -> list[Span]:
        """The places of the content words of these roles, in order."""
        told = zip(self.tokens, self.roles, strict=True)
        own = (t for t, role in told if role in roles and t.is_word)
        return [(t.start, t.end) for t in own if t.key not in STOP_WORDS]

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


@dataclass(frozen=True, slots=True)
class Pieces:
    """A question as the model takes it: its word pieces, and of each whether it is of a name.

    `first` has the place of the first piece of each token.
    """

    ids: tuple[int, ...]
    named: tuple[int, ...]
    first: tuple[int, ...]


def read_words(text: str, names: Sequence[tuple[int, int]] = ()) -> Words:
    """The learned reading of a text; `names` are the spans of names that the corpus knows."""
    found = tokens(text, names)
    given = pieces(found)
    act, refers, attribute, role, asked = _of_question(MODEL, given)
    shares = softmax(role)[list(given.first)]
    return Words(
        acts=_by_label(ACTS, act),
        refers=_by_label(REFERS, refers),
        attributes=_by_label(ATTRIBUTES, attribute),
        tokens=tuple(found),
        roles=tuple(ROLES[place] for place in shares.argmax(axis=-1)),
        telling=tuple(1.0 - float(share) for share in shares[:, ROLES.index(FRAME)]),
        asked=tuple(float(one) for one in softmax(asked)[list(given.first), 1]),
    )


def ordering(sentence: str, model: Path = MODEL) -> float:
    """The log odds that a sentence orders its reader, or a model that reads it, to do something."""
    [(no, yes)] = _outputs(model, OF_SENTENCES, written(sentence))
    return float(yes - no)


def written(sentence: str) -> Pieces:
    """A sentence as the model takes it, with all marks in it."""
    ids = tokenizer(LONGEST).encode(sentence).ids
    return Pieces(tuple(ids), (0,) * len(ids), ())


def pieces(found: Sequence[Token]) -> Pieces:
    """Tokens as the model takes them; what is beyond the LONGEST is read as its last piece is."""
    cut = tokenizer(LONGEST)
    ids, named, first = [cut.token_to_id(_BEGIN)], [0], []
    for token in found:
        own = cut.encode(token.text, add_special_tokens=False).ids or [cut.token_to_id(_UNKNOWN)]
        first.append(min(len(ids), LONGEST - 2))
        ids += own
        named += [int(token.is_name)] * len(own)
    ids, named = ids[: LONGEST - 1], named[: LONGEST - 1]
    return Pieces((*ids, cut.token_to_id(_END)), (*named, 0), tuple(first))


# A question is read as it stands, with its slips mended, and beside the one before it.
@lru_cache(maxsize=_MOST_READINGS)
def _of_question(model: Path, given: Pieces) -> tuple[Floats, ...]:
    return _outputs(model, OF_QUESTIONS, given)


def _outputs(model: Path, names: tuple[str, ...], given: Pieces) -> tuple[Floats, ...]:
    """These outputs of the model: of the text a row, of its pieces a row each."""
    tokens, types = (np.asarray([row], dtype=np.int64) for row in (given.ids, given.named))
    values = {"tokens": tokens, "mask": np.ones_like(tokens), "types": types}
    return tuple(one[0] for one in session(model).run(list(names), values))


def _by_label(labels: Sequence[str], scores: Floats) -> dict[str, float]:
    return dict(zip(labels, map(float, softmax(scores)), strict=True))
