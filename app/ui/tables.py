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
_LISTED = re.compile(r"^- (?P<perhaps>perhaps )?\*\*.*?\*\*: (?P<evidence>.*) \[(?P<number>\d+)\]$")
_CELL = re.compile(r"^- (?P<row>[A-Z][a-z ]+): (?P<quote>.*) \[(?P<number>\d+)\]$")
_HEADING = re.compile(r"^\*\*.*\*\*$")
# The rows of a comparison, and which lines of the answer stand in each.
_ROWS = {
    "Task": ("Task",),
    "Method": ("Method", "How"),
    "Data": ("Data",),
    "Result": ("Result",),
    "On the question": ("On the question",),
}
_ALWAYS = ("Task", "Method", "Data", "Result")


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
    body = "".join(
        _row(sources.citations[int(row["number"])], row["evidence"], bool(row["perhaps"]), sources)
        for row in found
    )
    return [f"<p>{inline(before[0], sources)}</p>", _HEAD + body + "</tbody></table>", _bar(place)]


_HEAD = (
    '<table class="papers"><thead><tr>'
    '<th scope="col"><input class="tick all" type="checkbox" title="Choose all papers"></th>'
    '<th scope="col"><button class="sort" type="button">#</button></th>'
    '<th scope="col"><button class="sort" type="button">Paper</button></th>'
    '<th scope="col"><button class="sort" type="button">Year</button></th>'
    '<th scope="col">Evidence</th></tr></thead><tbody>'
)


def _row(citation: Citation, evidence: str, perhaps: bool, sources: Sources) -> str:
    number, paper = citation.number, citation.paper
    starts = sources.quoted(number, evidence)
    tag = ' <span class="tag">perhaps</span>' if perhaps else ""
    return (
        f'<tr><td><input class="tick" type="checkbox" value="{number}" '
        f'title="Choose paper {number}"></td>'
        f"<td>{link(sources, number, starts)}</td>"
        f'<td class="title">{escape(shortened(paper.title))}{tag}</td>'
        f"<td>{paper.year or '–'}</td>"
        f"<td>{inline(evidence, sources)}</td></tr>"
    )


def _bar(place: int) -> str:
    compare = button("Compare", do="compare", kind="compare", turn=place)
    return (
        '<div class="bar"><span class="pages">'
        f'<button class="page back" type="button">{named("The page before")}‹</button>'
        '<span class="where"></span>'
        f'<button class="page on" type="button">{named("The next page")}›</button></span>'
        f'<span class="ticked">Tick 2 to {MOST_COMPARED} papers to compare them.</span>{compare}'
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
    body = "".join(_compared(row, parts, numbers, said, sources) for row, parts in _ROWS.items())
    return [
        f'<table class="compared"><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    ]


def _compared(
    row: str,
    parts: Sequence[str],
    numbers: Sequence[int],
    said: dict[tuple[str, int], list[str]],
    sources: Sources,
) -> str:
    quotes = {n: [text for part in parts for text in said.get((part, n), [])] for n in numbers}
    if row not in _ALWAYS and not any(quotes.values()):
        return ""
    cells = "".join(
        f"<td>{inline(' '.join(quotes[n]), sources)}</td>"
        if quotes[n]
        else '<td class="silent">not stated</td>'
        for n in numbers
    )
    return f'<tr><th scope="row">{row}</th>{cells}</tr>'
