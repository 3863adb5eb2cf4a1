"""Two papers or more side by side: what each does, what it was tried on, what came out."""

from __future__ import annotations

from collections.abc import Sequence

from app.extractive.assemble import Line, plain
from app.extractive.own_words import Span, main_sentence, of_zone
from app.extractive.sentences import SentenceReader, Wanted, selected
from app.extractive.zones import Zone
from ingest.records import Paper
from ingest.text.titles import method_name

MOST_SIDES = 5
_LONGEST_LABEL = 30
# Rows with their zones: what tells most comes first, where one sentence fits two.
_ROWS: dict[str, Zone] = {"Result": "result", "Data": "data", "Method": "method"}
_ORDER = ("Task", "Method", "Data", "Result")
_ON_IT, _MOST_ON_IT = "On the question", 2


def compare(reader: SentenceReader, sides: Sequence[tuple[Paper, Wanted | None]]) -> list[Line]:
    """A block a paper: its task, method, data and result, each a quote; none where it is silent.

    Beside it what it tells of a detail that is wanted of it, if one is.
    """
    lines: list[Line] = []
    for side, (paper, wanted) in enumerate(sides[:MOST_SIDES]):
        heading = f"{chr(10) * 2 if side else ''}**{plain(label(paper))}**"
        for name, span in _rows(reader, wanted, paper):
            lines.append(Line(paper, span, prefix=f"{heading}\n- {name}: "))
            heading = ""
    return lines


def _rows(reader: SentenceReader, wanted: Wanted | None, paper: Paper) -> list[tuple[str, Span]]:
    """What a paper says of each row; no sentence stands in two."""
    found = {"Task": main_sentence(paper)}
    for name, zone in _ROWS.items():
        span = of_zone(paper, zone, found.values())
        if span:
            found[name] = span
    rows = [(name, found[name]) for name in _ORDER if name in found]
    if wanted and wanted.words:
        best = selected(reader.read_closely(wanted, paper).sentences, _MOST_ON_IT)
        rows += [(_ON_IT, one.span) for one in best if one.span not in found.values()]
    return rows


def label(paper: Paper) -> str:
    """What to call a paper in a word: its method's name, else its title."""
    name, colon, _ = paper.title.partition(":")
    short = colon and len(name) <= _LONGEST_LABEL
    return name if short else method_name(paper.abstract) or paper.title
