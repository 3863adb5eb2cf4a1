from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from ingest.text.memoize import Remembered, in_turn


@given(st.lists(st.text(max_size=2), max_size=60), st.integers(1, 8))
def test_values_are_those_of_the_function_and_never_more_than_asked(
    words: list[str], most: int
) -> None:
    remembered = Remembered(str.upper, most)
    for word in words:
        assert remembered[word] == word.upper()
        assert len(remembered) <= most


def test_a_value_is_worked_out_once() -> None:
    asked: list[str] = []

    def measured(word: str) -> int:
        asked.append(word)
        return len(word)

    remembered = Remembered(measured, 10)
    assert [remembered[word] for word in ("fern", "moss", "fern", "fern")] == [4, 4, 4, 4]
    assert asked == ["fern", "moss"]


def test_a_word_that_is_asked_for_again_stays_while_others_come_and_go() -> None:
    asked: list[str] = []

    def measured(word: str) -> int:
        asked.append(word)
        return len(word)

    remembered = Remembered(measured, 8)
    for number in range(40):
        assert remembered[f"rare {number}"]
        assert remembered["usual"] == len("usual")
    assert asked.count("usual") == 1


def test_of_several_askers_at_once_one_works_a_value_out() -> None:
    asked: list[str] = []

    @in_turn
    @cache
    def measured(word: str) -> int:
        asked.append(word)
        time.sleep(0.05)
        return len(word)

    with ThreadPoolExecutor(8) as askers:
        assert list(askers.map(measured, ["fern"] * 8)) == [4] * 8
    assert asked == ["fern"]
