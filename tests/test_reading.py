"""A question is read by what the corpus knows: names linked, slips mended, authors as filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import Engine
from app.settings import Settings
from app.understanding.question import Filters
from app.understanding.reading import LONGEST, Read, read_alone, without_names


@pytest.fixture(scope="module")
def reading(engine: Engine) -> Callable[[str], Read]:
    settings = Settings(_env_file=None, today=date(2023, 5, 1))
    return lambda text: read_alone(text, engine.index, settings)


Reading = Callable[[str], Read]


def test_a_topic_alone_asks_for_its_papers(reading: Reading) -> None:
    question = reading("Honey bees?").question
    assert (question.kind, question.topic) == ("list", "Honey bees")


def test_a_name_alone_asks_what_it_is(reading: Reading) -> None:
    asked = reading("HarborNet")
    assert asked.question.kind != "list"
    assert [entity.name for entity in asked.linked.own()] == ["HarborNet"]


def test_which_with_a_name_asks_for_a_detail_unless_it_asks_for_papers(reading: Reading) -> None:
    assert reading("Which coasts does HarborNet serve?").question.kind == "lookup"
    assert reading("Which papers use HarborNet?").question.kind == "list"


def test_authors_become_a_filter_and_leave_the_topic(reading: Reading) -> None:
    question = reading("Which papers by Ana Ruiz are about tides?").question
    assert question.filters.authors == ("Ana Ruiz",)
    assert "Ruiz" not in question.topic
    assert "tides" in question.topic


def test_years_are_counted_from_the_day_of_the_settings(reading: Reading) -> None:
    assert reading("papers on tides of the last three years").question.filters.since == 2021
    assert reading("papers on tides this year").question.filters.since == 2023


def test_a_slip_in_a_name_is_mended_and_said(reading: Reading) -> None:
    asked = reading("What is HarborNett?")
    assert asked.question.text == "What is HarborNet?"
    assert asked.context.note == "Read “HarborNett” as “HarborNet”."


def test_a_name_far_from_all_others_is_not_mended(reading: Reading) -> None:
    asked = reading("What is OwlNet?")
    assert asked.linked.unknown == ("OwlNet",)
    assert asked.context.note == ""


def test_a_very_long_question_is_cut_between_words_and_says_so(reading: Reading) -> None:
    text = "What is HarborNet? " + "tide " * LONGEST
    asked = reading(text)
    assert len(asked.question.text) <= LONGEST
    assert set(asked.question.text.split()[3:]) == {"tide"}
    assert asked.context.note == "Only the first 2,000 characters of the question were read."


def test_a_question_of_the_longest_length_is_read_whole(reading: Reading) -> None:
    text = "What is HarborNet? ".ljust(LONGEST, "x")
    assert reading(text).context.note == ""


def test_names_are_taken_out_whatever_their_case() -> None:
    assert without_names("tides by ANA Ruiz in bays", ["Ana Ruiz"]) == "tides by in bays"
    assert without_names("tides", ["Ana Ruiz"]) == "tides"


def test_what_somebody_wrote_is_a_list(reading: Reading) -> None:
    for text in ("papers by Ana Ruiz", "What did Ana Ruiz write?"):
        question = reading(text).question
        assert (question.kind, question.attribute) == ("list", "")
        assert question.filters.authors == ("Ana Ruiz",)


def test_a_fact_of_a_named_paper_has_no_filters(reading: Reading) -> None:
    question = reading("When did Ana Ruiz publish HarborNet?").question
    assert (question.act, question.attribute) == ("metadata", "year")
    assert question.filters == Filters()


def test_a_name_of_the_corpus_is_surely_topic(reading: Reading) -> None:
    question = reading("Which papers use BeeCount?").question
    assert [(word.text, word.share) for word in question.words] == [("beecount", 1.0)]


@settings(max_examples=60)
@given(st.text(max_size=120))
def test_any_text_is_read(reading: Reading, text: str) -> None:
    asked = reading(text)
    assert asked.question == reading(text).question
    assert asked.context.note or asked.question.text == " ".join(text.split())
