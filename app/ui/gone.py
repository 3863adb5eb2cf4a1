"""What an earlier answer cites as the collection has it now: papers may have left it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from app.answer import Answer, Citation
from app.ui.chat import Engine, Turn, Turns
from ingest.errors import AskpapersError
from ingest.records import Paper


def as_it_is_now(engine: Engine, turns: Turns) -> Turns:
    """The turns, each with those of its papers that are gone, and the abstracts that were not kept.

    They stay as they are where the collection cannot be read.
    """
    answers = [turn.answer for turn in turns if turn.answer]
    cited = chain.from_iterable(answer.citations for answer in answers)
    paper_ids = list(dict.fromkeys(one.paper.paper_id for one in cited))
    try:
        held = engine.held_of(paper_ids) if paper_ids else {}
    except AskpapersError:
        return turns
    return tuple(_told(turn, held) for turn in turns)


def _told(turn: Turn, held: Mapping[str, Paper]) -> Turn:
    if turn.answer is None:
        return turn
    cited = [one.paper.paper_id for one in turn.answer.citations]
    gone = tuple(paper_id for paper_id in cited if paper_id not in held)
    return replace(turn, answer=_filled(turn.answer, held), gone=gone)


def _filled(answer: Answer, held: Mapping[str, Paper]) -> Answer:
    """The answer with the abstracts that it lacks."""
    if all(one.paper.abstract for one in answer.citations):
        return answer
    return replace(answer, citations=tuple(_whole(one, held) for one in answer.citations))


def _whole(citation: Citation, held: Mapping[str, Paper]) -> Citation:
    """A citation with its abstract, unless that has changed since it was quoted."""
    paper = held.get(citation.paper.paper_id)
    if citation.paper.abstract or paper is None:
        return citation
    if any(paper.abstract[one.start : one.end] != one.text for one in citation.quotes):
        return citation
    return replace(citation, paper=replace(citation.paper, abstract=paper.abstract))
