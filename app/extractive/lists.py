"""All papers of the corpus that a topic fits, each with a sentence of evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

import numpy as np

from app.extractive.contribution import calls_itself, proposes
from app.retrieval.facets import PLAIN_ADJECTIVES, Facet, FacetReader
from app.retrieval.ranking import DEFAULT, Weights
from app.retrieval.scaling import scaled
from app.retrieval.search import retrieve
from app.retrieval.similarity import Floats, WordMatcher, find_phrase, idf
from app.understanding.exclusions import WITHOUT, denies, lacks, negated
from app.understanding.filters import Filters
from app.understanding.parse import PAPER_NOUN
from app.understanding.venues import same_venue
from ingest.catalog import Catalog
from ingest.index import Index
from ingest.records import Paper
from ingest.text.people import folded, same_person
from ingest.text.sentences import sentence_spans
from ingest.text.terms import STOP_WORDS, stem, words
from ingest.text.titles import method_name

# A paper that only the blend finds must still meet the facets; this many are looked at.
_NEIGHBOURS = 60
# Beyond this many exact matches the text of each is not weighed again: they all count.
_MOST_WEIGHED = 400
_WORD_MATCH = 0.82
_SYNONYM = 0.8
_SHORTER = 0.68
# The words of a facet in different sentences may have nothing to do with each other.
_APART = 0.4
_LACKING = 0.85
_OTHER_NUMBER = 0.3
# Words of a facet far apart in a sentence, in the question's order and in another.
_SPREAD, _TURNED = 0.8, 0.5
# A paper that only uses what it was to propose.
_UNPROPOSED = 0.4
_CLEAR = 0.75
# The last word is the head of its phrase: "human faces" are faces before they are human.
_HEAD_WEIGHT = 1.25
_VERB_WEIGHT, _VERB_ALONE = 0.35, 0.85
# "Old" in "old handwriting" may be said in many ways.
_ADJECTIVE_WEIGHT = 0.5
_FOUND = 0.56
_NEAR_BEST = 0.65
_NAMED = 0.95
# Among few papers and among many, as `scaled` has it.
_SURE_AND_NEAR = (1.2, 1.4)
_AT_ALL = 0.5
_OTHERS, _NEARNESS, _AS_NEAR = 0.3, 0.4, 0.8
# A facet below this is not there at all.
_HINTED = 0.2
_OWN = re.compile(
    r"\b(?:we|our|ours|this (?:paper|work|article|study|survey|workshop)|(?:is"
    r"|are) (?:proposed|presented|introduced|established|constructed))\b",
    re.I,
)
_CUE = re.compile(
    r"\b(?:propos|present|introduc|develop|design|construct|establish|creat|releas|collect"
    r"|contribut|survey|review|deriv|extend|build|organi[sz]|describ)\w*\b",
    re.I,
)
_LINK = re.compile(r"https?://|github\.com|gitlab\.com|huggingface\.co|zenodo\.org", re.I)
_CODE = re.compile(
    r"\b(?:codes?|implementation|repository|source|software|released?|available)\b", re.I
)
_PHRASED = re.compile(
    r"\b(?:in|by|as) (?:contrast|addition|order|terms|light|place|view|case|spite|turn|fact|short"
    r"|particular|general|practice|principle|part|essence|conclusion|summary|comparison"
    r"|opposed|regards?)\b(?= (?:to|of|with|that|on|the|we)\b|,)"
    r"|\bon the other hand\b|\bwith respect to\b|\bat the same time\b|\bto this end\b"
    r"|\bas a result\b|\bas well as\b|\bto the best of our knowledge\b|\btake[sn]? place\b",
    re.I,
)
_EVERYTHING = re.compile(
    r"\b(?:all|every(?:thing)?|there|you have|in (?:the|your|this) (?:collection|index|corpus"
    r"|library)|in total|indexed)\b",
    re.I,
)
_WILL = re.compile(
    r"\b(?:will|plan to|shall|(?:is|are) to be)\b[^.]{0,60}\b(?:releas|shar|made|make"
    r"|available|public|open)\w*|\b(?:upon|after) (?:acceptance|publication)\b"
    r"|\bcoming soon\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Match:
    """A listed paper: how well it meets the facets, in [0, 1], and the sentence that shows it.

    `total` is the sum over the facets, which orders papers of one strength.
    """

    paper: Paper
    strength: float
    start: int
    end: int
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    stems: tuple[str, ...]
    words: tuple[str, ...]
    own: bool

    def text(self, abstract: str) -> str:
        return abstract[self.start : self.end]


# For each facet: word -> similarity to each of the facet's words.
_Near = list[dict[str, Floats]]


class Lister:
    """Lists the papers of one index."""

    def __init__(self, index: Index, matcher: WordMatcher, weights: Weights = DEFAULT) -> None:
        self._index = index
        self._ranking = weights
        self._matcher = matcher
        self._facets = FacetReader(index.catalog, index.lexicon)

    def matches(
        self, topic: str, filters: Filters, within: Sequence[str] | None = None, verb: str = ""
    ) -> list[Match]:
        """Every matching paper, best first; `within` restricts to these papers, in their order.

        `verb` is the question's own verb, where the topic holds it.
        """
        wanted, refused = negated(topic)
        if refused and WITHOUT.search(topic) and not self._facets.tells(wanted):
            return [m for m in self.matches(refused, filters, within) if denies(_shown(m))]
        if refused:
            without = bool(WITHOUT.search(topic))
            return self._except(wanted, refused, filters, within, without)
        facets = self._facets.read(topic, verb)
        given = self._candidates(topic, facets, filters, within)
        if not facets:
            return [self._plain(paper, filters) for paper in self._passing(given, filters)]
        papers = list(islice(self._passing(given, filters), _MOST_WEIGHED))
        near, nearness = self._near(papers, facets), given or {}
        weighed = [
            _placed(
                self._weigh(paper, facets, near), nearness.get(paper.paper_id, 1.0), len(facets)
            )
            for paper in papers
        ]
        kept = sure_or_near(weighed, nearness, self._least(filters, within))
        return sorted(kept, key=lambda m: (-m.strength, -m.total, m.paper.paper_id))

    def _least(self, filters: Filters, within: Sequence[str] | None) -> float:
        """What nearness and strength must come to, 0 where retrieval did not rank the papers."""
        ranked = within is None and not filters.authors
        return scaled(self._index.lexicon.count(), *_SURE_AND_NEAR) if ranked else 0.0

    def _except(
        self,
        kept: str,
        refused: str,
        filters: Filters,
        within: Sequence[str] | None,
        without: bool,
    ) -> list[Match]:
        """Papers on what is kept, or all papers, without those on what is refused."""
        named = self.matches(refused, filters, within)
        # A paper that says it does without the thing is not one on it.
        out = {
            m.paper.paper_id for m in named if not (without and lacks(m.paper.abstract, refused))
        }
        if self._facets.read(kept):
            return [m for m in self.matches(kept, filters, within) if m.paper.paper_id not in out]
        catalog = self._index.catalog
        papers = catalog.papers(within) if within is not None else catalog.papers()
        left = [p for p in papers if p.paper_id not in out and passes(p, filters)]
        return [self._plain(paper, filters) for paper in left] if out else []

    def _candidates(
        self, topic: str, facets: Sequence[Facet], filters: Filters, within: Sequence[str] | None
    ) -> Mapping[str, float] | None:
        """Ids of papers that may match, None for all papers.

        With each, how near it is to the topic beside the nearest, in [0, 1].
        """
        if within is not None:
            return dict.fromkeys(within, 1.0)
        if filters.authors:
            return dict.fromkeys(_by_authors(self._index.catalog, filters.authors), 1.0)
        if not facets:
            return None if filters.as_dict() or _EVERYTHING.search(topic) else {}
        return self._meeting(topic, facets)

    def _passing(self, given: Mapping[str, float] | None, filters: Filters) -> Iterator[Paper]:
        """Those of these papers that meet the filters, in order, read only as far as wanted."""
        catalog = self._index.catalog
        if given is None:
            yield from (paper for paper in catalog.papers() if passes(paper, filters))
            return
        ids = list(given)
        for start in range(0, len(ids), _MOST_WEIGHED):
            for paper in catalog.papers(ids[start : start + _MOST_WEIGHED]):
                if passes(paper, filters):
                    yield paper

    def _meeting(self, topic: str, facets: Sequence[Facet]) -> dict[str, float]:
        """Papers that hold every facet by name, those that hold one, and the nearest by meaning."""
        names = [[*f.alternatives, *f.synonyms, *f.shorter] for f in facets]
        holding = [self._index.lexicon.containing(phrases, slop=1) for phrases in names]
        exact = set.intersection(*holding)
        passages = retrieve(self._index, topic, _NEIGHBOURS, self._ranking)
        top = max((passage.score for passage in passages), default=0.0) or 1.0
        near = {passage.paper.paper_id: max(0.0, passage.score / top) for passage in passages}
        some = set.union(*holding)
        ids = dict.fromkeys([*sorted(exact), *near], 0.0)
        if len(ids) + len(some) <= _MOST_WEIGHED:
            ids |= dict.fromkeys(sorted(some), 0.0)
        return ids | near

    def _weigh(self, paper: Paper, facets: Sequence[Facet], near: _Near) -> Match:
        lines = _lines(paper.abstract)
        title = paper.real_title
        strengths: list[float] = []
        shown = [0.15 * line.own for line in lines]
        for facet, table in zip(facets, near, strict=True):
            weights = self._weights(facet)
            qualities = [_quality(facet, line, table, weights) for line in lines]
            in_title = (
                _quality(facet, _line(title, 0, len(title)), table, weights) if title else 0.0
            )
            apart = _APART * _soft(facet, [w for line in lines for w in line.words], table, weights)
            apart *= _UNPROPOSED if facet.contributed else 1.0
            strength = max(_strength(facet, qualities, title, in_title, lines), apart)
            # A verb alone ("search for targets") ranks papers, but keeps none out.
            alone = facet.words == (facet.light,) and len(facets) > 1
            strengths.append(max(strength, _VERB_ALONE) if alone else strength)
            shown = [score + quality for score, quality in zip(shown, qualities, strict=True)]
        place = max(range(len(lines)), key=lambda i: (shown[i], -i))
        return Match(
            paper, round(_together(strengths), 6), lines[place].start, lines[place].end,
            round(sum(strengths), 6),
        )  # fmt: skip

    def _weights(self, facet: Facet) -> list[float]:
        weights = [
            idf(self._index.lexicon, word) * _share(word, facet) if word not in STOP_WORDS else 0.0
            for word in facet.words
        ]
        return [*weights[:-1], _HEAD_WEIGHT * weights[-1]] if weights else []

    def _near(self, papers: Sequence[Paper], facets: Sequence[Facet]) -> _Near:
        """For each facet, how near words of these papers are to each of its words, if at all."""
        given = {
            word
            for paper in papers
            for line in (*_lines(paper.abstract), _line(paper.title, 0, len(paper.title)))
            for word in line.words
            if word not in STOP_WORDS
        }
        ordered = sorted(given)
        tables = (self._matcher.table(facet.words, ordered) for facet in facets)
        return [{word: row for word, row in table.items() if row.any()} for table in tables]

    def _plain(self, paper: Paper, filters: Filters) -> Match:
        """A paper that only filters chose: shown with its link, or with what it proposes."""
        lines = _lines(paper.abstract)
        if filters.code:
            pattern = _LINK if filters.code == "linked" else _WILL
            for line in lines:
                if pattern.search(paper.abstract[line.start : line.end]):
                    return Match(paper, 1.0, line.start, line.end)
        start, end = main_sentence(paper)
        return Match(paper, 1.0, start, end)


def _shown(match: Match) -> str:
    return match.paper.abstract[match.start : match.end]


def asks_for_papers(text: str) -> bool:
    """Whether a question asks for papers by that word, rather than for models, data or people."""
    return bool(re.search(rf"\b(?:{PAPER_NOUN}|surveys?|anything)\b", text, re.I))


def passes(paper: Paper, filters: Filters) -> bool:
    """Whether a paper meets the filters; one of unknown year fails a filter on years."""
    if filters.years and paper.year is None:
        return False
    if filters.since is not None and (paper.year or 0) < filters.since:
        return False
    if filters.until is not None and (paper.year or 0) > filters.until:
        return False
    if not all(
        any(same_person(wanted, name) for name in paper.authors) for wanted in filters.authors
    ):
        return False
    if filters.venue and not same_venue(filters.venue, paper.venue):
        return False
    return not filters.code or gives_code(paper, filters.code)


def gives_code(paper: Paper, how: str) -> bool:
    """Whether an abstract links its code ("linked"), or says that it will come ("promised")."""
    for start, end in sentence_spans(paper.abstract):
        sentence = paper.abstract[start:end]
        if how == "linked" and _LINK.search(sentence):
            return True
        if (
            how == "promised"
            and _WILL.search(sentence)
            and _CODE.search(sentence)
            and not _LINK.search(sentence)
        ):
            return True
    return False


def main_sentence(paper: Paper) -> tuple[int, int]:
    """The span of the sentence in which a paper says what it does, else of its first sentence."""
    lines = _lines(paper.abstract)
    own = [line for line in lines if line.own and _CUE.search(line.text(paper.abstract))]
    name = method_name(paper.abstract)
    named = [line for line in own if name and name in paper.abstract[line.start : line.end]]
    chosen = (named or own or list(lines))[0]
    return chosen.start, chosen.end


def own_part(paper: Paper) -> int:
    """Offset at which a paper begins to speak of itself, else 0."""
    return next((line.start for line in _lines(paper.abstract) if line.own), 0)


def _by_authors(catalog: Catalog, authors: Sequence[str]) -> list[str]:
    """Papers that all these people wrote."""
    sets: list[dict[str, None]] = []
    for author in authors:
        stored = catalog.authors_named(folded(author))
        sets.append({paper_id: None for name, paper_id in stored if same_person(author, name)})
    return [i for i in sets[0] if all(i in other for other in sets[1:])] if sets else []


def _placed(match: Match, nearness: float, facets: int) -> Match:
    """A match as sure as its words and its nearness in retrieval make it together.

    strength + 0.3 (mean over the facets - strength) + 0.4 (nearness - 0.8), but for a paper that
    names every facet. Chosen on questions with complete lists over seven corpora, leaving one out
    at a time: of a coarse grid the same numbers came out best each time; finer ones do no better.
    """
    if not _HINTED <= match.strength < _NAMED:
        return match
    mean = match.total / facets
    sure = match.strength + _OTHERS * (mean - match.strength) + _NEARNESS * (nearness - _AS_NEAR)
    return replace(match, strength=round(min(sure, _NAMED), 6))


def _share(word: str, facet: Facet) -> float:
    """What a word counts beside the others of its facet."""
    if word == facet.light:
        return _VERB_WEIGHT
    return _ADJECTIVE_WEIGHT if word in PLAIN_ADJECTIVES else 1.0


def sure_or_near(
    weighed: Sequence[Match], nearness: Mapping[str, float], least: float
) -> list[Match]:
    """The papers on a topic: none where none is surely on it, else all that are sure or near.

    Where retrieval ranked them, those that are named, or half as strong as the best and with
    nearness + strength / best strength of at least `least`: chosen like the numbers of `_placed`,
    leaving one of ten corpora out at a time, and for many papers so that lists grow little.
    """
    best = max((match.strength for match in weighed), default=0.0)
    if best < _FOUND:
        return []
    if not least:
        return [m for m in weighed if m.strength >= max(_FOUND, _NEAR_BEST * best)]
    return [
        match
        for match in weighed
        if match.strength >= _NAMED
        or (
            match.strength >= _AT_ALL * best
            and nearness[match.paper.paper_id] + match.strength / best >= least
        )
    ]


def _together(strengths: Sequence[float]) -> float:
    """How much a paper is about all facets: the weakest decides, less so among three or more."""
    least = min(strengths)
    if len(strengths) < 3 or least < _HINTED:
        return least
    return (least + sum(strengths) / len(strengths)) / 2


def _strength(
    facet: Facet, qualities: Sequence[float], title: str, in_title: float, lines: Sequence[_Line]
) -> float:
    """How much a paper is about a facet, in [0, 1]: how well, how often and where it names it."""
    best = max([*qualities, in_title], default=0.0)
    if best <= 0:
        return 0.0
    if facet.contributed:
        clear = [i for i, quality in enumerate(qualities) if quality >= _CLEAR * best]
        called = in_title >= _CLEAR * best and calls_itself(title, facet)
        proposed = called or any(proposes(lines[i].words, facet) for i in clear)
        return best * (1.0 if proposed else _UNPROPOSED)
    named = [i for i, quality in enumerate(qualities) if quality >= 0.9 * best]
    own = any(lines[i].own for i in named)
    central = in_title >= 0.9 * best or own or len(named) > 1
    return best * (1.0 if central else 0.9)


def _quality(facet: Facet, line: _Line, near: dict[str, Floats], weights: Sequence[float]) -> float:
    """How well one sentence names a facet: 1 by one of its names, less by near words, in [0, 1]."""
    if any(find_phrase(phrase, line.stems, slop=1) for phrase in facet.alternatives):
        return 1.0
    if any(find_phrase(phrase, line.stems, slop=1) for phrase in facet.synonyms):
        return _SYNONYM
    soft = _WORD_MATCH * _soft(facet, line.words, near, weights)
    soft *= _together_in(facet, line.words, near, weights) if soft > 0 else 1.0
    if any(find_phrase(phrase, line.stems, slop=1) for phrase in facet.shorter):
        return max(_SHORTER, soft)
    return soft


def _together_in(
    facet: Facet, given: Sequence[str], near: dict[str, Floats], weights: Sequence[float]
) -> float:
    """1 where the words of a facet stand near each other in a sentence, less where far apart.

    A pricing scheme for the priority option has nothing to do with option pricing.
    """
    wanted = [
        column
        for column, (weight, word) in enumerate(zip(weights, facet.words, strict=True))
        if weight > 0 and word != facet.light
    ]
    held = [(place, near[word]) for place, word in enumerate(given) if word in near]
    places = [[place for place, row in held if row[column] > 0] for column in wanted]
    if len(wanted) < 2 or not all(places):
        return 1.0
    spans = [
        [start, *(min(at, key=lambda place: abs(place - start)) for at in places[1:])]
        for start in places[0]
    ]
    nearest = min(spans, key=lambda span: max(span) - min(span))
    if max(nearest) - min(nearest) <= 2 * len(wanted):
        return 1.0
    return _SPREAD if nearest == sorted(nearest) else _TURNED


def _soft(
    facet: Facet, given: Iterable[str], near: dict[str, Floats], weights: Sequence[float]
) -> float:
    """The weighted share of a facet's words that the given words hold, equal or near, in [0, 1]."""
    rows = [near[word] for word in given if word in near]
    if not rows or not facet.words:
        return 0.0
    best = np.max(rows, axis=0)
    share = float(np.average(best, weights=weights))
    # "American sign language" is not met by another sign language.
    needed = [w > 0 and word != facet.light for w, word in zip(weights, facet.words, strict=True)]
    if np.all(best[needed] > 0):
        # Another verb beside a word that is only near: "inspect pipes" in "build pipelines".
        said = [best[i] for i, word in enumerate(facet.words) if word == facet.light]
        guessed = bool(said) and not said[0] and np.max(best[needed], initial=0.0) < 1
        return _LACKING * share if guessed else share
    # IL-4 is not IL-6, and GPT-3 is not GPT-4.
    numbers = [word[0].isdigit() and len(facet.words) > 1 for word in facet.words]
    return (_LACKING if np.all(best[numbers] > 0) else _OTHER_NUMBER) * share


@lru_cache(maxsize=2048)
def _lines(abstract: str) -> tuple[_Line, ...]:
    return tuple(_line(abstract, start, end) for start, end in sentence_spans(abstract))


@lru_cache(maxsize=8192)
def _line(abstract: str, start: int, end: int) -> _Line:
    text = abstract[start:end]
    # "In contrast to others" is nothing about contrast.
    given = tuple(words(_PHRASED.sub(" ", text)))
    return _Line(start, end, tuple(map(stem, given)), given, bool(_OWN.search(text)))
