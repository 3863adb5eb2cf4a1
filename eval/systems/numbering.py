"""The sources of one reply under the numbers of its markers, one number a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.systems.papers import Shelf
from eval.systems.replies import Source
from ingest.papers.identity import letters
from ingest.records import Paper

_AUTHOR_YEAR = re.compile(
    r"(?P<name>[^\W\d_][\w'’-]+)(?:(?:,| and| &) [\w'’. -]+?)?(?: et al\.?)?,? "
    r"\(?(?P<year>\d{4})[a-z]?\)?"
)
_YEARS = 1_000
"""A number from here on is a year, and a marker only where a source has it."""
_NAMED_BY = ("id", "doi", "url", "title", "file")


class Numbering:
    """What a marker's words stand for. `papers` are those that were made out, by number.

    A source without a number has its place in the list, from 1, or from 0 where markers do. Two
    sources of one paper share the first one's number. `problems` tells of each source that fits no
    paper or several. Ids, DOIs and URLs of papers that are not listed count too.
    """

    def __init__(self, sources: Sequence[Source], shelf: Shelf, zero_based: bool = False) -> None:
        self.papers: dict[int, Paper] = {}
        self.problems: list[str] = []
        self._shelf = shelf
        self._listed: dict[int, int] = {}
        self._words: dict[str, int] = {}
        for place, source in enumerate(sources, 0 if zero_based else 1):
            self._add(place if source.number is None else source.number, source)

    def _add(self, number: int, source: Source) -> None:
        fitting = self._shelf.fitting(source)
        if len(fitting) != 1:
            self.problems.append(told(source, fitting))
            self._listed[number] = number
        else:
            self._listed[number] = self._number_of(fitting[0], number)
        for kind, value in source.names:
            if kind in _NAMED_BY and letters(value):
                self._words.setdefault(letters(value), self._listed[number])

    def _number_of(self, paper: Paper, wanted: int) -> int:
        for number, other in self.papers.items():
            if other.paper_id == paper.paper_id:
                return number
        self.papers[wanted] = paper
        return wanted

    def __call__(self, inside: str) -> int | None:
        """The number that a marker's words stand for, `None` where they are no marker."""
        if inside.isdigit():
            number = int(inside)
            # A number that no source has stays a marker: it resolves to nothing, and is told so.
            return self._listed.get(number, number if 0 < number < _YEARS else None)
        named = self._words.get(letters(inside)) if letters(inside) else None
        return named or self._by_author(inside) or self._unlisted(inside)

    def has(self, number: int) -> bool:
        """Whether a source has the number, be its paper made out or not."""
        return number in self._listed or number in self.papers

    def _by_author(self, inside: str) -> int | None:
        match = _AUTHOR_YEAR.fullmatch(inside.strip())
        if not match:
            return None
        fitting = [
            number
            for number, paper in self.papers.items()
            if str(paper.year) == match["year"]
            and any(match["name"] in author.split() for author in paper.authors[:1])
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _unlisted(self, inside: str) -> int | None:
        paper = self._shelf.named(inside)
        if paper is None:
            return None
        return self._number_of(paper, max([0, *self._listed, *self.papers]) + 1)

    def papers_of(self, sources: Sequence[Source]) -> tuple[tuple[Paper, ...], tuple[str, ...]]:
        """The papers of other sources of the same reply, and what could not be made out."""
        found: dict[str, Paper] = {}
        problems = []
        for source in sources:
            fitting = self._shelf.fitting(source)
            if len(fitting) == 1:
                found.setdefault(fitting[0].paper_id, fitting[0])
            else:
                problems.append(told(source, fitting))
        return tuple(found.values()), tuple(problems)


def told(source: Source, fitting: Sequence[Paper]) -> str:
    """That a source fits no paper, or several, and which."""
    if not fitting:
        return f"the source {source} fits no paper of the index."
    titles = "; ".join(f"{paper.title} ({paper.paper_id})" for paper in fitting[:3])
    more = f" and {len(fitting) - 3} more" if len(fitting) > 3 else ""
    return f"the source {source} fits {len(fitting)} papers: {titles}{more}. Name it by its id."
