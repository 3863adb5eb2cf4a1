"""The library as markup and rows: papers a year, and papers that a search finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.ui.markdown import escape, shortened
from ingest.records import Paper

HEADERS = ["Paper", "Authors", "Year", "Venue"]
MOST = 500
# Bars of older years would be too thin to tell apart.
_MOST_YEARS = 40


def years(counted: Mapping[int | None, int]) -> str:
    """A bar for each year from the first to the last, with its count; gaps are years without."""
    known = {year: count for year, count in counted.items() if year is not None}
    total, undated = sum(counted.values()), counted.get(None, 0)
    line = f"{total:,} papers" + (f", {undated:,} of them without a year" if undated else "")
    if not known:
        return f"<p>{escape(line)}</p>"
    last = max(known)
    first = max(min(known), last - _MOST_YEARS + 1)
    highest = max(known.values())
    bars = "".join(_bar(year, known.get(year, 0), highest) for year in range(first, last + 1))
    return f'<p>{escape(line)}</p>\n\n<ul class="years">{bars}</ul>'


def found(papers: Sequence[Paper], count: int) -> str:
    """How many papers a search found, and how many of them are shown."""
    if not count:
        return "No paper holds all these words."
    some = "1 paper" if count == 1 else f"{count:,} papers"
    return some if len(papers) == count else f"{some}; the newest {len(papers):,} are shown"


def rows(papers: Sequence[Paper]) -> list[list[str]]:
    """A row a paper, under `HEADERS`."""
    return [
        [shortened(p.title), shortened("; ".join(p.authors), 80), str(p.year or ""), p.venue]
        for p in papers
    ]


def _bar(year: int, count: int, highest: int) -> str:
    told = "1 paper" if count == 1 else f"{count:,} papers"
    height = round(80 * count / highest)
    return f'<li title="{year}: {told}">{count or ""}<i style="height:{height}px"></i>{year}</li>'
