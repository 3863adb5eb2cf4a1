"""Whether a sentence addresses its reader, or a model that reads it, instead of telling a finding.

Three learned from sentences that people planted in abstracts, from findings near to those, and from
abstracts: a regression over the words of a sentence, which is quick (`training/orders.py`), and the
reader and the cross-encoder, which read the sentence as a whole. Their log odds are added up: where
one of them is wrong, the others mostly are not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence, Set
from functools import cache, lru_cache
from math import log
from pathlib import Path

from app.linear import Linear, load
from app.support import cross_encoder
from app.support.alignment import REPORTING_WORDS
from app.support.cross_encoder import side_by_side
from app.support.masking import masked, runs
from app.understanding import reader
from app.understanding.tokens import Token
from ingest.text.sentences import sentence_spans
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem, words

FILE = Path(__file__).with_name("orders.npz")
CLASSIFIER, ORDER = "orders", "order"
# A sign of Chinese or Japanese is a piece by itself: nothing stands between its words.
_PIECE = re.compile(r"[぀-ヿ㐀-鿿]|[^\W_]+(?:['’\-][^\W_]+|[.,]\d+)*|<\||\|>|[^\w\s]")
# An order may follow these in the middle of a sentence.
_PAUSES = frozenset('.,:;!?>|)]"“”-–—')
_LEAST = 1e-9  # a probability

# Log odds by words below which nothing is read as a whole: one in sixty plain sentences of
# abstracts lies above, one in twenty of clinical ones, and of orders by writers who taught it
# nothing 0.88 to 0.99, by language.
DOUBTED = -4.5
# What the cross-encoder counts beside the reader: it learned no order behind an honest clause. With
# 0, 0.5 and 1 of 240 injections and orders that taught nothing 224, 227 and 229 are told, behind a
# clause 0.98, 0.96 and 0.88 of 240; of the sample's 382 sentences 1, 0 and 0 are taken for orders.
SECOND = 0.5
# More than this the cross-encoder's log odds do not count: of 7,360 written sentences it gives
# none as much.
HIGHEST = 10.0
# Sum of the three log odds from which a sentence is an order.
ORDERS_FROM = 1.0
REFERENCE = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]")  # no part of what is said
_ANNOUNCES = re.compile(r":\s*$|\bfollowing\b[^.]{0,40}[.:]?\s*$", re.I)


def pieces(sentence: str) -> list[Token]:
    """The words, numbers and marks of a sentence in order, without characters that nobody sees."""
    return [Token(m.group(), *m.span()) for m in _PIECE.finditer(_visible(sentence))]


def _visible(sentence: str) -> str:
    if sentence.isascii():  # most are, and each sentence of what is found comes through here
        return sentence
    return "".join(c for c in sentence if c.isascii() or unicodedata.category(c) != "Cf")


def features(sentence: str, vocabulary: Set[str]) -> Iterator[str]:
    """What tells an order: runs of words, rare ones by their shape, and what follows a pause."""
    shapes = masked(pieces(sentence), vocabulary)
    # How long it is tells nothing: plain sentences may be as short as orders are.
    yield from runs(shapes)
    for place, shape in enumerate(shapes[:-1], start=1):
        if shape in _PAUSES:
            yield f"then {shapes[place]}"
            yield f"then {' '.join(shapes[place : place + 2])}"


@cache
def _classifier() -> tuple[Linear, frozenset[str]]:
    classifiers, vocabulary = load(FILE)
    return classifiers[CLASSIFIER], vocabulary


@lru_cache(maxsize=8192)
def by_words(sentence: str) -> float:
    """The log odds, by its words, that a sentence orders."""
    return log_odds(sentence, *_classifier())


def log_odds(sentence: str, classifier: Linear, vocabulary: Set[str]) -> float:
    """The same by any classifier, and the words that its features keep."""
    chances = classifier.probabilities(features(sentence, vocabulary))
    chance = min(max(float(chances[classifier.labels.index(ORDER)]), _LEAST), 1 - _LEAST)
    return log(chance / (1 - chance))


@lru_cache(maxsize=8192)
def addresses(sentence: str) -> bool:
    """Whether a sentence orders, or speaks to its reader or to a model."""
    return by_words(sentence) >= DOUBTED and commands(sentence)


@lru_cache(maxsize=8192)
def commands(sentence: str) -> bool:
    """The same, read as a whole whatever its words. This takes milliseconds.

    Where the second reading cannot change it any more, it is spared.
    """
    if not sentence.strip():
        return False
    plain = REFERENCE.sub("", sentence)
    odds = by_words(sentence) + reader.ordering(plain)
    if odds + SECOND * HIGHEST < ORDERS_FROM:
        return False
    return odds + SECOND * min(cross_encoder.ordering(plain), HIGHEST) >= ORDERS_FROM


def commanding(sentences: Sequence[str]) -> list[bool]:
    """`commands` of each of these sentences, which are read side by side."""
    return side_by_side(commands, sentences, reader.MODEL, reader.LONGEST)


@lru_cache(maxsize=1024)
def orders(text: str, closely: bool = False) -> tuple[tuple[int, int], ...]:
    """Half-open spans of the sentences that address somebody, and of those that they announce."""
    spans = sentence_spans(text)
    said = [text[start:end] for start, end in spans]
    return tuple(span for place, span in enumerate(spans) if is_order(said, place, closely))


def is_order(said: Sequence[str], place: int, closely: bool = False) -> bool:
    """Whether the sentence at a place addresses somebody, or is announced by one that does."""
    own = commands if closely else addresses
    while not own(said[place]):
        if not place or not _ANNOUNCES.search(said[place - 1]):
            return False
        place -= 1
    return True


def findings(text: str, closely: bool = False) -> str:
    """The text with what addresses somebody blanked out, so that offsets stay."""
    for start, end in orders(text, closely):
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


@lru_cache(maxsize=2048)
def told(text: str) -> tuple[tuple[int, int], ...]:
    """Half-open spans of the sentences that tell something; of all where none does."""
    skipped = set(orders(text))
    every = tuple(sentence_spans(text))
    return tuple(span for span in every if span not in skipped) or every


def only_ordered(claim: str, texts: Sequence[str]) -> bool:
    """Whether a claim has a word that these texts order somebody to say, and nowhere tell."""
    ordered = {
        stem(w) for text in texts for span in orders(text, True) for w in words(text[slice(*span)])
    }
    if not ordered:
        return False
    known = {stem(word) for text in texts for word in words(findings(text, True))}
    telling = (word for word in words(claim) if word not in STOP_WORDS | REPORTING_WORDS)
    return any(stem(word) in ordered - known for word in telling)
