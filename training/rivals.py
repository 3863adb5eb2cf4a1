"""Write down which papers strangers' questions are easily answered with that are not meant.

    python training/rivals.py            writes training/rivals.jsonl

For each question of `cases/` by itself the papers that are wanted, and those that the program finds
nearest to it among the others. A line has the name of the `collection`, its `kind` ("question", or
"topic" of a list), the `text` that is read beside them, the ids that it `belongs` to, its `rivals`
and the `facts` that tell a detail. This depends on the reader of questions and on what ranks
papers, so it is kept: `cross_encoder.py` learns from the file.
"""

# ruff: noqa: E402
from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)
sys.path.insert(1, str(HERE))

from app.engine import Engine
from app.extractive.candidates import READ, near_question
from app.extractive.lists import near_topic
from app.logistic import Floats, decision
from app.retrieval.search import Candidate
from app.retrieval.topicality import about, meant
from app.settings import Settings
from app.understanding.question import Question
from app.understanding.reading import read_alone
from eval.dataset.case_files import load
from eval.dataset.corpora import engine_for, picked_corpus
from eval.dataset.paper_phrases import resolve_all
from eval.records import Case, ResolvedCase
from ingest.records import Paper

CASES, FILE = HERE / "cases", HERE / "rivals.jsonl"
# Rivals of a topic, and of a question.
OF_TOPIC, OF_QUESTION = 14, 3


def lines() -> Iterator[dict[str, Any]]:
    """A line for each question that has a topic."""
    for file in sorted(CASES.glob("*.txt")):
        corpus = picked_corpus(file)
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(index=Path(folder) / "index", mode="extractive")
            with engine_for(corpus, settings) as engine:
                papers = engine.index.catalog.papers()
                for resolved in resolve_all(load([corpus.cases]), papers):
                    yield from _line(engine, settings, resolved, file.stem)


def _line(
    engine: Engine, settings: Settings, resolved: ResolvedCase, collection: str
) -> Iterator[dict[str, Any]]:
    case, index = resolved.case, engine.index
    question = read_alone(case.question, index, settings).question
    if case.history or not any(word.telling for word in question.words):
        return
    if _on_topic(case, question):
        text = about([word.text for word in question.words])
        near = near_topic(index, question, settings)
        rivals = _first(list(near), decision("on topic").probabilities(near.signals))
        kind, most = "topic", OF_TOPIC
    elif case.kind in ("lookup", "definition"):
        text = case.question
        some = near_question(index, question, settings, ())[:READ]
        rivals = _first(some, meant(some, frozenset()))
        kind, most = "question", OF_QUESTION
    else:
        return
    wanted = resolved.required_ids if case.answerable else frozenset()
    also = wanted | resolved.acceptable_ids
    others = [paper_id for paper_id in rivals if paper_id not in also][:most]
    by_id = {paper.paper_id: paper for paper in index.catalog.papers([*wanted, *others])}
    yield {
        "collection": collection,
        "kind": kind,
        "text": text,
        "belongs": _source_ids(by_id[one] for one in sorted(wanted)),
        "rivals": _source_ids(by_id[one] for one in others),
        "facts": case.facts if kind == "question" else (),
    }


def _on_topic(case: Case, question: Question) -> bool:
    """Whether a list is asked for by a topic alone: not by records, which no abstract tells."""
    return case.kind in ("list", "count") and not (question.filtered or question.excluded)


def _first(some: Sequence[Candidate], chances: Floats) -> list[str]:
    """The ids of candidates, the most probable first."""
    return [some[place].paper_id for place in np.argsort(-chances, kind="stable")]


def _source_ids(papers: Iterator[Paper]) -> Sequence[str]:
    return [paper.source_ids[0] for paper in papers]


def main() -> None:
    """Write the file."""
    with FILE.open("w", encoding="utf-8") as out:
        for line in lines():
            out.write(f"{json.dumps(line, ensure_ascii=False)}\n")
    print(FILE)


if __name__ == "__main__":
    main()
