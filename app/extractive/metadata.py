"""Who wrote a paper, when, where, its title, its links: from the record, not from the prose."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.extractive.assemble import Line, joined, plain
from app.extractive.constraints import CODE, LINK, promises
from app.understanding.question import Attribute
from ingest.records import Paper
from ingest.text.sentences import sentence_spans

_MISSING = {
    "authors": "names no authors", "year": "gives no year", "venue": "names no venue",
    "title": "has no title of its own", "url": "holds no link to the paper",
    "code": "says nothing about code", "doi": "holds no DOI",
}  # fmt: skip
_ORIGIN = ("authors", "year", "venue")
_DERIVED = " (a title made from the abstract)"
# Authors that are told where somebody else is asked for.
_FEW = 10
# Papers whose records lack what is asked for that are told one by one.
_FEW_SILENT = 3
_AVAILABLE = re.compile(r"\bcodes?\b.*\bavailable\b", re.I)


def tell(paper: Paper, attribute: Attribute) -> list[Line]:
    """The lines that give an attribute of a paper, or none where its record lacks it.

    Who wrote it, when and where are told together, what is asked first.
    """
    if attribute in _ORIGIN:
        return _origin(paper, attribute) if getattr(paper, attribute) else []
    if attribute == "reference":
        return [_reference(paper)]
    if attribute == "doi":
        return _identified(paper)
    if attribute == "code" or (attribute == "url" and not paper.url):
        return _code(paper)
    if attribute == "title":
        text = "" if paper.title_derived else f"The title is “{paper.title}”."
    else:
        text = f"The paper is at {paper.url} ." if paper.url else ""
    return [Line(paper, text=text, fields=(attribute,))] if text else []


def beside(paper: Paper, attribute: Attribute) -> list[Line]:
    """What is told of a paper whose record lacks who wrote it, when or where: the rest of these."""
    return _origin(paper, attribute) if attribute in _ORIGIN else []


def missing(paper: Paper, attribute: Attribute) -> str:
    """The sentence that says which part of a record is missing."""
    what = "abstract" if attribute == "code" else "record"
    return f"The {what} of “{paper.title}” {_MISSING[attribute]}."


def silent(papers: Sequence[Paper], attribute: Attribute) -> list[str]:
    """Notes on the papers, of several, whose records lack an attribute: on many of them one."""
    if len(papers) <= _FEW_SILENT:
        return [plain(missing(paper, attribute)) for paper in papers]
    what = "abstracts" if attribute == "code" else "records"
    return [f"The {what} of {len(papers):,} of these papers do not tell this."]


def _origin(paper: Paper, asked: Attribute) -> list[Line]:
    """Who wrote a paper, and when and where it was published, as far as its record has it."""
    told = {"year": str(paper.year or ""), "venue": paper.venue}
    published = tuple(name for name in sorted(told, key=lambda name: name != asked) if told[name])
    lines: list[Line] = []
    if published:
        at = ", in ".join(told[name] for name in published)
        lines.append(Line(paper, text=f"Published in {at}.", fields=published))
    if paper.authors and (asked == "authors" or len(paper.authors) <= _FEW):
        who = Line(paper, text=f"Written by {joined(paper.authors)}.", fields=("authors",))
        lines.insert(0 if asked == "authors" else len(lines), who)
    return lines


def _identified(paper: Paper) -> list[Line]:
    """The line with the DOI and the arXiv id, as far as the record has them."""
    doi, arxiv = paper.identifier("doi"), paper.identifier("arxiv")
    told = [f"The DOI is {doi}"] if doi else []
    told += [f"the arXiv id is {arxiv}" if doi else f"The arXiv id is {arxiv}"] if arxiv else []
    return [Line(paper, text=f"{joined(told)} .", fields=("url",))] if told else []


def _reference(paper: Paper) -> Line:
    """The line that cites a paper by all that its record has: who, when, what and where."""
    doi = paper.identifier("doi")
    address = f"https://doi.org/{doi}" if doi else paper.url
    dated = f" ({paper.year})" if paper.year else ""
    title = plain(paper.title).rstrip(".") + _DERIVED * paper.title_derived
    said = {
        "authors": f"{joined(paper.authors)}{dated}" if paper.authors else "",
        "title": title if paper.authors else f"{title}{dated}",
        "venue": paper.venue,
        "url": f"{address} " if address else "",
    }
    parts = [part.rstrip(".") for part in said.values() if part]
    fields = [name for name, part in said.items() if part] + (["year"] if paper.year else [])
    return Line(paper, text=f"{'. '.join(parts)}.", fields=tuple(fields))


def _code(paper: Paper) -> list[Line]:
    """The sentence with the link, else the one that promises the code."""
    spans = sentence_spans(paper.abstract)
    linked = [s for s in spans if LINK.search(paper.abstract[slice(*s)])]
    # A link beside the word "code" is surer than any other link.
    linked.sort(key=lambda s: not CODE.search(paper.abstract[slice(*s)]))
    if linked:
        return [Line(paper, linked[0])]
    promised = [s for s in spans if _promises(paper.abstract[slice(*s)])]
    return [Line(paper, promised[0])] if promised else []


def _promises(sentence: str) -> bool:
    return promises(sentence) or bool(_AVAILABLE.search(sentence))
