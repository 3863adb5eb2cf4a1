"""A text to a question: what the reader and the patterns say, put together."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.understanding.parse import LEAST_SHARE, parse
from app.understanding.patterns import ROWS, read_constraints
from app.understanding.question import (
    FOR_DETAIL,
    FOR_PAPERS,
    ON_PAPERS,
    Act,
    Filters,
    Question,
    Refers,
)
from app.understanding.reader import read_words
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import words

_TAKING = [text for row in ROWS if not row.kept for text in row.examples]
_TOPICS = ("owls", "graph denoising", "tide prediction", "SGIL")
_TEXT = st.text(max_size=200) | st.lists(
    st.sampled_from([*_TAKING, *_TOPICS, "which papers", "or", ",", "and", "not"]), max_size=6
).map(" ".join)


def _parse(text: str) -> Question:
    return parse(text, 2026)


def _words(text: str) -> set[str]:
    return {word.text for word in _parse(text).words}


@settings(max_examples=150)
@given(_TEXT)
def test_any_text_is_a_question_of_known_values(text: str) -> None:
    question = _parse(text)
    assert question == _parse(text)
    assert question.text == text
    assert question.act in get_args(Act)
    assert question.refers in get_args(Refers)
    assert 0 <= question.sure <= 1.0001
    held = set(words(text))
    for word in question.words:
        assert word.text in held
        assert word.text not in STOP_WORDS
        assert 0 <= word.share <= 1
    assert len({word.text for word in question.words}) == len(question.words)


@settings(max_examples=150)
@given(_TEXT)
def test_only_the_acts_that_a_part_is_for_have_it(text: str) -> None:
    question = _parse(text)
    assert not question.sides or question.act == "compare"
    assert bool(question.attribute) == (question.act == "metadata")
    assert not question.format or question.act == "export"
    if question.act not in ON_PAPERS:
        assert (question.wanted, question.order) == (None, "")
        # "The one from 2026" is told by its year, and by nothing else.
        told_by = ("years",) if question.refers == "paper" else ()
        assert question.filters.less(told_by) == Filters()
        assert question.excluded == ()


@settings(max_examples=80)
@given(_TEXT, st.sampled_from([FOR_PAPERS, FOR_DETAIL]))
def test_what_is_known_of_the_act_is_kept_to(text: str, among: tuple[Act, ...]) -> None:
    question = parse(text, 2026, among=among)
    assert question.act in among
    assert 0 <= question.for_papers <= 1


@settings(max_examples=150)
@given(st.sampled_from(_TOPICS), st.lists(st.sampled_from(_TAKING), min_size=1, max_size=2))
def test_the_span_of_a_constraint_is_never_part_of_the_topic_words(
    topic: str, constraints: list[str]
) -> None:
    text = f"Which papers are about {topic} {' '.join(constraints)}?"
    question = _parse(text)
    if question.act in ON_PAPERS:
        rest = list(text)
        topics = read_words(text).spans("topic", "sides")
        for start, end in read_constraints(text, 2026, topics).spans:
            rest[start:end] = " " * (end - start)
        assert {word.text for word in question.words} <= set(words("".join(rest)))


@pytest.mark.parametrize(
    ("text", "topic", "others"),
    [
        ("Which papers use LLMs for recommendation?", {"llms", "recommendation"}, {"papers"}),
        ("How many papers are about graph denoising?", {"graph", "denoising"}, {"many"}),
        ("Which papers since 2023 use graphs?", {"graphs"}, {"2023", "papers"}),
        ("papers on COVID-19 since 2020", {"covid", "19"}, {"2020"}),
        ("recommend 3 papers on sleep", {"sleep"}, {"recommend", "3", "papers"}),
    ],
)
def test_the_topic_leaves_out_the_words_that_only_ask(
    text: str, topic: set[str], others: set[str]
) -> None:
    found = _words(text)
    assert topic <= found
    assert not others & found


def test_words_that_are_surely_frame_stay_only_where_there_are_no_others() -> None:
    assert all(word.share >= LEAST_SHARE for word in _parse("Which papers use graphs?").words)
    assert not any(word.text == "papers" for word in _parse("papers by Le Wu").words)


def test_a_name_that_the_corpus_knows_is_surely_topic() -> None:
    text = "Which papers use hashing?"
    (word,) = parse(text, 2026, [(17, 24)]).words
    assert (word.text, word.share) == ("hashing", 1.0)


@pytest.mark.parametrize("name", ["NLRP3", "GPT-4", "RIG-I", "IROS"])
def test_a_bare_name_before_papers_is_a_topic_though_it_looks_like_a_venue(name: str) -> None:
    question = _parse(f"{name} papers")
    assert question.act == "list"
    assert any(word.text in name.lower() and word.telling for word in question.words)


def test_a_list_question_carries_its_filters() -> None:
    question = _parse("Which papers on tides from the last two years share their code?")
    assert question.filters.as_dict() == {"since": 2025, "code": "linked"}
    assert _parse("Which papers promise to release their code?").filters.code == "promised"


def test_what_is_left_out_is_no_topic() -> None:
    question = _parse("papers on fish but not salmon")
    assert question.excluded == ("salmon",)
    assert [word.text for word in question.words] == ["fish"]


def test_the_sides_of_a_comparison_come_in_order() -> None:
    assert _parse("Compare SGIL and IBMRec").sides == ("SGIL", "IBMRec")
    assert _parse("Which papers use SGIL and IBMRec?").sides == ()


@pytest.mark.parametrize(
    ("text", "order", "wanted"),
    [
        ("newest papers on tides", "newest", None),
        ("Recommend 3 papers on sleep", "", 3),
        ("Export these as BibTeX", "", None),
    ],
)
def test_closed_forms_are_set(text: str, order: str, wanted: int | None) -> None:
    question = _parse(text)
    assert (question.order, question.wanted) == (order, wanted)


@pytest.mark.parametrize(
    ("text", "format_"),
    [("Export these as BibTeX", "bibtex"), ("Give me the references in RIS", "ris"),
     ("Save the list as CSV", "csv"), ("Export the list", "")],
)  # fmt: skip
def test_an_export_has_the_format_that_is_named(text: str, format_: str) -> None:
    question = _parse(text)
    assert (question.act, question.format) == ("export", format_)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Who wrote the second one?", (2,)),
        ("What does [4] report?", (4,)),
        ("Compare the first two of them", (1, 2)),
        ("the top 3 papers on owls", ()),
    ],
)
def test_places_are_those_of_papers_shown(text: str, places: tuple[int, ...]) -> None:
    assert _parse(text).places == places


@pytest.mark.parametrize("text", ["What is SGIL?", "what is sgil", "WHAT IS SGIL ?"])
def test_spacing_case_and_punctuation_do_not_matter(text: str) -> None:
    assert _parse(text).act == "definition"
