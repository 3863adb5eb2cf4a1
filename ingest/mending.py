"""A damaged index made whole again from what can still be read of it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest.backup import put_in_place, work_folder
from ingest.catalog import Catalog, Entry, StoredRecord, stored
from ingest.catalog.examining import findings
from ingest.catalog.salvage import Salvage, salvage
from ingest.embedding.models import Embedding
from ingest.errors import IndexDamaged
from ingest.index import CATALOG
from ingest.opening import opened
from ingest.papers.analysis import Chunking
from ingest.papers.merging import merge
from ingest.records import Paper, Record, Source
from ingest.seal import Seal
from ingest.servers.stores import EMBEDDED, Servers
from ingest.stores.rebuild import rebuild

# Where a paper stands whose records are lost.
_NOWHERE = Source("recovered", 1)


@dataclass(frozen=True, slots=True)
class Mended:
    """How many papers the index holds now, how many fewer it holds than it did, if that is known.

    `kept` is the folder with the broken catalog, None where the catalog was whole or gone.
    """

    papers: int
    lost: int | None = 0
    kept: Path | None = None


def mend(
    folder: Path, chunking: Chunking, encoder: Embedding, servers: Servers = EMBEDDED
) -> Mended:
    """Make an index whole: its stores anew, and its catalog from what can be read where it is not.

    A catalog on a server is read by the server alone. The caller holds the writer's lock. Raises
    IndexDamaged where nothing can be read of a catalog.
    """
    try:
        with closing(opened(folder, encoder, servers)) as index:
            index.check_files()
            if not (found := findings(index.catalog)):
                return Mended(rebuild(index, chunking))
            if servers.database:
                raise index.catalog.home.broken(found[0])
    except IndexDamaged:
        if servers.database:
            raise
    return _salvaged(folder, chunking, encoder, servers)


def _salvaged(folder: Path, chunking: Chunking, encoder: Embedding, servers: Servers) -> Mended:
    before = Seal(folder).read()
    work = work_folder(folder)
    found = salvage(_settled(folder, work))
    saved = entries(found)
    if not saved:
        shutil.rmtree(work)
        raise IndexDamaged(
            f"Nothing can be read of the catalog {folder / CATALOG}. Run askpapers restore FILE "
            f"--index {folder} with a backup, or delete the folder {folder} and run askpapers "
            "ingest on your files again."
        )
    with closing(Catalog(work / "new" / CATALOG)) as source:
        with source.transaction() as writing:
            writing.save(saved)
            for _, given in sorted(found.feedback.items()):
                writing.keep_feedback(given)
        kept = put_in_place(folder, source, encoder)
    with closing(opened(folder, encoder, servers)) as index:
        papers = rebuild(index, chunking)
    shutil.rmtree(work)
    lost = max(0, before.papers - papers) if before and before.papers else None
    return Mended(papers, lost, kept)


def _settled(folder: Path, work: Path) -> Path:
    """A copy of the broken catalog, with what was not written into it yet where that can be had."""
    copy = work / "old.sqlite"
    (work / "new").mkdir()
    for suffix in ("", "-wal"):
        file = folder / f"{CATALOG}{suffix}"
        if file.is_file():
            shutil.copyfile(file, copy.with_name(copy.name + suffix))
    copy.touch()
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(copy)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return copy


def entries(found: Salvage) -> list[Entry]:
    """Papers with their records. One is made from the other where only one of them was saved."""
    aliases: dict[str, set[str]] = {}
    for alias, paper_id in found.aliases.items():
        aliases.setdefault(paper_id, set()).add(alias)
    records: dict[str, list[StoredRecord]] = {}
    for _, one in sorted(found.records.items()):
        records.setdefault(one.paper_id, []).append(one)
    papers: dict[str, Paper] = {}
    for _, row in sorted(found.papers.items()):
        papers.setdefault(row["paper_id"], _paper(row))
    for paper_id in records.keys() - papers.keys():
        papers[paper_id] = _merged(paper_id, records[paper_id])
    return [
        Entry(
            replace(paper, aliases=tuple(sorted(aliases.get(paper_id, set()) | {*paper.aliases}))),
            records.get(paper_id) or [stored(_record(paper))],
        )
        for paper_id, paper in papers.items()
    ]


def _paper(row: dict[str, Any]) -> Paper:
    known = {key: value for key, value in row.items() if key not in ("head", "checksum")}
    return Paper(**known | {key: tuple(known[key]) for key in ("authors", "source_ids")})


def _merged(paper_id: str, records: Sequence[StoredRecord]) -> Paper:
    paper = merge([one.record for one in records])
    others = tuple(name for name in (*paper.aliases, paper.paper_id) if name != paper_id)
    return replace(paper, paper_id=paper_id, aliases=others)


def _record(paper: Paper) -> Record:
    kind, _, name = paper.paper_id.partition(":")
    return Record(
        _NOWHERE, paper.abstract, paper.real_title, paper.authors, paper.year, paper.venue,
        paper.url, doi=name if kind == "doi" else "", arxiv_id=name if kind == "arxiv" else "",
        source_ids=paper.source_ids,
    )  # fmt: skip
