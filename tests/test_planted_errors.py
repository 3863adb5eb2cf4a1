"""Planted errors are caught, sound sentences pass: the figures of the sentence check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.generation.checking import Checked, Checker
from app.generation.draft import Draft, drafts
from app.support.alignment import Embed
from ingest.index import Index
from ingest.records import Paper

HERE = Path(__file__).parent
# The fourth part holds sound sentences alone.
PLANTED = ("", "_second", "_third")
SOUND = (*PLANTED, "_fourth")


def recorded(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))
    return found


KINDS = ("number", "entity", "splice", "wrong paper", "uncited", "negation")
CERTAIN = ("number", "entity", "splice", "wrong paper")


@pytest.fixture(scope="module")
def corpus(sample_index: Path) -> tuple[Sequence[Paper], Embed]:
    index = Index(sample_index)
    papers = index.catalog.papers()
    index.close()
    return papers, index.embedding.embed


def one(papers: Sequence[Paper], phrase: str) -> Paper:
    found = [p for p in papers if phrase in p.title or phrase in p.abstract]
    assert len(found) == 1, f"{phrase}: {[p.title for p in found]}"
    return found[0]


def draft(text: str) -> Draft:
    (found,) = drafts(text, finished=True)
    return found


def is_sound(item: Checked | None, cited: Sequence[Paper]) -> bool:
    """Whether a sentence is shown with exactly the citations that it was written with."""
    kept = item is not None and [backing.paper for backing in item.backing] == list(cited)
    return kept and item is not None and item.status == "supported"


def neighbours(papers: Sequence[Paper], embed: Embed, read: Sequence[Paper]) -> list[Paper]:
    """The papers that were read, and those nearest to the first of them, eight in all."""
    rows = embed([paper.abstract for paper in [read[0], *papers]])
    order = (rows[1:] @ rows[0]).argsort()[::-1]
    near = [papers[place] for place in order if papers[place] not in read]
    return [*read, *near[: 8 - len(read)]]


@dataclass
class Figures:
    """What became of planted errors by their kind, and of sound sentences."""

    caught: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)
    marked: int = 0
    sound: int = 0

    def show(self, what: str) -> str:
        kinds = ", ".join(f"{k} {self.caught[k]}/{self.planted[k]}" for k in KINDS)
        return f"{what}: caught {kinds}; sound sentences marked {self.marked}/{self.sound}"

    def certain(self) -> float:
        planted = sum(self.planted[k] for k in CERTAIN)
        return sum(self.caught[k] for k in CERTAIN) / planted


def measured(part: str, papers: Sequence[Paper], embed: Embed, wide: bool) -> Figures:
    """The figures of one part of the records; `wide` lets the model have read eight papers."""
    found = Figures()
    for answer in recorded(f"planted_errors{part}") if part in PLANTED else ():
        read = [one(papers, phrase) for phrase in answer["papers"]]
        checker = Checker(neighbours(papers, embed, read) if wide else read, embed, "mark")
        *before, last = [draft(text) for text in answer["answer"]]
        for item in before:
            found.sound += 1
            cited = [read[n - 1] for n in item.numbers]
            found.marked += not is_sound(checker.check(item), cited)
        checked = checker.check(last)
        found.planted[answer["planted"]] += 1
        found.caught[answer["planted"]] += checked is None or checked.status != "supported"
    for item in recorded(f"paraphrases{part}"):
        read = [one(papers, item["paper"])]
        checker = Checker(neighbours(papers, embed, read) if wide else read, embed, "mark")
        found.sound += 1
        found.marked += not is_sound(checker.check(draft(f"{item['sentence']} [1]")), read)
    return found


@pytest.mark.parametrize("wide", [False, True])
def test_planted_errors_are_caught_and_sound_sentences_pass(
    wide: bool, corpus: tuple[Sequence[Paper], Embed], capsys: pytest.CaptureFixture[str]
) -> None:
    parts = [measured(part, *corpus, wide) for part in SOUND]
    every = Figures(
        sum((part.caught for part in parts), Counter()),
        sum((part.planted for part in parts), Counter()),
        sum(part.marked for part in parts),
        sum(part.sound for part in parts),
    )
    with capsys.disabled():
        shown = [part.show(f"part {n}") for n, part in enumerate(parts, start=1)]
        print("", *shown, every.show("all"), sep="\n")
    assert sum(parts[0].planted.values()) >= 60
    assert set(parts[0].planted) == set(KINDS)
    assert min(part.certain() for part in parts[: len(PLANTED)]) >= 0.94
    assert parts[-1].marked / parts[-1].sound <= 0.05
    assert every.certain() >= 0.95
    assert every.marked / every.sound <= 0.05
    assert every.caught["uncited"] == every.planted["uncited"]
    assert every.caught["negation"] / every.planted["negation"] >= 0.5


def test_a_wrong_citation_is_moved_to_the_paper_that_says_it(
    corpus: tuple[Sequence[Paper], Embed],
) -> None:
    papers, embed = corpus
    read = [one(papers, "MoLoRec"), one(papers, "LSC4Rec")]
    text = "In collaborative inference the SRM on the device reranks the candidates [1]."
    item = Checker(read, embed, "mark").check(draft(text))
    assert item is not None
    assert (item.status, [b.paper for b in item.backing]) == ("reattributed", [read[1]])


def test_a_part_that_another_paper_says_better_is_a_splice(
    corpus: tuple[Sequence[Paper], Embed],
) -> None:
    papers, embed = corpus
    read = [one(papers, "LLaCTR"), one(papers, "LSC4Rec")]
    text = "LLaCTR distills knowledge from the feature fields and reranks on the device [1]."
    item = Checker(read, embed, "mark").check(draft(text))
    assert item is not None
    assert item.status == "marked"


@pytest.mark.parametrize(
    ("policy", "invented", "vague"),
    [("mark", None, "marked"), ("drop", None, None), ("mark-all", "marked", "marked")],
)
def test_the_setting_decides_what_becomes_of_a_sentence_that_nothing_backs(
    policy: Any, invented: str | None, vague: str | None, corpus: tuple[Sequence[Paper], Embed]
) -> None:
    papers, embed = corpus
    checker = Checker([one(papers, "MoLoRec")], embed, policy)
    first = checker.check(draft("MoLoRec was trained on 512 TPUs at Contoso [1]."))
    second = checker.check(draft("Companies should always prefer cheap systems [1]."))
    assert (first and first.status, second and second.status) == (invented, vague)
    assert all(item is None or not item.backing for item in (first, second))


def test_a_record_backs_what_only_its_fields_say(
    corpus: tuple[Sequence[Paper], Embed],
) -> None:
    papers, embed = corpus
    paper = one(papers, "GMViT")
    text = "Lixiang Xu and Qingzhe Cui propose the Group Multi-view Vision Transformer [1]."
    item = Checker([paper], embed, "mark").check(draft(text))
    assert item is not None
    assert item.status == "supported"
    assert item.backing[0].fields == ("authors",)


def test_a_sentence_of_two_papers_keeps_both_and_an_idle_citation_goes(
    corpus: tuple[Sequence[Paper], Embed],
) -> None:
    papers, embed = corpus
    read = [one(papers, "UnGSL"), one(papers, "MetaMMF"), one(papers, "T3T")]
    text = (
        "UnGSL adjusts the strength of directional connections, and MetaMMF assigns the "
        "parameters of the fusion function dynamically [1][2][3]."
    )
    item = Checker(read, embed, "mark").check(draft(text))
    assert item is not None
    assert item.status == "supported"
    assert [backing.paper for backing in item.backing] == read[:2]
