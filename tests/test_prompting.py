"""The prompt numbers papers, fences them as data and fits the context window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.generation.prompts import TokenGauge, answer_prompt, data, numbered
from ingest.records import Paper


def paper(number: int, length: int = 900) -> Paper:
    return Paper(f"abs:{number}", f"Tide {number} rises. " * (length // 14), f"Paper {number}")


def test_a_paper_stands_together_under_its_number() -> None:
    given = Paper("abs:1", "Tides rise.", "On tides", authors=("Rossi, Ada", "Lee, Bo"), year=2020)
    assert numbered(given, 3) == (
        '<paper number="3">\nTitle: On tides\nAuthors: Rossi, Ada, Lee, Bo\nYear: 2020\n'
        "Abstract: Tides rise.\n</paper>"
    )


def test_the_weakest_papers_are_dropped_until_the_rest_fits() -> None:
    papers, gauge = [paper(number) for number in range(8)], TokenGauge()
    whole = answer_prompt("Why?", papers, "lookup", gauge, 100_000)
    assert whole.papers == tuple(papers)
    half = answer_prompt("Why?", papers, "lookup", gauge, whole.tokens // 2)
    assert half.papers == tuple(papers[: len(half.papers)])
    assert 0 < len(half.papers) < 8
    assert half.tokens <= whole.tokens // 2


def test_a_lone_paper_that_is_too_long_is_cut_short() -> None:
    prompt = answer_prompt("Why?", [paper(1, 30_000)], "lookup", TokenGauge(), 1_200)
    assert prompt.tokens <= 1_200
    assert "Tide 1 rises." in prompt.messages[1]["content"]


def test_the_estimate_learns_from_the_counts_of_the_server() -> None:
    gauge = TokenGauge()
    before = gauge.estimate("tides " * 100)
    for _ in range(10):
        gauge.learn(gauge.estimate("tides " * 100), 2 * before)
    assert abs(gauge.estimate("tides " * 100) - 2 * before) < 0.05 * before
    gauge.learn(0, 10)
    gauge.learn(10, 1_000_000)
    assert gauge.estimate("tides " * 100) <= 3.1 * before


def test_scripts_without_spaces_cost_more_tokens_a_character() -> None:
    gauge = TokenGauge()
    assert gauge.estimate("潮汐" * 50) > 2 * gauge.estimate("ti" * 50)


@given(st.text(max_size=200))
def test_data_keeps_its_length_and_holds_no_bracket_break_or_hidden_character(text: str) -> None:
    made = data(text)
    assert len(made) == len(text)
    assert not set(made) & set("<>[]`［］【】＜＞\n\r\t\u200b\u202e\u2067\ufeff")
