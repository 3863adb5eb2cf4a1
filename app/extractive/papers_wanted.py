"""Whether papers are asked for or what one says, where the words of a question leave it open.

"Brain tumours", "osteopontin turns up where?": a list has several papers, a detail stands in one.
So the collection decides with the reader: how probably a second paper is on the topic.
"""

from __future__ import annotations

from math import log

import numpy as np

from app.extractive.lists import near_topic
from app.logistic import decision
from app.retrieval.topicality import on_topic, read_for_topic
from app.settings import Settings
from app.understanding.followups import points_back
from app.understanding.question import FOR_DETAIL, FOR_PAPERS, Act
from app.understanding.reading import Read
from ingest.index import Index

# As near to 0 or 1 the words leave nothing open: looking at the topic takes time.
_OPEN = 0.02
_SMALLEST = 1e-3


def otherwise(asked: Read, index: Index, settings: Settings) -> tuple[Act, ...]:
    """The acts of which a question does one after all, seen what the collection holds, or ()."""
    question = asked.question
    is_open = _OPEN < question.for_papers < 1 - _OPEN
    if not is_open or question.act not in (*FOR_PAPERS, *FOR_DETAIL) or points_back(asked):
        return ()
    if not question.words or asked.linked.authors or asked.linked.unknown:
        return ()
    row = papers_row(asked, index, settings)
    wanted = FOR_PAPERS if decision("papers wanted").probabilities([row])[0] >= 0.5 else FOR_DETAIL
    return () if question.act in wanted else wanted


def papers_row(asked: Read, index: Index, settings: Settings) -> tuple[float, ...]:
    """The features of the decision "papers wanted".

    The log odds by the words of the question, how probably a second paper belongs in a list on its
    topic, and how many words the topic has.
    """
    question = asked.question
    near = near_topic(index, question, settings)
    chances = np.sort(on_topic(near, read_for_topic(index, near, question.words)))[::-1]
    odds = log((question.for_papers + _SMALLEST) / (1 - question.for_papers + _SMALLEST))
    return odds, float(chances[1]) if len(chances) > 1 else 0.0, float(len(question.words))
