"""Papers that a question names as texts cite them: "Smith et al. 2019", "Rojas & Smith (2018)"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.understanding.name_spans import Span
from ingest.catalog import Catalog
from ingest.records import Paper
from ingest.text.people import folded

_NAME = r"[^\W\d_a-z][\w'’-]+"
_CITED = re.compile(
    rf"\b({_NAME})(?:(\s+et\s+al\b\.?)|\s*(?:and|&)\s*({_NAME}))?,?\s*"
    r"(?<=[\s,.])\(?((?:19|20)\d\d)(?![\d-])[a-z]?\)?"
)


@dataclass(frozen=True, slots=True)
class Cited:
    """What reads as a citation, where, and the papers of the collection that it means."""

    text: str
    span: Span
    paper_ids: tuple[str, ...]


def cited(text: str, catalog: Catalog) -> list[Cited]:
    """The papers that a question cites; one that is not here has no ids.

    A name and a year alone ("Ebola 2014") cite only what is here.
    """
    found = []
    for match in _CITED.finditer(text):
        people = [name for name in (match[1], match[3]) if name]
        ids = _written(people, int(match[4]), catalog)
        if ids or match[2]:
            found.append(Cited(match.group().strip(), match.span(), ids))
    return found


def _written(people: list[str], year: int, catalog: Catalog) -> tuple[str, ...]:
    """The papers of a year that all these wrote; the first one first, where there are such."""
    named = [catalog.authors_named(folded(name)) for name in people]
    ids = set.intersection(*({paper_id for _, paper_id in some} for some in named))
    papers = [one for one in catalog.papers(sorted(ids)) if one.year == year and _by(one, people)]
    first = [one for one in papers if _ends(one.authors[0], people[0])]
    return tuple(paper.paper_id for paper in first or papers)


def _by(paper: Paper, people: list[str]) -> bool:
    return all(any(_ends(author, name) for author in paper.authors) for name in people)


def _ends(author: str, surname: str) -> bool:
    """Whether somebody bears this last name."""
    last = folded(surname)
    return folded(author)[-len(last) :] == last
