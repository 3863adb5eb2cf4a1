"""A question read in the light of the corpus: names linked, slips mended, people as filters."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from app.settings import Settings
from app.understanding.entities import Linked, link
from app.understanding.foreign import strange_words
from app.understanding.misspelt import misspelt
from app.understanding.name_slips import correction
from app.understanding.parse import parse
from app.understanding.patterns import is_left_out
from app.understanding.question import ON_PAPERS, Act, Asked, Filters, Question
from app.understanding.venues import venue_named
from ingest.catalog import Catalog
from ingest.index import Index
from ingest.records import Paper
from ingest.text.memoize import in_turn
from ingest.text.people import same_person
from ingest.text.terms import words

# Characters; what stands beyond them is no question.
LONGEST = 2_000
# What joins people of whom the same is said.
_AND = re.compile(r"\s*(?:,|&|,?\s*\b(?:and|or|nor)\b)\s*(?:by\s+)?", re.I)
_ACRONYM = re.compile(r"\b[A-Z][A-Za-z]*[A-Z][A-Za-z]*\b")


@dataclass(frozen=True, slots=True)
class Context:
    """What a follow-up points at: papers in the order the last answer showed them.

    `within` restricts a list to them, `focus` any other answer. `unclear` where it points at
    nothing, so that it has to be asked which paper is meant. `note` says how it was read. `needs`
    are words that a paper must hold to answer: what a follow-up put in place of something else.
    """

    focus: tuple[Paper, ...] = ()
    within: tuple[Paper, ...] | None = None
    note: str = ""
    unclear: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """A question with what the corpus knows of its names, and what it points back at.

    `kept` are the years that all papers have to be of, by choice of who asks.
    """

    question: Question
    linked: Linked
    context: Context = field(default_factory=Context)
    kept: Filters = field(default_factory=Filters)


def read_alone(text: str, index: Index, settings: Settings, among: Sequence[Act] = ()) -> Read:
    """The question by itself, without the conversation before it; for `among` see `parse`."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        cut = text[:LONGEST].rsplit(" ", 1)[0]
        note = f"Only the first {LONGEST:,} characters of the question were read."
        return replace(read_alone(cut, index, settings, among), context=Context(note=note))
    strange = strange_words(text, index.lexicon)
    mended = _mended(text, index, settings, among)
    # Slips are mended; of another language only a word or two can be taken for one.
    left = set(strange).intersection(words(mended.question.text))
    if 2 * len(left) < max(1, len(strange)):
        return mended
    read = _as_it_stands(text, link(text, index.catalog, index.lexicon), index, settings, among)
    return replace(read, linked=replace(read.linked, strange=strange))


def _mended(text: str, index: Index, settings: Settings, among: Sequence[Act]) -> Read:
    """The question with its slips mended, and a note on each."""
    linked = link(text, index.catalog, index.lexicon)
    written, meant = correction(linked, index.catalog) or misspelt(text, index) or ("", "")
    whole = rf"(?<!\w){re.escape(written)}(?!\w)"
    mended = re.sub(whole, lambda _: meant, text) if written else text
    if mended == text:
        return _as_it_stands(text, linked, index, settings, among)
    again = _mended(mended, index, settings, among)
    note = f"Read “{written}” as “{meant}”. {again.context.note}".strip()
    return replace(again, context=Context(note=note))


def _as_it_stands(
    text: str, linked: Linked, index: Index, settings: Settings, among: Sequence[Act]
) -> Read:
    today = settings.today or date.today()
    own = [entity.span for entity in linked.entities if entity.own]
    question = parse(text, today.year, own, among)
    by_people = linked.authors and not linked.own() and _names_only_people(question, linked)
    if by_people and question.act not in ON_PAPERS:
        question = replace(question, act="list", attribute="")
    if question.act in (*ON_PAPERS, "compare") and _only_cites(question, linked):
        question = replace(question, act="lookup")
    if question.act in ON_PAPERS:
        question = _filtered(question, linked, index)
    return Read(question, linked)


