"""Names in a question that the corpus never holds."""

from __future__ import annotations

import re

from app.retrieval.synonyms import synonyms_of
from app.understanding.name_spans import NOT_NAMES, Found
from ingest.catalog import singular
from ingest.stores.lexicon import Lexicon
from ingest.text.acronyms import is_short_form
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem, words

_LETTERS_OF_A_LABEL = 2


def unknown_names(text: str, free: Found, lexicon: Lexicon) -> tuple[str, ...]:
    """Proper names, in the question's own spelling, that no abstract or title holds."""
    return tuple(
        dict.fromkeys(
            match.group()
            for match in free
            if _is_proper(text, match)
            and not _has_synonym(match.group(), lexicon)
            and not _is_held(match.group(), lexicon)
        )
    )


def unknown_people(text: str, free: Found, lexicon: Lexicon) -> tuple[str, ...]:
    """Pairs of words that look like a person of whom no abstract or title holds a word."""
    return tuple(name for name in _name_pairs(text, free) if _all_unknown(name, lexicon))


def _is_held(name: str, lexicon: Lexicon) -> bool:
    """Whether the corpus holds a part of a name; the "X" of "SLAM-X" is none."""
    forms = _forms(name)
    parts = len(words(name)) > 1
    long = [form for form in forms if parts and len(form) > _LETTERS_OF_A_LABEL]
    return any(lexicon.document_frequency(stem(form)) for form in long or forms)


def _forms(name: str) -> list[str]:
    """The words of a name, and of its singular: GPUs are there where a GPU is.

    A trade mark's sign may be stored as letters.
    """
    found = [*words(name), *words(singular(name))]
    return [*found, f"{found[0]}tm"] if len(found) == 2 else found


def _has_synonym(word: str, lexicon: Lexicon) -> bool:
    """Whether the corpus writes a name in another way that everybody knows: CNN spelt out."""
    return any(lexicon.document_frequency(one) for one in synonyms_of(stem(word.lower())))


def _is_proper(text: str, match: re.Match[str]) -> bool:
    word = match.group()
    if is_short_form(word):
        return True
    starts_sentence = match.start() == 0 or text[: match.start()].rstrip()[-1:] in ".?!"
    return word[0].isupper() and not starts_sentence and word.lower() not in STOP_WORDS


def _name_pairs(text: str, free: Found) -> list[str]:
    """Pairs of neighbouring capitalised words, which may be people."""
    pairs: list[str] = []
    previous: re.Match[str] | None = None
    for match in free:
        proper = match.group()[0].isupper() and match.group().lower() not in NOT_NAMES
        if proper and previous and text[previous.end() : match.start()] == " ":
            pairs.append(f"{previous.group()} {match.group()}")
        previous = match if proper else None
    return pairs


def _all_unknown(name: str, lexicon: Lexicon) -> bool:
    return not any(lexicon.document_frequency(stem(word)) for word in words(name))
