"""The nouns of ingestion. Everything here is frozen: a stage takes one and returns another."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record stands: a file and the 1-based line of its abstract."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a file as a reader found it, cleaned but not yet merged with others.

    `source_ids` are the ids that the entry carries in its file, in its own spelling.
    `doi` and `arxiv_id` are bare ("10.1145/1", "2401.00001") or empty.
    """

    source: Source
    abstract: str
    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str = ""
    url: str = ""
    doi: str = ""
    arxiv_id: str = ""
    source_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A record or file that was kept out, and why, in words for the person who owns the file."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper: the merged view of every record that describes it.

    `title_derived` marks a display title made from the abstract; it is never the real one.
    `sources` are `file:line`, the line of the abstract, in the order they were first read.
    """

    paper_id: str
    abstract: str
    title: str
    title_derived: bool = False
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str = ""
    url: str = ""
    aliases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()

    @property
    def real_title(self) -> str:
        """The title that some record gave, "" where there is none."""
        return "" if self.title_derived else self.title

    def identifier(self, scheme: Literal["doi", "arxiv"]) -> str:
        """The bare DOI or arXiv id of the paper, or "" where no record of it has one."""
        begins = f"{scheme}:"
        # An alias with a space only lays claim to an id, as another paper does.
        known = [one for one in (self.paper_id, *self.aliases) if " " not in one]
        return next((one.removeprefix(begins) for one in known if one.startswith(begins)), "")

    def as_json(self) -> Json:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of one abstract: `paper.abstract[start:end] == text`, offsets half-open."""

    chunk_id: str
    paper_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of every record read: read = added + updated + unchanged + merged + skipped."""

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    skipped: int = 0
    pruned: int = 0
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0

    def as_json(self) -> Json:
        return asdict(self)
