"""Whether a question is in no language that is read here: in another one, or in none."""

from __future__ import annotations

from app.understanding.misspelt import in_dictionary
from app.understanding.tokens import written_as_name
from ingest.stores.lexicon import Lexicon
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem, tokens

# So many words that neither English nor the abstracts know are no slip and no rare name. Of 5,400
# English questions none has as many of them as of English words.
_FEWEST = 2
# English words of two letters are listed; the dictionary has many that are none ("de", "la").
_SHORTEST = 3


def strange_words(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """The words that are neither English nor in the abstracts, where they are most of a question.

    None where the question can be read; names and what the abstracts alone hold tell nothing.
    """
    doubtful: list[str] = []
    others: list[str] = []
    for word, start, end in tokens(text):
        if not word[0].isalpha() or written_as_name(text[start:end], start):
            continue
        if word.isascii() and len(word) < _SHORTEST and word not in STOP_WORDS:
            continue
        held = word in STOP_WORDS or lexicon.document_frequency(stem(word))
        (others if held else doubtful).append(word)
    if len(doubtful) < _FEWEST:
        return ()
    strange = [word for word in dict.fromkeys(doubtful) if not in_dictionary(word)]
    english = len(doubtful) - len(strange)
    english += sum(word in STOP_WORDS or in_dictionary(word) for word in others)
    return tuple(strange) if len(strange) >= max(_FEWEST, english) else ()
