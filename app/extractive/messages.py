"""Sentences that say what was found, and why nothing was."""

from __future__ import annotations

from collections.abc import Sequence

from app.extractive.assemble import joined, plain
from app.understanding.question import Filters

EMPTY = "The question is empty. Ask something about the papers."
WHICH = "Which paper do you mean?"
NEAREST_PAPER = "No paper here is surely the one that is meant. Nearest to it:"
NO_LIST_YET = "There is no list yet to order or export. Ask for papers first."
SMALLTALK = (
    "I answer questions about the papers of this collection from their abstracts, and cite each. "
    "Ask what a method is, what a paper reports, which papers are on a topic, what is known about "
    "it, or how two papers compare; then order or export the list as BibTeX, RIS or CSV."
)
_MOST_NAMED = 4


def which(titles: Sequence[str]) -> str:
    """The question which paper is meant, with those that were shown last."""
    return f"{WHICH} Shown last: {'; '.join(map(plain, titles))}." if titles else WHICH


def lead(sure: int, perhaps: int = 0) -> str:
    """The line above a list."""
    return f"{matches(sure, perhaps)}:" if sure else "No paper is surely on this; perhaps:"


def matches(sure: int, perhaps: int = 0) -> str:
    """How many papers match, and how many more of those that are shown perhaps do."""
    count = "1 paper matches" if sure == 1 else f"{sure:,} papers match"
    return f"{count}{more(perhaps)}"


def more(perhaps: int) -> str:
    """What follows a number of papers, where others perhaps belong to them."""
    return f", and {perhaps} more perhaps" if perhaps else ""


def nearest(absent: str) -> str:
    """That no sentence clearly answers, and which word of the question is lacking."""
    lacking = f"; none mentions “{plain(absent)}”" if absent else ""
    return f"No sentence clearly answers this{lacking}. Nearest to it:"


def not_said(titles: Sequence[str], absent: str) -> str:
    """That the papers which are meant do not mention a word, and what comes nearest follows."""
    if len(titles) > 1:
        detail = f"mentions “{plain(absent)}”" if absent else "clearly says"
        return f"None of these {len(titles)} abstracts {detail}. Nearest to it:"
    detail = f" does not mention “{plain(absent)}”" if absent else " does not clearly say"
    return f"The abstract of “{plain(titles[0])}”{detail}. Nearest to it:"


def shown(offset: int, count: int, sure: int, ordered: bool = False) -> str:
    """Which of the matching papers are shown: `count` of `sure` from a 0-based place on."""
    if not offset:
        return (
            f"The {'first' if ordered else 'best'} {count:,} of {sure:,} matching papers are shown."
        )
    if not count:
        return f"Only {sure:,} papers match: there is none at place {offset + 1}."
    return f"Papers {offset + 1:,} to {offset + count:,} of {sure:,} matching papers are shown."


def no_years(papers: int, order: str) -> str:
    """That no record of these papers gives a year, so that none is the newest or oldest."""
    none = "Its record gives no year"
    some = none if papers == 1 else f"None of the {papers} papers' records gives a year"
    return f"{some}, so which is the {order} is not known."


def lacking(lead: str, what: str) -> str:
    """The line above a list of papers whose records all lack a field: "gives a year"."""
    return f"{lead[:-1]}; no record of theirs {what}:"


def not_dated(papers: int, topic: str, filters: Filters, dated: bool = False) -> str:
    """The line above papers that match but for their years, or where no record gives any."""
    on = f" on “{plain(topic.strip())}”" if topic.strip() else ""
    match = f"1 paper{on} matches" if papers == 1 else f"{papers} papers{on} match"
    if dated:
        return f"{match}, but {'it is not' if papers == 1 else 'none is'} dated {_years(filters)}:"
    none = "its record gives no year" if papers == 1 else "none of them has a recorded year"
    return f"{match}, but {none}, so none is surely dated {_years(filters)}:"


def unranked(order: str) -> str:
    """That papers cannot be put in an order, or told apart, by what no record tells."""
    return f"Papers are ordered by topic, year or title only, not by “{plain(order)}”."


