"""What a question holds: acts with their kinds, filters, words."""

from __future__ import annotations

from typing import get_args

from app.answer import Kind
from app.understanding.question import KINDS, Act, Filters, Question, Word


def test_every_act_has_a_kind_of_answer() -> None:
    assert set(KINDS) == set(get_args(Act))
    assert set(KINDS.values()) == set(get_args(Kind))
    assert Question("", act="people").kind == "list"


def test_only_filters_that_are_set_are_shown() -> None:
    assert Filters().as_dict() == {}
    assert Filters(2020, 2022, ("Le Wu",), "SIGIR", "linked").as_dict() == {
        "since": 2020, "until": 2022, "authors": ["Le Wu"], "venue": "SIGIR", "code": "linked",
    }  # fmt: skip


def test_years_are_a_filter_when_either_bound_is_set() -> None:
    assert [Filters().years, Filters(since=1).years, Filters(until=1).years] == [False, True, True]


def test_a_word_tells_where_it_is_as_likely_topic_as_frame() -> None:
    assert [Word("owl", share).telling for share in (1.0, 0.5, 0.49)] == [True, True, False]
