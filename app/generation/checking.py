"""Is this sentence backed by what it cites? If not, by another paper, and what becomes of it?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.answer import Checking, Status
from app.extractive.assemble import plain
from app.generation.draft import Draft
from app.support.addressed import addresses, findings, only_ordered, orders
from app.support.alignment import Embed
from app.support.numbers_names import missing_names, missing_numbers, names
from app.support.score import THRESHOLD, Support, strays, support
from ingest.records import Paper
from ingest.text.terms import words

Policy = Literal["mark", "drop", "mark-all"]

# What a page makes a link of, and names that only look like an address: "tests at JD.com".
_LINK = re.compile(
    r"\b(?:https?|ftp|file|data|javascript|mailto):\S+|\bwww\.\S+|\S+@[\w-]+(?:\.[\w-]+)+", re.I
)
_ADDRESS = re.compile(
    rf"{_LINK.pattern}"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|info|io|ai|co|dev|app|ly|me|sh|xyz|top|site|online"
    r"|link|ru|cn|de|uk|fr|eu|example|test|invalid|onion)\b(?:/\S*)?",
    re.I,
)
# A sentence that begins so is about what stood before it, and would say something else elsewhere.
_STANDS_FOR = re.compile(
    r"(?:it|its|they|their|this|these|that|those|he|she|such|both(?! \w+ and\b))\b"
    r"|the (?:\w+ )?(?:method|model|approach|framework|system|dataset|authors?|paper|study)\b",
    re.I,
)
_PLACE = re.compile(r"(?:here|there)\b", re.I)
_BETWEEN = re.compile(
    r"\s*[;,]\s*(?:and|but|while|whereas|yet|although)\s+|\s*;\s*|\s+(?:while|whereas|but)\s+", re.I
)
_COORDINATED = r"\s*(?:,?\s*(?:and|or|&)\s+|,\s*|as well as\s+)(?:the\s+)?"
_FEWEST_DISTINCT = 3  # words without which a sentence says nothing


# A part of a sentence, the paper that backs it, and how well.
_Part = tuple[str, Paper, Support]


@dataclass(frozen=True, slots=True)
class Backing:
    """A paper that backs a sentence: the span of the best sentence in its abstract, used fields."""

    paper: Paper
    span: tuple[int, int] | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence as it may be shown: only a marked one has no backing."""

    text: str
    backing: tuple[Backing, ...]
    support: float
    status: Status
    starts_line: bool = False
    bullet: bool = False
    checked: Checking = "words"


