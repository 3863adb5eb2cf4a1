"""Papers counted by who wrote them or by year, from their records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from app.extractive.assemble import Line, plain
from app.extractive.lists import Match
from ingest.records import Paper

Key = TypeVar("Key", str, int)


def by_person(matches: Sequence[Match]) -> list[Line]:
    """A line a person with all their papers among these, those of most papers first."""
    papers = _grouped((author, match.paper) for match in matches for author in match.paper.authors)
    ordered = sorted(papers, key=lambda author: -len(papers[author]))
    return [_line(papers[one], plain(one), "authors", ": ") for one in ordered]


def by_year(matches: Sequence[Match]) -> list[Line]:
    """A line a year with all its papers among these, the newest first."""
    papers = _grouped((match.paper.year, match.paper) for match in matches if match.paper.year)
    return [_line(papers[year], str(year), "year", " in ") for year in sorted(papers, reverse=True)]


def _grouped(pairs: Iterable[tuple[Key, Paper]]) -> dict[Key, list[Paper]]:
    found: dict[Key, list[Paper]] = {}
    for key, paper in pairs:
        found.setdefault(key, []).append(paper)
    return found


def _line(papers: Sequence[Paper], said: str, field: str, between: str) -> Line:
    count = "1 paper" if len(papers) == 1 else f"{len(papers):,} papers"
    first, *others = papers
    return Line(first, None, said, (field,), f"- {count}{between}", others=tuple(others))
