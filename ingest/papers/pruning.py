"""Which stored records their sources no longer hold, and the papers without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from ingest.catalog import Catalog
from ingest.papers.placing import Group, mark_disputed, with_rivals
from ingest.readers import MEMBER, Input, covers, name_of, path_of
from ingest.records import Paper


def stale_records(
    catalog: Catalog,
    sources: Sequence[Input],
    arguments: Sequence[str],
    seen: Set[int],
    last_before: int,
) -> dict[str, set[int]]:
    """Record numbers, by paper, that stood under the arguments and were not seen in this run.

    A source that still exists but was not read this time keeps its records.
    """
    names = {source.name for source in sources}
    archives = {name_of(source.path) for source in sources if source.path and source.member}
    stale: dict[str, set[int]] = {}
    for name in catalog.files():
        if not any(covers(argument, name) for argument in arguments):
            continue
        if name not in names and not _is_gone(name, archives):
            continue
        for stored in catalog.records_of_file(name):
            if stored.record_id not in seen and stored.record_id <= last_before:
                stale.setdefault(stored.paper_id, set()).add(stored.record_id)
    return stale


def _is_gone(name: str, archives: Set[str]) -> bool:
    """Whether a source is certainly not there any more: a folder that hides it proves nothing."""
    file, _, member = name.partition(MEMBER)
    if member and file in archives:
        return True
    # A file may have the mark of a member in its own name.
    return all(_is_missing(path_of(part)) for part in {name, file})


def _is_missing(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def without(catalog: Catalog, stale: Mapping[str, Set[int]]) -> tuple[list[Group], list[Paper]]:
    """Papers that keep other records, without the stale ones, and papers that keep none.

    Papers that disputed an id with those are kept ones too: it may be theirs alone now.
    """
    groups = with_rivals(catalog, stale)
    for paper_id, numbers in stale.items():
        group = groups[paper_id]
        group.records = [r for r in group.records if r.record_id not in numbers]
        group.changed = True
    mark_disputed(list(groups.values()))
    kept = [group for group in groups.values() if group.records and group.changed]
    lost = [paper_id for paper_id, group in groups.items() if not group.records]
    return kept, catalog.papers(lost)
