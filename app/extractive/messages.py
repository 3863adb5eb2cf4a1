"""Sentences that say what was found, and why nothing was."""

from __future__ import annotations

from collections.abc import Sequence

from app.extractive.assemble import joined, plain
from app.understanding.filters import Filters
from app.understanding.targets import topic_words

BY_MEANING = "The abstracts hardly use the words of the question; this is the nearest in meaning."
NEAREST = "No abstract names every part of the question; these papers come nearest to it."
ONE_SIDE = "Only one side of this comparison is in the collection."
_MOST_NAMED = 4


def lead(count: int) -> str:
    """The line above a list."""
    return "1 paper matches:" if count == 1 else f"{count} papers match:"


def undated(papers: int) -> str:
    """How many papers a filter on years could not place."""
    have = "1 matching paper has" if papers == 1 else f"{papers} matching papers have"
    return f"{have} no recorded year and cannot be placed in time."


def unknown(names: Sequence[str], papers: int) -> str:
    """That no abstract holds these names or words."""
    quoted = joined([f"“{plain(name)}”" for name in names[:_MOST_NAMED]])
    return f"None of the {papers} abstracts mentions {quoted}."


def not_said(title: str, absent: str) -> str:
    """That the paper which is meant lacks a detail, named where the question names it."""
    detail = f": it has nothing on “{plain(absent)}”." if absent else "."
    return f"The abstract of “{plain(title)}” does not say{detail}"


def no_list(topic: str, filters: Filters, of: str) -> str:
    """Why a list is empty; `of` says among what: "of the 47 papers"."""
    parts = []
    if topic_words(topic):
        parts.append(f"on “{plain(_bare(topic))}”")
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


def _bare(topic: str) -> str:
    """A topic without the words that lead to it: "are about dark matter" is dark matter."""
    words = topic.replace(";", "").split()
    while len(words) > 1 and not topic_words(words[0]):
        words = words[1:]
    return " ".join(words)


def _years(filters: Filters) -> str:
    if filters.since == filters.until:
        return f"from {filters.since}"
    if filters.until is None:
        return f"from {filters.since} or later"
    return f"up to {filters.until}" if filters.since is None else f"{filters.since}-{filters.until}"
