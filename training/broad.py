"""Examples for the decisions on topics: broad ones, to which most of a collection belongs.

The cases ask for a handful of papers among a hundred. People also have libraries on one topic, and
there its papers are no longer far above others: by cases alone a third of 150 papers on a topic was
sure. So collections are made of papers with all words of a topic in their titles (they belong) and
of others with none of them anywhere (they do not). Papers that only mention it are in none.
"""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.extractive.lists import near_topic
from app.retrieval.topicality import read_for_topic
from app.settings import Settings
from app.understanding.reading import read_alone
from eval.dataset.corpora import Corpus, data_folder, engine_for
from ingest.text.terms import content_words, stems
from training.examples import FEATURES, Collected, Examples, add_candidates

TOPICS = (
    "adversarial attacks", "anomaly detection", "autonomous driving", "cancer", "dialogue",
    "federated learning", "image segmentation", "infections", "knowledge graphs",
    "machine translation", "mice", "object detection", "parsing", "point clouds", "privacy",
    "question answering", "recommendation", "reinforcement learning", "robots",
    "sentiment analysis", "speech recognition", "stem cells", "summarization", "T cells",
)  # fmt: skip
SOURCES = ("abstracts-100k", "scifact/corpus")
# Papers on the topic, and how many others there are beside them.
ON, BESIDE = 110, (0, 40, 300)
# How much one such list counts beside one of the cases: their papers are easily told apart.
WEIGHT = 0.3
_LEAST = 400  # characters of an abstract

Record = Mapping[str, Any]


def collect() -> dict[str, Collected]:
    """The examples of each topic."""
    records = _records()
    titles = [_stems(one["title"]) for one in records]
    texts: dict[int, frozenset[str]] = {}
    found: dict[str, Collected] = {}
    for topic in TOPICS:
        chance, wanted = random.Random(topic), _stems(topic)
        order = chance.sample(range(len(records)), len(records))
        on = [records[at] for at in order if wanted <= titles[at]][:ON]
        off = list(_off(records, order, wanted, texts))
        examples = {name: Examples() for name in FEATURES}
        for beside in BESIDE:
            _ask(topic, on, off[:beside], examples)
        found[f"broad {topic}"] = examples
    return found


def _records() -> list[Record]:
    """The papers of all sources that have a title and an abstract."""
    found = []
    for name in SOURCES:
        with gzip.open(data_folder() / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            some = map(json.loads, lines)
            found += [r for r in some if r.get("title") and len(r.get("abstract") or "") > _LEAST]
    return found


def _stems(text: str) -> frozenset[str]:
    return frozenset(stems(content_words(text)))


def _off(
    records: Sequence[Record], order: Sequence[int], wanted: frozenset[str],
    texts: dict[int, frozenset[str]],
) -> Iterator[Record]:  # fmt: skip
    """As many papers as stand beside a topic at most, with none of its words."""
    left = max(BESIDE)
    for at in order:
        if not left:
            return
        if at not in texts:
            texts[at] = _stems(f"{records[at]['title']} {records[at]['abstract']}")
        if not wanted & texts[at]:
            left -= 1
            yield records[at]


def _ask(topic: str, on: Sequence[Record], off: Sequence[Record], found: Collected) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "records.jsonl"
        file.write_text("".join(json.dumps(one) + "\n" for one in (*on, *off)), "utf-8")
        settings = Settings(index=Path(folder) / "index", mode="extractive")
        with engine_for(Corpus("broad", (file,)), settings) as engine:
            ids = {str(one["id"]) for one in on}
            papers = engine.index.catalog.papers()
            belong = {paper.paper_id for paper in papers if ids.intersection(paper.source_ids)}
            asked = read_alone(f"Which papers are about {topic}?", engine.index, settings).question
            near = near_topic(engine.index, asked, settings)
            read = read_for_topic(engine.index, near, asked.words)
            group = f"{topic} beside {len(off)}"
            add_candidates(near, read, belong, frozenset(), group, found, WEIGHT)
