"""What the papers of a collection are about, in words of their titles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

from ingest.records import Paper
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem

# A number by itself is no word of a topic: it parts two runs.
_WORD = re.compile(r"(?=[\w'’-]*[^\W\d_])[^\W_]+(?:['’-][^\W_]+)*")
# What a phrase of so many words says: one word of many titles is hardly a topic.
_SAYS = {1: 1.0, 2: 2.5, 3: 3.0}
_LONGEST = max(_SAYS)
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


# What stands before a thing: "in malaria", where nobody writes "in associated".
_BEFORE_THINGS = frozenset("of in on for against with from about".split())
_ENDS = frozenset(".?!:")
_ARTICLES = frozenset(("the", "a", "an"))
# Shares of the papers that hold a word: of those that speak of its thing in some place, and, where
# it stands alone, of those with it in the title, and of those that say it more than once. What a
# paper is about is said again; "activity" or "factors" are said in passing.
_THING, _TITLED, _REPEATED = 0.12, 0.25, 0.5
_SMALLEST = 0.005  # of the papers


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
    texts: Counter[str] = field(default_factory=Counter)
    things: set[str] = field(default_factory=set)
    ends: int = 0
    forms: Counter[str] = field(default_factory=Counter)

    def share(self, count: int) -> float:
        """A count of papers as a share of those that hold it; few papers tell little."""
        return (count + 1) / (len(self.texts) + 2)

    @property
    def repeated(self) -> int:
        """How many papers say it more than once."""
        return sum(times > 1 for times in self.texts.values())

    def may_be_topic(self, phrase: Phrase, papers: int) -> bool:
        """Whether it is written like a thing that papers are about."""
        return (
            2 * self.ends >= len(self.titles)
            and len(self.texts) >= _SMALLEST * papers
            and self.share(len(self.things)) >= _THING
            and (len(phrase) > 1 or self._is_told())
        )

    def _is_told(self) -> bool:
        """Whether papers that hold it are about it, as far as titles and repetition show."""
        titled, repeated = self.share(len(self.titles)), self.share(self.repeated)
        return titled >= _TITLED and repeated >= _REPEATED

    def worth(self, phrase: Phrase, covered: Set[str]) -> float:
        """How many papers a phrase adds, more where it is longer, said again and in titles."""
        added = len(self.texts.keys() - covered)
        told = (len(self.titles) / len(self.texts)) ** 0.5
        again = 0.2 + self.repeated / len(self.texts)
        return added * told * again * _SAYS[len(phrase)] if added > 1 else 0.0


def topics(papers: Sequence[Paper], most: int) -> list[Topic]:
    """Phrases that together stand in many papers, each adding some, the most telling first.

    A phrase of one paper is no topic, nor is one that seldom ends a run of words: in "enhanced
    graph networks" it is networks that are enhanced.
    """
    left = _counted(papers)
    covered: set[str] = set()
    chosen: list[Topic] = []
    while left and len(chosen) < most:
        phrase = max(left, key=lambda one: (left[one].worth(one, covered), one))
        held = left.pop(phrase)
        if not held.worth(phrase, covered):
            break
        chosen.append(Topic(_commonest(held.forms), frozenset(held.texts)))
        covered |= held.texts.keys()
        left = {one: held for one, held in left.items() if not set(one) & set(phrase)}
    return chosen


def _counted(papers: Sequence[Paper]) -> dict[Phrase, _Held]:
    """The phrases of titles that may be topics, and where they stand."""
    found: dict[Phrase, _Held] = {}
    for paper in papers:
        for one in _phrases(paper.title, title=True):
            held = found.setdefault(one.phrase, _Held())
            held.titles.add(paper.paper_id)
            held.ends += one.ends
            _note(held, paper, one)
    for paper in papers:
        for one in _phrases(paper.abstract):
            if one.phrase in found:
                _note(found[one.phrase], paper, one)
    return {one: held for one, held in found.items() if held.may_be_topic(one, len(papers))}


def _note(held: _Held, paper: Paper, one: _Written) -> None:
    held.texts[paper.paper_id] += 1
    if one.ends:
        held.forms[one.form] += 1
    if one.is_thing:
        held.things.add(paper.paper_id)


@dataclass(frozen=True, slots=True)
class _Written:
    """A phrase as stems and as it is written, whether it ends its run, and reads as a thing."""

    phrase: Phrase
    form: str
    ends: bool
    is_thing: bool


def _phrases(text: str, *, title: bool = False) -> Iterator[_Written]:
    """Phrases that may be topics; the capitals of a title say nothing."""
    for run in _runs(text, title):
        words = run.words
        stems = [stem(word.lower()) for word in words]
        for start in range(len(words)):
            for end in range(start + 1, min(start + _LONGEST, len(words)) + 1):
                phrase = tuple(stems[start:end])
                if not _tells(phrase):
                    continue
                ends = end == len(words)
                # Of "with factors associated" only the whole is a thing.
                thing = run.of_thing and ends and (start == 0 or end - start > 1)
                form = " ".join(_spelt(word, run) for word in words[start:end])
                yield _Written(phrase, form, ends, thing)


@dataclass(slots=True)
class _Run:
    """Words that no stop word and no sign interrupts.

    Whether they are "of" or "in" which, and whether a capital is theirs, not the sentence's.
    """

    of_thing: bool = False
    tells_case: bool = False
    words: list[str] = field(default_factory=list)


def _runs(text: str, title: bool) -> list[_Run]:
    runs = [_Run()]
    before = 0
    for match in _WORD.finditer(text):
        if between := text[before : match.start()].strip():
            runs.append(_Run(tells_case=not (title or set(between) & _ENDS)))
        before = match.end()
        word = match.group().lower()
        if word in STOP_WORDS:
            still = word in _ARTICLES and runs[-1].of_thing and not runs[-1].words
            runs.append(_Run(still or word in _BEFORE_THINGS, tells_case=not title))
        else:
            runs[-1].words.append(match.group())
    return [run for run in runs if run.words]


def _tells(phrase: Phrase) -> bool:
    """Whether it says what a paper is about."""
    if len(phrase) == 1:
        return len(phrase[0]) >= _SHORTEST and phrase[0] not in _ANY_PAPER
    return phrase[0] not in _ANY_PAPER


def _spelt(word: str, run: _Run) -> str:
    """As in running text: what holds a capital beyond its first letter keeps it, so do letters."""
    keeps = run.tells_case or len(word) == 1 or word[1:] != word[1:].lower()
    return word if keeps else word.lower()


def _commonest(forms: Counter[str]) -> str:
    return min(forms, key=lambda text: (-forms[text], text))
