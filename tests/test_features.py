"""What the reader sees of a question: common words as they are, all others by their shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.understanding.features import (
    NAME,
    Token,
    masked,
    question_features,
    token_features,
    tokens,
)

_COMMON = frozenset("which papers use the of what is".split())
_NAMES = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789-' ", min_size=1, max_size=12)


def _masked(text: str, *names: tuple[int, int]) -> list[str]:
    return masked(tokens(text, names), _COMMON)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Which papers use LLMs?", ["Which", "papers", "use", "LLMs", "?"]),
        ("SGIL’s low-cost loss", ["SGIL’s", "low-cost", "loss"]),
        ("(A, B): “c”!", ["(", "A", ",", "B", ")", ":", "“", "c", "”", "!"]),
        ("a_b / 3", ["a", "b", "3"]),
        ("", []),
    ],
)
def test_tokens_are_words_and_marks(text: str, found: list[str]) -> None:
    assert [token.text for token in tokens(text)] == found


@given(st.text(max_size=80))
def test_a_token_stands_where_it_says_and_after_the_one_before(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end
        assert text[token.start : token.end] == token.text
        end = token.end


def test_only_words_within_a_known_name_are_names() -> None:
    text = "loss of Plain Maps here"
    named = [token.text for token in tokens(text, [(8, 18)]) if token.name]
    assert named == ["Plain", "Maps"]
    assert not any(token.name for token in tokens(text, [(9, 18)])[:3])


def test_an_apostrophe_has_one_form_in_the_key() -> None:
    assert Token("What’s", 0, 6).key == "what's"
    assert [Token(text, 0, 1).is_word for text in ("a", "7", "?")] == [True, True, False]


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("papers", "papers"),
        ("Papers", "papers"),
        ("1999", "<year>"),
        ("2150", "<number>"),
        ("3D", "<number>"),
        ("SGIL", NAME),
        ("EgoBlind", NAME),
        ("GPT-4", NAME),
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


@given(_NAMES)
def test_a_name_is_masked_whatever_it_says(name: str) -> None:
    text = f"what is {name}"
    assert set(_masked(text, (8, len(text)))[2:]) <= {NAME}


@given(st.sampled_from(["LLMs", "RAGs", "SGIL"]), st.sampled_from(["GNNs", "CNN", "BeeNet"]))
def test_questions_that_differ_in_a_name_have_the_same_features(one: str, other: str) -> None:
    shapes = [_masked(f"Which papers use {name}?") for name in (one, other)]
    assert list(question_features(shapes[0])) == list(question_features(shapes[1]))


def test_a_question_has_its_runs_its_ends_and_its_length() -> None:
    found = set(question_features(["what", "is", NAME]))
    assert {"begins what", "begins what is", "ends <name>", "long 3"} <= found
    assert {"holds what is", "holds ^ what is", "holds is <name> $"} <= found


@given(st.text(max_size=60))
def test_any_text_has_features(text: str) -> None:
    found = tokens(text)
    shapes = masked(found, _COMMON)
    assert len(shapes) == len(found)
    assert any(question_features(shapes))
    for place in range(len(found)):
        assert "before ^" in set(token_features(found, shapes, place, "^"))


def test_a_token_is_told_by_its_neighbours() -> None:
    found = tokens("Which papers use hashing?")
    features = set(token_features(found, masked(found, _COMMON), 3, "frame"))
    assert {"own <w-ing>", "word hashing", "left use", "two papers", "before frame"} <= features
    assert {"first which", "at 3", "end 1", "stop False"} <= features