def not_english(strange: Sequence[str]) -> str:
    """That a question cannot be read, and which of its words are the reason."""
    quoted = joined([f"“{plain(word)}”" for word in strange[:_MOST_NAMED]])
    are = "is" if len(strange) == 1 else "are"
    return f"Questions are read in English: {quoted} {are} neither English nor in the abstracts."


def missing(citing: Sequence[str]) -> str:
    """That what a question cites is not here."""
    return f"No record of this collection is that of {plain(joined(citing))}."


def outside(titles: Sequence[str], kept: Filters) -> str:
    """That the papers which are meant are not of the years that are kept to."""
    meant = joined([f"“{plain(title)}”" for title in titles[:_MOST_NAMED]])
    are = "is" if len(titles) == 1 else "are"
    return f"{meant} {are} not dated {_years(kept)}, as is asked for."


def undated(papers: int) -> str:
    """How many papers a filter or an order by years could not place."""
    have = "1 matching paper has" if papers == 1 else f"{papers:,} matching papers have"
    return f"{have} no recorded year and cannot be placed in time."


def people(count: int, most: int, nameless: int) -> list[str]:
    """How many people of a list are named, where not all are, and how many papers name none."""
    found = []
    if count > most:
        found.append(f"The {most} people with most papers are shown, of {count:,}.")
    if nameless:
        have = "1 matching paper has" if nameless == 1 else f"{nameless:,} matching papers have"
        found.append(f"{have} no recorded authors.")
    return found


def read(shown: int, papers: int) -> str:
    """That only the nearest of the papers which are meant are read for a detail."""
    return f"The {shown} nearest of those {papers:,} papers were read for this."


def silent(titles: Sequence[str]) -> str:
    """That some of the papers which are meant do not tell a detail."""
    quoted = joined([f"“{plain(title)}”" for title in titles])
    return f"No sentence of {quoted} clearly answers this."


def compared(shown: int, papers: int) -> str:
    """That only the first of these papers are compared."""
    return f"The first {shown} of {papers:,} papers are compared."


def unknown(names: Sequence[str], papers: int) -> str:
    """That no abstract holds these names or words."""
    quoted = joined([f"“{plain(name)}”" for name in names[:_MOST_NAMED]])
    return f"None of the {papers:,} abstracts mentions {quoted}."


def off_topic(papers: int, kept: Filters | None = None) -> str:
    """That the collection, or what it holds of the years that are kept to, has nothing on this."""
    which = f" dated {_years(kept)}" if kept and kept.years else ""
    return f"None of the {papers:,} abstracts{which} is about this."


def considered(shown: int, sure: int, papers: int, perhaps: int = 0, best: bool = True) -> str:
    """How many papers an overview rests on; `perhaps` of those shown perhaps are on its topic.

    Those shown are the best ones, or others: the newest, or what tells of an aspect.
    """
    some = "1 paper" if sure == 1 else f"{sure:,} papers"
    cut = f"; {'the best ' if best else ''}{shown:,} are shown" if shown < sure else ""
    return f"{some} of {papers:,} on this topic{more(perhaps)}{cut}."


def no_list(topic: str, filters: Filters, of: str) -> str:
    """Why a list is empty; `of` says among what: "of the 47 papers"."""
    parts = []
    if topic.strip():
        parts.append(f"on “{plain(topic.strip())}”")
    if filters.authors:
        parts.append(f"by {joined(filters.authors)}")
    if filters.venue:
        parts.append(f"from {plain(filters.venue)}")
    if filters.years:
        parts.append(f"dated {_years(filters)}")
    if filters.code:
        linked = filters.code == "linked"
        parts.append("one that links its code" if linked else "one that promises its code")
    if not parts:
        return "The question names no topic to list papers by."
    return f"None {of} is {' and '.join(parts)}."


def _years(filters: Filters) -> str:
    if filters.since == filters.until:
        return f"from {filters.since}"
    if filters.until is None:
        return f"from {filters.since} or later"
    return f"up to {filters.until}" if filters.since is None else f"{filters.since}-{filters.until}"
