"""Who wrote a paper, when, where, its title, its links: from the record, not from the prose."""

from __future__ import annotations

import re

from app.extractive.assemble import Line, joined
from app.extractive.constraints import gives_code
from app.understanding.question import Attribute
from ingest.records import Paper
from ingest.text.sentences import sentence_spans

_MISSING = {
    "authors": "names no authors", "year": "gives no year", "venue": "names no venue",
    "title": "has no title of its own", "url": "holds no link to the paper",
    "code": "says nothing about code",
}  # fmt: skip
_CODE_LINK = re.compile(r"https?://\S+|(?:github|gitlab)\.com/\S+", re.I)
_CODE_WORD = re.compile(
    r"\b(?:codes?|implementation|source|repository|software|github|released?)\b", re.I
)


def tell(paper: Paper, attribute: Attribute) -> list[Line]:
    """The line that gives an attribute of a paper, or none where its record lacks it."""
    if attribute == "code" or (attribute == "url" and not paper.url):
        return _code(paper)
    if attribute == "title":
        text = "" if paper.title_derived else f"The title is “{paper.title}”."
    elif attribute == "authors":
        text = f"Written by {joined(paper.authors)}." if paper.authors else ""
    elif attribute == "year":
        text = f"Published in {paper.year}." if paper.year else ""
    elif attribute == "venue":
        text = f"Published in {paper.venue}." if paper.venue else ""
    else:
        text = f"The paper is at {paper.url} ." if paper.url else ""
    return [Line(paper, text=text, fields=(attribute,))] if text else []


def missing(paper: Paper, attribute: Attribute) -> str:
    """The sentence that says which part of a record is missing."""
    what = "abstract" if attribute == "code" else "record"
    return f"The {what} of “{paper.title}” {_MISSING[attribute]}."


def _code(paper: Paper) -> list[Line]:
    """The sentence with the link, else the one that promises the code."""
    spans = sentence_spans(paper.abstract)
    linked = [s for s in spans if _CODE_LINK.search(paper.abstract[slice(*s)])]
    # A link beside the word "code" is surer than any other link.
    linked.sort(key=lambda s: not _CODE_WORD.search(paper.abstract[slice(*s)]))
    if linked:
        return [Line(paper, linked[0])]
    promised = [s for s in spans if _promises(paper.abstract[slice(*s)])]
    return [Line(paper, promised[0])] if promised else []


def _promises(sentence: str) -> bool:
    return gives_code(Paper("", sentence, ""), "promised") or bool(
        re.search(r"\bcodes?\b.*\bavailable\b", sentence, re.I)
    )
