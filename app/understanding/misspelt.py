"""A word of a question that is spelt wrong, and the word of the collection that it must be."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.understanding.wordlists import COLLECTION
from ingest.index import Index
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem, words

if TYPE_CHECKING:
    from spellchecker import SpellChecker

# In lower case but for the first of the text: names and acronyms are never read as one another.
_PLAIN = re.compile(r"(?<![\w'’.-])(?:[a-z]{4,}|(?<!.)[A-Z][a-z]{3,})(?![\w'’-])")
_FRAME = sorted(STOP_WORDS | COLLECTION)
# Shorter words have too many others beside them.
_SHORTEST = 5
# Two words that differ by one letter may have stems that differ by more: correct, corect(ness).
_STEMS_APART = 2
_NEAREST = 5
_ALL = 1_000_000


def misspelt(text: str, index: Index) -> tuple[str, str] | None:
    """A word that is none, and the nearest word of the abstracts; None where all are spelt right.

    A word is none if neither the abstracts hold it nor a dictionary of English. One letter may be
    wrong, missing, added or swapped with its neighbour; never the first.
    """
    for match in _PLAIN.finditer(text):
        wrong = match.group()
        held = index.lexicon.document_frequency(stem(wrong.lower()))
        if held or wrong.lower() in STOP_WORDS or _dictionary().known([wrong.lower()]):
            continue
        right = _framing(wrong.lower()) or _held(wrong.lower(), index)
        if right:
            return wrong, right
    return None


def in_dictionary(word: str) -> bool:
    """Whether a word in lower case is English."""
    return bool(_dictionary().known([word.replace("’", "'").removesuffix("'s")]))


@cache
def _dictionary() -> SpellChecker:
    # Loaded where a word is in doubt: it takes a sixth of a second.
    from spellchecker import SpellChecker

    return SpellChecker(language="en")


def _framing(wrong: str) -> str:
    """The word for asking that this must be, or ""."""
    alike = [word for word in _FRAME if word[0] == wrong[0] and len(word) > 3]
    found = process.extractOne(wrong, alike, scorer=OSA.distance, score_cutoff=1)
    return found[0] if found else ""


def _held(wrong: str, index: Index) -> str:
    """The word that begins alike, is a letter away and stands in most abstracts, or ""."""
    if len(wrong) < _SHORTEST:
        return ""
    stems = index.lexicon.vocabulary(wrong[0], _ALL)
    near = process.extract(
        stem(wrong), stems, scorer=OSA.distance, score_cutoff=_STEMS_APART, limit=_NEAREST
    )
    written = {word for term, _, _ in near for word in _written(term, index)}
    words_away = {word for word in written if OSA.distance(wrong, word) == 1}
    # Where the stems differ by more, as those of "eliminaton" and "elimination" do.
    english = _dictionary().known(_dictionary().edit_distance_1(wrong))
    words_away |= {word for word in english if word[0] == wrong[0] and " " not in word}
    times = {word: index.lexicon.document_frequency(stem(word)) for word in words_away}
    # A letter is left out more often than it is mistaken for another: "statns" is not "states".
    likely = sorted(times, key=lambda word: (not _spelt_in(wrong, word), -times[word], word))
    return next((word for word in likely if times[word]), "")


def _spelt_in(short: str, long: str) -> bool:
    """Whether a word has all letters of another in their order, and more."""
    rest = iter(long)
    return len(long) > len(short) and all(letter in rest for letter in short)


def _written(term: str, index: Index) -> set[str]:
    """The words with this stem in a paper that holds it; none where the last such paper is gone."""
    held = index.catalog.papers(sorted(index.lexicon.containing([(term,)], most=1)))
    found = (words(f"{paper.real_title or ''} {paper.abstract}") for paper in held)
    return {word for some in found for word in some if stem(word) == term}
