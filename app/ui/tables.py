"""Lists and comparisons as tables: one row a paper, or one column a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.answer import Answer, Citation
from app.ui.inline import Sources, inline, link
from app.ui.markdown import escape, shortened
from app.ui.wishes import button, named

MOST_ROWS = 1_000
MOST_COMPARED = 5
_TICKS = f"Tick papers: any number to export, 2 to {MOST_COMPARED} to compare."
_LISTED = re.compile(
    r"^- (?P<perhaps>perhaps )?\*\*.*?\*\*(?: \(\d+\))?: (?P<evidence>.*) \[(?P<number>\d+)\]$"
)
_CELL = re.compile(r"^- (?P<row>[A-Z][a-z ]+): (?P<quote>.*) \[(?P<number>\d+)\]$")
_HEADING = re.compile(r"^\*\*.*\*\*$")
# The rows of a comparison; the last is there where something is asked.
_ALWAYS = ("Task", "Method", "Data", "Result")
_ROWS = (*_ALWAYS, "On the question")


def table(given: Answer, sources: Sources, place: int) -> list[str]:
    """The blocks of an answer that is a table; none where its text has another form."""
    lines = [line for line in given.text.splitlines() if line.strip()]
    if given.kind in ("list", "count"):
        return _papers(lines, sources, place)
    return _columns(lines, sources) if given.kind == "compare" else []


# Lists


def _papers(lines: Sequence[str], sources: Sources, place: int) -> list[str]:
    before = [line for line in lines if not line.startswith("- ")]
    rows = [_LISTED.match(line) for line in lines if line.startswith("- ")]
    found = [row for row in rows if row and int(row["number"]) in sources.citations]
    if not found or len(before) != 1 or len(found) < len(rows):
        return []
    cited = [sources.citations[int(row["number"])] for row in found]
    # A column of dashes says nothing.
    dated = any(citation.paper.year for citation in cited)
    body = "".join(
        _row(citation, row["evidence"], bool(row["perhaps"]), sources, dated=dated)
        for citation, row in zip(cited, found, strict=True)
    )
    shown = _scrolled(f'<table class="papers">{_head(dated=dated)}<tbody>{body}</tbody></table>')
    return [f"<p>{inline(before[0], sources)}</p>", shown, _bar(place)]


def _scrolled(shown: str) -> str:
    """A table that is wider than its place scrolls in it, not with the page."""
    return f'<div class="scroller">{shown}</div>'


def _head(*, dated: bool) -> str:
    sorted_by = ["#", "Paper", *(["Year"] if dated else [])]
    heads = "".join(
        f'<th scope="col"><button class="sort" type="button">{name}</button></th>'
        for name in sorted_by
    )
    return (
        '<thead><tr><th scope="col">'
        '<input class="tick all" type="checkbox" title="Tick all papers"></th>'
        f'{heads}<th scope="col">Evidence</th></tr></thead>'
    )


def _row(citation: Citation, evidence: str, perhaps: bool, sources: Sources, *, dated: bool) -> str:
    number, paper = citation.number, citation.paper
    year = f"<td>{paper.year or '–'}</td>" if dated else ""
    starts = sources.quoted(number, evidence)
    tag = ' <span class="tag">perhaps</span>' if perhaps else ""
    return (
        f'<tr><td><input class="tick" type="checkbox" value="{number}" '
        f'title="Choose paper {number}"></td>'
        f"<td>{link(sources, number, starts)}</td>"
        f'<td class="title">{escape(shortened(paper.title))}{tag}</td>'
        f"{year}<td>{inline(evidence, sources)}</td></tr>"
    )


def _bar(place: int) -> str:
    compare = button("Compare", do="compare", kind="compare", turn=place)
    return (
        '<div class="bar"><span class="pages">'
        f'<button class="page back" type="button">{named("The page before:")}‹ Back</button>'
        '<span class="where"></span>'
        f'<button class="page on" type="button">{named("The next page:")}Next ›</button></span>'
        f'<span class="ticked">{_TICKS}</span>{compare}'
        "</div>"
    )


# Comparisons


def _columns(lines: Sequence[str], sources: Sources) -> list[str]:
    cells = [_CELL.match(line) for line in lines if not _HEADING.match(line)]
    found = [cell for cell in cells if cell and int(cell["number"]) in sources.citations]
    numbers = list(dict.fromkeys(int(cell["number"]) for cell in found))
    if len(found) < len(cells) or not 2 <= len(numbers) <= MOST_COMPARED:
        return []
    said: dict[tuple[str, int], list[str]] = {}
    for cell in found:
        quoted = f"{cell['quote']} [{cell['number']}]"
        said.setdefault((cell["row"], int(cell["number"])), []).append(quoted)
    heads = "".join(
        f'<th scope="col">{escape(shortened(sources.citations[n].paper.title))}</th>'
        for n in numbers
    )
    body = "".join(_compared(row, numbers, said, sources) for row in _ROWS)
    shown = f"<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody>"
    return [_scrolled(f'<table class="compared">{shown}</table>')]


def _compared(
    row: str,
    numbers: Sequence[int],
    said: dict[tuple[str, int], list[str]],
    sources: Sources,
) -> str:
    quotes = {n: said.get((row, n), []) for n in numbers}
    if row not in _ALWAYS and not any(quotes.values()):
        return ""
    cells = "".join(
        f"<td>{inline(' '.join(quotes[n]), sources)}</td>"
        if quotes[n]
        else '<td class="silent">not stated</td>'
        for n in numbers
    )
    return f'<tr><th scope="row">{row}</th>{cells}</tr>'
