"""What a follow-up points back at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.understanding.references import Reference, read_reference


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is SGIL?", Reference()),
        ("Who wrote it?", Reference("it")),
        ("Is the code of this paper public?", Reference("it")),
        ("Which of them use graphs?", Reference("set")),
        ("Do they share code?", Reference("set")),
        ("Only those after 2020", Reference("only")),
        ("and just the ones with code", Reference("only")),
        ("show the rest", Reference("more")),
        ("more", Reference("more")),
        ("Who wrote the second one?", Reference("nth", (2,))),
        ("Tell me about paper 3", Reference("nth", (3,))),
        ("What does [4] report?", Reference("nth", (4,))),
        ("And the last one?", Reference("nth", (-1,))),
        ("Compare the first two", Reference("nth", (1, 2))),
        ("Compare the first one and the third one", Reference("nth", (1, 3))),
        ("And GMViT?", Reference("same", replaced="GMViT")),
        ("What about owls?", Reference("same", replaced="owls")),
        ("What about owls instead?", Reference("same", replaced="owls")),
        ("Do any use salt?", Reference("set")),
        ("any that use salt?", Reference("set")),
        ("which were written after 2005?", Reference("set")),
        ("Summarize the first", Reference("nth", (1,))),
        ("How long was the trial?", Reference("it")),
    ],
)
def test_a_follow_up_points_at(text: str, expected: Reference) -> None:
    assert read_reference(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Which papers use graphs?",
        "How accurate are the best models?",
        "Who wrote EgoBlind?",
        "",
        "Which wheel came first?",
        "Are there any papers on owls?",
        "Do any papers use salt?",
    ],
)
def test_a_question_of_its_own_points_at_nothing(text: str) -> None:
    assert read_reference(text) == Reference()


@given(st.text(max_size=200))
def test_any_text_points_at_something_known(text: str) -> None:
    found = read_reference(text)
    assert found.scope in ("", "it", "set", "only", "nth", "same", "more")
    assert bool(found.places) == (found.scope == "nth")
    assert bool(found.replaced) <= (found.scope == "same")
