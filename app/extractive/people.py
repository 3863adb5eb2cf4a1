"""Who works on a topic: the authors of its papers, those of most papers first."""

from __future__ import annotations

from collections.abc import Sequence

from app.extractive.assemble import Line, plain
from app.extractive.lists import Match
from ingest.records import Paper

MOST_PEOPLE = 20


def tell(matches: Sequence[Match]) -> list[Line]:
    """A line a person, each with all their papers among these, from the records."""
    papers: dict[str, list[Paper]] = {}
    for match in matches:
        for author in match.paper.authors:
            papers.setdefault(author, []).append(match.paper)
    ordered = sorted(papers, key=lambda author: -len(papers[author]))
    return [_line(author, papers[author]) for author in ordered[:MOST_PEOPLE]]


def _line(author: str, papers: Sequence[Paper]) -> Line:
    count = "1 paper" if len(papers) == 1 else f"{len(papers)} papers"
    prefix = f"- {count}: "
    first, *others = papers
    return Line(first, None, plain(author), ("authors",), prefix, others=tuple(others))