class Checker:
    """Checks sentences against the numbered papers of one prompt."""

    def __init__(self, papers: Sequence[Paper], embed: Embed | None, policy: Policy) -> None:
        self._papers = tuple(papers)
        self._embed = embed
        self._policy = policy

    def check(self, draft: Draft) -> Checked | None:
        """The sentence with what backs it, marked, or None where it is not to be shown."""
        text = plain(draft.text).replace("[", "(").replace("]", ")")
        if not is_claim(draft) or addresses(text):
            return None
        if only_ordered(text, [paper.abstract for paper in self._papers]):
            return None
        cited = [self._papers[n - 1] for n in draft.numbers if 1 <= n <= len(self._papers)]
        backing, score = self._backing(text, cited)
        status: Status = "supported"
        if not backing:
            backing, score, status = self._elsewhere(text, cited)
        if not backing:
            if self._is_dropped(text, cited):
                return None
            status = "marked"
        checked: Checking = "quoted" if backing and score == 1.0 else "words"
        return Checked(
            unaddressed(text), backing, round(score, 4), status,
            draft.starts_line, draft.bullet, checked,
        )  # fmt: skip

    def _backing(self, text: str, cited: Sequence[Paper]) -> tuple[tuple[Backing, ...], float]:
        """The cited papers that back a sentence, alone or all together, and how well."""
        if not cited or foreign_addresses(text, cited):
            return (), 0.0
        alone = [(paper, self._support(text, paper)) for paper in cited]
        backed = [(paper, found) for paper, found in alone if self._is_own(text, paper, found)]
        if backed:
            score = max(found.score for _, found in backed)
            return tuple(_backing(text, paper, found) for paper, found in backed), score
        parts = self._shared(text, cited) or self._by_clause(text, cited)
        if parts:
            backing = tuple(_backing(own, paper, found) for own, paper, found in parts)
            return backing, min(found.score for *_, found in parts)
        return (), max(found.score for _, found in alone)

    def _shared(self, text: str, cited: Sequence[Paper]) -> list[_Part]:
        """What several papers say alike: each backs the sentence without the others' names."""
        parts: list[_Part] = []
        for paper in cited:
            own = text
            others = missing_names(text, evidence(paper))
            if not _beside_others(text, others):
                return []
            for name in others:
                own = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", " ", own)
            found = self._support(own, paper)
            if found.score < THRESHOLD or len(set(words(own))) < _FEWEST_DISTINCT:
                return []
            parts.append((own, paper, found))
        known = "\n\n".join(map(evidence, cited))
        return [] if len(parts) < 2 or missing_names(text, known) else parts

    def _by_clause(self, text: str, cited: Sequence[Paper]) -> list[_Part]:
        """What the papers say in turn: each clause is backed by one of them."""
        parts: list[_Part] = []
        for clause in clauses(text):
            same = parts and points_back(clause)
            among = [parts[-1][1]] if same else cited
            found = [(clause, paper, self._support(clause, paper)) for paper in among]
            best = max(found, key=lambda part: part[2].score)
            if best[2].score < THRESHOLD:
                return []
            parts.append(best)
        return parts if len({paper.paper_id for _, paper, _ in parts}) > 1 else []

    def _elsewhere(
        self, text: str, cited: Sequence[Paper]
    ) -> tuple[tuple[Backing, ...], float, Status]:
        """Another retrieved paper that backs a sentence by itself, the best one."""
        moves = not points_back(text)
        others = [paper for paper in self._papers if moves and paper not in cited]
        found = [(self._support(text, paper), paper) for paper in others]
        best = max(found, key=lambda pair: pair[0].score, default=None)
        own = best is not None and self._is_own(text, best[1], best[0])
        if best is None or not own or foreign_addresses(text, [best[1]]):
            here = [self._support(text, paper).score for paper in cited]
            return (), max([*here, best[0].score if best else 0.0]), "marked"
        return (_backing(text, best[1], best[0]),), best[0].score, "reattributed"

    def _is_own(self, text: str, paper: Paper, found: Support) -> bool:
        """Whether a paper backs a sentence and no other one that was read says a part better."""
        if found.score < THRESHOLD:
            return False
        others = (other for other in self._papers if other.paper_id != paper.paper_id)
        return found.score == 1.0 or not any(
            strays(text, evidence(paper), evidence(other), self._embed) for other in others
        )

    def _support(self, text: str, paper: Paper) -> Support:
        """Support by the abstract, or by the whole record where that is not enough."""
        found = support(text, [findings(paper.abstract, closely=True)], self._embed)
        if found.score >= THRESHOLD or not (found.missing_names or found.missing_numbers):
            return found
        whole = support(text, [evidence(paper)], self._embed)
        return whole if whole.score > found.score else found

    def _is_dropped(self, text: str, cited: Sequence[Paper]) -> bool:
        among = cited or self._papers
        ordered = any(orders(paper.abstract, closely=True) for paper in self._papers)
        if ordered or foreign_addresses(text, among):
            return True  # where an abstract gives orders, nothing unbacked may come of them
        if self._policy != "mark":
            return self._policy == "drop"
        known = "\n\n".join(map(evidence, among))
        return bool(missing_numbers(text, known) or missing_names(text, known))


