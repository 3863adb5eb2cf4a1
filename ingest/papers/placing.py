"""Records to papers: which paper each record belongs to, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ingest.catalog import Catalog, StoredRecord, stored
from ingest.papers.identity import (
    claim,
    claimed,
    clash,
    fingerprint,
    head,
    letters,
    names_of,
    same_text,
    titles_differ,
)
from ingest.papers.merging import merge
from ingest.records import Paper, Problem, Record


@dataclass(slots=True)
class Group:
    """A paper in the making: its records, and the ids of stored papers that it replaces.

    `former` are names that the paper had before, which stay its aliases; `disputed` are ids that
    clearly different papers carry too, so that they name none of them.
    """

    records: list[StoredRecord] = field(default_factory=list)
    replaces: set[str] = field(default_factory=set)
    former: set[str] = field(default_factory=set)
    disputed: set[str] = field(default_factory=set)
    changed: bool = False
    twin: bool = False

    def paper(self) -> Paper:
        """The merged paper. A twin has another paper's abstract, so its title tells them apart."""
        former = sorted((self.replaces | self.former) - self.disputed)
        paper = merge([stored.record for stored in self.records], former, self.disputed)
        if self.twin and paper.paper_id.startswith("abs:"):
            own = f"abs:{fingerprint(paper.abstract + letters(paper.title))}"
            paper = replace(paper, paper_id=own)
        claims = {claim(name, paper.paper_id) for name in self.disputed}
        aliases = {*paper.aliases, *claims} - {paper.paper_id}
        return replace(paper, aliases=tuple(sorted(aliases)))


def _stored_groups(catalog: Catalog, paper_ids: Sequence[str]) -> dict[str, Group]:
    """Stored papers as groups, by id; unknown ids are left out."""
    aliases = catalog.aliases(paper_ids)
    return {
        paper_id: _stored_group(paper_id, rows, aliases.get(paper_id, ()))
        for paper_id, rows in catalog.records_of_papers(paper_ids).items()
    }


def with_rivals(catalog: Catalog, paper_ids: Iterable[str]) -> dict[str, Group]:
    """Stored papers as groups, by id, and all that dispute an id with one of them, or those do.

    Only so many show of every id whether it is disputed.
    """
    groups: dict[str, Group] = {}
    asked: set[str] = set()
    new = set(paper_ids)
    while new:
        found = _stored_groups(catalog, sorted(new))
        groups |= found
        disputed = {name for group in found.values() for name in group.disputed} - asked
        asked |= disputed
        rivals = {i for ids in catalog.named(sorted(disputed)).values() for i in ids}
        new = rivals - set(groups)
    return groups


def _stored_group(paper_id: str, rows: list[StoredRecord], aliases: Sequence[str]) -> Group:
    disputed = {name for alias in aliases if (name := claimed(alias))}
    former = {alias for alias in aliases if not claimed(alias)}
    twin = _is_twin(paper_id, rows)
    return Group(rows, {paper_id}, former, disputed=disputed, twin=twin)


class Placing:
    """Places a batch of records among the papers of a catalog and of the batch itself.

    Which records make one paper does not depend on their order, but for one case: a record with a
    DOI or arXiv id and no title, whose text or id fits two papers under clearly different titles,
    joins the one that it meets.
    """

    def __init__(
        self, catalog: Catalog, records: Sequence[Record], paper_ids: Sequence[str] = ()
    ) -> None:
        """Loads the papers that the records may belong to, and those in `paper_ids`."""
        names = catalog.named([name for record in records for name in names_of(record)])
        heads = catalog.heads([head(record.abstract) for record in records])
        found = [i for ids in (*names.values(), *heads.values()) for i in ids]
        groups = with_rivals(catalog, {*paper_ids, *found})
        self._by_name: dict[str, list[Group]] = {}
        self._by_head: dict[str, list[Group]] = {}
        for name, ids in names.items():
            for paper_id in ids:
                _list(self._by_name, name, groups[paper_id])
        for key, found in heads.items():
            for paper_id in found:
                _list(self._by_head, key, groups[paper_id])
        self._made: list[Group] = list(groups.values())
        for group in self._made:
            for row in group.records:
                self._index(row.record, group)

    def add(self, record: Record) -> bool:
        """Place a new record; True where it begins a new paper, False where it joins one."""
        found = self._find(record)
        group = self._joined(found) if found else self._begun()
        self._put(stored(record), group)
        self._settle(record)
        return not found

    def edit(self, old: StoredRecord, record: Record) -> None:
        """Put an edited record in the place of what its source held before.

        It leaves its paper where other records still describe that one and it does not any more,
        and brings its paper together with another where it now describes both.
        """
        group = next(g for g in self._made if old.paper_id in g.replaces)
        group.records = [row for row in group.records if row.record_id != old.record_id]
        group.changed = True
        found = self._find(record)
        if not group.records or any(other is group for other in found):
            found = [group, *(other for other in found if other is not group)]
        target = self._joined(found) if found else self._begun()
        self._put(stored(record, old.record_id), target)
        self._settle(record)

    def changed(self) -> list[Group]:
        """Groups with something to save, in order."""
        for held in self._by_head.values():
            _mark_twins([group for group in held if group.records])
        mark_disputed(self._made)
        return [group for group in self._made if group.changed and group.records]

    def conflicts(self, groups: Sequence[Group]) -> list[Problem]:
        """A problem for each new record of these groups whose id other papers carry as well."""
        return [
            Problem(str(row.record.source), _conflict_reason(name, others))
            for group in groups
            for row in group.records
            if row.record_id == 0
            for name in names_of(row.record)[:-1]
            if name in group.disputed and (others := _places(self._by_name[name], name, group))
        ]

    def _find(self, record: Record) -> list[Group]:
        """The groups that the record belongs to: those with its DOI or arXiv id, and its text.

        An id that clearly different papers carry brings none of them together. A text alone never
        brings together what clearly different titles keep apart: of such groups the record goes to
        the one with the lowest title.
        """
        *ids, text = names_of(record)
        found = [
            group for name in ids for group in self._by_name.get(name, ()) if _fits(group, record)
        ]
        if not record.title:
            found = sorted(_distinct(found), key=_lowest_title)[:1]
        alike = [g for g in self._by_name.get(text, ()) if not _conflict(g, record)]
        near = self._by_head.get(head(record.abstract), ())
        alike += [group for group in near if _same_paper(group, record)]
        for group in sorted((g for g in _distinct(alike) if g.records), key=_lowest_title):
            if not any(_apart(group, other) for other in found):
                found.append(group)
        return [group for group in _distinct(found) if group.records]

    def _settle(self, record: Record) -> None:
        """Move untitled records between papers whose titles keep them apart, now that one changed.

        Each goes to the lowest title among those with its text, so that it does not matter which
        of them was there first.
        """
        near = [g for g in self._by_head.get(head(record.abstract), ()) if g.records]
        if len(near) < 2:
            return
        homes = sorted((group for group in near if _titles(group)), key=_lowest_title)
        for group in near:
            for row in [row for row in group.records if _is_free(row.record)]:
                home = next((h for h in homes if _holds_text(h, row.record)), group)
                if home is not group and len(group.records) > 1:
                    group.records = [other for other in group.records if other is not row]
                    group.changed = True
                    self._put(row, home)

    def _joined(self, groups: Sequence[Group]) -> Group:
        """One group of several: a record can show that two papers are one."""
        first, *others = groups
        for other in others:
            first.records = sorted(first.records + other.records, key=_arrival)
            first.replaces |= other.replaces
            first.former |= other.former
            first.disputed |= other.disputed
            first.twin |= other.twin
            other.records, other.changed = [], False
            for index in (self._by_name, self._by_head):
                for held in index.values():
                    held[:] = _distinct(first if group is other else group for group in held)
        return first

    def _begun(self) -> Group:
        self._made.append(Group())
        return self._made[-1]

    def _put(self, row: StoredRecord, group: Group) -> None:
        group.records = sorted([*group.records, row], key=_arrival)
        group.changed = True
        self._index(row.record, group)

    def _index(self, record: Record, group: Group) -> None:
        for name in names_of(record):
            _list(self._by_name, name, group)
        _list(self._by_head, head(record.abstract), group)


