"""Each side of a comparison is asked for what is asked of it alone."""

from __future__ import annotations

import pytest

from app.extractive.sides import asked_of_each, is_detailed
from app.understanding.question import Question, Word
from ingest.text.terms import content_words


def _question(text: str) -> Question:
    return Question(text, "compare", words=tuple(map(Word, content_words(text))))


def test_a_side_is_asked_without_the_words_of_the_others() -> None:
    question = _question("BeeCount or HiveHum: how large is the error?")
    bees, hum = asked_of_each(question, ["BeeCount", "HiveHum"])
    assert bees.text == "BeeCount or : how large is the error?"
    assert [word.text for word in bees.words] == ["beecount", "large", "error"]
    assert [word.text for word in hum.words] == ["hivehum", "large", "error"]


def test_words_that_sides_share_stay_with_each() -> None:
    question = _question("sleep in young rats or sleep in old rats")
    young, old = asked_of_each(question, ["sleep in young rats", "sleep in old rats"])
    assert [word.text for word in young.words] == ["sleep", "young", "rats", "sleep", "rats"]
    assert [word.text for word in old.words] == ["sleep", "rats", "sleep", "old", "rats"]


def test_a_name_within_a_longer_word_stays() -> None:
    question = _question("cat or category theory?")
    assert asked_of_each(question, ["cat", "category theory"])[1].text == " or category theory?"


@pytest.mark.parametrize(
    ("text", "detailed"),
    [("BeeCount versus HiveHum", False), ("BeeCount versus HiveHum: power supply", True)],
)
def test_a_question_has_a_detail_where_more_is_asked_than_the_sides(
    text: str, detailed: bool
) -> None:
    question = Question(text, "compare", words=tuple(map(Word, _topic(text))))
    assert is_detailed(question, ["BeeCount", "HiveHum"]) is detailed


def _topic(text: str) -> list[str]:
    return [word for word in content_words(text) if word != "versus"]


def test_frame_words_are_no_detail() -> None:
    frame = (Word("compare", share=0.1), Word("beecount"), Word("hivehum"))
    assert not is_detailed(
        Question("Compare BeeCount, HiveHum", words=frame), ["BeeCount", "HiveHum"]
    )
