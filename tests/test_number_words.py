"""Numbers in words are read as what they come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.support.number_words import spoken
from app.support.numbers_names import missing_numbers

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_words(value: int) -> str:
    for scale, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if value >= scale:
            rest = f" {in_words(value % scale)}" if value % scale else ""
            return f"{in_words(value // scale)} {name}{rest}"
    if value >= 100:
        rest = f" and {in_words(value % 100)}" if value % 100 else ""
        return f"{in_words(value // 100)} hundred{rest}"
    if value < 20:
        return ONES[value]
    rest = f"-{ONES[value % 10]}" if value % 10 else ""
    return TENS[value // 10 - 2] + rest


@given(st.integers(1, 999_999_999_999))
def test_a_number_said_in_words_is_one_number_of_its_value(value: int) -> None:
    [(match, found)] = spoken(f"They counted {in_words(value)} of them.")
    assert (match.group(), found) == (in_words(value), value)


@given(st.integers(2, 999), st.integers(2, 999))
def test_two_numbers_side_by_side_stay_two(one: int, other: int) -> None:
    found = [value for _, value in spoken(f"{in_words(one)} trees, {in_words(other)} birds")]
    assert found == [one, other]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("two and a half million people", [2_500_000]),
        ("half a million people", [500_000]),
        ("three dozen genes", [36]),
        ("in ten two-hour sessions", [10, 2]),
        ("twenty two-layer networks", [20, 2]),
        ("a paper, an idea, thousands of them", []),
    ],
)
def test_halves_dozens_and_compounds_are_read_as_people_mean_them(
    text: str, values: list[float]
) -> None:
    assert [value for _, value in spoken(text)] == values


@pytest.mark.parametrize(
    ("claim", "evidence", "missing"),
    [
        ("It holds nearly twenty thousand rows", "It holds 19,760 rows", ()),
        ("It holds twenty thousand rows", "It holds 19,760 rows", ("twenty thousand",)),
        ("A loss just below ten percent", "a loss of 9.6%", ()),
        ("Two and a half million speak it", "It has 2.5 million speakers", ()),
        ("Almost nine children in ten came", "89.2% of the children came", ()),
        ("Almost nine children in ten came", "59.2% of the children came", ("nine", "ten")),
        ("It wins two tasks in four domains", "two tasks, four domains", ()),
        ("One in three failed", "31% failed", ()),
        ("One in five failed", "31% failed", ("five",)),
    ],
)
def test_numbers_in_words_are_held_against_numerals(
    claim: str, evidence: str, missing: tuple[str, ...]
) -> None:
    assert missing_numbers(claim, evidence) == missing