def _mark_twins(groups: Sequence[Group]) -> None:
    """Mark groups with the same abstract under other titles: their titles tell them apart."""
    by_text: dict[str, list[Group]] = {}
    for group in groups:
        for text in {names_of(row.record)[-1] for row in group.records}:
            by_text.setdefault(text, []).append(group)
    for alike in by_text.values():
        for group in alike if len(alike) > 1 else ():
            group.changed |= not group.twin
            group.twin = True


def mark_disputed(groups: Sequence[Group]) -> None:
    """Note for each group with records which of its ids other ones carry as well."""
    held = {
        id(group): {name for row in group.records for name in names_of(row.record)[:-1]}
        for group in groups
    }
    carriers = Counter(name for names in held.values() for name in names)
    for group in groups:
        disputed = {name for name in held[id(group)] if carriers[name] > 1}
        group.changed |= disputed != group.disputed
        group.disputed = disputed


def _places(groups: Sequence[Group], name: str, own: Group) -> list[str]:
    """Where records stand that carry an id, outside of one group, sorted."""
    rows = (row for group in groups if group is not own for row in group.records)
    return sorted(str(row.record.source) for row in rows if name in names_of(row.record))


def _conflict_reason(name: str, places: Sequence[str]) -> str:
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return (
        f"Its id {name} is also that of {places[0]}{more}, under another title and abstract: they "
        "stay apart, without this id, until it is corrected."
    )


def _fits(group: Group, record: Record) -> bool:
    """Whether a record can be of a paper that carries its id."""
    titled = [row.record for row in group.records if row.record.title]
    return not titled or any(not clash(one, record) for one in titled)


def _list(index: dict[str, list[Group]], key: str, group: Group) -> None:
    held = index.setdefault(key, [])
    if key and not any(group is other for other in held):
        held.append(group)


def _distinct(groups: Iterable[Group]) -> list[Group]:
    return list({id(group): group for group in groups}.values())


def _arrival(row: StoredRecord) -> tuple[bool, int]:
    """Stored records in the order they came, then those of this batch."""
    return (row.record_id == 0, row.record_id)


def _is_twin(paper_id: str, rows: Sequence[StoredRecord]) -> bool:
    """Whether a paper is called by more than its abstract: another one has the same."""
    plain = {names_of(row.record)[-1] for row in rows}
    return paper_id.startswith("abs:") and paper_id not in plain


def _titles(group: Group) -> list[str]:
    return sorted(row.record.title for row in group.records if row.record.title)


def _lowest_title(group: Group) -> tuple[bool, str]:
    """A key that does not depend on the order of arrival; groups without titles come last."""
    titles = _titles(group)
    return (not titles, titles[0] if titles else min(r.record.abstract for r in group.records))


def _apart(one: Group, other: Group) -> bool:
    """Whether any two titles of the groups are clearly different."""
    return any(titles_differ(a, b) for a in _titles(one) for b in _titles(other))


def _is_free(record: Record) -> bool:
    """Whether nothing but its text says which paper a record is of."""
    return not (record.title or record.doi or record.arxiv_id)


def _holds_text(group: Group, record: Record) -> bool:
    titled = (row.record for row in group.records if row.record.title)
    return any(same_text(one.abstract, record.abstract) for one in titled)


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
