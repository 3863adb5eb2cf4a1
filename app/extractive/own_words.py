"""Where an abstract says what its paper does, what came out, and what it was tried on."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np

from app.extractive.zones import ZONES, Zone, zones
from app.logistic import Floats
from app.support.addressed import told
from ingest.records import Paper
from ingest.text.titles import method_name

Span = tuple[int, int]
# What is less probably of a zone does not stand for it. Of 800 labelled abstracts, writers left
# out, 0.93 of the results and 0.73 of the data that are shown then are such.
_LEAST = 0.25
_OUTCOME = 0.5
# What does not work yet, and where papers differ.
_LIMIT = re.compile(
    r"\b(?:limit(?:s|ed|ations?)?|challeng\w+|drawbacks?|shortcomings?|weakness\w*|fail(?:s|ed|ure)?"
    r"|struggl\w+|suffer\w*|lack\w*|gaps?|overlook\w*|ignor\w+|neglect\w*|unexplored|unresolved"
    r"|bottlenecks?|costly|expensive|open (?:problem|question|issue)s?|future (?:work|research)"
    r"|remains? (?:a|an|the|un\w+|open|difficult|hard))\b",
    re.I,
)
_DISAGREEMENT = re.compile(
    r"\b(?:contra(?:ry|dict\w*)|inconsisten\w+|conflict\w*|controvers\w+|debat\w+|disagree\w*"
    r"|in contrast to|unlike|whereas|question\w* whether)\b",
    re.I,
)
_ASPECTS: dict[str, re.Pattern[str]] = {"limits": _LIMIT, "disagreement": _DISAGREEMENT}


def main_sentence(paper: Paper) -> Span:
    """The sentence in which a paper most probably says what it does, else its first.

    Of several, one that names its method.
    """
    chances, name = _chances(paper, "aim"), method_name(paper.abstract)
    says = [
        (bool(name) and name in paper.abstract[slice(*span)], chance, span)
        for chance, span in zip(chances, told(paper.abstract), strict=True)
        if chance >= _LEAST
    ]
    best = max(says, key=lambda one: one[:2], default=None)
    return best[2] if best else told(paper.abstract)[0]


def finding(paper: Paper, ordered: Sequence[Span] = ()) -> Span | None:
    """The first of these sentences that tells what came out, or None.

    Without any, the one of the abstract that most probably does.
    """
    if not ordered:
        return of_zone(paper, "result") or of_zone(paper, "conclusion")
    spans, chances = told(paper.abstract), _chances(paper, "result", "conclusion")
    return next((span for span in ordered if chances[spans.index(span)] >= _OUTCOME), None)


def data_used(paper: Paper) -> Span | None:
    """The sentence that most probably tells what the paper was tried on, or None."""
    return of_zone(paper, "data")


def of_zone(paper: Paper, zone: Zone, without: Collection[Span] = ()) -> Span | None:
    """The sentence most probably of a zone, if it probably is, and none of these, or None."""
    ranked = zip(_chances(paper, zone), told(paper.abstract), strict=True)
    found = [(chance, span) for chance, span in ranked if span not in without]
    chance, span = max(found, key=lambda one: one[0], default=(0.0, None))
    return span if chance >= _LEAST else None


def on_aspect(paper: Paper, ordered: Sequence[Span], aspect: str) -> Span | None:
    """The first of these sentences that tells what is limited or where papers differ, or None."""
    found = _ASPECTS[aspect]
    return next((span for span in ordered if found.search(paper.abstract, *span)), None)


def _chances(paper: Paper, *wanted: Zone) -> Floats:
    """The probability of each sentence to be of one of these zones."""
    columns = [ZONES.index(zone) for zone in wanted]
    return np.asarray(zones(paper.abstract)[:, columns].sum(axis=1))