def points_back(text: str) -> bool:
    """Whether a sentence is about what stood before it: "It …" and "There …" are."""
    return has_antecedent(text) or _PLACE.match(text) is not None


def has_antecedent(text: str) -> bool:
    """Whether a sentence is on what one before it names: "It …" and "The model …" are.

    "The X model" names it itself.
    """
    found = _STANDS_FOR.match(text)
    return found is not None and not names(found.group())


def _beside_others(text: str, lacking: Sequence[str]) -> bool:
    """Whether names stand only beside others of which the same is said: "A, B and C".

    "A beats B" says nothing of B that a paper on A alone could back.
    """
    if not lacking:
        return True
    among = "|".join(sorted(map(re.escape, names(text)), key=len, reverse=True))
    one = rf"(?<![\w-])(?:{among})(?![\w-])"
    whole = rf"{one}(?:\s+{one})*"
    runs = re.finditer(rf"{whole}(?:{_COORDINATED}{whole})+", text)
    kept = [run.span() for run in runs if not set(re.findall(one, run.group())) <= set(lacking)]
    others = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, lacking))})(?![\w-])")
    places = (match.start() for match in others.finditer(text))
    return all(any(start <= place < end for start, end in kept) for place in places)


def is_claim(draft: Draft) -> bool:
    """Whether a draft states something: no lead-in to a list, and three different words or more."""
    leads_in = draft.text.endswith(":") and not draft.numbers
    return len(set(words(_ADDRESS.sub("", draft.text)))) >= _FEWEST_DISTINCT and not leads_in


def clauses(text: str) -> list[str]:
    """The clauses of a sentence; one of fewer than three words belongs to the one before it."""
    found: list[str] = []
    for piece in _BETWEEN.split(text):
        if found and len(words(piece)) < _FEWEST_DISTINCT:
            found[-1] = f"{found[-1]}, {piece}"
        elif piece.strip():
            found.append(piece)
    return found


def evidence(paper: Paper) -> str:
    """Everything that a sentence on a paper may rest on: what its abstract finds, its record."""
    return f"{findings(paper.abstract, closely=True)}\n\n{record(paper)}"


@lru_cache(maxsize=512)
def record(paper: Paper) -> str:
    """What a record says beside its abstract, as one line."""
    title = paper.real_title
    parts = (title, ", ".join(paper.authors), str(paper.year or ""), paper.venue)
    return ". ".join(part for part in parts if part)


def foreign_addresses(text: str, papers: Sequence[Paper]) -> tuple[str, ...]:
    """Web and mail addresses in a sentence that the records of these papers do not hold."""
    known = " ".join(f"{paper.abstract} {paper.url} {paper.title}" for paper in papers).casefold()
    found = (match.group().strip(".,;:!?()'\"“”‘’") for match in _ADDRESS.finditer(text))
    return tuple(address for address in found if address.casefold() not in known)


def unaddressed(text: str) -> str:
    """The sentence with "(see the abstract)" for each link: a model may not make any."""
    return _LINK.sub("(see the abstract)", text)


def _backing(text: str, paper: Paper, found: Support) -> Backing:
    """What of a paper backs a sentence: a stretch of its abstract, fields of its record."""
    fields = _fields(text, paper)
    if found.end > len(paper.abstract):
        return Backing(paper, None, fields or ("title",))
    return Backing(paper, (found.start, found.end), fields)


def _fields(text: str, paper: Paper) -> tuple[str, ...]:
    """Fields that hold a name or number of the sentence which the abstract lacks."""
    lacking = {
        *missing_names(text, paper.abstract),
        *missing_numbers(text, paper.abstract),
    }
    values = {
        "title": paper.real_title,
        "authors": ", ".join(paper.authors),
        "year": str(paper.year or ""),
        "venue": paper.venue,
    }
    return tuple(
        name for name, value in values.items() if value and any(atom in value for atom in lacking)
    )
