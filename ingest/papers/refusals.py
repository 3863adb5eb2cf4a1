"""What a run kept out, kept in the catalog until the same files are read again."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.catalog import Catalog
from ingest.catalog.writing import MOST_PROBLEMS
from ingest.readers import Input, covers
from ingest.records import Problem
from ingest.stores.writer import Writer


def note_problems(
    catalog: Catalog,
    publisher: Writer,
    problems: Sequence[Problem],
    sources: Sequence[Input],
    pruned: Sequence[str],
) -> None:
    """Store the problems of a run; nothing is written where they are those of the run before.

    `pruned` are the arguments under which files that are gone are forgotten.
    """
    files = {source.name for source in sources}
    if pruned:
        known = catalog.files_with_problems()
        files |= {name for name in known if any(covers(one, name) for one in pruned)}
    found = [(problem.source.rpartition(":")[0], problem) for problem in problems]
    files |= {file for file, _ in found}
    ordered = sorted(files)
    if found[:MOST_PROBLEMS] != catalog.problems_of(ordered):
        with publisher.turn():
            publisher.writing.note_problems(found, ordered)
