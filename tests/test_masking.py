"""What is seen of a text whose topic is to tell nothing: common words, and shapes of others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.support.masking import masked, runs
from app.understanding.tokens import tokens

_COMMON = frozenset("which papers use the of what is".split())


def _masked(text: str) -> list[str]:
    return masked(tokens(text), _COMMON)


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("papers", "papers"),
        ("Papers", "papers"),
        ("1999", "<year>"),
        ("2150", "<number>"),
        ("3D", "<number>"),
        ("SGIL", "<name>"),
        ("EgoBlind", "<name>"),
        ("GPT-4", "<name>"),
        ("Boston", "<capital>"),
        ("hashing", "<w-ing>"),
        ("learned", "<w-ed>"),
        ("silently", "<w-ly>"),
        ("station", "<w-tion>"),
        ("owls", "<w-s>"),
        ("red", "<w->"),
        ("sea", "<w->"),
        ("?", "<w->"),
    ],
)
def test_a_word_that_is_not_common_is_masked_by_its_shape(word: str, shape: str) -> None:
    assert _masked(f"is {word}") == ["is", shape]


def test_the_capital_of_the_first_word_says_nothing() -> None:
    assert _masked("Boston owls") == ["<w->", "<w-s>"]


@given(st.sampled_from(["LLMs", "RAGs", "SGIL"]), st.sampled_from(["GNNs", "CNN", "BeeNet"]))
def test_texts_that_differ_in_a_name_have_the_same_runs(one: str, other: str) -> None:
    shapes = [_masked(f"Which papers use {name}?") for name in (one, other)]
    assert list(runs(shapes[0])) == list(runs(shapes[1]))


def test_a_text_has_its_runs_and_its_ends() -> None:
    found = set(runs(["what", "is", "<name>"]))
    assert {"begins what", "begins what is", "ends <name>"} <= found
    assert {"holds what is", "holds ^ what is", "holds is <name> $"} <= found


@given(st.text(max_size=60))
def test_any_text_has_runs(text: str) -> None:
    found = tokens(text)
    shapes = masked(found, _COMMON)
    assert len(shapes) == len(found)
    assert any(runs(shapes))
