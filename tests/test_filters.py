"""Years, read out of a question for certain, and what is left of the question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.understanding.filters import Filters, number, read_years


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("papers since 2023", 2023, None),
        ("papers from 2023 on", 2023, None),
        ("papers after 2020", 2021, None),
        ("papers newer than 2020", 2021, None),
        ("papers before 2020", None, 2019),
        ("papers until 2020", None, 2020),
        ("papers up to 2020", None, 2020),
        ("papers in 2022", 2022, 2022),
        ("papers published during 2022", 2022, 2022),
        ("papers between 2019 and 2021", 2019, 2021),
        ("papers from 2019 to 2021", 2019, 2021),
        ("papers from 2019-2021", 2019, 2021),
        ("papers of the last two years", 2025, None),
        ("papers in the past 3 years", 2024, None),
        ("papers this year", 2026, 2026),
        ("last year's papers", 2025, 2025),
        ("papers after 2019 and before 2022", 2020, 2021),
        ("papers on owls", None, None),
    ],
)
def test_years_of_a_question_are_inclusive_bounds(
    text: str, since: int | None, until: int | None
) -> None:
    filters, rest = read_years(text, 2026)
    assert (filters.since, filters.until) == (since, until)
    assert "papers" in rest
    assert not any(character.isdigit() for character in rest)


@pytest.mark.parametrize(
    "text", ["the 2000 images of CIFAR", "GPT-2023", "at 2080 Hz", "12023 users"]
)
def test_numbers_that_are_no_years_stay_in_the_question(text: str) -> None:
    assert read_years(text, 2026) == (Filters(), text)


def test_only_filters_that_are_set_are_shown() -> None:
    assert Filters().as_dict() == {}
    assert Filters(2020, 2022, ("Le Wu",), "SIGIR", "linked").as_dict() == {
        "since": 2020, "until": 2022, "authors": ["Le Wu"], "venue": "SIGIR", "code": "linked",
    }  # fmt: skip


def test_years_are_a_filter_when_either_bound_is_set() -> None:
    assert [Filters().years, Filters(since=1).years, Filters(until=1).years] == [False, True, True]


def test_small_numbers_may_be_words() -> None:
    assert [number("two"), number("Ten"), number("7")] == [2, 10, 7]


@given(st.text(max_size=200), st.integers(1950, 2090))
def test_any_text_is_read_without_an_error_and_in_order(text: str, year: int) -> None:
    filters, rest = read_years(text, year)
    assert filters.years or rest == " ".join(text.split())
