"""Two papers or more side by side, each told in its own sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.answering.composing import Line
from app.answering.evidence import EvidenceFinder, Wanted
from app.answering.listing import main_sentence, own_part
from ingest.records import Paper
from ingest.sentences import sentence_spans

MOST_SIDES = 4
_EACH = 4
_CONTRIBUTION = re.compile(
    r"\b(?:specifically|in particular|first(?:ly)?|second(?:ly)?|then|consists? of|employ\w*"
    r"|leverag\w*|uses?|integrat\w*|instead|by \w+ing|combin\w*|while)\b",
    re.I,
)
_SIDES = (
    re.compile(r"\b(?:between|of)\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)[?.!]*$", re.I),
    re.compile(r"^(?P<a>.+?)\s+(?:vs\.?|versus)\s+(?P<b>.+?)[?.!]*$", re.I),
    re.compile(r"\bcompare\s+(?P<a>.+?)\s+(?:and|with|to|against)\s+(?P<b>.+?)[?.!]*$", re.I),
    re.compile(
        r"\bhow (?:do|does|is|are)\s+(?P<a>.+?)\s+(?:differ|different)\s+from\s+(?P<b>.+?)[?.!]*$",
        re.I,
    ),
    re.compile(r"\bhow do\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\s+(?:differ|compare)\b", re.I),
)


def sides(text: str) -> tuple[str, ...]:
    """The two things that a question compares, in its words; empty where its form shows none."""
    for pattern in _SIDES:
        match = pattern.search(text)
        if match:
            return match.group("a"), match.group("b")
    return ()


def compare(finder: EvidenceFinder, wanted: Wanted, papers: Sequence[Paper]) -> list[Line]:
    """Up to four sentences a paper: what it proposes, what answers the question, how it works."""
    lines: list[Line] = []
    for side, paper in enumerate(papers[:MOST_SIDES]):
        break_before = "\n\n" if side else ""
        lines += [
            Line(paper, span, prefix=f"{break_before}**{_label(paper)}**: " if place == 0 else "")
            for place, span in enumerate(_spans(finder, wanted, paper))
        ]
    return lines


def _spans(finder: EvidenceFinder, wanted: Wanted, paper: Paper) -> list[tuple[int, int]]:
    chosen = [main_sentence(paper)]
    # What stands before the paper speaks of itself is about others.
    ranked = [e for e in finder.sentences(wanted, [paper]) if e.start >= own_part(paper)]
    asked = [(e.start, e.end) for e in ranked if e.coverage >= 0.25]
    spans = sentence_spans(paper.abstract)
    after = [s for s in spans if s > chosen[0]]
    told = [s for s in after if _CONTRIBUTION.search(paper.abstract[slice(*s)])]
    for span in (*asked[:1], *told, *after):
        if span not in chosen and len(chosen) < _EACH:
            chosen.append(span)
    return sorted(chosen)


def _label(paper: Paper) -> str:
    name, colon, _ = paper.title.partition(":")
    return name if colon and len(name) <= 30 else paper.title
