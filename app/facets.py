"""What a paper must be about to be listed: the facets of a topic, each with its other names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.vocabulary import FRAME_WORDS, HEAD_NOUNS, RELATED, WORK_VERBS
from ingest.catalog import Catalog
from ingest.lexicon import Lexicon
from ingest.terms import STOP_WORDS, stem, tokens, words

Phrase = tuple[str, ...]

_PREPOSITIONS = frozenset("based via using towards toward".split())
_CONTRIBUTED = re.compile(
    r"\b(?:propos|introduc|present|contribut|develop|creat|releas|construct|collect|build|built|design|offer)\w*\b",
    re.I,
)
_GIVES = re.compile(
    r"\b(?:propos|introduc|present|contribut|creat|releas|construct|collect)\w*"
    r"\s+(?:a|an|their own|its own)\s",
    re.I,
)
_NEW = re.compile(r"\b(?:new|novel|own|original)\b", re.I)
_PAPER_TYPES = frozenset(
    stem(word)
    for word in "survey surveys review reviews overview workshop tutorial benchmark".split()
)
_MOST_VARIANTS = 8
# A word that this share of the papers holds tells none of them from the others.
_COMMON, _FEWEST_PAPERS = 0.55, 30
_SERIES = re.compile(r",(?=[^,]+(?:,\s*[^,]+)*,?\s+or\s)")


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing that a paper must be about. `alternatives` are stemmed phrases that name it.

    `words` are the question's own words for it, for near synonyms. `contributed` where the paper
    itself must propose it.
    """

    words: Phrase
    alternatives: tuple[Phrase, ...]
    contributed: bool = False


class FacetReader:
    """Reads facets out of topics, with the acronyms that one corpus defines."""

    def __init__(self, catalog: Catalog, lexicon: Lexicon) -> None:
        self._catalog = catalog
        self._lexicon = lexicon

    @cached_property
    def _acronyms(self) -> tuple[dict[Phrase, dict[str, None]], dict[str, dict[Phrase, None]]]:
        """Acronyms by what they stand for, and the reverse; read when they are first needed."""
        shorts: dict[Phrase, dict[str, None]] = {}
        longs: dict[str, dict[Phrase, None]] = {}
        # What most papers write comes first: only so many variants are used.
        for name, expansion, _ in sorted(
            self._catalog.expansions(), key=lambda row: (-row[2], row)
        ):
            long = _stems(words(expansion))
            short = stem(name.lower())
            if len(words(name)) == 1 and len(long) > 1:
                shorts.setdefault(long, {}).setdefault(short)
                longs.setdefault(short, {}).setdefault(long)
        return shorts, longs

    @cached_property
    def _endings(self) -> frozenset[Phrase]:
        """The last two words of what acronyms stand for."""
        return frozenset(long[-2:] for long in self._acronyms[0])

    def read(self, topic: str) -> tuple[Facet, ...]:
        """Facets in order; a paper must meet every one. Empty where the topic names nothing."""
        contributed = bool(_GIVES.search(topic)) or bool(
            _CONTRIBUTED.search(topic) and _NEW.search(topic)
        )
        facets: list[Facet] = []
        # "A, B or C" asks for any of the three.
        for runs in _alternating(_runs(_SERIES.sub(" or", topic), contributed)):
            facet = self._facet(runs, contributed)
            # "large language models (LLMs)" says one thing twice.
            if facet and not any(set(facet.alternatives) & set(f.alternatives) for f in facets):
                facets.append(facet)
        return tuple(facets)

    def _facet(self, runs: Sequence[Phrase], contributed: bool) -> Facet | None:
        phrases = [phrase for run in runs for phrase in self._variants(run)]
        if not phrases:
            return None
        own = tuple(dict.fromkeys(word for run in runs for word in run))
        typed = all(stem(word) in _PAPER_TYPES for word in own)
        return Facet(
            self._telling(self._without_head(runs[0])),
            tuple(dict.fromkeys(phrases)),
            contributed or typed,
        )

    def _variants(self, run: Phrase) -> list[Phrase]:
        """The phrase, without its head noun, with acronyms for its parts and parts for acronyms."""
        found: dict[Phrase, None] = {_stems(run): None, _stems(self._without_head(run)): None}
        telling = self._telling(run)
        found.setdefault(_stems(telling))
        for phrase in list(found):
            for replaced in self._replaced(phrase):
                found.setdefault(replaced)
        if len(run) == 1:
            for other in RELATED.get(run[0], ()) if stem(run[0]) in _PAPER_TYPES else ():
                found.setdefault((stem(other),))
            for compound in self._compounds(stem(run[0])):
                found.setdefault((compound,))
        return list(found)[:_MOST_VARIANTS]

    def _telling(self, run: Phrase) -> Phrase:
        """A phrase without the words that most papers of this corpus hold, if any are left.

        Among papers on robots, "underwater robots" are told apart by the water.
        """
        papers = self._lexicon.count()
        if papers < _FEWEST_PAPERS or len(run) < 2:
            return run
        rare = tuple(w for w in run if self._lexicon.document_frequency(stem(w)) < _COMMON * papers)
        return rare or run

    def _replaced(self, phrase: Phrase) -> Iterable[Phrase]:
        shorts, longs = self._acronyms
        for start in range(len(phrase)):
            for long in longs.get(phrase[start], ()):
                yield (*phrase[:start], *long, *phrase[start + 1 :])
            for end in range(start + 2, len(phrase) + 1):
                for short in shorts.get(phrase[start:end], ()):
                    yield (*phrase[:start], short, *phrase[end:])

    def _compounds(self, term: str) -> list[str]:
        """Words that an acronym begins: "LLM4Rec" for "LLM"."""
        if term not in self._acronyms[1]:
            return []
        return [
            word
            for word in self._lexicon.vocabulary(term, 50)
            if re.match(r"\d", word[len(term) :])
        ]

    def _without_head(self, run: Phrase) -> Phrase:
        """A phrase without a head noun that names nothing: "recommender systems", "CLIP models".

        "language model" keeps it where the corpus has an acronym for a phrase that ends so.
        """
        if len(run) < 2 or run[-1] not in HEAD_NOUNS:
            return run
        ending = _stems(run[-2:])
        if run[-1].startswith("model") and ending in self._endings:
            return run
        return self._without_head(run[:-1])


