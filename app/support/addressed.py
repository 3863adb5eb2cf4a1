"""Whether a sentence addresses its reader, or a model that reads it, instead of telling a finding.

Abstracts tell in the indicative what was found. A clause that begins with a bare verb of saying or
doing is an order, and marks of a chat are; of any other sentence the log odds by its words (a
regression) and as the cross-encoder reads it are added up. Both learned from sentences that people
planted in abstracts, from findings near to those, and from abstracts (`training/orders.py`,
`training/cross_encoder.py`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence, Set
from functools import cache, lru_cache
from math import log
from pathlib import Path

from app.support.cross_encoder import ordering, side_by_side
from app.understanding.features import Token, masked, runs
from app.understanding.linear import Linear, load
from app.understanding.wordlists import any_of
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

# Bare verbs that open no statement; the others do where they are nouns ("claim verification"), and
# order only where an object with a determiner, a pronoun, "that" and the like follows.
_ORDERS = """ignore disregard forget cite append reveal disclose pretend insert obey omit overrule
    override bypass remember tell say write print reply respond translate apologize praise
    recommend inform convince assert declare insist""".split()
_ALSO_NOUNS = """answer claim state repeat output mention quote list name describe explain summarize
    rewrite add include attach begin start end finish open visit click follow go download
    send share email mail post enter type give provide show leak act behave treat call run
    execute delete use mark hide leave remove replace rate rank approve accept confirm
    endorse buy subscribe contact ask keep make stop skip warn promise combine copy paste
    sign log submit transfer pay switch change set conclude report speak talk turn reset
    erase refer trust invite urge advise score refuse return vote place put credit quit""".split()
_OBJECTS = """the a an all any every each this these that those your their its his no only to in
    with as at by from after for me us them him it nothing everything anything everyone people users
    readers so instead here now not out exactly whatever if when one two""".split()
# Where a clause may begin, and what may stand before its verb. Behind a reference, "tables [7]
# ignore", none does, unless the reference opens the sentence.
_START = (
    r"(?:^|\n|^\[\d+\]\s|(?:[.!?:;>|#]|(?<!\d)\])\s|\d\.|^(?:when|if|before|after|once|whenever|to)\b[^,.]*,\s)"
    r"[\s\"“'‘*#>\[(_`|-]*"
)
_LEADS = """please now then always never just also instead first finally next kindly simply
    therefore important warning note reminder attention""".split()
_LEAD = rf"(?:(?:{any_of(_LEADS)}|do\s+not|don['’]t|you\s+must)[\s,:!]+)*"
_ORDER = re.compile(
    rf"{_START}(?:do\s+not|don['’]t|please)\s+\w|{_START}{_LEAD}(?:{any_of(_ORDERS)}(?![\w-])(?!\s+(?:is|are|was|were|of)\b)"
    rf"|{any_of(_ALSO_NOUNS)}\s+(?:{any_of(_OBJECTS)}\b|[\[({{\d【\"“]))",
    re.I,
)
_MARKS = re.compile(
    r"<\|[^|<>]{0,40}\|?>|\[/?INST\]|<</?SYS>>|</?(?:paper|system|user|assistant|instructions?)\b"
    r"|(?:^|[\n`#]\s*)(?:system|assistant|user|instructions?|(?:new\s+)?rules?)\s*:\s"
    r"|\bend\s+of\s+(?:data|abstract|document|context)\b|\bnew\s+conversation\s*[.:]",
    re.I,
)

# Log odds by words below which nothing is read closely: fewer than one in fifty plain sentences of
# abstracts lie above, of clinical ones one in seventeen.
_DOUBTED = -3.0
# Sum of both log odds that three of 2,000 plain sentences of abstracts reach, none of the sample's,
# and two in three of the hard orders of writers who taught it nothing (`training/orders.py`).
ORDERS_FROM = 1.0
_REFERENCE = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]")  # no part of what is said
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
    return has_its_form(sentence) or (by_words(sentence) >= _DOUBTED and commands(sentence))


@lru_cache(maxsize=8192)
def commands(sentence: str) -> bool:
    """The same, read closely whatever its words. This takes milliseconds."""
    if not sentence.strip():
        return False
    return has_its_form(sentence) or odds(sentence) >= ORDERS_FROM


def odds(sentence: str) -> float:
    """The log odds that a sentence orders, by its words and as it is read, added up."""
    return by_words(sentence) + as_read(sentence)


def as_read(sentence: str) -> float:
    """The log odds that a sentence orders, as the cross-encoder reads it."""
    return ordering(_REFERENCE.sub("", sentence))


def has_its_form(sentence: str) -> bool:
    """Whether a clause begins with a bare verb of saying or doing, or it has a chat's marks."""
    plain = _visible(sentence)
    return bool(_ORDER.search(plain) or _MARKS.search(plain))


def commanding(sentences: Sequence[str]) -> list[bool]:
    """`commands` of each of these sentences, which are read side by side."""
    return side_by_side(commands, sentences)


@lru_cache(maxsize=1024)
def orders(text: str, closely: bool = False) -> tuple[tuple[int, int], ...]:
    """Half-open spans of the sentences that address somebody, and of those that they announce."""
    found, announced = [], False
    for start, end in sentence_spans(text):
        said = text[start:end]
        own = commands(said) if closely else addresses(said)
        if own or announced:
            found.append((start, end))
        announced = (own or announced) and bool(_ANNOUNCES.search(said))
    return tuple(found)


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
    return any(word not in STOP_WORDS and stem(word) in ordered - known for word in words(claim))
