"""What a paper must be about to be listed: the facets of a topic, each with its other names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from app.retrieval.synonyms import longest, synonyms_of
from app.understanding.wordlists import (
    FRAME_NOUNS,
    FRAME_WORDS,
    HEAD_NOUNS,
    NOUN_OR_VERB,
    PEOPLE,
    RELATED,
    SCHOLARLY,
    WORK_VERBS,
)
from ingest.catalog import Catalog
from ingest.stores.lexicon import Lexicon
from ingest.text.terms import STOP_WORDS, stem, tokens, words

Phrase = tuple[str, ...]

_PREPOSITIONS = frozenset(
    "based via using towards toward inside outside within among amongst across around along against"
    " upon beyond despite regarding concerning".split()
)
_BEFORE_VERBS = frozenset(
    "to that which who and or can could will would may might must should not they we it also"
    " papers paper studies works".split()
)
_CONTRIBUTED = re.compile(
    r"\b(?:propos|introduc|present|contribut|develop|creat|releas|construct|collect|build|built"
    r"|design|offer)\w*\b",
    re.I,
)
_GIVES = re.compile(
    r"\b(?:propos|introduc|present|contribut|creat|releas|construct|collect)\w*"
    r"\s+(?:a|an|their own|its own)\s",
    re.I,
)
_IS_GIVEN = re.compile(
    r"\b(?:are|is|were|was|newly)\s+(?:newly\s+)?(?:introduced|proposed|presented|created|released"
    r"|constructed|collected|contributed)\b",
    re.I,
)
# What stands before the object of such a verb, and what follows it.
_OBJECT = re.compile(
    r"^.*?\b(?:propos|introduc|present|contribut|develop|creat|releas|construct|collect|build|built"
    r"|design|offer)\w*\s+",
    re.I,
)
_AFTER_OBJECT = re.compile(r"\b(?:for|to|on|in|with|that|which|from|by|using)\b", re.I)
_NEW = re.compile(r"\b(?:new|novel|own|original)\b", re.I)
_PAPER_TYPES = frozenset(
    stem(word)
    for word in ("survey review overview workshop tutorial benchmark analyses analysis".split())
)
_REVIEWS = ("survey", "review")
_MOST_VARIANTS = 12
# Singulars and plurals whose stems differ.
_PAIRS = (
    "analysis analyses corpus corpora thesis theses hypothesis hypotheses synthesis syntheses"
    " diagnosis diagnoses criterion criteria phenomenon phenomena matrix matrices index indices"
    " vertex vertices axis axes mouse mice child children person people woman women man men foot"
    " feet leaf leaves life lives knife knives wolf wolves prosthesis prostheses bacterium bacteria"
    " genus genera stimulus stimuli nucleus nuclei medium media"
).split()
_IRREGULAR = {
    **{one: (other,) for one, other in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)},
    **{other: (one,) for one, other in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)},
}
_PARTICIPLE = re.compile(r"[^e]ed$")
_ADJECTIVE = re.compile(r"(?:al|ar|ary|ive|ic|ed|ous|able|ible|ful|less|ing|ent|ant)$")
PLAIN_ADJECTIVES = frozenset(
    "large small big high low long short deep wide fast slow multi old young early late good"
    " better new novel open free real hard soft light heavy strong weak rich poor".split()
)
# A word that this share of the papers holds tells none of them from the others.
_COMMON, _FEWEST_PAPERS = 0.55, 30
_OR = re.compile(r"\bor\b", re.I)
_COMPOUND = re.compile(r"([^\W_]+)-([^\W_]+)")
# "Search for targets or track them" names one thing twice.
_OF_IT = re.compile(
    r"\b(?:or|and)\s+(?:[\w-]+\s+){1,2}(?:(?:about|on|with|for|to|of|from|in|at)\s+)?"
    r"(?:them|it|these|those)\b",
    re.I,
)
_FEWEST_HOLDING = 2
# A clause begins after these: "risks that agents bring", "how drivers choose".
_CLAUSES = frozenset("that which how what where why when whom".split())
_NOT_BASE = re.compile(r"(?:s|[aeiouy]\w*ing|ed|ly)$")
_SERIES = re.compile(
    r",(?=(?:\s+(?!which|that|who|to\b)[\w-]+){1,3}(?:,(?:\s+[\w-]+){1,3})*,?\s+or\s)"
)


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing that a paper must be about. `alternatives` are stemmed phrases that name it.

    `words` are the question's own words for it, for near synonyms; `light` is the verb among them,
    which abstracts may say in any other way. `contributed` where the paper itself must propose it.
    `shorter` phrases lack the last word, and may mean another thing.
    """

    words: Phrase
    alternatives: tuple[Phrase, ...]
    contributed: bool = False
    light: str = ""
    synonyms: tuple[Phrase, ...] = ()
    shorter: tuple[Phrase, ...] = ()


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

    def read(self, topic: str, verb: str = "") -> tuple[Facet, ...]:
        """Facets in order; a paper must meet every one. Empty where the topic names nothing.

        `verb` is the question's own verb, where the topic holds it.
        """
        contributed = bool(
            _GIVES.search(topic)
            or _IS_GIVEN.search(topic)
            or (_CONTRIBUTED.search(topic) and _NEW.search(topic))
        )
        owned = _owned(topic, verb) if contributed else frozenset()
        rest, facets = self._set_phrases(topic)
        # "A, B or C" asks for any of the three.
        for runs in _alternating(
            _runs(_SERIES.sub(" or", _OF_IT.sub(" ", rest)), contributed, verb)
        ):
            given = contributed and runs[0] in owned
            facet = self._facet(runs, given, verb, set(_COMPOUND.findall(topic.lower())))
            # "large language models (LLMs)" says one thing twice.
            if facet and not any(set(facet.alternatives) & set(f.alternatives) for f in facets):
                facets.append(facet)
                verb = "" if facet.light else verb
        # "systems for translation" are about translation, and among papers on robots
        # "planning for robots" is planning.
        telling = [facet for facet in facets if self._tells(facet)]
        return tuple(telling or facets)

    def _set_phrases(self, topic: str) -> tuple[str, list[Facet]]:
        """Facets of phrases with synonyms that runs of topic words would break, and the rest.

        "Teams of several robots" is one thing, and so is "men and women".
        """
        found = tokens(topic)
        if _OR.search(topic):
            return topic, []
        for length in range(min(longest() + 1, len(found)), 1, -1):
            for start in range(len(found) - length + 1):
                part = found[start : start + length]
                phrase = _set_phrase(
                    [word for word, _, _ in part], [_stands_alone(topic, one) for one in part]
                )
                if phrase:
                    before, facets = self._set_phrases(topic[: part[0][1]])
                    after, more = self._set_phrases(topic[part[-1][2] :])
                    own = tuple(w for w, _, _ in part if not _is_light(w))
                    others = tuple(sorted(synonyms_of(phrase)))[:_MOST_VARIANTS]
                    facet = Facet(own, (phrase, *others))
                    return f"{before} ; {after}", [*facets, facet, *more]
        return topic, []

    def tells(self, topic: str) -> bool:
        """Whether a topic says more than that a paper has a method, or is of this corpus."""
        return any(self._tells(facet) for facet in self.read(topic))

    def _tells(self, facet: Facet) -> bool:
        """Whether a facet says more than that a paper has a method, or is of this corpus."""
        papers = self._lexicon.count()
        common = papers >= _FEWEST_PAPERS and all(
            self._lexicon.document_frequency(stem(word)) >= _COMMON * papers for word in facet.words
        )
        return not common and not all(
            word in HEAD_NOUNS | PEOPLE | SCHOLARLY for word in facet.words
        )

    def _facet(
        self, runs: Sequence[Phrase], contributed: bool, verb: str, compounds: Set[tuple[str, str]]
    ) -> Facet | None:
        phrases = [phrase for run in runs for phrase in self._variants(run, verb)]
        if not phrases:
            return None
        own = tuple(dict.fromkeys(word for run in runs for word in run))
        # Flapping-wing robots may be flapping-wing vehicles; identifying dialects is a task of its
        # own.
        shorter = [run[:-1] for run in runs if len(run) > 2]
        sure = [run for run in shorter if run[-2:] in compounds]
        typed = all(stem(word) in _PAPER_TYPES for word in own)
        telling = self._telling(self._without_head(runs[0]), verb)
        return Facet(
            telling,
            tuple(dict.fromkeys(phrases)),
            contributed or typed,
            verb if telling[0] == verb and (len(telling) > 1 or len(runs[0]) == 1) else "",
            tuple(dict.fromkeys([*map(_stems, sure), *_in_other_words(map(_stems, runs))]))[
                :_MOST_VARIANTS
            ],
            tuple(dict.fromkeys(_stems(run) for run in shorter if run not in sure)),
        )

    def _variants(self, run: Phrase, verb: str) -> list[Phrase]:
        """The phrase, without its head noun, with acronyms for its parts and parts for acronyms."""
        found: dict[Phrase, None] = {_stems(run): None, _stems(self._without_head(run)): None}
        telling = self._telling(run, verb)
        found.setdefault(_stems(telling))
        for phrase in list(found):
            for replaced in self._replaced(phrase):
                found.setdefault(replaced)
        for place, word in enumerate(run):
            for other in _IRREGULAR.get(word, ()):
                found.setdefault(_stems((*run[:place], other, *run[place + 1 :])))
        if len(run) == 1:
            for other in RELATED.get(run[0], ()) if run[0][:6] in _REVIEWS else ():
                found.setdefault((stem(other),))
            for compound in self._compounds(stem(run[0])):
                found.setdefault((compound,))
        return list(found)[:_MOST_VARIANTS]

    def _telling(self, run: Phrase, verb: str) -> Phrase:
        """A phrase without the words that most papers of this corpus hold, if any are left.

        Among papers on robots, "underwater robots" are told apart by the water.
        """
        papers = self._lexicon.count()
        if papers < _FEWEST_PAPERS or len(run) < 2:
            return run
        # Among papers on code generation, "code" alone is no name of it.
        if len(self._lexicon.containing([_stems(run)], most=_FEWEST_HOLDING)) >= _FEWEST_HOLDING:
            return run
        rare = tuple(w for w in run if self._lexicon.document_frequency(stem(w)) < _COMMON * papers)
        if rare == (verb,):
            return run
        # "Large" alone does not stand for large language models.
        return run if all(_ADJECTIVE.search(w) or w in PLAIN_ADJECTIVES for w in rare) else rare

    def _replaced(self, phrase: Phrase) -> Iterable[Phrase]:
        shorts, longs = self._acronyms
        for start in range(len(phrase)):
            for long in longs.get(phrase[start], ()):
                yield (*phrase[:start], *long, *phrase[start + 1 :])
            for end in range(start + 1, len(phrase) + 1):
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
        # A participle alone names nothing: "shared tasks" are not all that is shared.
        if len(run) < 2 or run[-1] not in HEAD_NOUNS:
            return run
        # Nor does a verb: "process models" are not all that is processed.
        if len(run) == 2 and (run[0].endswith("ed") or run[0] in WORK_VERBS):
            return run
        ending = _stems(run[-2:])
        if run[-1].startswith("model") and ending in self._endings:
            return run
        return self._without_head(run[:-1])


