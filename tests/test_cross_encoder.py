"""The cross-encoder: what it reads, and how well it reads what it was not taught on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.support.cross_encoder import (
    READ,
    Asks,
    answering,
    backing,
    passage,
    read,
)
from eval.scoring.human_labels import auroc
from ingest.embedding.models import StaticEmbedding
from ingest.text.sentences import sentences

WRITTEN = Path(__file__).parents[1] / "training" / "sentences"
LISTS = WRITTEN.parent / "lists"
HELD = ("3", "6", "33", "claims-3", "claims-8", "claims-12")
TOLD = [
    "Gauges at 40 small ports were compared with satellites.",
    "The satellite agreed with the gauges within 3 cm, except in narrow bays.",
    "Fishers were asked what they make of the forecasts.",
    "Ports without a gauge are served by a model that is trained on their neighbours.",
]


def test_of_writers_that_taught_it_nothing_it_tells_most_pairs_apart(data_dir: Path) -> None:
    pairs = list(_written(data_dir, "3"))[::3]
    for asks, least in ((Asks.BACKED, 0.88), (Asks.ANSWERED, 0.78)):
        own = [(text, told, label) for kind, text, told, label in pairs if kind == asks]
        embed = StaticEmbedding().embed
        odds = [read(text, passage(text, told, embed))[asks] for text, told, _ in own]
        labels = [label for *_, label in own]
        assert 0.3 < sum(labels) / len(labels) < 0.7
        assert auroc(labels, odds) > least


def test_a_pair_is_read_alike_whatever_was_read_before() -> None:
    read.cache_clear()
    alone = answering(TOLD[0], TOLD)
    read.cache_clear()
    answering("How many?", TOLD[1:])
    assert answering(TOLD[0], TOLD) == alone


def test_what_contradicts_a_passage_is_doubted_and_what_it_says_is_not() -> None:
    sound = backing("Outside narrow bays gauges and satellite agreed within 3 cm.", TOLD)
    false = backing("Satellite and gauges differed by far more than 3 cm outside bays.", TOLD)
    assert sound > 0 > false


def test_a_text_far_longer_than_is_read_is_cut() -> None:
    assert isinstance(answering("gauge " * 5_000, ["port " * 5_000]), float)


@given(st.lists(st.text("abcde ", min_size=1), max_size=8), st.text("abcde "))
def test_a_passage_is_some_of_the_sentences_in_their_order(told: list[str], text: str) -> None:
    said = [f"{number} {one}" for number, one in enumerate(told)]
    found = passage(text, said, StaticEmbedding().embed)
    chosen = [one for one in said if one in found]
    assert " ".join(chosen) == found
    assert len(chosen) == min(READ, len(said))


def test_a_passage_holds_the_sentence_that_shares_the_rarest_words() -> None:
    assert TOLD[2] in passage("What do fishers make of forecasts?", TOLD)


def _abstracts(data_dir: Path, asked: Set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in ("scifact/corpus", "abstracts-100k", "which-papers/corpus"):
        with gzip.open(data_dir / f"{name}.jsonl.gz", "rt", encoding="utf-8") as records:
            for record in map(json.loads, records):
                if str(record["id"]) in asked:
                    found.setdefault(str(record["id"]), record["abstract"])
    return found


WITH_QUESTIONS, ALONE = "[0-9]*", "claims-*"


def _files(writer: str = WITH_QUESTIONS) -> list[Path]:
    return sorted(WRITTEN.glob(f"{writer}.jsonl"))


def _entries(writer: str = WITH_QUESTIONS) -> list[dict[str, Any]]:
    files = _files(writer)
    return [json.loads(line) for f in files for line in f.read_text("utf-8").splitlines()]


def _written(data_dir: Path, writer: str) -> Iterator[tuple[Asks, str, list[str], bool]]:
    entries = _entries(writer)
    abstracts = _abstracts(data_dir, {entry["id"] for entry in entries})
    for entry in entries:
        told = sentences(abstracts[entry["id"]])
        for claim in entry.get("sound", ()):
            yield Asks.BACKED, claim, told, True
        for claim in (*entry["roles"], *entry["negation"], *entry["half"]):
            yield Asks.BACKED, claim, told, False
        for one in entry["told"]:
            yield Asks.ANSWERED, one["q"], told, True
        for question in entry["untold"]:
            yield Asks.ANSWERED, question, told, False


def test_what_was_written_to_teach_it_is_whole_and_its_quotes_stand_in_the_abstracts(
    data_dir: Path,
) -> None:
    entries = [*_entries(), *_entries(ALONE)]
    abstracts = _abstracts(data_dir, {entry["id"] for entry in entries})
    files = [*_files(), *_files(ALONE)]
    by_writer = {file.stem: {one["id"] for one in _entries(file.stem)} for file in files}
    assert sum(map(len, by_writer.values())) == len(entries)
    taught = {name for writer, own in by_writer.items() if writer not in HELD for name in own}
    held = {one["id"] for writer in HELD for one in _entries(writer)}
    assert not held & taught, "who judges has papers that taught nothing"
    for entry in entries:
        assert entry.get("sound") or entry.get("told")
        assert entry.get("untold") or entry.get("roles")
        for one in entry.get("told", ()):
            assert one["quote"] in abstracts[entry["id"]]


def test_the_papers_of_a_labelled_topic_belong_or_not_and_never_both() -> None:
    files = sorted(LISTS.glob("*.jsonl"))
    assert len(files) >= 10
    for file in files:
        topics = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        assert len({one["question"] for one in topics}) == len(topics)
        for one in topics:
            told = [*one["belongs"], *one["arguable"], *one["near"]]
            assert one["belongs"]
            assert len(set(told)) == len(told)
