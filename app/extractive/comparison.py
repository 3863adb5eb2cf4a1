"""Two papers or more side by side, each told in its own sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from app.extractive.assemble import Line, plain
from app.extractive.lists import main_sentence, own_part
from app.extractive.sentences import EvidenceFinder, Wanted
from app.retrieval.similarity import find_phrase
from app.understanding.wordlists import FRAME_WORDS, HEAD_NOUNS, WORK_VERBS
from ingest.records import Paper
from ingest.text.sentences import sentence_spans
from ingest.text.terms import STOP_WORDS, stem, terms, tokens
from ingest.text.titles import method_name

Phrase = tuple[str, ...]

MOST_SIDES = 4
_EACH = 4
_MOST_POINTS, _LONGEST_POINT = 4, 3
_VERBAL = re.compile(r"(?:ing|ed|ly)$")
# What every abstract says of itself.
_COMMONPLACE = frozenset(
    "accuracy achieve across additionally available baseline baselines challenge challenges code"
    " compared datasets effective effectiveness existing experiments extensive finally firstly"
    " further furthermore however important moreover novel outperforms performance proposed results"
    " significant significantly specifically state-of-the-art superior superiority validate"
    " verify yet demonstrate demonstrates first second third one two three new high higher low"
    " lower better best large small key significant conclusion conclusions background objective"
    " methods real real-world world enhance enhances enhancing improve multiple".split()
)
_CONTRIBUTION = re.compile(
    r"\b(?:specifically|in particular|first(?:ly)?|second(?:ly)?|then|consists? of|employ\w*"
    r"|leverag\w*|uses?|integrat\w*|instead|by \w+ing|combin\w*|while)\b",
    re.I,
)
_SIDES = (
    re.compile(r"\b(?:between|of)\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)[?.!]*$", re.I),
    re.compile(r"^(?P<a>.+?)\s+(?:vs\.?|versus)\s+(?P<b>.+?)[?.!]*$", re.I),
    re.compile(r"\bcompare\s+(?P<a>.+?)\s+(?:and|with|to|against)\s+(?P<b>.+?)[?.!]*$", re.I),
    re.compile(
        r"\bhow (?:do|does|is|are)\s+(?P<a>.+?)\s+(?:differ|different)\s+from\s+(?P<b>.+?)[?.!]*$",
        re.I,
    ),
    re.compile(r"\bhow do\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\s+(?:differ|compare)\b", re.I),
    re.compile(r"\bwhat do\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\s+(?:have in common|share)\b", re.I),
    re.compile(
        r"\bhow (?:do|does)\s+(?P<a>.+?)\s+compare (?:with|to)\s+(?:those in |that of )?"
        r"(?P<b>.+?)[?.!]*$",
        re.I,
    ),
)


def sides(text: str) -> tuple[str, ...]:
    """The two things that a question compares, in its words; empty where its form shows none."""
    for pattern in _SIDES:
        match = pattern.search(text)
        if match:
            return match.group("a"), match.group("b")
    return ()


def compare(finder: EvidenceFinder, wanted: Wanted, papers: Sequence[Paper]) -> list[Line]:
    """Each paper in its own sentences, then what they share and what only one of them names.

    Up to four sentences a paper: what it proposes, what answers the question, how it works.
    """
    shown = papers[:MOST_SIDES]
    return [*_side_by_side(finder, wanted, shown), *_points(finder, shown)]


def _points(finder: EvidenceFinder, papers: Sequence[Paper]) -> list[Line]:
    """What all the papers name, and what only one of them does, as their abstracts write it."""
    phrases = [key_phrases(finder, paper) for paper in papers]
    held = [terms(paper.abstract) for paper in papers]
    every = "Both" if len(papers) == 2 else "All"
    shared = [p for p in phrases[0] if all(_names(text, p) for text in held[1:])]
    lines = _listed(papers[0], f"{every} name", shared, tuple(papers[1:]))
    for paper, found, text in zip(papers, phrases, held, strict=True):
        others = [other for other in held if other is not text]
        label = _label(paper)
        own = [
            phrase
            for phrase in found
            if phrase.lower() not in label.lower() and not any(_names(o, phrase) for o in others)
        ]
        lines += _listed(paper, f"Only {plain(label)} names", own, ())
    return lines


def _listed(
    paper: Paper, lead: str, phrases: Sequence[str], others: tuple[Paper, ...]
) -> list[Line]:
    """Phrases of an abstract in one row, each a quote of its own."""
    lines = []
    for place, phrase in enumerate(phrases[:_MOST_POINTS]):
        start = paper.abstract.index(phrase)
        prefix = "· " if place else f"\n\n**{lead}**: "
        lines.append(Line(paper, (start, start + len(phrase)), prefix=prefix, others=others))
    return lines


def key_phrases(finder: EvidenceFinder, paper: Paper) -> list[str]:
    """Phrases of one to three words that an abstract comes back to, the most telling first.

    By the sum of idf of their words, times the square root of how often they occur; none overlap.
    """
    times: Counter[Phrase] = Counter()
    written: dict[Phrase, str] = {}
    for phrase, text in _phrases(paper.abstract):
        times[phrase] += 1
        written.setdefault(phrase, text)
    repeated = [phrase for phrase, count in times.items() if count > 1]
    weight = {p: finder.weight(p) * times[p] ** 0.5 for p in repeated}
    chosen: list[Phrase] = []
    for phrase in sorted(repeated, key=lambda p: (-weight[p], p)):
        if not any(set(phrase) & set(other) for other in chosen):
            chosen.append(phrase)
    return [written[phrase] for phrase in chosen]


def _phrases(text: str) -> Iterator[tuple[Phrase, str]]:
    """Up to three content words side by side, as stems and as they are written."""
    found = [token for token in tokens(text) if not _says_nothing(token[0])]
    for first in range(len(found)):
        for last in range(first, min(first + _LONGEST_POINT, len(found))):
            if last > first and text[found[last - 1][2] : found[last][1]] not in (" ", "-"):
                break
            if not _VERBAL.search(found[first][0]) and len(found[last][0]) > 2:
                stems = tuple(stem(word) for word, _, _ in found[first : last + 1])
                yield stems, text[found[first][1] : found[last][2]]


def _says_nothing(word: str) -> bool:
    return (
        word in STOP_WORDS or word in FRAME_WORDS or word in WORK_VERBS or word in HEAD_NOUNS
        or word in _COMMONPLACE or word[0].isdigit() or "'" in word or "’" in word
    )  # fmt: skip


def _names(text: Sequence[str], phrase: str) -> bool:
    """Whether an abstract of these terms holds a phrase, in any form of its words."""
    return bool(find_phrase(terms(phrase), text))


def _side_by_side(finder: EvidenceFinder, wanted: Wanted, papers: Sequence[Paper]) -> list[Line]:
    lines: list[Line] = []
    for side, paper in enumerate(papers):
        break_before = "\n\n" if side else ""
        lines += [
            Line(paper, span, prefix=f"{break_before}**{_label(paper)}**: " if place == 0 else "")
            for place, span in enumerate(_spans(finder, wanted, paper))
        ]
    return lines


def _spans(finder: EvidenceFinder, wanted: Wanted, paper: Paper) -> list[tuple[int, int]]:
    chosen = [main_sentence(paper)]
    # What stands before the paper speaks of itself is about others.
    ranked = [e for e in finder.sentences(wanted, [paper]) if e.start >= own_part(paper)]
    asked = [(e.start, e.end) for e in ranked if e.coverage >= 0.25]
    spans = sentence_spans(paper.abstract)
    after = [s for s in spans if s > chosen[0]]
    told = [s for s in after if _CONTRIBUTION.search(paper.abstract[slice(*s)])]
    for span in (*asked[:1], *told, *after):
        if span not in chosen and len(chosen) < _EACH:
            chosen.append(span)
    return sorted(chosen)


def _label(paper: Paper) -> str:
    """What to call a paper in a word: its method's name, else its title."""
    name, colon, _ = paper.title.partition(":")
    return name if colon and len(name) <= 30 else method_name(paper.abstract) or paper.title