def _runs(topic: str, contributed: bool, verb: str) -> list[Phrase | str]:
    """Runs of topic words, with "or" and "and" kept between them. A verb may begin no run."""
    runs: list[Phrase | str] = []
    current: list[str] = []
    last_end, after_word, clause = 0, False, False
    found = tokens(topic)
    for place, (word, start, end) in enumerate(found):
        gap = topic[last_end:start]
        broken = bool(re.search(r"[,;:()?!]", gap)) and bool(current)
        ends = _ends(found, place, topic, verb)
        ended = (broken or ends) and bool(current)
        if ended:
            runs.append(_subject(tuple(current), clause))
            current = []
        # "evaluate or train recommenders" joins verbs, which are no topics.
        if word in ("or", "and") and (ended or after_word):
            runs.append(word)
        elif (
            not ends
            and (current or not _acts(found, place, verb))
            and not (contributed and _NEW.match(word))
        ):
            current.append(word)
        clause = word in _CLAUSES or (clause and bool(current))
        after_word = bool(current) or ended
        last_end = end
    return [*runs, _subject(tuple(current), clause)] if current else runs


def _subject(run: Phrase, clause: bool) -> Phrase:
    """What a run at the beginning of a clause is about, without the verb that it does."""
    acts = clause and len(run) > 1 and run[-2].endswith("s") and not _NOT_BASE.search(run[-1])
    return run[:-1] if acts else run


