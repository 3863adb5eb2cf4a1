"""Labelled examples for the decisions of answering, from the cases of all collections at hand.

For "answered", questions whose papers are taken away and questions of other collections are
examples of what has no answer, beside those written for it.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from app.engine import Engine
from app.extractive.sentences import SentenceReader, Wanted, share, strength_row
from app.retrieval.similarity import WordMatcher
from app.retrieval.topicality import any_row, ranked
from app.settings import Settings
from app.understanding.parse import parse
from app.understanding.reading import read_alone
from eval.dataset.case_files import load
from eval.dataset.corpora import at_hand, data_folder, engine_for
from eval.dataset.paper_phrases import resolve_all
from eval.records import Case, ResolvedCase
from eval.scoring.normalize import contains
from ingest.embedding.models import StaticEmbedding
from ingest.text.sentences import sentence_spans
from ingest.text.terms import stem, words

NEARNESS = ("score", "high", "close", "held", "sentence", "weakest")
FEATURES = {
    "on topic": NEARNESS,
    "meant": (*NEARNESS, "named"),
    "sentence": (
        "covered", "telling", "cosine", "place", "own", "result", "number", "thing named",
        "things listed", "time", "cause", "means",
    ),
    "answered": (
        "held", "sentence", "detail", "detail sentence", "weakest", "lacking", "score", "unknown",
        "strange", "named", "number lacking",
    ),
    "any on topic": ("plain score", *NEARNESS[1:]),
}  # fmt: skip
# Papers that are read for a question.
READ = 8
STRANGERS = 25
# How much one written question without an answer counts beside one with: there are few of them.
UNANSWERED, FOREIGN, TAKEN_AWAY = 2.0, 1.0, 0.5
# What a sentence of an encyclopedia counts beside one of an abstract: there are many of them.
ENCYCLOPEDIC = 0.02
Row = tuple[float, ...]
OUTSIDE = "encyclopedia"


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


def collect() -> dict[str, Collected]:
    """The examples of each collection, by decision."""
    found: dict[str, Collected] = {}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=Path(folder) / "index", mode="extractive")
        corpora = [corpus for corpus in at_hand() if corpus.name != "seeds"]
        texts = {c.name: [x for x in load([c.cases]) if not x.history] for c in corpora}
        for corpus in corpora:
            with engine_for(corpus, settings) as engine:
                cases = resolve_all(texts[corpus.name], engine.index.catalog.papers())
                others = [case for c, some in texts.items() if c != corpus.name for case in some]
                found[corpus.name] = _of_corpus(
                    engine, settings, cases,
                    _some(others, ("lookup",), corpus.name), _some(others, ("list",), corpus.name),
                )  # fmt: skip
    file = data_folder() / "answer-sentences" / "squad2-dev.jsonl.gz"
    if file.is_file():
        found[OUTSIDE] = {name: Examples() for name in FEATURES}
        found[OUTSIDE]["sentence"] = _encyclopedic(file, 2000)
    return found


def _some(cases: Sequence[Case], kinds: Sequence[str], seed: str) -> list[str]:
    """Questions of these kinds that have an answer, drawn by a seed."""
    fit = [case.question for case in cases if case.kind in kinds and case.answerable]
    return random.Random(seed).sample(fit, STRANGERS)


def _of_corpus(
    engine: Engine,
    settings: Settings,
    cases: Sequence[ResolvedCase],
    strangers: Sequence[str],
    lists: Sequence[str],
) -> Collected:
    found = {name: Examples() for name in FEATURES}
    reader = SentenceReader(engine.index, WordMatcher(engine.index.embedding))
    for resolved in cases:
        case = resolved.case
        if case.kind in ("list", "count"):
            _list(engine, settings, resolved, found)
        if case.kind in ("lookup", "definition"):
            _question(engine, settings, reader, resolved, found)
    for text in strangers:
        row = next(_strengths(engine, settings, reader, text, frozenset()), None)
        if row:
            found["answered"].add(row[0], False, FOREIGN, text, "foreign")
    for text in lists:
        question = read_alone(text, engine.index, settings).question
        near = ranked(engine.index, question.words, settings, text)
        if near:
            found["any on topic"].add(any_row(near), False, FOREIGN, text, "foreign")
    return found


def _encyclopedic(file: Path, most: int) -> Examples:
    """Sentences of passages that answer questions or not, from a file of answer sentences.

    Inverse document frequencies are those of its passages.
    """
    found = Examples()
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        given = [json.loads(line) for line in lines]
    passages = {" ".join(one["sentences"]) for one in given}
    held = Counter(stem(w) for passage in passages for w in set(words(passage)))
    weight = {one: math.log(1 + len(passages) / n) for one, n in held.items()}
    matcher, embedding = WordMatcher(StaticEmbedding()), StaticEmbedding()
    reader = SentenceReader(cast(Any, SimpleNamespace(embedding=embedding)), matcher)
    answered = [one for one in given if one["answer_sentences"]][:most]
    for number, one in enumerate(answered):
        question = parse(one["question"], 2026)
        chosen = tuple(word.text for word in question.words)
        weights = [w.share * weight.get(stem(w.text), 5.0) for w in question.words]
        wanted = Wanted(
            chosen, np.asarray(weights, dtype=np.float32), np.zeros(len(chosen), dtype=np.float32),
            embedding.embed([one["question"]])[0], question.form, 0.0, False,
        )  # fmt: skip
        texts = one["sentences"]
        if chosen and len(texts) > 1:
            right = set(one["answer_sentences"])
            rows = reader.rows(wanted, texts, [reader.held(chosen, text) for text in texts])
            for place, row in enumerate(rows):
                found.add(row, place in right, ENCYCLOPEDIC, f"squad {number}")
    return found


def _list(engine: Engine, settings: Settings, resolved: ResolvedCase, found: Collected) -> None:
    question = read_alone(resolved.case.question, engine.index, settings).question
    if question.filters.as_dict() or question.excluded:
        return
    near = ranked(engine.index, question.words, settings, question.text)
    source = "answered" if resolved.papers else "unanswered"
    found["any on topic"].add(any_row(near), bool(resolved.papers), 1.0, resolved.case.id, source)
    if not resolved.papers:
        return
    into, weight = found["on topic"], 1 / len(resolved.papers) ** 0.5
    for one in near:
        if one.paper_id not in resolved.acceptable_ids:
            row = astuple(one.nearness)
            label = one.paper_id in resolved.required_ids
            into.add(row, label, weight, resolved.case.id)


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
    near = ranked(engine.index, asked.question.words, settings, case.question, sorted(named))
    if case.answerable and resolved.papers:
        for one in near[:READ]:
            row = (*astuple(one.nearness), float(one.paper_id in named))
            found["meant"].add(row, one.paper_id in resolved.required_ids, 1.0, case.id)
        wanted = reader.wanted(asked.question, asked.linked)
        for paper in resolved.papers if case.facts else ():
            spans = sentence_spans(paper.abstract)
            texts = [paper.abstract[slice(*span)] for span in spans]
            rows = reader.rows(wanted, texts, reader.holds(wanted, paper)[0])
            told = [any(contains(t, w) for fact in case.facts for w in fact) for t in texts]
            if any(told):
                for row, label in zip(rows, told, strict=True):
                    found["sentence"].add(row, label, 1.0, case.id)
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
    near = ranked(engine.index, asked.question.words, settings, text, sorted(named))[:READ]
    if not near or not asked.question.words:
        return
    wanted = reader.wanted(asked.question, asked.linked)
    near.sort(key=lambda one: one.paper_id not in named)
    for chosen in (near, [one for one in near if one.paper_id not in right]):
        for one in chosen[:1]:
            [paper] = engine.index.catalog.papers([one.paper_id])
            held, whole = reader.holds(wanted, paper)
            spans = sentence_spans(paper.abstract)
            order = np.argsort([-share(one, wanted.weights) for one in held], kind="stable")
            likely = [paper.abstract[slice(*spans[place])] for place in order[:2]]
            digits = any(char.isdigit() for text in likely for char in text)
            row = strength_row(wanted, held, whole, one.score, one.paper_id in named, digits)
            yield row, one.paper_id