def less_filtered(asked: Read, without: Collection[str]) -> Read:
    """The same question with fewer filters: those named here are left out."""
    question = asked.question
    return replace(asked, question=replace(question, filters=question.filters.less(without)))


def as_put(asked: Read, put: Asked) -> Read:
    """The question with what was chosen beside it, less the filters that are left out.

    Years that a question on papers names itself stand in place of the chosen ones.
    """
    question, choices = asked.question, put.choices
    on_papers = question.act in ON_PAPERS
    own = "years" in put.without or (on_papers and question.filters.years)
    years = Filters() if own else Filters(since=choices.since, until=choices.until)
    if on_papers and not own:
        narrowed = replace(question.filters, since=years.since, until=years.until)
        question = replace(question, filters=narrowed)
    if question.act in ("list", "count"):
        question = replace(question, wanted=question.wanted or choices.most)
    return less_filtered(replace(asked, question=question, kept=years), put.without)


def _names_only_people(question: Question, linked: Linked) -> bool:
    """Whether a question has no topic beside people: what somebody wrote is a list."""
    people = {word for name in linked.author_phrases for word in words(name)}
    told = [word for word in question.words if word.text not in people]
    return question.act == "metadata" or not any(word.telling for word in told)


def _only_cites(question: Question, linked: Linked) -> bool:
    """Whether a question has no topic beside what it cites: "Smith et al. 2019"."""
    citing = [*(one.name for one in linked.entities if one.cited), *linked.missing]
    people = {word for name in citing for word in words(name)}
    told = [word for word in question.words if word.text not in people]
    return bool(citing) and not any(word.telling for word in told)


def _filtered(question: Question, linked: Linked, index: Index) -> Question:
    """Authors and venue become filters, and are no topic any more."""
    stored = _venues(index.catalog, index.catalog.generation)
    candidates = [word for word in _ACRONYM.findall(question.text) if word not in question.topic]
    venue = venue_named([*_after_names(question.text), *candidates], stored) if stored else ""
    named = [*linked.author_phrases, *([venue] if venue else [])]
    people = question.people if linked.authors else ()
    gone = {word for name in (*named, *people) for word in words(name)}
    unwanted = _unwanted(question.text, linked)
    wanted = tuple(name for name in linked.authors if name not in unwanted)
    return replace(
        question,
        filters=replace(question.filters, authors=wanted, venue=venue),
        left_out=(*question.left_out, *(Filters(authors=(name,)) for name in unwanted)),
        words=tuple(word for word in question.words if word.text not in gone),
        topic=without_names(question.topic, [*named, *people]),
    )


def _unwanted(text: str, linked: Linked) -> list[str]:
    """The authors whose papers are left out: "not by Tom Field", and who stands beside him."""
    found: dict[str, None] = {}
    last = -1
    for start, phrase in sorted((text.find(one), one) for one in linked.author_phrases):
        end = start + len(phrase)
        joined = 0 <= last <= start and _AND.fullmatch(text, last, start)
        if start >= 0 and (joined or is_left_out(text, (start, end))):
            last = end
            own = (one for one in linked.authors if one == phrase or same_person(phrase, one))
            found |= dict.fromkeys(own)
    return list(found)


def _after_names(text: str) -> list[str]:
    """Runs of capitalised words, which may name a venue."""
    return re.findall(r"\b[A-Z][\w&.-]*(?: (?:of|and|on|in|for|the|&|[A-Z][\w&.-]*))*", text)


# Reading the venues of all papers takes too long to do it for every list.
@in_turn
@lru_cache(maxsize=2)
def _venues(catalog: Catalog, _generation: int) -> list[str]:
    return catalog.venues()


def without_names(text: str, names: Sequence[str]) -> str:
    """A text without these names, whatever their case."""
    for name in names:
        place = text.lower().find(name.lower())
        if place >= 0:
            text = text[:place] + " " + text[place + len(name) :]
    return " ".join(text.split())