def _runs(topic: str, contributed: bool) -> list[Phrase | str]:
    """Runs of topic words, with "or" kept between them. A verb may begin no run."""
    runs: list[Phrase | str] = []
    current: list[str] = []
    last_end = 0
    after_word = False
    for word, start, end in tokens(topic):
        gap = topic[last_end:start]
        broken = bool(re.search(r"[,;:()?!]", gap)) and bool(current)
        # "text-to-image" and "in-context" are one word to their authors.
        hyphened = gap == "-" or topic[end : end + 1] == "-"
        ends = (word in STOP_WORDS or word in _PREPOSITIONS) and not hyphened
        ends = ends or word in FRAME_WORDS
        if (broken or ends) and current:
            runs.append(tuple(current))
            current = []
        if word == "or" and after_word:
            runs.append("or")
        elif (
            not ends
            and (current or word not in WORK_VERBS)
            and not (contributed and _NEW.match(word))
        ):
            current.append(word)
        # "evaluate or train recommenders" joins verbs, which are no topics.
        after_word = bool(current) or bool(runs and ends and word == "or")
        last_end = end
    return [*runs, tuple(current)] if current else runs


def _alternating(runs: Sequence[Phrase | str]) -> list[list[Phrase]]:
    """Groups of runs that "or" joins; "causal or counterfactual reasoning" shares its last word."""
    groups: list[list[Phrase]] = []
    joined = False
    for run in runs:
        if isinstance(run, str):
            joined = bool(groups)
        elif joined:
            before = groups[-1][-1]
            if len(before) < len(run) and len(before) == 1:
                groups[-1][-1] = (*before, run[-1])
            groups[-1].append(run)
            joined = False
        else:
            groups.append([run])
    return groups


def _stems(some: Iterable[str]) -> Phrase:
    return tuple(stem(word) for word in some)