def _owned(topic: str, verb: str) -> frozenset[Phrase]:
    """Runs that name the very thing given: the "dataset" of "introduce a dataset for essays"."""
    given = topic if _IS_GIVEN.search(topic) else _OBJECT.sub("", topic, count=1)
    runs = _runs(_AFTER_OBJECT.split(given)[0], True, verb)
    return frozenset(run for run in runs if not isinstance(run, str))


def _acts(found: Sequence[tuple[str, int, int]], place: int, verb: str) -> bool:
    """Whether the word at a place is a verb of what papers do: "to test", but not "test cases"."""
    word = found[place][0]
    if word not in WORK_VERBS or word == verb:
        return word in WORK_VERBS
    before = found[place - 1][0] if place else ""
    return word not in NOUN_OR_VERB or before in _BEFORE_VERBS or before in WORK_VERBS


def _ends(found: Sequence[tuple[str, int, int]], place: int, topic: str, verb: str) -> bool:
    """Whether the word at a place stands between topics, rather than in one."""
    word, start, end = found[place]
    # "text-to-image" and "in-context" are one word to their authors.
    hyphened = not _stands_alone(topic, found[place])
    if word in STOP_WORDS or word in _PREPOSITIONS:
        return not hyphened
    if word in FRAME_NOUNS:
        if topic[end : end + 1] == "-" and word != verb:
            return False
        after = _is_topic(found, place + 1, topic, start=end)
        return word == verb or not (after or _is_topic(found, place - 1, topic, end=start))
    return word in FRAME_WORDS


