"""What people said of answers, as drafts of cases for a person to finish. None is ever scored."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.extractive.assemble import plain
from eval.dataset.case_tables import written
from eval.dataset.paper_phrases import check
from eval.records import KINDS, Case
from eval.scoring.normalize import letters
from ingest.catalog import Feedback
from ingest.records import Paper
from ingest.text.terms import words

HEAD = """\
# Drafts, made from what people said of answers. None is scored until a person has finished it:
#  - read the comments above each: they are in the words of whoever used the page;
#  - read the abstracts: are these the papers that a good answer cites, and all of them?
#  - add what the answer must say ("facts"), and what it must not ("forbidden");
#  - then take out "draft: true". Throw away what is not worth asking.
"""
_Shelf = Mapping[str, Paper]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft, and what the person who finishes it is told, a line each."""

    case: Case
    told: tuple[str, ...]


def proposals(given: Sequence[Feedback], papers: Sequence[Paper]) -> list[Proposal]:
    """A draft for each question that was judged, in the order in which they first were.

    Of several who judged the same question the last one says what it expects; all are quoted.
    """
    shelf = {name: paper for paper in papers for name in (*paper.aliases, paper.paper_id)}
    asked: dict[tuple[str, ...], list[Feedback]] = defaultdict(list)
    for one in given:
        asked[tuple(map(letters, (*one.history, one.question)))].append(one)
    return [_proposal(alike, shelf, papers) for alike in asked.values()]


def as_yaml(found: Iterable[Proposal]) -> str:
    """The drafts as a case file, what is told of each in comments above it."""
    blocks = (
        "".join(f"# {_line(told)}\n" for told in one.told) + written([one.case], ".yaml")
        for one in found
    )
    return "\n".join([HEAD, *blocks])


def _proposal(alike: Sequence[Feedback], shelf: _Shelf, papers: Sequence[Paper]) -> Proposal:
    last = alike[-1]
    expected = _expected(last, shelf, papers)
    case = Case(
        id=_id(last),
        question=" ".join(last.question.split()),
        kind=last.kind if last.kind in KINDS else "lookup",
        answer=plain(last.answer) if last.liked and not last.abstained else "",
        papers=tuple(paper.paper_id for paper in expected),
        answerable=bool(expected),
        history=tuple(" ".join(text.split()) for text in last.history),
        tags=("feedback", *_tags(last)),
        draft=True,
    )
    told = [line for one in alike for line in _said(one, shelf, papers)]
    told += [f"{paper.paper_id} is “{paper.title}”." for paper in expected]
    if not expected and not (last.liked and last.abstained) and not last.not_said:
        told.append("Which papers answer it was not said: name them, if any do.")
    return Proposal(case, (*told, *(f"To mend: {one}" for one in check([case], papers))))


def _expected(one: Feedback, shelf: _Shelf, papers: Sequence[Paper]) -> list[Paper]:
    """The papers that a good answer cites, as far as they can be told from what was said."""
    found = _missing(one, shelf, papers)
    if one.abstained and one.liked:
        return []
    if not one.not_said:
        found = [
            shelf[name] for name in one.cited if name in shelf and name not in one.wrong
        ] + found
    return list({paper.paper_id: paper for paper in found}.values())


def _missing(one: Feedback, shelf: _Shelf, papers: Sequence[Paper]) -> list[Paper]:
    """The paper that a visitor missed, where the words name exactly one."""
    if not one.missing:
        return []
    if one.missing in shelf:
        return [shelf[one.missing]]
    wanted = letters(one.missing)
    titled = [paper for paper in papers if letters(paper.title) == wanted]
    holding = [p for p in papers if wanted and wanted in letters(f"{p.title} {p.abstract}")]
    return next((found for found in (titled, holding) if len(found) == 1), [])


def _said(one: Feedback, shelf: _Shelf, papers: Sequence[Paper]) -> Iterator[str]:
    """What one person said, a line each."""
    yield f"{one.given}: {'helpful' if one.liked else 'not helpful'}."
    for name in one.wrong:
        title = f" (“{shelf[name].title}”)" if name in shelf else ""
        yield f"Wrong paper: {name}{title}."
    if one.missing:
        known = "" if _missing(one, shelf, papers) else " That names no paper, or several."
        yield f"Missing paper: {one.missing}.{known}"
    if one.not_said:
        yield "Not in the abstract."
    if one.comment:
        yield f"Comment: {one.comment}"
    for name in one.cited:
        if name not in shelf:
            yield f"It cited {name}, which is no longer in the index."


def _tags(one: Feedback) -> tuple[str, ...]:
    faults = (
        ("wrong-paper", bool(one.wrong)),
        ("missing-paper", bool(one.missing)),
        ("not-in-the-abstract", one.not_said),
    )
    named = tuple(tag for tag, holds in faults if holds)
    return named or ("helpful" if one.liked else "not-helpful",)


def _id(one: Feedback) -> str:
    asked = "\x1f".join((*one.history, one.question))
    slug = "-".join(words(one.question))[:40].strip("-")
    return f"{slug or 'question'}-{hashlib.sha256(asked.encode()).hexdigest()[:6]}"


def _line(text: str) -> str:
    """Text that stays in its line of a comment, whatever it holds."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
