"""One entry of any format, as its reader found it, made into a record or a problem."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from ingest.papers.identity import find_arxiv, find_doi, is_boilerplate
from ingest.readers.problems import shown
from ingest.records import Problem, Record, Source
from ingest.text.abstract_fields import clean_abstract
from ingest.text.cleaning import clean
from ingest.text.people import display_name, unique

# Longer "abstracts" are whole papers or damaged files.
LONGEST_ABSTRACT = 100_000
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_URL = re.compile(r"https?://[^\s<>\"]+")
_ADDRESS = re.compile(r"\b\w+://(?P<host>[^\s/?#]*)(?P<path>[^\s?#]*)\S*")
# Also through the proxy of a library: doi-org.proxy.example.edu.
_RESOLVER = re.compile(r"(?:(?:dx|www)[.-])?doi[.-]", re.I)
_PATH_OF_PAPER = re.compile(r"/(?:doi|article|chapter)/(?:[a-z]+/)?10\.\d{4,9}/[^/]+")
_ARXIV_ID = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Za-z]{2})?/\d{7})(?:v\d+)?", re.I)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(slots=True)
class Entry:
    """Raw fields of one entry. `line` is the line of its abstract; texts are not cleaned yet.

    `year` may be a whole date. `arxiv` is an arXiv id, bare or not; the other ids are searched for
    one, and for a DOI, as well.
    """

    line: int
    abstract: str = ""
    title: str = ""
    authors: Sequence[str] = ()
    year: str = ""
    venue: str = ""
    url: str = ""
    doi: str = ""
    arxiv: str = ""
    ids: Sequence[str] = ()


def item(file: str, entry: Entry) -> Record | Problem:
    """The entry as a record, or why it is none."""
    source = Source(file, entry.line)
    title = _title(entry.title)
    ids = unique(_printable(name) for name in entry.ids)
    abstract = clean_abstract(entry.abstract) if len(entry.abstract) <= LONGEST_ABSTRACT else ""
    if not abstract and len(entry.abstract) > LONGEST_ABSTRACT:
        return Problem(
            str(source),
            f"{_called(title, ids)} has {len(entry.abstract):,} characters for an abstract.",
        )
    if not any(letter.isalnum() for letter in abstract) or is_boilerplate(abstract.strip("[]() ")):
        return Problem(str(source), f"{_called(title, ids)} has no abstract.")
    url = _url(entry.url)
    own = _ADDRESS.sub(_path, entry.doi)
    places = (own, *(_ADDRESS.sub(_path_of_paper, text) for text in (*ids, entry.url)))
    return Record(
        source=source,
        abstract=abstract,
        title=title,
        authors=unique(map(_name, entry.authors)),
        year=year_of(entry.year),
        venue=clean(entry.venue),
        url=url,
        doi=next(filter(None, map(find_doi, map(_printable, places))), ""),
        arxiv_id=_arxiv_id(entry.arxiv)
        or next(filter(None, map(find_arxiv, (*ids, url, _printable(entry.doi)))), ""),
        source_ids=ids,
    )


@lru_cache(maxsize=20_000)
def _name(raw: str) -> str:
    """A name as people read it. Most people write more than one paper."""
    return display_name(clean(raw))


def year_of(date: str) -> int | None:
    """The first year from 1800 to 2099 in a date, or None."""
    match = _YEAR.search(date)
    return int(match.group()) if match else None


def _title(raw: str) -> str:
    title = clean(raw)
    # A full stop that a database appends to every title, not an ellipsis or "et al.".
    return title[:-1] if title.endswith(".") and not title.endswith(("..", " al.")) else title


def _called(title: str, ids: Sequence[str]) -> str:
    name = title or (ids[0] if ids else "")
    return f"The record “{shown(name)}”" if name else "The record"


def _url(raw: str) -> str:
    match = _URL.search(_printable(raw))
    return match.group() if match else ""


def _path(address: re.Match[str]) -> str:
    return unquote(address["path"])


def _path_of_paper(address: re.Match[str]) -> str:
    """The path of an address that ends with a DOI, else nothing: others go on behind one."""
    path = _path(address)
    ends = _RESOLVER.match(address["host"]) or _PATH_OF_PAPER.fullmatch(path)
    return path if ends else ""


def _arxiv_id(raw: str) -> str:
    raw = _printable(raw)
    return find_arxiv(f"arxiv:{raw}" if _ARXIV_ID.fullmatch(raw) else raw)


def _printable(text: str) -> str:
    plain = text if text.isprintable() else _UNPRINTABLE.sub(" ", text)
    return " ".join(plain.split())
