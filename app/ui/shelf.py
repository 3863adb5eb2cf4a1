"""The library as markup and rows: papers by year and file, what a search finds, what was merged
and what was kept out, and why.

Folders are not shown: visitors need not know where the files of this machine lie.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from app.holdings import Holdings
from app.ui.markdown import escape, shortened
from app.ui.wishes import button
from ingest.readers.uploads import UPLOAD
from ingest.records import Paper

HEADERS = ["Paper", "Authors", "Year", "Venue"]
# Percent, of all columns but the first.
_WIDE, _NARROW = (22, 17, 18), 8
MOST = 500
# Bars of older years would be too thin to tell apart.
_MOST_YEARS = 40
_MOST_FILES, _MOST_PLACES = 60, 6
_FOLDERS = re.compile(r"(?<![^\s(])/(?:[^/\s]+/)+")


def years(counted: Mapping[int | None, int]) -> str:
    """A bar for each year from the first to the last, with its count; gaps are years without."""
    known = {year: count for year, count in counted.items() if year is not None}
    total, undated = sum(counted.values()), counted.get(None, 0)
    line = f"{_some(total, 'paper')}{_dated(total - undated, undated)}"
    if not known:
        return f"<p>{escape(line)}</p>"
    last = max(known)
    first = max(min(known), last - _MOST_YEARS + 1)
    highest = max(known.values())
    bars = "".join(_bar(year, known.get(year, 0), highest) for year in range(first, last + 1))
    return f'<p>{escape(line)}</p>\n\n<ul class="years">{bars}</ul>'


def _dated(dated: int, undated: int) -> str:
    """How many papers have a year, where some have none; the smaller number says more."""
    if not undated:
        return ""
    if not dated:
        return ", none with a year"
    return f", {undated:,} of them without a year" if undated <= dated else f", {dated:,} dated"


def labels(files: Sequence[str]) -> dict[str, str]:
    """What each file is called here: its name, after as many folders as tell it from the others."""
    called = {file: _called(file, 1) for file in files}
    for depth in range(2, 6):
        times = Counter(called.values())
        called = {
            file: _called(file, depth) if times[label] > 1 else label
            for file, label in called.items()
        }
    return called


def files(counted: Mapping[str, int], chosen: str) -> str:
    """A bar for each file, most papers first, whose button shows its papers alone."""
    if not counted:
        return ""
    called, highest = labels(list(counted)), max(counted.values())
    shown = list(counted.items())[:_MOST_FILES]
    rows = "".join(_file_bar(called[file], count, highest, chosen) for file, count in shown)
    more = len(counted) - len(shown)
    rest = f"<p>and {more:,} more files</p>" if more > 0 else ""
    return f'<p>{_some(len(counted), "file")}</p>\n\n<ul class="files">{rows}</ul>\n\n{rest}'


def merged(held: Holdings) -> str:
    """The papers that several records are of, why they are one, and where these stand."""
    if not held.merged:
        return ""
    told = _some(held.merged_in_all, "paper")
    rows = "".join(
        f"<li><strong>{escape(shortened(paper.title))}</strong>: {escape(_tame(why))} "
        f'<span class="places">{escape(_places(paper.sources))}</span></li>'
        for paper, why in held.merged
    )
    more = held.merged_in_all - len(held.merged)
    rest = f"<p>and {more:,} more</p>" if more > 0 else ""
    return _folded(f"Merged: {told} of several records each", rows, rest)


def kept_out(held: Holdings) -> str:
    """What was kept out of the files when they were last read, and why."""
    if not held.problems:
        return ""
    rows = "".join(
        f"<li><strong>{escape(_places([problem.source]))}</strong>: "
        f"{escape(_tame(problem.reason))}</li>"
        for problem in held.problems
    )
    told = _some(len(held.problems), "record")
    return _folded(f"Left out, taken out or kept apart: {told}", rows)


def found(
    papers: Sequence[Paper], count: int, text: str = "", file: str = "", removable: bool = False
) -> str:
    """How many papers a search for a text found, from which file, and how many of them are shown.

    Where they may be removed, and are not all there are, a button offers it.
    """
    chip = _chip(file) if file else ""
    if not count:
        none = "No paper holds all these words." if text.strip() else "There are no papers here."
        return f'<p class="told">{none} {chip}</p>'
    whole = len(papers) == count
    more = "" if whole else f"; {_which(papers)} are shown"
    told = escape(f"{_some(count, 'paper')}{more}")
    offer = _removal(papers) if removable and whole else ""
    return f'<p class="told"><span>{told}</span> {chip} {offer}</p>'


def _which(papers: Sequence[Paper]) -> str:
    """Which papers stand first, where there are more of them."""
    dated = sum(paper.year is not None for paper in papers)
    if dated == len(papers):
        return f"the newest {dated:,}"
    if not dated:
        return f"{len(papers):,} of them, none with a year,"
    return f"the {dated:,} with a year, newest first, and {len(papers) - dated:,} without"


def rows(papers: Sequence[Paper]) -> list[list[str]]:
    """A row a paper, under `HEADERS`; rows that would be alike have the ids of their papers."""
    plain = [_row(paper) for paper in papers]
    alike = Counter(map(tuple, plain))
    return [
        _row(paper, paper.paper_id) if alike[tuple(row)] > 1 else row
        for paper, row in zip(papers, plain, strict=True)
    ]


def _row(paper: Paper, told_apart: str = "") -> list[str]:
    title = shortened(paper.title) + (f" ({told_apart})" if told_apart else "")
    authors = shortened("; ".join(paper.authors), 80)
    return [title, authors, str(paper.year or ""), paper.venue]


def widths(papers: Sequence[Paper]) -> list[str | int]:
    """The width of each column: one that says nothing of these papers leaves its own to titles."""
    shown = [_row(paper) for paper in papers]
    told = [any(row[place] for row in shown) or not papers for place in range(1, len(HEADERS))]
    others = [wide if says else _NARROW for wide, says in zip(_WIDE, told, strict=True)]
    return [f"{width}%" for width in (100 - sum(others), *others)]


def remove_button(paper: Paper) -> str:
    """A button that offers to remove one paper."""
    return f"<p>{_removal([paper])}</p>"


def _removal(papers: Sequence[Paper]) -> str:
    title = shortened(papers[0].title, 120)
    one = len(papers) == 1
    return button(
        "Remove this paper …" if one else f"Remove these {len(papers):,} papers …",
        kind="remove",
        do="remove",
        paper_ids=[paper.paper_id for paper in papers],
        told=f"“{title}”" if one else f"these {len(papers):,} papers",
    )


def _chip(label: str) -> str:
    taken = button("×", do="browse", kind="browse", spoken=f"Not only from {label}", name="")
    return f'<span class="chip">{escape(f"from {shortened(label, 80)}")}{taken}</span>'


def _file_bar(label: str, count: int, highest: int, chosen: str) -> str:
    width = max(1, round(100 * count / highest))
    kind = "browse chosen" if label == chosen else "browse"
    told = _some(count, "paper")
    pressed = "" if label == chosen else label
    return (
        f"<li>{button(shortened(label, 80), do='browse', kind=kind, title=told, name=pressed)}"
        f'<span class="amount">{count:,}</span><i style="width:{width}%"></i></li>'
    )


def _folded(summary: str, rows: str, rest: str = "") -> str:
    return f"<details><summary>{escape(summary)}</summary><ul>{rows}</ul>{rest}</details>"


def _places(sources: Sequence[str]) -> str:
    places = [
        f"{_called(file, 1)}:{line}" for file, _, line in (s.rpartition(":") for s in sources)
    ]
    more = len(places) - _MOST_PLACES
    return ", ".join(places[:_MOST_PLACES]) + (f" and {more:,} more" if more > 0 else "")


def _called(file: str, depth: int) -> str:
    if file.startswith(UPLOAD):
        return f"{file.removeprefix(UPLOAD)} (uploaded)"
    if not file.startswith("/"):
        return "standard input" if file == "-" else file
    archive, mark, member = file.partition("!")
    return "/".join(PurePosixPath(archive).parts[-depth:]).lstrip("/") + mark + member


def _tame(reason: str) -> str:
    """A reason without the folders of the files that it names."""
    return _FOLDERS.sub("", reason)


def _some(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"


def _bar(year: int, count: int, highest: int) -> str:
    told = "1 paper" if count == 1 else f"{count:,} papers"
    height = round(80 * count / highest)
    bar = f'<i style="height:{height}px"></i><span class="year">{year}</span>'
    return f'<li title="{year}: {told}">{count or ""}{bar}</li>'
