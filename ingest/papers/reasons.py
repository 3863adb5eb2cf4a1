"""Why several records are one paper, in words for the person who owns the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ingest.papers.identity import names_of
from ingest.records import Record

_KINDS = {"doi": "the same DOI", "arxiv": "the same arXiv id"}


def why_one(records: Sequence[Record]) -> str:
    """What the records of a paper have in common, such as "the same DOI 10.1/x"."""
    names = Counter(name for record in records for name in names_of(record))
    shared = [name.partition(":") for name, count in names.items() if count > 1]
    ids = [f"{_KINDS[kind]} {value}" for kind, _, value in shared if kind in _KINDS]
    if len([name for name in names if name.startswith("abs:")]) == 1:
        return " and ".join([*ids, "the same abstract"])
    return " and ".join(ids) or "nearly the same abstract"
