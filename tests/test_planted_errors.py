"""Planted errors are caught, sound sentences pass: the figures of the sentence check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.answering.checking import Checked, Checker
from app.answering.drafting import Draft, drafts
from app.wording import Embed
from ingest.index import Index
from ingest.records import Paper

HERE = Path(__file__).parent
ANSWERS: list[dict[str, Any]] = yaml.safe_load((HERE / "planted_errors.yaml").read_text("utf-8"))
REWORDED: list[dict[str, str]] = yaml.safe_load((HERE / "paraphrases.yaml").read_text("utf-8"))
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


def test_planted_errors_are_caught_and_sound_sentences_pass(
    corpus: tuple[Sequence[Paper], Embed], capsys: pytest.CaptureFixture[str]
) -> None:
    papers, embed = corpus
    caught: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    passed = sound = 0
    for answer in ANSWERS:
        read = [one(papers, phrase) for phrase in answer["papers"]]
        checker = Checker(read, embed, "mark")
        *before, last = [draft(text) for text in answer["answer"]]
        for item in before:
            sound += 1
            passed += is_sound(checker.check(item), [read[n - 1] for n in item.numbers])
        found = checker.check(last)
        planted[answer["planted"]] += 1
        caught[answer["planted"]] += found is None or found.status != "supported"
    certain = sum(caught[k] for k in CERTAIN) / sum(planted[k] for k in CERTAIN)
    with capsys.disabled():
        figures = ", ".join(f"{kind} {caught[kind]}/{planted[kind]}" for kind in KINDS)
        print(
            f"\nplanted errors caught: {figures}; sound sentences marked: {sound - passed}/{sound}"
        )
    assert len(ANSWERS) >= 60
    assert set(planted) == set(KINDS)
    assert certain >= 0.95
    assert (sound - passed) / sound <= 0.05
    assert caught["uncited"] == planted["uncited"]


def test_free_rewording_mostly_passes(
    corpus: tuple[Sequence[Paper], Embed], capsys: pytest.CaptureFixture[str]
) -> None:
    papers, embed = corpus
    passed = 0
    for item in REWORDED:
        paper = one(papers, item["paper"])
        passed += is_sound(
            Checker([paper], embed, "mark").check(draft(f"{item['sentence']} [1]")), [paper]
        )
    with capsys.disabled():
        print(f"\nfreely reworded sentences marked: {len(REWORDED) - passed}/{len(REWORDED)}")
    assert passed / len(REWORDED) >= 0.7


def test_a_wrong_citation_is_moved_to_the_paper_that_says_it(
    corpus: tuple[Sequence[Paper], Embed],
) -> None:
    papers, embed = corpus
    read = [one(papers, "MoLoRec"), one(papers, "LSC4Rec")]
    text = "In collaborative inference the SRM on the device reranks the candidates [1]."
    item = Checker(read, embed, "mark").check(draft(text))
    assert item is not None
    assert (item.status, [b.paper for b in item.backing]) == ("reattributed", [read[1]])


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
