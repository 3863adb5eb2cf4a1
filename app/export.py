"""Papers as references: BibTeX, RIS or CSV. No field is made up; a derived title is left out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from app.understanding.question import Format
from ingest.records import Paper

_SPECIAL = re.compile(r"([{}\\%&#$_])")
_FORMULA = re.compile(r"^[=+\-@\t\r]")


def export(papers: Sequence[Paper], how: Format) -> str:
    """The references of these papers, in their order."""
    if how == "ris":
        return "\n".join(map(_ris, papers))
    return _csv(papers) if how == "csv" else "\n\n".join(map(_bibtex, papers))


def _title(paper: Paper) -> str:
    return "" if paper.title_derived else paper.title


def _bibtex(paper: Paper) -> str:
    key = re.sub(r"[^\w:.-]", "", paper.paper_id)
    fields = {
        "title": _title(paper),
        "author": " and ".join(paper.authors),
        "year": str(paper.year or ""),
        "journal": paper.venue,
        "url": paper.url,
    }
    lines = [f"  {name} = {{{_escaped(value)}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{'article' if paper.venue else 'misc'}{{{key},", *lines, "}"])


def _escaped(value: str) -> str:
    return _SPECIAL.sub(r"\\\1", value)


def _ris(paper: Paper) -> str:
    rows = [("TY", "JOUR" if paper.venue else "GEN"), ("TI", _title(paper))]
    rows += [("AU", author) for author in paper.authors]
    rows += [("PY", str(paper.year or "")), ("JO", paper.venue), ("UR", paper.url)]
    kept = [f"{tag}  - {' '.join(value.split())}" for tag, value in rows if value]
    return "\n".join([*kept, "ER  - ", ""])


def _csv(papers: Sequence[Paper]) -> str:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["id", "title", "authors", "year", "venue", "url"])
    for paper in papers:
        row = (
            paper.paper_id, _title(paper), "; ".join(paper.authors), paper.year or "",
            paper.venue, paper.url,
        )  # fmt: skip
        table.writerow([_harmless(str(value)) for value in row])
    return out.getvalue()


def _harmless(value: str) -> str:
    """A cell that no spreadsheet reads as a formula."""
    return f"'{value}" if _FORMULA.match(value) else value
