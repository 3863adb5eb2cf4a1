"""The best candidates read once more, by an encoder that sees words in their context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.retrieval.search import SIGNALS, Ranking
from app.support.addressed import is_order, told
from app.support.cross_encoder import answering
from ingest.embedding.encoder import encoded
from ingest.embedding.models import StaticEmbedding
from ingest.index import Index
from ingest.records import Paper
from ingest.text.sentences import sentences


def read(index: Index, ranking: Ranking, text: str, most: int, also: Sequence[str] = ()) -> Ranking:
    """The candidates with how close they are to a text, a topic or a question.

    That is its cosine with a paper's title and the sentence nearest to it. Read are the first
    `most`, and those whose ids are in `also` where these are no more; the others are taken to be
    as far as the farthest that was read.
    """
    leading = {*ranking.paper_ids[:most], *(also if len(also) <= most else ())}
    places = {i: place for place, i in enumerate(ranking.paper_ids) if i in leading}
    papers = index.catalog.papers(list(places))
    if not papers:
        return ranking
    [meaning] = encoded([text])
    cosines = encoded(_nearest(papers, text, index.embedding)) @ meaning
    closeness = np.full(len(ranking), cosines.min(), dtype=np.float64)
    closeness[[places[paper.paper_id] for paper in papers]] = cosines
    signals = ranking.signals.copy()
    # Where a sentence holds every word of the topic, how close it is tells no more.
    behind = (closeness.max() - closeness) * (1 - ranking.signal("sentence"))
    signals[:, SIGNALS.index("behind")] = behind
    return replace(ranking, signals=signals, closeness=closeness)


def answered_by(question: str, paper: Paper, embedding: StaticEmbedding) -> float:
    """The log odds that a paper answers a question, as the cross-encoder reads it.

    Only of what it would read it is looked whether it tells something: that takes its time. Where
    no sentence does, the title is read.
    """
    said = sentences(paper.abstract)

    def tells(place: int) -> bool:
        return place == 0 or not is_order(said, place - 1)

    return answering(question, [f"{paper.title}.", *said], embedding.embed, tells)


def said_in(paper: Paper) -> list[str]:
    """The sentences of a paper that tell something, in their order."""
    return [paper.abstract[slice(*span)] for span in told(paper.abstract)]


def _nearest(papers: Sequence[Paper], wanted: str, embedding: StaticEmbedding) -> list[str]:
    """The title and the sentence nearest to a text, by static vectors, of each paper.

    Nearest first it is looked whether a sentence tells something: that takes its time.
    """
    written = [sentences(paper.abstract) for paper in papers]
    vectors = embedding.embed([wanted, *(text for some in written for text in some)])
    cosines = vectors[1:] @ vectors[0]
    found, at = [], 0
    for paper, some in zip(papers, written, strict=True):
        order = np.argsort(-cosines[at : at + len(some)], kind="stable").tolist()
        tells = (place for place in order if not is_order(some, place))
        best = next(tells, order[0] if order else 0)
        found.append(". ".join([paper.title, *some[best : best + 1]]))
        at += len(some)
    return found
