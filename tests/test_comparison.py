"""A comparison tells each side from its own paper, row by row."""

from __future__ import annotations

import re

import pytest
from answering_samples import cited

from app.engine import Engine
from app.extractive.comparison import MOST_SIDES, compare, label
from app.extractive.sentences import SentenceReader
from app.retrieval.similarity import WordMatcher
from app.understanding.entities import Linked
from app.understanding.question import Question
from ingest.records import Paper

ROW = re.compile(r"- (Task|Method|Data|Result|On the question): (.+) \[(\d+)\]")


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
    first, second = answer.text.split("\n\n")
    assert first.startswith("**BeeCount**\n- ")
    assert second.startswith("**HiveHum**\n- ")
    assert "[2]" not in first
    assert "[1]" not in second


def test_every_row_is_a_sentence_of_its_paper_and_stands_once(engine: Engine) -> None:
    answer = engine.ask("Compare HarborNet and HiveHum")
    for citation, block in zip(answer.citations, answer.text.split("\n\n"), strict=True):
        heading, *rows = block.split("\n")
        assert heading.startswith("**")
        matches = [ROW.fullmatch(row) for row in rows]
        assert all(matches)
        assert len({match[1] for match in matches if match}) == len(rows)
        assert len(citation.quotes) == len(rows) >= 2


def test_sides_in_plain_words_are_found(engine: Engine) -> None:
    answer = engine.ask("Compare counting bees and grading essays")
    assert [title[:8] for title in cited(answer)] == ["BeeCount", "Grading "]


def test_a_comparison_with_one_side_missing_is_none(engine: Engine) -> None:
    answer = engine.ask("Compare BeeCount and volcanoes")
    assert answer.abstained
    assert answer.closest[0].title.startswith("BeeCount")


def test_a_row_that_a_paper_is_silent_on_is_left_out(engine: Engine) -> None:
    reader = SentenceReader(engine.index, WordMatcher(engine.index.embedding))
    wanted = reader.wanted(Question("compare"), Linked())
    short = [Paper(f"x:{n}", "We propose TideNet.", f"P{n}") for n in range(MOST_SIDES + 2)]
    lines = compare(reader, [(paper, wanted) for paper in short])
    assert [line.words for line in lines] == ["We propose TideNet."] * MOST_SIDES
    assert all("Task" in line.prefix for line in lines)


@pytest.mark.parametrize(
    ("title", "abstract", "name"),
    [
        ("OwlNet: Hearing Mice", "Owls fly.", "OwlNet"),
        ("Hearing Mice", "We propose OwlNet, a net. OwlNet is fast.", "OwlNet"),
        ("Hearing Mice", "Owls fly.", "Hearing Mice"),
    ],
)
def test_a_paper_is_called_by_its_method_else_its_title(
    title: str, abstract: str, name: str
) -> None:
    assert label(Paper("x:1", abstract, title)) == name


def test_a_detail_is_told_of_each_side_beside_what_each_does(engine: Engine) -> None:
    answer = engine.ask("BeeCount or HiveHum: who runs on solar power, who has code online?")
    first, second = answer.text.split("\n\n")
    assert "https://github.com/bees/count" in first.split("On the question: ")[1]
    assert "solar power" in second
    plain = engine.ask("Compare BeeCount and HiveHum")
    assert "On the question" not in plain.text
