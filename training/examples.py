"""Examples for the decisions of answering, from the cases of all collections at hand.

For "answered", questions whose papers are taken away and questions of other collections are
examples of what has no answer, beside those written for it. `details.jsonl` adds questions about
details, which the abstract tells at a character offset (`at`) or, where that is null, does not.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import astuple, dataclass, field
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np

from app.engine import Engine
from app.extractive.candidates import READ, near_question
from app.extractive.either import rows_of_either
from app.extractive.lists import near_topic, topic_chances
from app.extractive.lookup import likeliest
from app.extractive.papers_wanted import papers_row
from app.extractive.sentences import SentenceReader
from app.extractive.zones import ZONES
from app.retrieval.search import Ranking
from app.retrieval.similarity import WordMatcher
from app.retrieval.topicality import any_row, meant, read_for_topic
from app.settings import Settings
from app.support.addressed import told as spans_of
from app.support.cross_encoder import telling
from app.understanding.question import Question
from app.understanding.reading import Read, read_alone
from eval.dataset.case_files import load
from eval.dataset.corpora import at_hand, engine_for
from eval.dataset.paper_phrases import resolve_all
from eval.records import Case, ResolvedCase
from eval.scoring.normalize import contains
from ingest.records import Paper

NEARNESS = ("score", "high", "close", "held", "sentence", "weakest", "behind")
SENTENCE = ("telling", "detail", "detail cosine", *ZONES)
FEATURES = {
    "on topic": NEARNESS,
    "on topic read": (*NEARNESS, "read"),
    "meant": (*NEARNESS, "named"),
    "meant read": (*NEARNESS, "read"),
    "sentence": SENTENCE,
    "sentence read": (*SENTENCE, "read"),
    "answered": (
        "detail", "score", "strange", "named", "closeness", "read", "told",
    ),
    "either": ("whole", "alternative"),
    "any on topic": ("held", "closest", "words", "read"),
    "papers wanted": ("words", "second", "number"),
    "continues": ("told", "told elsewhere", "held", "held elsewhere", "alone"),
}  # fmt: skip
STRANGERS = 25
# Candidates of a look-up that are read for "meant read": more than an answer reads of them.
MEANT_READ = 5
# How much one written question without an answer counts beside one with: there are few of them.
UNANSWERED, FOREIGN, TAKEN_AWAY, OF_DETAIL = 2.0, 1.0, 0.5, 1.0
Row = tuple[float, ...]
DETAIL = "detail"
DETAILS = Path(__file__).with_name("details.jsonl")


@dataclass
class Examples:
    """Rows with their labels, weights and groups (the question that a row belongs to)."""

    rows: list[Row] = field(default_factory=list)
    labels: list[bool] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    def add(self, row: Row, label: bool, weight: float, group: str, source: str = "") -> None:
        self.rows.append(row)
        self.labels.append(label)
        self.weights.append(weight)
        self.groups.append(group)
        self.sources.append(source)


Collected = dict[str, Examples]


def collect(*, topics: bool = False) -> dict[str, Collected]:
    """The examples of each collection, by decision; those of lists alone where `topics` says so."""
    found: dict[str, Collected] = {}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=Path(folder) / "index", mode="extractive")
        corpora = [c for c in at_hand() if c.name != "seeds" and not c.held_out]
        details = [json.loads(line) for line in DETAILS.read_text("utf-8").splitlines()]
        texts = {c.name: [x for x in load([c.cases]) if not x.history] for c in corpora}
        for corpus in corpora:
            with engine_for(corpus, settings) as engine:
                cases = resolve_all(texts[corpus.name], engine.index.catalog.papers())
                others = [case for c, some in texts.items() if c != corpus.name for case in some]
                own = {name: Examples() for name in (*FEATURES, DETAIL)}
                _topics(engine, settings, cases, _some(others, ("list",), corpus.name), own)
                if not topics:
                    asked = _some(others, ("lookup",), corpus.name)
                    of_it = [one for one in details if one["corpus"] == corpus.name]
                    _of_corpus(engine, settings, cases, asked, of_it, own)
                found[corpus.name] = own
    return found


def _some(cases: Sequence[Case], kinds: Sequence[str], seed: str) -> list[str]:
    """Questions of these kinds that have an answer, drawn by a seed."""
    fit = [case.question for case in cases if case.kind in kinds and case.answerable]
    return random.Random(seed).sample(fit, STRANGERS)


def _topics(
    engine: Engine,
    settings: Settings,
    cases: Sequence[ResolvedCase],
    strangers: Sequence[str],
    found: Collected,
) -> None:
    """Which papers belong to the lists of a collection, and which lists it has no papers for."""
    for resolved in cases:
        if resolved.case.kind in ("list", "count"):
            _list(engine, settings, resolved, found)
    for text in strangers:
        question = read_alone(text, engine.index, settings).question
        near = near_topic(engine.index, question, settings)
        if near:
            row = any_row(near, question.words, read_for_topic(engine.index, near, question.words))
            found["any on topic"].add(row, False, FOREIGN, text, "foreign")


def _of_corpus(
    engine: Engine,
    settings: Settings,
    cases: Sequence[ResolvedCase],
    strangers: Sequence[str],
    details: Sequence[Mapping[str, Any]],
    found: Collected,
) -> None:
    """What a collection is asked beside lists."""
    reader = SentenceReader(engine.index, WordMatcher(engine.index.embedding))
    _details(engine, settings, reader, details, found)
    for resolved in cases:
        papers_wanted(engine, settings, resolved.case, found)
        if resolved.case.kind in ("lookup", "definition"):
            _question(engine, settings, reader, resolved, found)
    for text in strangers:
        row = next(_strengths(engine, settings, reader, text, frozenset()), None)
        if row:
            found["answered"].add(row[0], False, FOREIGN, text, "foreign")


def _details(
    engine: Engine,
    settings: Settings,
    reader: SentenceReader,
    asked: Sequence[Mapping[str, Any]],
    found: Collected,
) -> None:
    """Questions about a detail that an abstract tells at a place, or does not tell."""
    papers = {one: paper for paper in engine.index.catalog.papers() for one in paper.source_ids}
    for one in asked:
        text, paper, at = one["question"], papers[one["source_id"]], one["at"]
        if at is not None:
            told = [start <= at < end for start, end in spans_of(paper.abstract)]
            _sentences(reader, read_alone(text, engine.index, settings), paper, told, found)
        right = frozenset({paper.paper_id})
        for row, paper_id in _strengths(engine, settings, reader, text, frozenset(), right):
            source = "near" if at is None else "detail"
            label = at is not None and paper_id in right
            found[DETAIL].add(row, label, 1.0, text, source)
            found["answered"].add(row, label, OF_DETAIL, text, source)
            break


def _sentences(
    reader: SentenceReader, asked: Read, paper: Paper, told: Sequence[bool], found: Collected
) -> None:
    """Which sentences of a paper tell what is asked."""
    wanted = reader.wanted(asked.question, asked.linked)
    if wanted.words and any(told):
        spans = spans_of(paper.abstract)
        text, rows = asked.question.text, reader.rows(wanted, paper)
        odds = telling(text, paper.title, [paper.abstract[slice(*span)] for span in spans])
        for row, label, odd in zip(rows, told, odds, strict=True):
            found["sentence"].add(row, label, 1.0, text)
            found["sentence read"].add((*row, odd), label, 1.0, text)


def papers_wanted(engine: Engine, settings: Settings, case: Case, found: Collected) -> None:
    """Whether papers are asked for, or what one says."""
    asked = read_alone(case.question, engine.index, settings)
    if case.kind in ("list", "count", "lookup", "definition") and asked.question.words:
        row, papers = papers_row(asked, engine.index, settings), case.kind in ("list", "count")
        found["papers wanted"].add(row, papers, 1.0, case.id)


def _list(engine: Engine, settings: Settings, resolved: ResolvedCase, found: Collected) -> None:
    question = read_alone(resolved.case.question, engine.index, settings).question
    group = resolved.case.id
    if question.filters.as_dict() or question.excluded:
        return
    near = near_topic(engine.index, question, settings)
    if not near:
        return
    source = "answered" if resolved.papers else "unanswered"
    read = read_for_topic(engine.index, near, question.words)
    row = any_row(near, question.words, read)
    found["any on topic"].add(row, bool(resolved.papers), 1.0, group, source)
    if resolved.papers:
        belong, left_open = resolved.required_ids, resolved.acceptable_ids
        add_candidates(near, read, belong, left_open, group, found)
        _either(engine, settings, question, resolved, found)


def _either(
    engine: Engine,
    settings: Settings,
    question: Question,
    resolved: ResolvedCase,
    found: Collected,
) -> None:
    """Which papers belong to a list that has alternatives."""

    def ask(one: Question) -> dict[str, float]:
        return topic_chances(engine.index, one, settings)

    weight = 1 / len(resolved.papers) ** 0.5
    for paper_id, row in rows_of_either(question, ask(question), ask).items():
        if paper_id not in resolved.acceptable_ids:
            label = paper_id in resolved.required_ids
            found["either"].add(row, label, weight, resolved.case.id)


def add_candidates(
    near: Ranking,
    read: np.ndarray,
    belong: Set[str],
    left_open: Set[str],
    group: str,
    found: Collected,
    weight: float = 1.0,
) -> None:
    """Which candidates of a list belong to it; those that are left open are no examples."""
    each = weight / len(belong) ** 0.5
    for one, odd in zip(near, read.tolist(), strict=True):
        if one.paper_id not in left_open:
            row, label = astuple(one.nearness), one.paper_id in belong
            found["on topic"].add(row, label, each, group)
            if not isnan(odd):
                found["on topic read"].add((*row, odd), label, each, group)


def _question(
    engine: Engine,
    settings: Settings,
    reader: SentenceReader,
    resolved: ResolvedCase,
    found: Collected,
) -> None:
    case, right = resolved.case, resolved.required_ids | resolved.acceptable_ids
    asked = read_alone(case.question, engine.index, settings)
    named = {i for entity in asked.linked.own() for i in entity.paper_ids}
    near = near_question(engine.index, asked.question, settings, sorted(named))
    if case.answerable and resolved.papers:
        some = near[:READ]
        ranks = np.argsort(-meant(some, named), kind="stable")[:MEANT_READ]
        for place, one in enumerate(some):
            row = (*astuple(one.nearness), float(one.paper_id in named))
            label = one.paper_id in resolved.required_ids
            found["meant"].add(row, label, 1.0, case.id)
            if place in ranks and not named:
                [paper] = engine.index.catalog.papers([one.paper_id])
                read = reader.read_for(reader.wanted(asked.question, asked.linked), paper)
                found["meant read"].add((*row[:-1], read), label, 1.0, case.id)
        for paper in resolved.papers if case.facts else ():
            texts = [paper.abstract[slice(*span)] for span in spans_of(paper.abstract)]
            told = [any(contains(t, w) for fact in case.facts for w in fact) for t in texts]
            _sentences(reader, asked, paper, told, found)
    for number, (row, paper_id) in enumerate(
        _strengths(engine, settings, reader, case.question, named, right)
    ):
        if not case.answerable:
            found["answered"].add(row, False, UNANSWERED, case.id, "unanswered")
            return
        if number == 0:
            found["answered"].add(row, paper_id in right, 1.0, case.id, "answered")
        elif not named:
            found["answered"].add(row, False, TAKEN_AWAY, case.id, "taken away")
            return


def _strengths(
    engine: Engine,
    settings: Settings,
    reader: SentenceReader,
    text: str,
    named: set[str] | frozenset[str],
    right: frozenset[str] = frozenset(),
) -> Iterator[tuple[Row, str]]:
    """The row of the paper that is chosen, then of the best one that is not right."""
    asked = read_alone(text, engine.index, settings)
    named = named or {i for entity in asked.linked.own() for i in entity.paper_ids}
    near = near_question(engine.index, asked.question, settings, sorted(named))[:READ]
    if not near or not asked.question.words:
        return
    wanted = reader.wanted(asked.question, asked.linked)
    papers = {p.paper_id: p for p in engine.index.catalog.papers([one.paper_id for one in near])}
    found = [(one, papers[one.paper_id]) for one in near]
    own = frozenset(one.paper_id for one in near if one.paper_id in named)
    for some in (found, [one for one in found if one[0].paper_id not in right]):
        kept = [one for one in some if one[0].paper_id in own] or some
        if kept:
            chances = likeliest(reader, wanted, kept, own.intersection(c.paper_id for c, _ in kept))
            one, paper = kept[int(chances.argmax())]
            reading = reader.read_closely(wanted, paper)
            yield reader.strength_row(wanted, reading, one, one.paper_id in named), one.paper_id
