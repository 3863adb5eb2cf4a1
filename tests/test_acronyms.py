from __future__ import annotations

import time

import pytest

from ingest.text.acronyms import definitions, is_short_form, long_form


@pytest.mark.parametrize(
    ("text", "short", "expansion"),
    [
        (
            "We use Social Graph Invariant Learning (SGIL).",
            "SGIL",
            "Social Graph Invariant Learning",
        ),
        ("large language models (LLMs) are used", "LLMs", "large language models"),
        ("HMM (hidden Markov model) decoding", "HMM", "hidden Markov model"),
        ("the transmission control protocol (TCP)", "TCP", "transmission control protocol"),
    ],
)
def test_a_definition_in_either_direction_is_read(text: str, short: str, expansion: str) -> None:
    assert [(d.short, d.expansion) for d in definitions(text)] == [(short, expansion)]


@pytest.mark.parametrize(
    "text", ["a result (see Fig 2)", "they won (MVP)", "in 2023 (PSB)", "(GNN) alone", "no names"]
)
def test_a_parenthesis_that_defines_nothing_is_left(text: str) -> None:
    assert definitions(text) == []


def test_the_position_is_where_the_definition_stands() -> None:
    text = "We use graph neural networks (GNNs) here."
    assert text[definitions(text)[0].position :].startswith("(GNNs)")


def test_short_forms_have_two_capitals_or_a_digit() -> None:
    words = ("GNN", "LoRA", "GPT-4", "Graph", "graph", "42")
    assert [word for word in words if is_short_form(word)] == ["GNN", "LoRA", "GPT-4"]


def test_letters_must_occur_in_order() -> None:
    assert long_form("a graph neural network ", "GNN") == "graph neural network"
    assert long_form("a network of neurons ", "GNN") == ""


def test_long_texts_take_linear_time() -> None:
    started = time.perf_counter()
    definitions("alpha beta gamma (ABG) " * 20_000)
    assert time.perf_counter() - started < 10
