"""Which paper of the index a source of another system is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from rapidfuzz import fuzz

from eval.systems.replies import Source
from ingest.papers.identity import find_arxiv, find_doi, letters
from ingest.records import Paper

_SAME_TITLE = 95.0
_LEAST_TEXT = 30
"""Letters that a text or a cut-off title needs before it can stand for a paper."""


class Shelf:
    """The papers of an index by everything that they may be called."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers = papers
        self._ids: dict[str, list[Paper]] = defaultdict(list)
        self._urls: dict[str, list[Paper]] = defaultdict(list)
        self._titles: dict[str, list[Paper]] = defaultdict(list)
        self._files: dict[str, list[Paper]] = defaultdict(list)
        self._texts = [(letters(paper.abstract), paper) for paper in papers]
        for paper in papers:
            self._add(paper)

    def _add(self, paper: Paper) -> None:
        for name in dict.fromkeys((paper.paper_id, *paper.aliases, *paper.source_ids)):
            self._ids[name.casefold()].append(paper)
        if paper.url:
            self._urls[_address(paper.url)].append(paper)
        self._titles[letters(paper.title)].append(paper)
        for place in paper.sources:
            for name in _places(place):
                if paper not in self._files[name]:
                    self._files[name].append(paper)

    def fitting(self, source: Source) -> list[Paper]:
        """The papers that a source may be: those of its first name that fits one, else several.

        Ids come first, then DOI and arXiv id, URL, title, file, and last the text itself.
        """
        several: list[Paper] = []
        for kind, value in source.names:
            found = self._named(kind, value)
            if len(found) == 1:
                return found
            several = several or found
        return several

    def named(self, key: str) -> Paper | None:
        """The one paper that words between brackets name by id, DOI, URL, title or file."""
        for kind in ("id", "doi", "url", "title", "file"):
            found = self._named(kind, key)
            if len(found) == 1:
                return found[0]
        return None

    def _named(self, kind: str, value: str) -> list[Paper]:
        if kind == "id":
            return self._ids.get(value.strip().casefold(), [])
        if kind in ("doi", "url"):
            return self._linked(value)
        if kind == "title":
            return self._titled(value)
        return self._at(value) if kind == "file" else self._saying(value)

    def _linked(self, value: str) -> list[Paper]:
        doi, arxiv = find_doi(value), find_arxiv(value)
        names = [f"doi:{doi}" if doi else "", f"arxiv:{arxiv}" if arxiv else ""]
        found = next((self._ids[name] for name in names if name in self._ids), [])
        return found or self._urls.get(_address(value), [])

    def _titled(self, value: str) -> list[Paper]:
        said = letters(value)
        if not said:
            return []
        if exact := self._titles.get(said):
            return exact
        if len(said) < _LEAST_TEXT:
            return []
        return _distinct(
            paper
            for title, papers in self._titles.items()
            if title.startswith(said) or fuzz.ratio(title, said) >= _SAME_TITLE
            for paper in papers
        )

    def _at(self, value: str) -> list[Paper]:
        place = value.strip().replace("\\", "/")
        return self._files.get(place) or self._files.get(place.rpartition("/")[2], [])

    def _saying(self, value: str) -> list[Paper]:
        said = letters(value)
        if len(said) < _LEAST_TEXT:
            return []
        return _distinct(p for text, p in self._texts if said in text or (text and text in said))


def _distinct(papers: Iterable[Paper]) -> list[Paper]:
    return list({paper.paper_id: paper for paper in papers}.values())


def _address(url: str) -> str:
    """A URL without its scheme, "www." and closing slash, which people write or leave out."""
    bare = url.strip().casefold().partition("://")[2] or url.strip().casefold()
    return bare.removeprefix("www.").rstrip("/")


def _places(source: str) -> list[str]:
    """How a place such as "folder/a.txt:12" may be called: with and without folder and line."""
    file = source.rpartition(":")[0] or source
    name = PurePath(file).name
    line = source[len(file) :]
    return list(dict.fromkeys((source, file, name + line, name)))
