"""Where an abstract says what its paper does, what came out, and what it was tried on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from app.support.addressed import told
from ingest.records import Paper
from ingest.text.contributions import CONTRIBUTES, OURSELVES
from ingest.text.titles import method_name

Span = tuple[int, int]
_OWN = re.compile(rf"\b{OURSELVES}\b", re.I)
_CUE = re.compile(
    rf"\b(?:{CONTRIBUTES}"
    r"|(?:establish|collect|contribut|survey|review|extend|building|describ|investigat|examin|study)\w*)\b",
    re.I,
)
RESULT = re.compile(
    r"\b(?:find|found|show(?:s|ed|n)?|results?|findings?|conclu\w+|demonstrat\w+|reveal\w*"
    r"|outperform\w*|achiev\w+|improv\w+|significant(?:ly)?|reduc\w+|increas\w+|effective)\b"
    r"|\d\s?%",
    re.I,
)
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
_DATA = re.compile(
    r"\b(?:data ?sets?|corpus|corpora|benchmarks?|participants|patients|subjects|samples"
    r"|experiments? on|evaluat\w+ on|tested on|trials?|cohort|images|recordings|simulations?)\b",
    re.I,
)
# Parts of structured abstracts.
_LABEL = re.compile(
    r"^\W*(?:(?P<before>BACKGROUND|INTRODUCTION|OBJECTIVE|AIM|PURPOSE|CONTEXT|RATIONALE)"
    r"|(?P<after>RESULT|FINDING|CONCLUSION|INTERPRETATION)|(?P<how>METHOD|DESIGN|SETTING))S?\b"
)


def main_sentence(paper: Paper) -> Span:
    """The sentence in which a paper says what it does, else its first."""
    spans = _spans(paper.abstract)
    own = [s for s in spans if _says(_OWN, paper, s) and _says(_CUE, paper, s)]
    name = method_name(paper.abstract)
    named = [span for span in own if name and name in paper.abstract[slice(*span)]]
    return (named or own or spans)[0]


def finding(paper: Paper, ordered: tuple[Span, ...] = ()) -> Span | None:
    """The first of these sentences that tells what came out, or None.

    Without any, the last of the abstract. Results stand behind what a paper does; in structured
    abstracts, behind their label.
    """
    spans = ordered or _spans(paper.abstract)[::-1]
    start = main_sentence(paper)[0]
    labelled = [s[0] for s in spans if _part(paper, s) == "after"]
    after = min(labelled, default=start + 1)
    told = [s for s in spans if s[0] >= after and (labelled or _says(RESULT, paper, s))]
    return next(iter(told), None)


def on_aspect(paper: Paper, ordered: Sequence[Span], aspect: str) -> Span | None:
    """The first of these sentences that tells what is limited or where papers differ, or None."""
    return next((span for span in ordered if _says(_ASPECTS[aspect], paper, span)), None)


def data_used(paper: Paper) -> Span | None:
    """The first sentence behind the background that tells what the paper was tried on, or None."""
    spans = _spans(paper.abstract)
    start = min((s[0] for s in spans if _says(_OWN, paper, s)), default=0)
    return next((s for s in spans if s[0] >= start and _says(_DATA, paper, s)), None)


def _part(paper: Paper, span: Span) -> str:
    match = _LABEL.match(paper.abstract[slice(*span)])
    return (match.lastgroup or "") if match else ""


def _says(pattern: re.Pattern[str], paper: Paper, span: Span) -> bool:
    return bool(pattern.search(paper.abstract, *span))


@lru_cache(maxsize=2048)
def _spans(abstract: str) -> tuple[Span, ...]:
    return told(abstract)
