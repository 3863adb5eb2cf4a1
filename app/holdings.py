"""What an index holds, for a person who looks through it: by year, by file, merged, kept out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.catalog import Catalog
from ingest.papers.reasons import why_one
from ingest.records import Paper, Problem

MOST_MERGED = 200


@dataclass(frozen=True, slots=True)
class Holdings:
    """Papers by year (None where it is unknown) and by file; what was merged, and why; what was
    kept out of the files when they were last read.

    `merged` holds the first papers of `merged_in_all`, those of most records first.
    """

    by_year: Mapping[int | None, int] = field(default_factory=dict)
    by_file: Mapping[str, int] = field(default_factory=dict)
    merged: tuple[tuple[Paper, str], ...] = ()
    merged_in_all: int = 0
    problems: tuple[Problem, ...] = ()


def holdings(catalog: Catalog) -> Holdings:
    """What stands in a catalog, all of one state of it."""
    with catalog.snapshot():
        paper_ids, merged_in_all = catalog.merged(MOST_MERGED)
        records = catalog.records_of_papers(paper_ids)
        merged = [
            (paper, why_one([stored.record for stored in records[paper.paper_id]]))
            for paper in catalog.papers(paper_ids)
        ]
        return Holdings(
            catalog.papers_by_year(),
            catalog.papers_by_file(),
            tuple(merged),
            merged_in_all,
            tuple(catalog.problems()),
        )
