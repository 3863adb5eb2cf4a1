"""What the papers of a collection are about, in words of their titles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

from ingest.records import Paper
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# What a phrase of so many words says: one word of many titles is hardly a topic.
_SAYS = {1: 1.0, 2: 4.0, 3: 5.0}
_LONGEST = max(_SAYS)
_MOST_READ = 400  # papers
_SHORTEST = 3  # characters of a word that stands alone
# Words that say what kind of text or work a paper is, not what it is about.
_ANY_PAPER = frozenset(
    map(
        stem,
        "paper study studies approach method methodology model framework novel new analysis result"
        " problem system survey review overview evaluation assessment comparison application case"
        " effect role impact use perspective evidence trial report technique strategy algorithm"
        " task data dataset benchmark process design development performance learning challenge"
        " application experience improvement investigation technology theory work end time"
        " control research practice network function level empirical systematic comparative"
        " efficient effective robust towards proposed improved enhanced based using".split(),
    )
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A phrase of titles, as most papers write it, and the papers that hold it."""

    text: str
    papers: frozenset[str]


Phrase = tuple[str, ...]


@dataclass(slots=True)
class _Held:
    """Where a phrase stands, and how it is written there."""

    titles: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    ends: int = 0
    forms: Counter[str] = field(default_factory=Counter)

    def worth(self, phrase: Phrase, covered: Set[str]) -> float:
        """How many papers a phrase adds, more where it is longer and where titles hold it."""
        added = len(self.texts - covered)
        told = (len(self.titles) / len(self.texts)) ** 0.5
        return added * told * _SAYS[len(phrase)] if added > 1 else 0.0


def topics(papers: Sequence[Paper], most: int) -> list[Topic]:
    """Phrases that together stand in many papers, each adding some, the most telling first.

    A phrase of one paper is no topic, nor is one that seldom ends a run of words: in "enhanced
    graph networks" it is networks that are enhanced. Of many papers some are read.
    """
    read = papers[:: -(-len(papers) // _MOST_READ)] if papers else ()
    left = _counted(read)
    covered: set[str] = set()
    chosen: list[Topic] = []
    while left and len(chosen) < most:
        phrase = max(left, key=lambda one: (left[one].worth(one, covered), one))
        held = left.pop(phrase)
        if not held.worth(phrase, covered):
            break
        chosen.append(Topic(_commonest(held.forms), frozenset(held.texts)))
        covered |= held.texts
        left = {one: held for one, held in left.items() if not set(one) & set(phrase)}
    return chosen


def _counted(papers: Sequence[Paper]) -> dict[Phrase, _Held]:
    """The phrases of titles that may be topics, and where they stand."""
    found: dict[Phrase, _Held] = {}
    for paper in papers:
        for phrase, form, ends in _phrases(paper.title):
            held = found.setdefault(phrase, _Held())
            held.titles.add(paper.paper_id)
            held.texts.add(paper.paper_id)
            held.ends += ends
            held.forms[form] += 1
    for paper in papers:
        for phrase, form, _ in _phrases(paper.abstract):
            if phrase in found:
                found[phrase].texts.add(paper.paper_id)
                found[phrase].forms[form] += 1
    return {one: held for one, held in found.items() if 2 * held.ends >= len(held.titles)}


def _phrases(text: str) -> Iterator[tuple[Phrase, str, bool]]:
    """Phrases that may be topics, as stems and as they are written, and whether one ends a run."""
    for run in _runs(text):
        stems = [stem(word.lower()) for word in run]
        for start in range(len(run)):
            for end in range(start + 1, min(start + _LONGEST, len(run)) + 1):
                phrase = tuple(stems[start:end])
                if _tells(phrase):
                    yield phrase, _written(run[start:end]), end == len(run)


def _runs(title: str) -> list[list[str]]:
    """The stretches of a title that no stop word and no sign interrupts."""
    runs: list[list[str]] = [[]]
    before = 0
    for match in _WORD.finditer(title):
        if title[before : match.start()].strip():
            runs.append([])
        before = match.end()
        if match.group().lower() in STOP_WORDS:
            runs.append([])
        else:
            runs[-1].append(match.group())
    return [run for run in runs if run]


def _tells(phrase: Phrase) -> bool:
    """Whether it says what a paper is about."""
    if len(phrase) == 1:
        return len(phrase[0]) >= _SHORTEST and phrase[0] not in _ANY_PAPER
    return phrase[0] not in _ANY_PAPER


def _written(words: Sequence[str]) -> str:
    """As in running text: only what holds a capital beyond its first letter keeps its capitals."""
    return " ".join(word if word[1:] != word[1:].lower() else word.lower() for word in words)


def _commonest(forms: Counter[str]) -> str:
    return min(forms, key=lambda text: (-forms[text], text))
