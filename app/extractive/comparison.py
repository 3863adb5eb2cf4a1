"""Two papers or more side by side: what each does, what it was tried on, what came out."""

from __future__ import annotations

from collections.abc import Sequence

from app.extractive.assemble import Line, plain
from app.extractive.own_words import Span, data_used, finding, main_sentence
from app.extractive.sentences import SentenceReader, Wanted
from app.support.addressed import told
from ingest.records import Paper
from ingest.text.titles import method_name

MOST_SIDES = 5
_LONGEST_LABEL = 30


def compare(reader: SentenceReader, wanted: Wanted, papers: Sequence[Paper]) -> list[Line]:
    """A block a paper: its task, method, data and result, each a quote; none where it is silent."""
    lines: list[Line] = []
    for side, paper in enumerate(papers[:MOST_SIDES]):
        heading = f"{chr(10) * 2 if side else ''}**{plain(label(paper))}**"
        for name, span in _rows(reader, wanted, paper).items():
            lines.append(Line(paper, span, prefix=f"{heading}\n- {name}: "))
            heading = ""
    return lines


def _rows(reader: SentenceReader, wanted: Wanted, paper: Paper) -> dict[str, Span]:
    """What a paper says of each row; no sentence stands in two."""
    spans = told(paper.abstract)
    main = main_sentence(paper)
    best = reader.read(wanted, paper).sentences[0]
    method = next((s for s in spans if s[0] > main[0]), None)
    rows = {
        "Task": spans[0] if spans[0] != main else None,
        "Method": main,
        "How": method,
        "Data": data_used(paper),
        "Result": finding(paper),
        "On the question": (best.start, best.end),
    }
    found: dict[str, Span] = {}
    for name in ("Method", "Result", "Data", "Task", "On the question", "How"):
        span = rows[name]
        if span and span not in found.values():
            found[name] = span
    return {name: found[name] for name in rows if name in found}


def label(paper: Paper) -> str:
    """What to call a paper in a word: its method's name, else its title."""
    name, colon, _ = paper.title.partition(":")
    short = colon and len(name) <= _LONGEST_LABEL
    return name if short else method_name(paper.abstract) or paper.title
