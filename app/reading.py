"""A question read in the light of the corpus: names linked, slips mended, authors as filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from app.answering.listing import asks_for_papers
from app.followup import Context
from app.linking import Linked, correction, link
from app.question import Question, is_bare_topic, read
from app.settings import Settings
from ingest.index import Index

# Characters; what stands beyond them is no question.
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Read:
    """A question with what the corpus knows of its names, and what it points back at."""

    question: Question
    linked: Linked
    context: Context = field(default_factory=Context)


def read_alone(text: str, index: Index, settings: Settings) -> Read:
    """The question by itself, without the conversation before it."""
    if len(text) > LONGEST:
        cut = text[:LONGEST].rsplit(" ", 1)[0]
        note = f"Only the first {LONGEST:,} characters of the question were read."
        return replace(read_alone(cut, index, settings), context=Context(note=note))
    today = settings.today or date.today()
    question = read(text, today.year)
    linked = link(question.text, index.catalog, index.lexicon)
    slip = correction(linked, index.catalog)
    if slip:
        again = read_alone(question.text.replace(*slip), index, settings)
        return replace(again, context=Context(note=f"Read “{slip[0]}” as “{slip[1]}”."))
    if question.kind == "list" and linked.own() and not asks_for_papers(question.text):
        question = replace(question, kind="lookup")
    if _names_topic(question, linked):
        question = replace(question, kind="list", topic=question.text.rstrip(" ?.!"))
    if question.kind in ("list", "count"):
        question = replace(
            question,
            topic=without_names(question.topic, linked.author_phrases),
            filters=replace(question.filters, authors=linked.authors),
        )
    return Read(question, linked)


def _names_topic(question: Question, linked: Linked) -> bool:
    """Whether the text is a topic alone, so that what is wanted is the papers on it."""
    if question.kind != "lookup" or question.attribute or question.reference.scope:
        return False
    return not linked.own() and not linked.unknown and is_bare_topic(question.text)


def without_names(text: str, names: Sequence[str]) -> str:
    """A text without these names, whatever their case."""
    for name in names:
        place = text.lower().find(name.lower())
        if place >= 0:
            text = text[:place] + " " + text[place + len(name) :]
    return " ".join(text.split())
