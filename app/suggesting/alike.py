"""Two papers that are worth comparing: near each other, and each with something to be called by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from app.suggesting.wording import called, is_name
from ingest.records import Paper
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stems, words

_MOST = 40  # papers


def alike(papers: Sequence[Paper]) -> tuple[Paper, Paper] | None:
    """Of these papers the two whose titles share something and whose abstracts share most.

    Two whose methods have names are preferred, since a comparison reads better so.
    """
    fit = [paper for paper in papers if called(paper)][:_MOST]
    titles = {paper.paper_id: _terms(paper.title) for paper in fit}
    texts = {paper.paper_id: _terms(paper.abstract) for paper in fit}

    def worth(pair: tuple[Paper, Paper]) -> tuple[int, float]:
        one, other = (texts[paper.paper_id] for paper in pair)
        named = sum(is_name(called(paper)) for paper in pair)
        return named, len(one & other) / len(one | other) if one | other else 0.0

    pairs = (
        pair
        for pair in combinations(fit, 2)
        if called(pair[0]) != called(pair[1])
        and titles[pair[0].paper_id] & titles[pair[1].paper_id]
    )
    return max(pairs, key=worth, default=None)


def _terms(text: str) -> frozenset[str]:
    return frozenset(stems(word for word in words(text) if word not in STOP_WORDS))
