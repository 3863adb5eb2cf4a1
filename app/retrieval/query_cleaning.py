"""The words of a question that say how papers are asked for, not what they are about."""

from __future__ import annotations

import re

from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import words

# Words that frame a question wherever they stand.
_ASKING = frozenset(
    """address addressed addresses addressing also applied applies apply applying article articles
    describe described describes discuss discussed discusses discussing examine examined examines
    examining existing explore explored explores exploring focus focused focuses focusing introduce
    introduced introduces investigate investigated investigates investigating new novel paper papers
    present presented presents propose proposed proposes proposing publication publications recent
    recently research researched researchers researches researching studied studies study studying
    suggest suggested suggestions utilize utilized utilizes utilizing work works""".split()
)
# Words that belong to the frame only in front of it: "point me to" but not "point cloud".
_OPENING = frozenset(
    """deal deals direct ever example examples exist exists find first found give help information
    interested know like list literature look looking m mention need please provide recommend
    recommended reference references resource resources search searching seek share show tell want
    name point""".split()
)
_SENTENCE_END = re.compile(r"[.?!]\s")


def topic_of(question: str) -> list[str]:
    """The question's words without its frame; all but the stop words where nothing else is left."""
    kept = [word for word in without_opening(question) if not _frames(word)]
    return kept or [word for word in words(question) if word not in STOP_WORDS]


def without_opening(question: str) -> list[str]:
    """The words of the question behind the frame that opens each sentence; none may be left."""
    sentences = map(words, _SENTENCE_END.split(question))
    return [word for found in sentences for word in found[_opening(found) :]]


def _frames(word: str) -> bool:
    return word in STOP_WORDS or word in _ASKING


def _opening(found: list[str]) -> int:
    """How many words open the question: "could you recommend a study on" of one that goes on so.

    The opening ends with a frame word, so that "search" stays in "which search engines".
    """
    length = 0
    for place, word in enumerate(found, start=1):
        if _frames(word):
            length = place
        elif word not in _OPENING:
            break
    return length
