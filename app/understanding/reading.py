"""A question read in the light of the corpus: names linked, slips mended, authors as filters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from app.extractive.lists import asks_for_papers
from app.settings import Settings
from app.understanding.compounds import closed_up
from app.understanding.entities import Linked, correction, link
from app.understanding.followups import Context
from app.understanding.parse import Question, is_bare_topic, read
from app.understanding.targets import topic_words
from app.understanding.venues import venue_asked, without_venue
from ingest.catalog import Catalog
from ingest.index import Index

_COUNTED_IN = re.compile(r"\b(?:was|were|are|is)\s+\w+(?:ed|en|wn)\s+(?:in|by|for|with)\b", re.I)
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
    question = read(closed_up(text, index.lexicon), today.year)
    linked = link(question.text, index.catalog, index.lexicon)
    slip = correction(linked, index.catalog)
    if slip:
        again = read_alone(question.text.replace(*slip), index, settings)
        return replace(again, context=Context(note=f"Read “{slip[0]}” as “{slip[1]}”."))
    proposed = [entity for entity in linked.own() if not entity.mentioned]
    if question.kind == "list" and proposed and not asks_for_papers(question.text):
        question = replace(question, kind="lookup")
    # "How many users were asked in HarborNet?" counts no papers.
    if question.kind == "count" and proposed and _COUNTED_IN.search(question.text):
        question = replace(question, kind="lookup", attribute="number")
    if _names_topic(question, linked):
        linked = replace(linked, entities=tuple(e for e in linked.entities if not e.own))
        question = replace(question, kind="list", topic=question.text.rstrip(" ?.!"), bare=True)
    if _only_people(question, linked):
        question = replace(question, kind="list", topic="")
    if question.kind in ("list", "count"):
        question, linked = _filtered(question, linked, index)
    return Read(question, linked)


def _filtered(question: Question, linked: Linked, index: Index) -> tuple[Question, Linked]:
    """Authors and venue become filters, and are no topic any more."""
    topic = without_names(question.topic, linked.author_phrases)
    venue = venue_asked(topic, _venues(index.catalog, index.catalog.generation))
    filters = replace(question.filters, authors=linked.authors, venue=venue)
    if venue:
        topic, year = without_venue(without_names(topic, [venue]))
        if year and not filters.years:
            filters = replace(filters, since=year, until=year)
        linked = replace(linked, unknown=tuple(n for n in linked.unknown if n not in venue.split()))
    return replace(question, topic=" ".join(topic.split()), filters=filters), linked


# Reading the venues of all papers takes too long to do it for every list.
@lru_cache(maxsize=2)
def _venues(catalog: Catalog, _generation: int) -> list[str]:
    return catalog.venues()


def _only_people(question: Question, linked: Linked) -> bool:
    """Whether a question names people and nothing else: "What did Nihar Shah work on?"."""
    if question.kind not in ("lookup", "definition") or not linked.authors or linked.own():
        return False
    return not topic_words(without_names(question.text, linked.author_phrases))


def _names_topic(question: Question, linked: Linked) -> bool:
    """Whether the text is a topic alone, so that what is wanted is the papers on it."""
    if question.kind != "lookup" or question.attribute or question.reference.scope:
        return False
    # A name that is left out is not what the question is about.
    left_out = re.search(r"\b(?:without|except|other than|not)\b", question.text)
    meant = [e for e in linked.own() if not left_out or e.span[0] < left_out.start()]
    return not meant and not linked.unknown and is_bare_topic(question.text)


def without_names(text: str, names: Sequence[str]) -> str:
    """A text without these names, whatever their case."""
    for name in names:
        place = text.lower().find(name.lower())
        if place >= 0:
            text = text[:place] + " " + text[place + len(name) :]
    return " ".join(text.split())
