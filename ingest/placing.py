"""Records to papers: which paper each record belongs to, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ingest.catalog import Catalog, StoredRecord, stored
from ingest.identity import fingerprint, head, letters, names_of, same_text, titles_differ
from ingest.merging import merge
from ingest.records import Paper, Record


@dataclass(slots=True)
class Group:
    """A paper in the making: its records, and the ids of stored papers that it replaces."""

    records: list[StoredRecord] = field(default_factory=list)
    replaces: set[str] = field(default_factory=set)
    changed: bool = False
    twin: bool = False

    def paper(self) -> Paper:
        """The merged paper. A twin has another paper's abstract, so its title tells them apart."""
        paper = merge([stored.record for stored in self.records], sorted(self.replaces))
        if not self.twin or not paper.paper_id.startswith("abs:"):
            return paper
        own = f"abs:{fingerprint(paper.abstract + paper.title)}"
        return replace(paper, paper_id=own, aliases=tuple(a for a in paper.aliases if a != own))


class Placing:
    """Places a batch of records among the papers of a catalog and of the batch itself."""

    def __init__(
        self, catalog: Catalog, records: Sequence[Record], paper_ids: Sequence[str] = ()
    ) -> None:
        """Loads the papers that the records may belong to, and those in `paper_ids`."""
        names = [name for record in records for name in names_of(record)]
        heads = catalog.heads([head(record.abstract) for record in records])
        ids = catalog.named(names)
        touched = {*paper_ids, *ids.values(), *(i for found in heads.values() for i in found)}
        known = catalog.records_of_papers(sorted(touched))
        self._groups = {i: Group(rows, {i}) for i, rows in known.items()}
        self._by_name = {name: self._groups[i] for name, i in ids.items() if i in self._groups}
        self._by_head = {
            key: [self._groups[i] for i in found if i in self._groups]
            for key, found in heads.items()
        }
        self._made: list[Group] = list(self._groups.values())

    def add(self, record: Record) -> bool:
        """Place a new record; True where it begins a new paper, False where it joins one."""
        found = self._find(record)
        group = self._joined(found) if found else self._begun()
        group.twin |= not found and names_of(record)[-1] in self._by_name
        group.records.append(stored(record))
        group.changed = True
        self._index(record, group)
        return not found

    def edit(self, old: StoredRecord, record: Record) -> None:
        """Put an edited record in the place of what its source held before."""
        group = next(g for g in self._made if old.paper_id in g.replaces)
        group.records = [
            stored(record) if r.record_id == old.record_id else r for r in group.records
        ]
        group.changed = True
        self._index(record, group)

    def changed(self) -> list[Group]:
        """Groups with something to save, in order."""
        return [group for group in self._made if group.changed and group.records]

    def _find(self, record: Record) -> list[Group]:
        found: list[Group] = []
        for name in names_of(record):
            group = self._by_name.get(name)
            if group and (not name.startswith("abs:") or not _conflict(group, record)):
                found.append(group)
        for group in self._by_head.get(head(record.abstract), []):
            if _same_paper(group, record):
                found.append(group)
        return list({id(group): group for group in found}.values())

    def _joined(self, groups: Sequence[Group]) -> Group:
        """One group of several: a record can show that two papers are one."""
        first, *others = groups
        for other in others:
            first.records += other.records
            first.replaces |= other.replaces
            other.records, other.changed = [], False
            self._by_name = {n: first if g is other else g for n, g in self._by_name.items()}
            self._by_head = {
                k: [first if g is other else g for g in gs] for k, gs in self._by_head.items()
            }
        return first

    def _begun(self) -> Group:
        group = Group()
        self._made.append(group)
        return group

    def _index(self, record: Record, group: Group) -> None:
        for name in names_of(record):
            self._by_name.setdefault(name, group)
        key = head(record.abstract)
        if key and group not in self._by_head.setdefault(key, []):
            self._by_head[key].append(group)


def _conflict(group: Group, record: Record) -> bool:
    return any(titles_differ(stored.record.title, record.title) for stored in group.records)


def _same_paper(group: Group, record: Record) -> bool:
    if _conflict(group, record) or _different_ids(group, record):
        return False
    return any(same_text(stored.record.abstract, record.abstract) for stored in group.records)


def _different_ids(group: Group, record: Record) -> bool:
    """Whether both carry a DOI, and not the same one."""
    dois = {stored.record.doi for stored in group.records if stored.record.doi}
    return bool(record.doi and dois and record.doi not in dois)


def pair_edits(
    old: Sequence[StoredRecord], new: Sequence[Record]
) -> list[tuple[StoredRecord, Record]]:
    """Which new records of a file are edits of ones it held before: same id or same line, alike."""
    pairs: list[tuple[StoredRecord, Record]] = []
    left = list(old)
    for record in new:
        match = next((o for o in left if _is_edit(o.record, record)), None)
        if match:
            left.remove(match)
            pairs.append((match, record))
    return pairs


def _is_edit(old: Record, new: Record) -> bool:
    if old.source_ids and new.source_ids:
        return bool(set(old.source_ids) & set(new.source_ids))
    same_line = old.source.line == new.source.line
    a, b = set(old.abstract.casefold().split()), set(new.abstract.casefold().split())
    alike = len(a & b) >= 0.5 * min(len(a), len(b))
    same_title = bool(old.title) and letters(old.title) == letters(new.title)
    return (same_line and (alike or same_title)) or (
        alike and len(a & b) >= 0.8 * max(len(a), len(b))
    )
