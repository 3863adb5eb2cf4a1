"""A follow-up read in the light of the answer before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.understanding.combining import added, changes
from app.understanding.question import ON_PAPERS, Filters, Question, Word
from app.understanding.reading import Context, Read
from ingest.records import Paper
from ingest.text.terms import content_words

# As surely as this, a question points at a paper, though it mentions a name that others hold.
_SURELY = 0.9
# A follow-up of more words than this says itself what it is about.
_FEW = 1


def points_back(asked: Read) -> bool:
    """Whether a question cannot be read alone."""
    question, linked = asked.question, asked.linked
    if question.places:
        return True
    if question.act in ("order", "export"):
        alone = question.filtered or any(word.telling for word in question.words)
        return question.refers != "none" or not alone
    if question.refers == "paper" and question.act in ON_PAPERS:
        return False
    surely = question.pointing >= _SURELY
    proposed = [name for name in linked.own() if not (name.mentioned and surely)]
    if question.refers == "paper" and (proposed or linked.authors):
        return question.act == "compare" and len(proposed) == 1
    return question.refers != "none"


def wants_list(asked: Read) -> bool:
    """Whether a question that points back orders, exports or narrows a list of papers."""
    question = asked.question
    if question.act in ("order", "export"):
        return question.refers != "paper" and not question.places
    return question.act in ON_PAPERS and question.refers in ("papers", "narrow")


def lacks_subject(asked: Read) -> bool:
    """Whether a question without a conversation before it points at nothing."""
    question = asked.question
    alone = asked.linked.own() or asked.linked.authors or len(question.words) > _FEW
    if question.act in ON_PAPERS:
        alone = alone or question.filtered or any(word.telling for word in question.words)
    return points_back(asked) and not alone


def may_continue(asked: Read) -> bool:
    """Whether a question that points at nothing may still be about what was just spoken of."""
    linked = asked.linked
    named = linked.own() or linked.unknown or linked.authors
    return asked.question.act == "lookup" and not named


def resolve(
    asked: Read, before: Read, shown: Sequence[Paper], numbered: Sequence[Paper] = ()
) -> tuple[Read, ...]:
    """What a follow-up asks after `before` was answered with the papers `shown`.

    Places are counted among those that are `numbered`, where some of these only perhaps match.
    The likeliest reading comes first; another one is for where nothing answers that.
    """
    question = asked.question
    if question.refers == "more":
        return (_noted(before, asked),)
    if question.refers == "same" and not question.places:
        changed = changes(asked, before)
        if changed:
            return tuple(_noted(one, asked) for one in changed)
        return (pointing(asked, focus=tuple(shown[:1])),) if shown else (added(asked, before),)
    if not shown:
        return (pointing(asked, unclear=True),)
    if question.places and question.act != "order":
        chosen = _picked(numbered or shown, question.places)
        if question.act == "export" and chosen:
            return (pointing(asked, within=chosen),)
        return (pointing(asked, focus=chosen, unclear=not chosen),)
    if question.refers == "narrow" or question.act in ON_PAPERS:
        return (pointing(asked, within=tuple(shown)),)
    several = question.refers == "papers"
    return (pointing(asked, focus=tuple(shown if several else _of_years(shown, question)[:1])),)


def pointing(
    asked: Read,
    *,
    focus: tuple[Paper, ...] = (),
    within: tuple[Paper, ...] | None = None,
    unclear: bool = False,
) -> Read:
    """The question about these papers: among several it chooses, of one it asks for a detail."""
    question = asked.question
    if within is not None:
        question = _by_its_words(as_list(question))
    elif focus and question.act in ON_PAPERS:
        question = replace(question, act="lookup")
    if len(focus) == 1:
        question = about(replace(question, filters=Filters()), focus[0])
    of_record = question.act == "metadata"
    needs = _named(asked) if len(focus) == 1 and not of_record else ()
    return Read(question, asked.linked, Context(focus, within, asked.context.note, unclear, needs))


def _named(asked: Read) -> tuple[str, ...]:
    """What a question about a paper names, without which that paper does not answer it."""
    mentioned = (name.name for name in asked.linked.own() if name.mentioned)
    return (*mentioned, *asked.linked.unknown)


def _by_its_words(question: Question) -> Question:
    """Where a list is narrowed by nothing else, even doubtful words are what it is narrowed by."""
    if question.act in ("order", "export") or question.wanted or question.filters.as_dict():
        return question
    if question.excluded or any(word.telling for word in question.words):
        return question
    return replace(question, words=tuple(replace(word, share=1.0) for word in question.words))


def about(question: Question, paper: Paper) -> Question:
    """The question with the words of a title, as one that says itself which paper it is about.

    One that asks for nothing but what the paper says stays without a word.
    """
    known = {word.text for word in question.words}
    title = [one for one in dict.fromkeys(content_words(paper.title)) if one not in known]
    words = (*question.words, *map(Word, title)) if known else ()
    return replace(question, words=words)


def _noted(read: Read, asked: Read) -> Read:
    """A reading with the note on how the follow-up was read."""
    note = asked.context.note or read.context.note
    return replace(read, context=replace(read.context, note=note))


def _of_years(shown: Sequence[Paper], question: Question) -> Sequence[Paper]:
    """Those of these papers that "the one from 2026" may mean; all where it means none of them."""
    return [one for one in shown if question.filters.holds(one.year)] or shown


def _picked(shown: Sequence[Paper], places: Sequence[int]) -> tuple[Paper, ...]:
    """The papers at 1-based places; -1 is the last; places beyond the end are left out."""
    return tuple(
        shown[place - 1 if place > 0 else place] for place in places if 0 != place <= len(shown)
    )


def as_list(question: Question) -> Question:
    """The question as one that chooses among papers."""
    return question if question.act in ON_PAPERS else replace(question, act="list", attribute="")
