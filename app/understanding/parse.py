"""A text to a question, from its words alone: what the learned reader and the patterns say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from app.understanding.alternatives import joined
from app.understanding.name_spans import Span
from app.understanding.patterns import YEAR, read_constraints
from app.understanding.question import (
    FOR_DETAIL,
    FOR_PAPERS,
    ON_PAPERS,
    Act,
    Attribute,
    Filters,
    Question,
    Refers,
    Word,
)
from app.understanding.reader import Words, read_words
from app.understanding.tokens import Token
from app.understanding.wordlists import COLLECTION, PREPOSITIONS
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import words

# A word that is less surely no frame than this is frame. Lists hardly depend on it (an F1 of 0.818
# and 0.814 with 0.05 and 0.15); of the words between 0.05 and 0.1 one in seven is a topic.
LEAST_SHARE = 0.1
# As surely as this, a word names what is asked for.
ASKED_FROM = 0.5
# Less surely than this, nothing is taken for small talk: that would answer nothing.
SMALLTALK_FROM = 0.7
# As surely as this, a question points at nothing shown, and "the first study" is none of a list.
SURELY_ALONE = 0.95
# A word for papers is a topic only where the reader is this sure.
SURELY = 0.5
# What is a name of a venue, the collection tells; where it knows none of that name, it is a topic.
# So are words for people or years that nothing took, where a question on papers has no others.
_FRAMED, _UNTAKEN = ("years", "people", "exclude"), ("people", "years")
# Roles of the words that a question is about.
_ABOUT = ("topic", "sides")
# "The one from 2026" is told by its year.
_POINTED = ("years",)
_YEAR = re.compile(YEAR)
# Whose answers depend on an order, and so say so where no record tells it.
_CHOOSING = (*ON_PAPERS, "metadata")


def parse(
    text: str, this_year: int, names: Sequence[Span] = (), among: Sequence[Act] = ()
) -> Question:
    """The question that a text asks; `names` are the spans of names that the corpus knows.

    Where it is known that it does one of some acts, these are `among`.
    """
    read = read_words(text, names)
    talk = read.acts["smalltalk"] >= SMALLTALK_FROM
    acts = {one: read.acts[one] for one in (among or read.acts)}
    act = cast(Act, _best(acts, without=None if talk else "smalltalk"))
    found = read_constraints(text, this_year, read.spans(*_ABOUT))
    if act == "metadata" and "code" in found.settings and not names:
        act = "list"  # "Which papers share their code?"
    settings = found.settings if act in ON_PAPERS else {}
    refers = cast(Refers, found.settings.get("refers") or _best(read.refers))
    places = found.places if read.refers["none"] < SURELY_ALONE else []
    spans = found.spans if act in ON_PAPERS else found.place_spans if places else []
    pointed = refers == "paper" and act not in ON_PAPERS
    filters, dated = _filters(settings), _dated(read, spans)
    if (pointed or act in ON_PAPERS) and dated and not (filters.years or found.left_out):
        years = [int(one.text) for one in dated]
        filters = replace(filters, since=min(years), until=max(years))
        spans = [*spans, *((one.start, one.end) for one in dated)]
    untaken = ("people",) if filters.years or found.left_out else _UNTAKEN
    attribute = cast(Attribute, _best(read.attributes, without=""))
    first = cast("int | None", found.settings.get("first"))
    if first and refers != "none" and act not in ON_PAPERS:
        places.extend(range(1, first + 1))
    topic = _words(read, act, spans, refers in ("paper", "papers"), untaken)
    return Question(
        text=text,
        act=act,
        sure=read.acts[act],
        for_papers=_for_papers(read.acts),
        words=topic,
        joined=joined(read.tokens, topic) if act in ON_PAPERS else (),
        topic=_topic(read, spans, untaken),
        people=tuple(read.runs("people")),
        sides=_sides(read) if act == "compare" else (),
        excluded=tuple(read.runs("exclude")) if act in ON_PAPERS else (),
        attribute=attribute if act == "metadata" else "",
        filters=filters,
        left_out=tuple(map(_filters, found.left_out)) if act in ON_PAPERS else (),
        # Who wrote three papers is told of as many as there are.
        wanted=cast("int | None", settings.get("first" if act == "people" else "wanted")),
        order=cast(Any, settings.get("order", "")),
        format=cast(Any, found.settings.get("format", "")) if act == "export" else "",
        refers=refers,
        alone=read.refers["none"],
        pointing=read.refers["paper"],
        places=tuple(places),
        # A count has no order: by year it is one for each.
        by_year=bool(settings.get("by_year") or (act == "count" and settings.get("order"))),
        aspect=cast(Any, settings.get("aspect", "")),
        unranked=str(found.settings.get("unranked", "")) if act in _CHOOSING else "",
    )


def _sides(read: Words) -> tuple[str, ...]:
    """What is compared; where less than two sides are read as such, the only two things told."""
    sides, told = read.runs("sides"), read.runs("topic", "sides")
    return tuple(told if len(sides) < 2 == len(told) else sides)


def _for_papers(acts: Mapping[str, float]) -> float:
    papers, detail = (sum(acts[one] for one in some) for some in (FOR_PAPERS, FOR_DETAIL))
    return papers / (papers + detail)


def _best(chances: Mapping[str, float], without: str | None = None) -> str:
    return max((label for label in chances if label != without), key=lambda one: chances[one])


def _filters(settings: Mapping[str, Any]) -> Filters:
    return Filters(settings.get("since"), settings.get("until"), code=settings.get("code", ""))


def _dated(read: Words, taken: Sequence[Span]) -> list[Token]:
    """The years that the reader sees and no pattern took: "just the 2026 ones"."""
    told = zip(read.tokens, read.roles, strict=True)
    years = [t for t, role in told if role == "years" and _YEAR.fullmatch(t.text)]
    return [t for t in years if not any(start <= t.start < end for start, end in taken)]


def _topic(read: Words, taken: Sequence[Span], untaken: Sequence[str]) -> str:
    """The words of the topic as they are written, without those that constraints took."""
    told = [t for t in zip(read.tokens, read.roles, strict=True) if t[0].is_word]
    kept = [t for t, role in told if role in _ABOUT]
    kept = kept or [t for t, role in told if role in untaken and t.key not in STOP_WORDS]
    return " ".join(t.text for t in kept if not any(a <= t.start < b for a, b in taken))


def _words(
    read: Words, act: Act, taken: Sequence[Span], pointing: bool, untaken: Sequence[str]
) -> tuple[Word, ...]:
    """The words that are no frame; where all are, all content words, if a topic is needed."""
    shares: dict[str, float] = {}
    others: dict[str, float] = {}
    behind: dict[str, str] = {}
    wanted: set[str] = set()
    preposition = ""
    for token, role, share, asked in zip(
        read.tokens, read.roles, read.telling, read.asked, strict=True
    ):
        preposition = token.key if token.key in PREPOSITIONS else preposition
        inside = any(start <= token.start and token.end <= end for start, end in taken)
        framed = _FRAMED if act in ON_PAPERS else _POINTED if pointing else ()
        if not token.is_word or inside:
            continue
        if role in framed:
            if role in untaken:
                others |= {word: share for word in words(token.text) if word not in STOP_WORDS}
            continue
        for word in words(token.text):
            if word not in STOP_WORDS and (word not in COLLECTION or share >= SURELY):
                shares[word] = max(shares.get(word, 0.0), 1.0 if token.known else share)
                behind.setdefault(word, preposition)
                wanted |= {word} if asked >= ASKED_FROM or role == "sides" else set()
    kept = {word: share for word, share in shares.items() if share >= LEAST_SHARE}
    # "What did it find?" and "show me all papers" have no topic; other questions must.
    kept = kept or (others if act in ON_PAPERS else {} if pointing else shares)
    return tuple(Word(w, share, behind.get(w, ""), w in wanted) for w, share in kept.items())
