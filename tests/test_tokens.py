"""The words and marks of a text, where they stand, and which of them are names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.understanding.tokens import Token, tokens


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
    named = [token.text for token in tokens(text, [(8, 18)]) if token.known]
    assert named == ["Plain", "Maps"]
    assert not any(token.known for token in tokens(text, [(9, 18)])[:3])


def test_an_apostrophe_has_one_form_in_the_key() -> None:
    assert Token("What’s", 0, 6).key == "what's"
    assert [Token(text, 0, 1).is_word for text in ("a", "7", "?")] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Which papers use LLMs?", ["LLMs"]),
        ("Boston owls near Boston", ["Boston"]),
        ("GPT-4 or EgoBlind or harbour", ["GPT-4", "EgoBlind"]),
        ("what is 3D?", []),
    ],
)
def test_capitals_make_a_name_unless_they_only_begin_a_text(text: str, names: list[str]) -> None:
    assert [token.text for token in tokens(text) if token.is_name] == names


def test_what_the_corpus_knows_is_a_name_however_it_is_written() -> None:
    assert [token.is_name for token in tokens("who wrote bert", [(10, 14)])] == [False, False, True]
