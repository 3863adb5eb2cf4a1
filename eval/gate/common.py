"""What two runs have in common: cases that ask and expect the same of the same papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.records import Report, Row
from eval.scoring.rules import changed_rules
from ingest.errors import NotComparable

BLESS = "run the cases on the old version again, or askpapers eval bless to start from here"


@dataclass(frozen=True, slots=True)
class Papers:
    """How a corpus has changed: paper ids that came, that went, and whose abstract was edited."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.edited)

    def __str__(self) -> str:
        counts = {"added": self.added, "removed": self.removed, "edited": self.edited}
        told = ", ".join(f"{len(ids)} {what}" for what, ids in counts.items() if ids)
        return f"The papers have changed since: {told}." if told else ""


@dataclass(frozen=True, slots=True)
class Common:
    """The ids of the cases that can be compared (`same`), in case order, and all the others.

    `altered` ask or expect something else now, or are about papers that were edited; `gone` were
    not asked this time.
    """

    same: tuple[str, ...]
    altered: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    papers: Papers


def common(a: Report, b: Report) -> Common:
    """What run B has in common with the earlier run A.

    Raises NotComparable, saying what differs and what to do, for other rules, for a corpus of
    which is not known how it differs, and where no case is left to compare.
    """
    _refuse_other_rules(a, b)
    papers = _papers(a, b)
    before, after = rows_by_id(a), rows_by_id(b)
    both = [row.id for row in b.rows if row.id in before]
    altered = tuple(i for i in both if _is_altered(before[i], after[i], papers))
    found = Common(
        same=tuple(i for i in both if i not in altered),
        altered=altered,
        new=tuple(row.id for row in b.rows if row.id not in before),
        gone=tuple(row.id for row in a.rows if row.id not in after),
        papers=papers,
    )
    if not found.same:
        raise NotComparable(_nothing_left(found))
    return found


def rows_by_id(report: Report) -> dict[str, Row]:
    """The rows of a report by the ids of their cases, in case order."""
    return {row.id: row for row in report.rows}


def files_asked(before: Report, after: Report) -> set[str]:
    """The case files of an earlier run, as it names them, that a later one asked.

    A folder's files are named by their path in it, and single files with their folder at most, so
    that one name may end with the other; the same name is the same file.
    """
    known = {row.file for row in before.rows}
    found: set[str] = set()
    for file in {row.file for row in after.rows}:
        ending = {other for other in known if _ends(other, file)}
        ended = sorted((other for other in known if _ends(file, other)), key=len)
        found |= {file} & known or ending or set(ended[-1:])
    return found


def _ends(path: str, end: str) -> bool:
    return f"/{path}".endswith(f"/{end}")


def listed(names: Sequence[str], most: int = 8) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _refuse_other_rules(a: Report, b: Report) -> None:
    old, new = a.fingerprints, b.fingerprints
    if old["scorer"] != new["scorer"]:
        raise NotComparable(
            f"The scorers differ ({old['scorer']!r} and {new['scorer']!r}): {BLESS}."
        )
    judges = old.get("judge", "nobody"), new.get("judge", "nobody")
    if judges[0] != judges[1]:
        raise NotComparable(
            f"The baseline was graded by {judges[0]} and this run by {judges[1]}: {BLESS}."
        )
    if changed := changed_rules(old.get("rules", ""), new.get("rules", "")):
        raise NotComparable(
            f"The rules by which answers are scored, pass and are gated differ "
            f"({listed(changed)}): {BLESS}."
        )


def _papers(a: Report, b: Report) -> Papers:
    old, new = a.papers, b.papers
    if a.fingerprints["corpus"] == b.fingerprints["corpus"]:
        return Papers()
    found = Papers(
        added=tuple(sorted(set(new) - set(old))),
        removed=tuple(sorted(set(old) - set(new))),
        edited=tuple(sorted(p for p in old if p in new and old[p] != new[p])),
    )
    if not (found and set(old) & set(new)):
        raise NotComparable(
            f"The corpora differ ({a.corpus} {a.fingerprints['corpus']} and {b.corpus} "
            f"{b.fingerprints['corpus']}) and have no paper in common: {BLESS}."
        )
    return found


def _is_altered(old: Row, new: Row, papers: Papers) -> bool:
    about = {*new.expected, *new.acceptable}
    return old.digest != new.digest or not about.isdisjoint(papers.edited)


def _nothing_left(found: Common) -> str:
    lists: Mapping[str, Sequence[str]] = {
        "These cases have changed since": found.altered,
        "these were not run": found.gone,
        "these are new": found.new,
    }
    told = "; ".join(f"{what}: {listed(ids)}" for what, ids in lists.items() if ids)
    return f"No case can be compared. {told or 'There is none'}; {BLESS}."