def _is_topic(
    found: Sequence[tuple[str, int, int]], place: int, topic: str, start: int = -1, end: int = -1
) -> bool:
    """Whether the word at a place names a topic and touches what begins or ends beside it."""
    if not 0 <= place < len(found):
        return False
    word, first, last = found[place]
    gap = topic[last:end] if end >= 0 else topic[start:first]
    frames = word in FRAME_WORDS and word not in FRAME_NOUNS
    frames = frames or word in STOP_WORDS or word in _PREPOSITIONS or word in WORK_VERBS
    return not gap.strip(" -") and not frames


def _alternating(runs: Sequence[Phrase | str]) -> list[list[Phrase]]:
    """Groups of runs that "or" joins; "causal or counterfactual reasoning" shares its last word.

    So does "and" between things of one kind: reviews and surveys, datasets and corpora.
    """
    groups: list[list[Phrase]] = []
    joint = ""
    for run in runs:
        if isinstance(run, str):
            joint = run if groups else ""
        elif joint == "or" or (joint == "and" and _kin(groups[-1][-1][-1], run[-1])):
            before = groups[-1][-1]
            # "AI-written or retouched photos" shares it too.
            least = _ADJECTIVE if len(before) == 1 else _PARTICIPLE
            if len(before) <= 2 <= len(run) and least.search(before[-1]):
                groups[-1][-1] = (*before, run[-1])
            # "New domains or languages" are new domains or new languages.
            new = len(before) == 2 and before[0] in PLAIN_ADJECTIVES
            # "Coreference datasets and corpora" are corpora of coreference.
            shares = len(run) == 1 and (new or joint == "and")
            groups[-1].append((*before[:-1], *run) if shares else run)
            joint = ""
        else:
            groups.append([run])
            joint = ""
    return groups


def _kin(one: str, other: str) -> bool:
    """Whether two nouns are of one kind, so that a paper on either is meant."""
    if stem(one) in _PAPER_TYPES and stem(other) in _PAPER_TYPES:
        return True
    kinds = {stem(word) for noun in (one, one.removesuffix("s")) for word in RELATED.get(noun, ())}
    return stem(other) in kinds


def _in_other_words(phrases: Iterable[Phrase]) -> Iterator[Phrase]:
    for phrase in phrases:
        for start in range(len(phrase)):
            for end in range(start + 1, len(phrase) + 1):
                rest = phrase[end:]
                for other in sorted(synonyms_of(phrase[start:end])):
                    # A walking robot robot is a walking robot.
                    said = other[:-1] if other[-1:] == rest[:1] else other
                    yield (*phrase[:start], *said, *rest)


def _set_phrase(given: Sequence[str], alone: Sequence[bool]) -> Phrase:
    """The stems of a phrase with synonyms, if runs would break it; one light word may be extra."""
    light = [i for i, word in enumerate(given) if alone[i] and _is_light(word)]
    if not light or len(light) == len(given):
        return ()
    whole, last = _stems(given), len(given) - 1
    for phrase in (whole, *((*whole[:i], *whole[i + 1 :]) for i in light if 0 < i < last)):
        if len(phrase) > 1 and synonyms_of(phrase):
            return phrase
    return ()


def _stands_alone(topic: str, token: tuple[str, int, int]) -> bool:
    """Whether no hyphen ties a word to another."""
    _, start, end = token
    return topic[max(0, start - 1) : start] != "-" and topic[end : end + 1] != "-"


def _is_light(word: str) -> bool:
    return word in STOP_WORDS or word in _PREPOSITIONS or word in FRAME_WORDS - FRAME_NOUNS


def _stems(some: Iterable[str]) -> Phrase:
    return tuple(stem(word) for word in some)
