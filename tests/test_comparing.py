"""A comparison tells each side from its own paper."""

from __future__ import annotations

import re

import pytest
from answering_samples import cited

from app.engine import Engine
from app.extractive import messages as reasons
from app.extractive.comparison import sides


@pytest.mark.parametrize(
    "question",
    [
        "Compare BeeCount and HiveHum",
        "BeeCount vs HiveHum",
        "What is the difference between BeeCount and HiveHum?",
        "How does BeeCount differ from HiveHum?",
    ],
)
def test_each_side_is_told_from_its_own_paper(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.kind == "compare"
    assert [title.partition(":")[0] for title in cited(answer)] == ["BeeCount", "HiveHum"]
    first, second, *_ = answer.text.split("\n\n")
    assert first.startswith("**BeeCount**: ")
    assert second.startswith("**HiveHum**: ")
    assert "[2]" not in first
    assert "[1]" not in second
    for citation, part in zip(answer.citations, (first, second), strict=True):
        assert citation.quotes
        told = [quote.text for quote in citation.quotes if quote.text.endswith(".")]
        assert told
        assert all(text in part for text in told)


def test_sentences_of_a_side_stand_in_the_order_of_the_abstract(engine: Engine) -> None:
    answer = engine.ask("Compare HarborNet and HiveHum")
    for citation in answer.citations:
        told = [quote.text for quote in citation.quotes if quote.text.endswith(".")]
        places = [answer.text.find(text) for text in told]
        shown = [place for place in places if place >= 0]
        assert shown == sorted(shown)
        assert 2 <= len(told) <= 4


def test_a_comparison_ends_with_what_both_name_and_what_only_one_does(engine: Engine) -> None:
    answer = engine.ask("Compare HarborNet and HiveHum")
    papers = {citation.number: citation.paper for citation in answer.citations}
    rows = [row for row in answer.text.split("\n\n") if row.startswith(("**Both", "**Only"))]
    assert rows
    for row in rows:
        lead, _, rest = row.partition("**: ")
        for phrase, markers in re.findall(r"(?:· )?([^\[·]+?) ((?:\[\d\])+)", rest):
            held = [p.paper_id for p in papers.values() if phrase.lower() in p.abstract.lower()]
            assert len(held) == (2 if lead.startswith("**Both") else 1), phrase
            assert len(markers) == 3 * len(held)


def test_sides_in_plain_words_are_found_by_meaning(engine: Engine) -> None:
    answer = engine.ask("Compare counting bees and grading essays")
    assert [title[:8] for title in cited(answer)] == ["BeeCount", "Grading "]


def test_a_comparison_with_one_side_missing_says_so(engine: Engine) -> None:
    answer = engine.ask("Compare BeeCount and volcanoes")
    assert answer.abstained
    assert answer.reason == reasons.ONE_SIDE
    assert [paper.title[:8] for paper in answer.closest] == ["BeeCount"]


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("Compare owls and mice.", ("owls", "mice")),
        ("compare owls with field mice", ("owls", "field mice")),
        ("Owls versus mice?", ("Owls", "mice")),
        ("What is the difference between owls and mice?", ("owls", "mice")),
        ("How do owls and mice differ?", ("owls", "mice")),
        ("How is an owl different from a mouse?", ("an owl", "a mouse")),
        ("What do owls eat?", ()),
    ],
)
def test_the_two_sides_are_read_off_the_form_of_a_question(
    text: str, both: tuple[str, ...]
) -> None:
    assert sides(text) == both
