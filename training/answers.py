"""Fit the decisions of answering on the cases of all collections; with --check, judge them.

    python training/answers.py            writes app/weights.json
    python training/answers.py --check    figures where each collection is left out in turn

Four logistic regressions: is a paper on the topic of a list ("on topic"), is it the paper that a
question is about ("meant"), does a sentence answer ("sentence"), does what is found answer the
question at all ("answered"). For the last, questions whose papers are taken away and questions of
other collections are examples of what has no answer, beside those written for it.
"""

# ruff: noqa: E402
from __future__ import annotations

import gzip
import json
import math
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from app import logistic
from app.engine import Engine
from app.extractive.sentences import SentenceReader, Wanted, share, strength_row
from app.logistic import Logistic, best_cut
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
# Sentences that an answer shows.
SHOWN = 3
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


def fit(name: str, parts: Sequence[Examples]) -> Logistic:
    """The decision fitted on all these examples."""
    rows = np.array([row for part in parts for row in part.rows])
    labels = np.array([label for part in parts for label in part.labels])
    weights = np.array([weight for part in parts for weight in part.weights])
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale == 0] = 1
    model = LogisticRegression(max_iter=1000).fit((rows - mean) / scale, labels, weights)
    coefficients = model.coef_[0] / scale
    bias = float(model.intercept_[0] - coefficients @ mean)
    return Logistic(FEATURES[name], tuple(map(float, coefficients)), bias)


def collect() -> dict[str, Collected]:
    """The examples of each collection, by decision."""
    found: dict[str, Collected] = {}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=Path(folder) / "index", mode="extractive")
        corpora = [c for c in at_hand() if c.name != "seeds" and not c.held_out]
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


def check(found: dict[str, Collected]) -> None:
    """Print figures for each collection, judged by what the others taught."""
    for name in FEATURES:
        by_corpus: dict[str, float] = {}
        judged = Examples()
        chances: list[float] = []
        for corpus, collected in found.items():
            if not collected[name].rows:
                continue
            others = [part[name] for other, part in found.items() if other != corpus]
            model = fit(name, others)
            own = collected[name]
            probabilities = model.probabilities(own.rows)
            by_corpus[corpus] = round(_figure(name, own, probabilities), 3)
            judged.labels += own.labels
            judged.sources += own.sources
            chances += list(map(float, probabilities))
        mean = sum(by_corpus.values()) / len(by_corpus)
        print(f"{name}: {mean:.3f}", by_corpus)
        if name in ("answered", "any on topic"):
            _operating_points(judged, np.array(chances))


def _figure(name: str, own: Examples, chances: np.ndarray) -> float:
    if name in ("answered", "any on topic"):
        return float(roc_auc_score(own.labels, chances))
    return float(np.mean([_of_group(name, labels, some) for labels, some in _groups(own, chances)]))


def _groups(own: Examples, chances: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    groups, labels = np.array(own.groups), np.array(own.labels)
    for group in dict.fromkeys(own.groups):
        yield labels[groups == group], chances[groups == group]


def _of_group(name: str, labels: np.ndarray, chances: np.ndarray) -> float:
    """F1 of a list; else whether the most probable one is right."""
    order = np.argsort(-chances, kind="stable")
    if name == "sentence":
        return float(labels[order[:SHOWN]].sum()) / min(SHOWN, float(labels.sum()))
    if name != "on topic":
        return float(labels[order[0]])
    hits = labels[order[: best_cut(chances)]]
    return 2 * float(hits.sum()) / (len(hits) + float(labels.sum()))


def _operating_points(judged: Examples, chances: np.ndarray) -> None:
    sources, labels = np.array(judged.sources), np.array(judged.labels)
    right = (sources == "answered") & labels
    for bar in np.arange(0.05, 0.75, 0.05):
        shares = [float(np.mean(chances[right] < bar))]
        shares += [
            float(np.mean(chances[sources == s] >= bar))
            for s in ("unanswered", "foreign", "taken away")
            if (sources == s).any()
        ]
        print(f"   bar {bar:.2f}: refused {shares[0]:.3f}; let through", np.round(shares[1:], 3))


def main() -> None:
    """Fit and store, or check."""
    found = collect()
    if "--check" in sys.argv:
        check(found)
        return
    models = {name: fit(name, [one[name] for one in found.values()]) for name in FEATURES}
    stored = {
        name: {
            "weights": {f: round(w, 4) for f, w in zip(m.features, m.weights, strict=True)},
            "bias": round(m.bias, 4),
        }
        for name, m in models.items()
    }
    logistic.FILE.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    print(logistic.FILE)


if __name__ == "__main__":
    main()
