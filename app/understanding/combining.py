"""The question before with what a follow-up changes of it: "And SGIL?", "and in children?"."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from app.understanding.entities import Entity, Linked
from app.understanding.question import ON_PAPERS, Filters, Question, Word
from app.understanding.reading import Context, Read
from ingest.text.terms import content_words, words

# "What about owls?" puts owls in the place of something, "and owls?" may join them.
_IN_PLACE_OF = "about"


def changes(asked: Read, before: Read) -> tuple[Read, ...]:
    """The question before about what the follow-up names instead, or adds to it.

    The likeliest reading first; none where the follow-up asks for a detail of its own.
    """
    if asked.linked.own() or asked.linked.authors or asked.linked.unknown:
        return (_of_another_name(asked, before),)
    if before.question.act not in ON_PAPERS:
        return ()
    if asked.question.filters.years and not any(w.telling for w in asked.question.words):
        old, new = before.question, asked.question
        left_out = (*old.left_out, *new.left_out)
        dated = replace(old, filters=narrowed(old.filters, new.filters), left_out=left_out)
        return (replace(before, question=dated),)
    return _on_another_topic(asked, before)


def added(asked: Read, before: Read) -> Read:
    """The question before with all that the follow-up says."""
    return _joined(asked, before, before.question.words)


def narrowed(filters: Filters, other: Filters) -> Filters:
    """The first filters with those of `other` that are set.

    Another beginning or end takes the place of both; "until 2021" after "since 2018" adds to it.
    """
    dated = replace(filters, since=other.since or filters.since, until=other.until or filters.until)
    again = (filters.since and dated.since != filters.since) or (
        filters.until and dated.until != filters.until
    )
    if other.years and (again or (dated.since or 0) > (dated.until or dated.since or 0)):
        dated = other
    return Filters(
        since=dated.since,
        until=dated.until,
        authors=other.authors or filters.authors,
        venue=other.venue or filters.venue,
        code=other.code or filters.code,
    )


def _of_another_name(asked: Read, before: Read) -> Read:
    """The question before, with the names of the follow-up in place of the last name in it."""
    old = before.linked
    names = old.own() or old.entities
    if names:
        gone = _words_of(names[-1], before.question)
    elif old.author_phrases:
        gone = {word for name in old.author_phrases for word in words(name)}
    elif before.context.focus:  # "And SGIL?" after "Which data sets was it tested on?"
        gone = {word for paper in before.context.focus for word in content_words(paper.title)}
    else:
        return _joined(asked, before, _without_end(before.question.words))
    kept = [word for word in before.question.words if word.text not in gone]
    return _joined(asked, before, kept, names[-1:])


def _on_another_topic(asked: Read, before: Read) -> tuple[Read, ...]:
    """What stands behind the same preposition takes the place of what stood there.

    Else both topics are asked for together, and where nothing is on both, the other alone.
    """
    old, new = before.question.words, asked.question.words
    prepositions = {word.preposition for word in new} - {""}
    instead = [word for word in old if word.preposition not in prepositions]
    if len(instead) < len(old):
        return (_joined(asked, before, instead),)
    other = _joined(asked, before, _without_end(old))
    return (other,) if prepositions == {_IN_PLACE_OF} else (added(asked, before), other)


def _without_end(old: Sequence[Word]) -> list[Word]:
    """The words without those behind the last preposition, or without any where there is none."""
    last = old[-1].preposition if old else ""
    return [word for word in old if word.preposition != last]


def _joined(
    asked: Read, before: Read, kept: Sequence[Word], replaced: Sequence[Entity] = ()
) -> Read:
    """The question before about the words that are kept of it and those of the follow-up."""
    old, new = before.question, asked.question
    held = {word.text for word in kept}
    own = [word for word in _said(asked, before) if word.text not in held]
    names = bool(asked.linked.own() or asked.linked.authors or asked.linked.unknown)
    question = replace(
        old,
        text=f"{old.text} {new.text}",
        words=(*kept, *own),
        topic=" ".join(word.text for word in (*kept, *own)),
        people=(*old.people, *new.people),
        sides=() if names else old.sides,
        excluded=(*old.excluded, *new.excluded),
        filters=_filters(asked, before),
        left_out=(*old.left_out, *new.left_out),
        wanted=new.wanted or old.wanted,
        order=new.order or old.order,
        refers="none",
        places=(),
    )
    linked = _linked(asked, before, held, replaced)
    context = Context(within=before.context.within) if names else before.context
    return Read(question, linked, context)


def _said(asked: Read, before: Read) -> list[Word]:
    """The words of the follow-up; a name that it took for a person may be asked about."""
    found = {word.text: word for word in asked.question.words}
    if before.question.act not in ON_PAPERS:
        for word in (one for name in asked.linked.unknown for one in words(name)):
            found.setdefault(word, Word(word))
    return list(found.values())


def _filters(asked: Read, before: Read) -> Filters:
    """The filters of both questions; of people, only those of the follow-up where it names any."""
    old = before.question.filters
    if asked.linked.authors or asked.linked.unknown_authors:
        old = replace(old, authors=asked.linked.authors if old.authors else ())
    return narrowed(old, asked.question.filters)


def _linked(asked: Read, before: Read, held: Set[str], replaced: Sequence[Entity]) -> Linked:
    """The names of the follow-up, and those before whose words are kept."""
    old, new = before.linked, asked.linked
    shift = len(before.question.text) + 1

    def still(entities: Sequence[Entity]) -> list[Entity]:
        return [
            entity
            for entity in entities
            if entity not in replaced and _words_of(entity, before.question) & held
        ]

    def moved(entities: Sequence[Entity]) -> list[Entity]:
        return [
            replace(entity, span=(entity.span[0] + shift, entity.span[1] + shift))
            for entity in entities
        ]

    def named(names: Sequence[str]) -> list[str]:
        return [name for name in names if held & set(words(name))]

    people = new if new.authors or new.unknown_authors else old
    return Linked(
        entities=(*still(old.entities), *moved(new.entities)),
        authors=people.authors,
        author_phrases=people.author_phrases,
        unknown=(*named(old.unknown), *new.unknown),
        unknown_authors=people.unknown_authors,
    )


def _words_of(entity: Entity, question: Question) -> set[str]:
    return set(words(question.text[slice(*entity.span)]))
