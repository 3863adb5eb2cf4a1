"""What is said of a list, and why there is none, is a plain and exact sentence."""

from __future__ import annotations

import pytest

from app.extractive.messages import (
    considered,
    lead,
    nearest,
    no_list,
    not_said,
    off_topic,
    undated,
    unknown,
)
from app.understanding.question import Filters


def test_one_is_not_many() -> None:
    assert lead(1) == "1 paper matches:"
    assert lead(2) == "2 papers match:"
    assert considered(1, 1, 9) == "1 paper of 9 on this topic."
    assert considered(2, 2, 9) == "2 papers of 9 on this topic."
    assert undated(1).startswith("1 matching paper has ")
    assert undated(5).startswith("5 matching papers have ")


def test_unknown_names_are_quoted_up_to_four() -> None:
    assert unknown(["A"], 9) == "None of the 9 abstracts mentions “A”."
    assert unknown(["A", "B"], 9) == "None of the 9 abstracts mentions “A” and “B”."
    assert "“D”" in unknown(list("ABCDE"), 9)
    assert "“E”" not in unknown(list("ABCDE"), 9)


def test_papers_that_perhaps_match_are_counted_apart() -> None:
    assert lead(1, 2) == "1 paper matches, and 2 more perhaps:"
    assert lead(3, 1) == "3 papers match, and 1 more perhaps:"
    assert lead(1234, 2) == "1,234 papers match, and 2 more perhaps:"
    assert considered(4, 4, 3000, 1) == "4 papers of 3,000 on this topic, and 1 more perhaps."
    assert lead(0, 2) == "No paper is surely on this; perhaps:"


def test_an_overview_that_shows_the_best_says_so() -> None:
    assert considered(3, 5, 9) == "5 papers of 9 on this topic; the best 3 are shown."


def test_a_missing_word_is_named_where_one_is_missing() -> None:
    assert "“wing”" in nearest("wing")
    assert "“" not in nearest("")
    assert not_said(["Owls"], "wing").startswith("The abstract of “Owls” does not mention “wing”.")
    assert not_said(["Owls"], "").startswith("The abstract of “Owls” does not clearly say.")
    assert not_said(["Owls", "Bees"], "wing").startswith(
        "None of these 2 abstracts mentions “wing”."
    )
    assert not_said(["Owls", "Bees"], "").startswith("None of these 2 abstracts clearly says.")


@pytest.mark.parametrize(
    "said", [nearest("wing"), not_said(["Owls"], "wing"), not_said(["Owls"], "")]
)
def test_what_comes_nearest_claims_to_be_no_more(said: str) -> None:
    assert said.endswith("Nearest to it:")


def test_off_topic_counts_what_was_looked_through() -> None:
    assert off_topic(9) == "None of the 9 abstracts is about this."


@pytest.mark.parametrize("text", [unknown(["[7]"], 3), not_said("Owls [7]", "[7]"), nearest("[7]")])
def test_no_reason_holds_anything_like_a_marker(text: str) -> None:
    assert "[" not in text
    assert "(7)" in text


@pytest.mark.parametrize(
    ("topic", "filters", "said"),
    [
        ("owls", Filters(), "on “owls”"),
        (" night owls ", Filters(), "on “night owls”"),
        ("", Filters(authors=("Ann Owl", "Bo Mouse")), "by Ann Owl and Bo Mouse"),
        ("", Filters(since=2020), "dated from 2020 or later"),
        ("", Filters(until=2020), "dated up to 2020"),
        ("", Filters(since=2020, until=2020), "dated from 2020"),
        ("", Filters(since=2019, until=2021), "dated 2019-2021"),
        ("", Filters(code="linked"), "one that links its code"),
        ("", Filters(code="promised"), "one that promises its code"),
        ("owls", Filters(since=2020, authors=("Bo",)), "on “owls” and by Bo and dated from 2020"),
    ],
)
def test_an_empty_list_names_all_that_was_asked(topic: str, filters: Filters, said: str) -> None:
    assert no_list(topic, filters, "of the 9 papers").startswith(f"None of the 9 papers is {said}")


def test_a_question_that_asks_for_nothing_hears_that() -> None:
    assert no_list(" ", Filters(), "of the 9 papers") == (
        "The question names no topic to list papers by."
    )
