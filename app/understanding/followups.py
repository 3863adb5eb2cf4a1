"""A follow-up read in the light of the answer before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.understanding.question import ON_PAPERS, Filters, Question
from app.understanding.reading import Context, Read
from ingest.records import Paper

# "And SGIL?", "what about essays instead": what stands for another thing.
_ANOTHER = re.compile(
    r"^(?:(?:and|or|but|so)\s+)?(?:(?:what|how)\s+about\s+|about\s+)?(?P<what>.+?)"
    r"(?:[\s,]+(?:instead|then|though|too|also|as well|please|now))?[\s?.!]*$",
    re.I,
)
_INSTEAD_OF = re.compile(r"\babout\b", re.I)
_PREPOSITION = re.compile(r"\b(?:about|on|in|with|for|of|by|using|from|to|at)\b", re.I)
# A follow-up of more words than this says itself what it is about.
_FEW = 1


def points_back(asked: Read) -> bool:
    """Whether a question cannot be read alone."""
    question, linked = asked.question, asked.linked
    if question.places or question.act in ("order", "export"):
        return True
    if question.refers == "paper" and question.act in ON_PAPERS:
        return False
    if question.refers == "paper" and (linked.own() or linked.authors):
        return question.act == "compare" and len(linked.own()) == 1
    return question.refers != "none"


def lacks_subject(asked: Read) -> bool:
    """Whether a question without a conversation before it points at nothing."""
    question = asked.question
    alone = asked.linked.own() or asked.linked.authors or len(question.words) > _FEW
    alone = alone or bool(question.filters.as_dict())
    return points_back(asked) and not alone


def may_continue(asked: Read) -> bool:
    """Whether a question that points at nothing may still be about what was just spoken of."""
    linked = asked.linked
    named = linked.own() or linked.unknown or linked.authors
    return asked.question.act == "lookup" and not named


def resolve(asked: Read, before: Read, shown: Sequence[Paper]) -> Context:
    """What the question means after `before` was answered with the papers `shown`."""
    question = asked.question
    if question.refers == "more":
        return Context(text=before.question.text)
    if question.refers == "same" and not question.places:
        return _same(asked, before, tuple(shown))
    if not shown:
        return Context(unclear=True)
    if question.places and question.act != "order":
        chosen = _picked(shown, question.places)
        return Context(focus=chosen, unclear=not chosen)
    if question.refers == "narrow" or question.act in ON_PAPERS:
        return Context(within=tuple(shown))
    if question.refers == "papers":
        return Context(focus=tuple(shown))
    return Context(focus=tuple(shown[:1]))


def _picked(shown: Sequence[Paper], places: Sequence[int]) -> tuple[Paper, ...]:
    """The papers at 1-based places; -1 is the last; places beyond the end are left out."""
    return tuple(
        shown[place - 1 if place > 0 else place] for place in places if place <= len(shown)
    )


def _same(asked: Read, before: Read, shown: tuple[Paper, ...]) -> Context:
    """ "And GMViT?" asks the question before of another name, "and in children?" adds to it."""
    match = _ANOTHER.match(asked.question.text)
    replaced = match.group("what") if match else asked.question.text
    said = before.question.text.rstrip("?.! ")
    linked, old = asked.linked, before.linked
    if linked.own() or linked.authors or linked.unknown:
        names = old.own() or old.entities
        if names:
            start, end = names[-1].span
            return Context(
                text=before.question.text[:start] + replaced + before.question.text[end:]
            )
        for author in old.author_phrases:
            if linked.authors:
                return Context(text=said.replace(author, replaced))
        return Context(text=_with_other_end(said, replaced, before.question.topic))
    if asked.question.filters.years and before.question.act in ON_PAPERS:
        return Context(text=said, filters=asked.question.filters)
    if before.question.act in ON_PAPERS:
        other = _with_other_end(said, replaced, before.question.topic)
        if _INSTEAD_OF.search(asked.question.text):
            return Context(text=other)
        return Context(text=f"{said} and {replaced}", instead=other)
    return Context(focus=shown[:1]) if shown else Context(text=f"{said} {replaced}")


def _with_other_end(text: str, end: str, topic: str) -> str:
    """A question with another end: "about tuberculosis in adults", "and children?".

    What begins with a preposition of its own takes the place of what begins so, else is added;
    what has none takes the place of what stands behind the last one, else of the topic.
    """
    given = _PREPOSITION.match(end)
    places = [
        match
        for match in _PREPOSITION.finditer(text)
        if not given or match.group().lower() == given.group().lower()
    ]
    if not places and not given and topic and topic in text:
        return text.replace(topic, end)
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


def as_list(question: Question) -> Question:
    """The question as one that chooses among papers."""
    return question if question.act in ON_PAPERS else replace(question, act="list", attribute="")
