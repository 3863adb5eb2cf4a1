"""Papers as references: BibTeX, RIS, CSV or CSL-JSON.

No field is made up; a derived title is marked as such, and so is a paper that perhaps belongs.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, count

from app.answer import Citation
from app.export_keys import keys
from app.understanding.question import Format
from ingest.records import Json, Paper

_LATEX = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "{}%&#$_"},
        "\\": r"\textbackslash{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
    }
)
# BibTeX counts every brace, also an escaped one.
_UNPAIRED = {**_LATEX, ord("{"): r"\textbraceleft{}", ord("}"): r"\textbraceright{}"}
_AND = re.compile(r"\sand\s", re.I)
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_COLUMNS = ("id", "title", "authors", "year", "venue", "url", "note", "source_ids")
_LONG_COLUMNS = ("abstract", "evidence")


def export(papers: Sequence[Paper], how: Format) -> str:
    """The references of these papers, in their order, by their records without the abstracts."""
    return _written(
        [Citation(place, paper) for place, paper in enumerate(papers)], how, whole=False
    )


def export_cited(cited: Sequence[Citation], how: Format) -> str:
    """The same with the abstracts, and with what the answer quoted where a format has room."""
    return _written(cited, how, whole=True)


def _written(cited: Sequence[Citation], how: Format, *, whole: bool) -> str:
    if how == "ris":
        return "\n".join(_ris(one, whole) for one in cited)
    if how == "csv":
        return _csv(cited, whole)
    papers = [one.paper for one in cited]
    if how == "csl":
        named = zip(cited, _plain_ids(papers), keys(papers), strict=True)
        items = [_csl(one, plain, key, whole) for one, plain, key in named]
        return json.dumps(items, ensure_ascii=False, indent=2)
    return "\n\n".join(
        _bibtex(one, key, whole) for one, key in zip(cited, keys(papers), strict=True)
    )


def _note(cited: Citation) -> str:
    derived = "derived title" if cited.paper.title_derived else ""
    return "; ".join(filter(None, (derived, "" if cited.sure else "perhaps on the topic")))


def _own_ids(paper: Paper) -> str:
    """The ids that the paper's records carried in their files."""
    return "; ".join(paper.source_ids)


def _plain_ids(papers: Sequence[Paper]) -> list[str]:
    """The id of each paper, without signs that mean something elsewhere; none stands twice."""
    found: dict[str, None] = {}
    for paper in papers:
        plain = re.sub(r"[^\w:.-]", "", paper.paper_id) or "paper"
        ids = chain([plain], (f"{plain}-{number}" for number in count(2)))
        found[next(one for one in ids if one not in found)] = None
    return list(found)


def _bibtex(cited: Citation, key: str, whole: bool) -> str:
    paper = cited.paper
    fields = {
        "title": _escaped(paper.title),
        "author": " and ".join(map(_author, paper.authors)),
        "year": str(paper.year or ""),
        "journal": _escaped(paper.venue),
        "doi": _as_it_stands(paper.identifier("doi")),
        "url": _as_it_stands(paper.url),
        "abstract": _escaped(" ".join(paper.abstract.split())) if whole else "",
        "note": _escaped(_note(cited)),
        # Names under which biblatex finds the entry too.
        "ids": ",".join(_aliases([paper.paper_id, *paper.source_ids], key)),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{'article' if paper.venue else 'misc'}{{{key},", *lines, "}"])


def _aliases(names: Iterable[str], key: str) -> Iterable[str]:
    """Those of these names that may be keys of BibTeX, each once."""
    return (
        name for name in dict.fromkeys(names) if re.fullmatch(r"[\w:./+-]+", name) and name != key
    )


def _as_it_stands(address: str) -> str:
    """An address, which is printed by a command that takes it as it stands, but for braces."""
    return address.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


def _author(name: str) -> str:
    """A name, in braces where BibTeX would take it for two."""
    return f"{{{_escaped(name)}}}" if _AND.search(name) else _escaped(name)


def _escaped(value: str) -> str:
    """Text that LaTeX prints as it stands here."""
    return value.translate(_LATEX if _is_paired(value) else _UNPAIRED)


def _is_paired(value: str) -> bool:
    """Whether each brace is closed after it was opened."""
    depths = list(accumulate(((sign == "{") - (sign == "}") for sign in value), initial=0))
    return min(depths) == depths[-1] == 0


def _ris(cited: Citation, whole: bool) -> str:
    paper = cited.paper
    rows = [("TY", "JOUR" if paper.venue else "GEN"), ("TI", paper.title)]
    rows += [("AU", author) for author in paper.authors]
    rows += [("PY", str(paper.year or "")), ("JO", paper.venue), ("DO", paper.identifier("doi"))]
    rows += [("UR", paper.url), ("AB", paper.abstract if whole else ""), ("N1", _note(cited))]
    # The number of a record in the data base that it is from.
    rows += [("AN", _own_ids(paper))]
    kept = [f"{tag}  - {' '.join(value.split())}" for tag, value in rows if value]
    return "\n".join([*kept, "ER  - ", ""])


def _csl(cited: Citation, plain: str, key: str, whole: bool) -> Json:
    """An item of CSL-JSON 1.0: https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html."""
    paper = cited.paper
    fields: Json = {
        "title": paper.title,
        "author": [_person(name) for name in paper.authors],
        "issued": {"date-parts": [[paper.year]]} if paper.year else {},
        "container-title": paper.venue,
        "DOI": paper.identifier("doi"),
        "URL": paper.url,
        "abstract": paper.abstract if whole else "",
        "note": _note(cited),
        "archive_location": _own_ids(paper),
        "citation-key": key,
    }
    known = {name: value for name, value in fields.items() if value}
    return {"id": plain, "type": "article-journal" if paper.venue else "document", **known}


def _person(name: str) -> Json:
    """A name in its parts where a comma parts it, else as it stands."""
    family, comma, given = name.partition(",")
    return {"family": family.strip(), "given": given.strip()} if comma else {"literal": name}


def _csv(cited: Sequence[Citation], whole: bool) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")  # else the page, which sends lines, adds a blank
    table.writerow([*_COLUMNS, *(_LONG_COLUMNS if whole else ())])
    for one in cited:
        paper = one.paper
        row = [
            paper.paper_id, paper.title, "; ".join(paper.authors), paper.year or "",
            paper.venue, paper.url, _note(one), _own_ids(paper),
        ]  # fmt: skip
        row += [paper.abstract, " … ".join(quote.text for quote in one.quotes)] if whole else []
        table.writerow([_harmless(str(value)) for value in row])
    return out.getvalue()


def _harmless(value: str) -> str:
    """A cell that no spreadsheet reads as a formula."""
    return f"'{value}" if _FORMULA.match(value) else value
