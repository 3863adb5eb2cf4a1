"""A follow-up read in the light of the answer before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.extractive.lists import passes
from app.records import Answer
from app.understanding.entities import Linked
from app.understanding.filters import Filters
from app.understanding.parse import PAPER_NOUN, Question
from app.understanding.references import chooses_papers
from ingest.records import Paper

_ASKS = re.compile(
    r"^(?:how|what|which|who|when|where|why|is|are|does|do|did|can|was|were)\b", re.I
)
# "And are about history?" goes on with the papers of the list.
_ALSO_DO = re.compile(
    r"^(?:are|were|use|have|deal|concern|discuss|study)\b(?!\s+(?:they|these|those|there|the|any))",
    re.I,
)
# "What about essays?" asks for them instead, "and essays?" for them too.
_ABOUT = re.compile(r"(?:(?:and|or|but)\s+)?(?:what\s+|how\s+)?about\b", re.I)
_PREPOSITION = re.compile(
    r"\b(?:about|on|in|with|for|of|by|using|from|to|at)\b(?! (?:these|those|them|the above)\b)",
    re.I,
)
_UP_TO_VERB = re.compile(
    rf"^(?:.*?\b{PAPER_NOUN}(?:\s+(?:that|which))?|(?:which|do|does|did)\s+(?:of (?:them|these"
    r"|those)|any|some|all))\s+\w+(?=\s+\w)",
    re.I,
)
# "What about KnowRef, how many passages?" is a question of its own.
_ASKS_ITSELF = re.compile(r"\w,? (?:how|what|which|who|when|where|why)\b", re.I)


@dataclass(frozen=True, slots=True)
class Context:
    """What a follow-up points at: papers in the order the last answer cited them.

    `within` restricts a list to them; `focus` restricts an answer to them. `text` replaces the
    question where the follow-up only changes a part of the one before, and `instead` that, where
    nothing answers it.
    """

    focus: tuple[Paper, ...] = ()
    within: tuple[Paper, ...] | None = None
    text: str = ""
    instead: str = ""
    filters: Filters | None = None
    note: str = ""


def points_back(question: Question, linked: Linked) -> bool:
    """Whether a question cannot be read alone."""
    scope = question.reference.scope
    if scope in ("", "it") and (linked.own() or linked.authors):
        return scope == "it" and question.kind == "compare"
    return bool(scope) and not (scope == "nth" and not question.reference.places)


def may_continue(question: Question, linked: Linked) -> bool:
    """Whether a question that points at nothing may still be about what was just spoken of."""
    return question.kind == "lookup" and not (linked.own() or linked.unknown or linked.authors)


def resolve(
    question: Question, linked: Linked, before: Question, before_linked: Linked, answer: Answer
) -> Context:
    """What the question means after `before` was answered by `answer`."""
    cited = tuple(citation.paper for citation in answer.citations) or answer.closest[:1]
    reference = question.reference
    if reference.scope == "more":
        return Context(text=before.text)
    if reference.scope == "nth":
        return Context(focus=_picked(cited, reference.places))
    if reference.scope == "same":
        return _same(question, linked, before, before_linked, cited)
    if reference.scope in ("set", "only"):
        if reference.scope == "only" or question.kind in ("list", "count"):
            return Context(within=cited)
        return Context(focus=cited)
    if _chooses(question):
        fitting = tuple(paper for paper in cited if passes(paper, question.filters))
        return Context(focus=fitting or cited)
    return Context(focus=cited[:1])


def _chooses(question: Question) -> bool:
    """ "The one on small models", "the one from 2016" choose among the papers of the answer."""
    return bool(re.search(r"\bones?\b", question.text, re.I))


def _picked(cited: Sequence[Paper], places: Sequence[int]) -> tuple[Paper, ...]:
    """The papers at 1-based places; -1 is the last; places beyond the end are left out."""
    if not cited:
        return ()
    found = [cited[place - 1 if place > 0 else place] for place in places if place <= len(cited)]
    return tuple(found)


def _same(
    question: Question,
    linked: Linked,
    before: Question,
    before_linked: Linked,
    cited: tuple[Paper, ...],
) -> Context:
    """ "And GMViT?" asks the question before of another name; "and how many?" of the same paper."""
    replaced = question.reference.replaced
    if _ASKS_ITSELF.search(replaced):
        return Context(text=replaced)
    if linked.own() or linked.authors or linked.unknown:
        old = before_linked.own() or before_linked.entities
        if old:
            start, end = old[-1].span
            return Context(text=before.text[:start] + replaced + before.text[end:])
        for author in before_linked.authors:
            if linked.authors and author in before.text:
                return Context(text=before.text.replace(author, replaced))
        return Context(text=replaced)
    if before.kind in ("list", "count") and _ALSO_DO.match(replaced):
        return Context(text=f"{before.text.rstrip('?. ')} and {replaced}")
    if _ASKS.match(replaced):
        return Context(focus=cited[:1])
    if question.filters.years and before.kind in ("list", "count"):
        return Context(text=before.text, filters=question.filters)
    if before.kind in ("list", "count") or chooses_papers(before.text):
        other = _with_other_end(before.text.rstrip("?. "), replaced)
        if _ABOUT.match(question.text):
            return Context(text=other)
        return Context(text=f"{before.text.rstrip('?. ')} and {replaced}", instead=other)
    return Context(text=f"{before.text.rstrip('?. ')} {replaced}")


def _with_other_end(text: str, end: str) -> str:
    """A question with another end: "about tuberculosis in adults", "and children?".

    What begins with a preposition of its own takes the place of what begins so, else is added.
    Without any, it takes the place of what is behind the verb: "which papers use graphs".
    """
    given = _PREPOSITION.match(end)
    places = [
        match
        for match in _PREPOSITION.finditer(text)
        if not given or match.group().lower() == given.group().lower()
    ]
    if not places and not given:
        verb = _UP_TO_VERB.match(text)
        return f"{verb.group() if verb else text} {end}"
    if not places:
        return f"{text} {end}"
    return text[: places[-1].end()] + " " + (end[given.end() :].strip() if given else end)


def narrowed(filters: Filters, other: Filters | None) -> Filters:
    """The first filters with those of `other` that are set."""
    if other is None:
        return filters
    return replace(
        filters,
        since=other.since or filters.since,
        until=other.until or filters.until,
        authors=other.authors or filters.authors,
        venue=other.venue or filters.venue,
        code=other.code or filters.code,
    )
