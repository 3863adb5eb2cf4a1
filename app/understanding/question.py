"""A question, read once and completely. Nothing downstream matches its text again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Literal

from app.answer import Kind
from app.choices import Choices

Act = Literal[
    "lookup", "definition", "list", "count", "compare", "metadata", "overview", "claim", "advice",
    "people", "smalltalk", "order", "export",
]  # fmt: skip
Attribute = Literal[
    "", "authors", "year", "venue", "code", "title", "url", "doi", "reference"
]  # fmt: skip
Refers = Literal["none", "paper", "papers", "narrow", "same", "more"]
Order = Literal["", "newest", "oldest", "title"]
# What of a topic is asked for in an overview: what does not work, or where papers differ.
Aspect = Literal["", "limits", "disagreement"]
Format = Literal["", "bibtex", "ris", "csv", "csl"]

KINDS: dict[Act, Kind] = {
    "lookup": "lookup", "definition": "definition", "list": "list", "count": "count",
    "compare": "compare", "metadata": "metadata", "overview": "overview", "claim": "overview",
    "advice": "overview", "people": "list", "smalltalk": "smalltalk", "order": "list",
    "export": "list",
}  # fmt: skip
# Words that stand together, and such runs that an "or" joins.
Run = tuple[str, ...]
Joined = tuple[Run, ...]

# Acts that are answered with papers, whose constraints choose among them.
ON_PAPERS: frozenset[Act] = frozenset(
    ("list", "count", "overview", "claim", "advice", "people", "order", "export")
)

# Acts that papers answer, and those that what a paper says does: by words alone easily confused.
FOR_PAPERS: tuple[Act, ...] = ("list", "count", "people")
FOR_DETAIL: tuple[Act, ...] = ("lookup", "definition")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a paper must have. Years are inclusive; `authors` must all have written it."""

    since: int | None = None
    until: int | None = None
    authors: tuple[str, ...] = ()
    venue: str = ""
    code: Literal["", "linked", "promised"] = ""

    @property
    def years(self) -> bool:
        return self.since is not None or self.until is not None

    def holds(self, year: int | None) -> bool:
        """Whether a year is one of these; an unknown one is in no span of years."""
        if year is None:
            return not self.years
        return (self.since or year) <= year <= (self.until or year)

    def as_dict(self) -> dict[str, object]:
        """The filters that are set, for people: {"since": 2023, "authors": [...]}."""
        shown: dict[str, object] = {
            "since": self.since, "until": self.until, "authors": list(self.authors),
            "venue": self.venue, "code": self.code,
        }  # fmt: skip
        return {name: value for name, value in shown.items() if value not in (None, [], "")}

    def less(self, without: Collection[str]) -> Filters:
        """The same filters without those named "years", "venue", "code" or by a person's name."""
        left = replace(self, authors=tuple(name for name in self.authors if name not in without))
        if "years" in without:
            left = replace(left, since=None, until=None)
        if "venue" in without:
            left = replace(left, venue="")
        return replace(left, code="") if "code" in without else left


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put, and which of its filters are left out: see `Filters.less`.

    `about` is the id of the paper that it points at, where that was chosen.
    """

    text: str
    without: tuple[str, ...] = ()
    about: str = ""
    choices: Choices = field(default_factory=Choices)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the topic, in lower case; `share` is the probability that it is no frame.

    `preposition` is the last one before it. `asked` tells whether it names what is asked for
    ("batch size"), or one of two sides that are compared.
    """

    text: str
    share: float = 1.0
    preposition: str = ""
    asked: bool = False

    @property
    def telling(self) -> bool:
        """Whether it is more likely topic than frame."""
        return self.share >= 0.5

    @property
    def weight(self) -> float:
        """What it counts in a search: the root of its share, so that a doubtful word still tells.

        On the lists of twelve collections the best cut of the ranking has an F1 of 0.910 with
        the root, 0.902 with the share itself.
        """
        return float(self.share**0.5)


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be done (`act`), about what (`words`), and under which constraints.

    `for_papers` is the probability, of these two alone, that papers are asked for rather than what
    one says; `joined` are alternatives among the words; `topic` is the topic in the question's own
    words, for people. `people` are those whom it names, `sides` what is compared, `excluded` what
    is left out, papers that pass any filter of `left_out` too, `wanted` how many papers, `places`
    which of the papers shown before (1-based, -1 the last), `by_year` whether papers are to be
    counted a year, `aspect` what of the topic an overview is to tell, `alone` the probability that
    it points back at nothing, `pointing` that it does at one paper. `unranked` is an order that is
    asked for and that no record tells ("most cited").
    """

    text: str
    act: Act = "lookup"
    sure: float = 1.0
    for_papers: float = 0.0
    words: tuple[Word, ...] = ()
    joined: tuple[Joined, ...] = ()
    topic: str = ""
    people: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    attribute: Attribute = ""
    filters: Filters = field(default_factory=Filters)
    left_out: tuple[Filters, ...] = ()
    wanted: int | None = None
    order: Order = ""
    format: Format = ""
    refers: Refers = "none"
    alone: float = 1.0
    pointing: float = 0.0
    places: tuple[int, ...] = ()
    by_year: bool = False
    aspect: Aspect = ""
    unranked: str = ""

    @property
    def filtered(self) -> bool:
        """Whether papers are chosen, or left out, by what their records say."""
        return bool(self.filters.as_dict() or self.left_out)

    @property
    def kind(self) -> Kind:
        """The kind that the answer bears."""
        return KINDS[self.act]
