"""Papers analysed before it is a writer's turn, so that others need not wait for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np

from ingest.catalog import stored
from ingest.catalog.rows import Row
from ingest.papers.analysis import Analysis
from ingest.papers.placing import Group
from ingest.records import Paper, Record

Key = tuple[object, ...]
Analyse = Callable[[Sequence[Paper]], Analysis]


def expected(records: Sequence[Record]) -> list[Paper]:
    """The papers that records become where nothing else is known of them, one an id."""
    papers = (Group([stored(record)]).paper() for record in records)
    return list({paper.paper_id: paper for paper in papers}.values())


class Prepared:
    """Analyses of papers, to be taken where a paper became what was expected of it."""

    def __init__(self, papers: Sequence[Paper], analyse: Analyse) -> None:
        self._parts = dict(zip(map(_key, papers), _parts(papers, analyse(papers)), strict=True))

    def analysis(self, papers: Sequence[Paper], analyse: Analyse) -> Analysis:
        """What `analyse` would say of these papers, and is asked only for those that are new."""
        others = [paper for paper in papers if _key(paper) not in self._parts]
        known = self._parts
        if others:
            parts = _parts(others, analyse(others))
            known = known | dict(zip(map(_key, others), parts, strict=True))
        return _joined([known[_key(paper)] for paper in papers])


def _key(paper: Paper) -> Key:
    """What an analysis reads of a paper."""
    return (paper.paper_id, paper.abstract, paper.title, paper.title_derived, paper.authors)


def _parts(papers: Sequence[Paper], analysis: Analysis) -> list[Analysis]:
    """An analysis of each paper alone."""
    places: dict[str, list[int]] = {paper.paper_id: [] for paper in papers}
    for place, chunk in enumerate(analysis.chunks):
        places[chunk.paper_id].append(place)
    names, authors = _by_paper(analysis.names), _by_paper(analysis.authors)
    return [
        Analysis(
            [analysis.chunks[place] for place in places[paper.paper_id]],
            analysis.vectors[places[paper.paper_id]],
            names.get(paper.paper_id, []),
            authors.get(paper.paper_id, []),
            [leaf],
        )
        for paper, leaf in zip(papers, analysis.leaves, strict=True)
    ]


def _by_paper(rows: Sequence[Row]) -> dict[object, list[Row]]:
    found: dict[object, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found


def _joined(parts: Sequence[Analysis]) -> Analysis:
    return Analysis(
        list(chain.from_iterable(part.chunks for part in parts)),
        np.concatenate([part.vectors for part in parts]),
        list(chain.from_iterable(part.names for part in parts)),
        list(chain.from_iterable(part.authors for part in parts)),
        list(chain.from_iterable(part.leaves for part in parts)),
    )
