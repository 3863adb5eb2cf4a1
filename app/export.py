"""Papers as references: BibTeX, RIS, CSV or CSL-JSON.

No field is made up; a derived title is marked as such.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from itertools import chain, count

from app.understanding.question import Format
from ingest.records import Json, Paper

_SPECIAL = re.compile(r"([{}\\%&#$_])")
_FORMULA = re.compile(r"^[=+\-@\t\r]")


def export(papers: Sequence[Paper], how: Format) -> str:
    """The references of these papers, in their order."""
    if how == "ris":
        return "\n".join(map(_ris, papers))
    if how == "csv":
        return _csv(papers)
    if how == "csl":
        items = [_csl(paper, key) for paper, key in zip(papers, _keys(papers), strict=True)]
        return json.dumps(items, ensure_ascii=False, indent=2)
    return "\n\n".join(map(_bibtex, papers, _keys(papers)))


def _note(paper: Paper) -> str:
    return "derived title" if paper.title_derived else ""


def _keys(papers: Sequence[Paper]) -> list[str]:
    """A key for each paper from its id, in which BibTeX allows few signs; none stands twice."""
    found: list[str] = []
    for paper in papers:
        plain = re.sub(r"[^\w:.-]", "", paper.paper_id) or "paper"
        keys = chain([plain], (f"{plain}-{number}" for number in count(2)))
        found.append(next(key for key in keys if key not in found))
    return found


def _bibtex(paper: Paper, key: str) -> str:
    fields = {
        "title": _escaped(paper.title),
        "author": _escaped(" and ".join(paper.authors)),
        "year": str(paper.year or ""),
        "journal": _escaped(paper.venue),
        # An address is printed by a command that takes it as it stands, but for braces.
        "url": paper.url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C"),
        "note": _escaped(_note(paper)),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{'article' if paper.venue else 'misc'}{{{key},", *lines, "}"])


def _escaped(value: str) -> str:
    return _SPECIAL.sub(r"\\\1", value)


def _ris(paper: Paper) -> str:
    rows = [("TY", "JOUR" if paper.venue else "GEN"), ("TI", paper.title)]
    rows += [("AU", author) for author in paper.authors]
    rows += [("PY", str(paper.year or "")), ("JO", paper.venue), ("UR", paper.url)]
    rows += [("N1", _note(paper))]
    kept = [f"{tag}  - {' '.join(value.split())}" for tag, value in rows if value]
    return "\n".join([*kept, "ER  - ", ""])


def _csl(paper: Paper, key: str) -> Json:
    """An item of CSL-JSON 1.0: https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html."""
    scheme, _, bare = paper.paper_id.partition(":")
    fields: Json = {
        "title": paper.title,
        "author": [_person(name) for name in paper.authors],
        "issued": {"date-parts": [[paper.year]]} if paper.year else {},
        "container-title": paper.venue,
        "DOI": bare if scheme == "doi" else "",
        "URL": paper.url,
        "note": _note(paper),
    }
    known = {name: value for name, value in fields.items() if value}
    return {"id": key, "type": "article-journal" if paper.venue else "document", **known}


def _person(name: str) -> Json:
    """A name in its parts where a comma parts it, else as it stands."""
    family, comma, given = name.partition(",")
    return {"family": family.strip(), "given": given.strip()} if comma else {"literal": name}


def _csv(papers: Sequence[Paper]) -> str:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["id", "title", "authors", "year", "venue", "url", "note"])
    for paper in papers:
        row = (
            paper.paper_id, paper.title, "; ".join(paper.authors), paper.year or "",
            paper.venue, paper.url, _note(paper),
        )  # fmt: skip
        table.writerow([_harmless(str(value)) for value in row])
    return out.getvalue()


def _harmless(value: str) -> str:
    """A cell that no spreadsheet reads as a formula."""
    return f"'{value}" if _FORMULA.match(value) else value
