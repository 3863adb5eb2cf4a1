"""One paper from all its records: a pure function of the records, whatever their order."""

from __future__ import annotations

from collections.abc import Sequence, Set

from ingest.papers.identity import fingerprint, names_of
from ingest.records import Paper, Record
from ingest.text.people import unique
from ingest.text.titles import derived_title

_RANK = {"doi": 0, "arxiv": 1, "abs": 2}


def merge(
    records: Sequence[Record], former_ids: Sequence[str] = (), disputed: Set[str] = frozenset()
) -> Paper:
    """The paper that these records describe, with the richest of each field and every source.

    The order of `records` decides only the order of `sources` and ties between equally rich fields
    are broken by content, so any order gives the same paper. `former_ids` stay as aliases. Names
    that are `disputed`, as clearly different papers carry them, are none of its own.
    """
    if not records:
        raise ValueError("a paper needs at least one record")
    abstract = max((record.abstract for record in records), key=lambda text: (len(text), text))
    names = {name for record in records for name in names_of(record)} - disputed
    paper_id = min(
        (name for name in names if not name.startswith("abs:")),
        key=lambda name: (_RANK[name.split(":", 1)[0]], name),
        default=f"abs:{fingerprint(abstract)}",
    )
    title = _richest([record.title for record in records])
    return Paper(
        paper_id=paper_id,
        abstract=abstract,
        title=title or derived_title(abstract),
        title_derived=not title,
        authors=max((r.authors for r in records), key=lambda a: (len(a), sum(map(len, a)), a)),
        year=min((record.year for record in records if record.year), default=None),
        venue=_richest([record.venue for record in records]),
        url=_richest([record.url for record in records]),
        aliases=tuple(sorted((names | set(former_ids)) - {paper_id})),
        sources=unique(str(record.source) for record in records),
        source_ids=unique(source_id for record in records for source_id in record.source_ids),
    )


def _richest(values: Sequence[str]) -> str:
    return max(values, key=lambda value: (len(value), value), default="")
