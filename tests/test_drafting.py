"""What a model wrote so far becomes sentences and the numbers that they cite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.generation.draft import Draft, drafts, refuses, spoken


def read(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(d.text, d.numbers) for d in drafts(spoken(text, True), True)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Tides rise [1].", (1,)),
        ("Tides rise. [1]", (1,)),
        ("[1] Tides rise.", (1,)),
        ("Tides rise [1][2].", (1, 2)),
        ("Tides rise [1, 2; 3].", (1, 2, 3)),
        ("Tides rise [1-3].", (1, 2, 3)),
        ("Tides rise [Paper 2].", (2,)),
        ("Tides rise [[2]].", (2,)),
        ("Tides rise [^2].", (2,)),
        ("Tides rise 【2†source】.", (2,)),
        ("Tides rise ［2］.", (2,)),
        ("Tides rise [\u200b2\u200b].", (2,)),
        ("Tides rise [2](http://tides.test).", (2,)),
        ("Tides rise.", ()),
    ],
)
def test_markers_of_every_spelling_are_taken_out_and_read(
    text: str, numbers: tuple[int, ...]
) -> None:
    ((found, cited),) = read(text)
    assert cited == numbers
    assert found.startswith("Tides rise")
    assert "[" not in found


def test_a_marker_behind_the_full_stop_belongs_to_the_sentence_before_it() -> None:
    text = "Tides rise. [1] Ships sink, e.g. in storms [2]. Gulls fly."
    assert read(text) == [
        ("Tides rise.", (1,)), ("Ships sink, e.g. in storms.", (2,)), ("Gulls fly.", ()),
    ]  # fmt: skip


def test_bullets_are_items_and_headings_and_fences_are_no_sentences() -> None:
    text = "# Tides\n- **Tides** rise [1].\n2. Ships sink [2].\n```\n---\nGulls fly [3]."
    found = drafts(spoken(text, True), True)
    assert found == [
        Draft("Tides rise.", (1,), True, True),
        Draft("Ships sink.", (2,), True, True),
        Draft("Gulls fly.", (3,), True, False),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<think>Hm [3].</think>Tides rise [1].",
        "<THINKING depth='2'>Hm.</THINKING> Tides rise [1].",
        "Hm, let me see.</think>\nTides rise [1].",
        "Tides rise [1]. <think>And now",
        "<|im_start|>Tides rise [1].<|im_end|>",
    ],
)
def test_thoughts_and_tokens_of_the_template_are_not_spoken(text: str) -> None:
    assert read(text) == [("Tides rise.", (1,))]


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("A* search finds paths, and D* Lite mends them.", None),
        ("(A*) beats D*, and so does a C*-algebra.", None),
        ("It finds the best path by A*.", None),
        ("The path $x^*$ is shorter than $y^*$.", None),
        (
            "*Tides* rise, *as they say*, in **all** ports.",
            "Tides rise, as they say, in all ports.",
        ),
        ("The **D* Lite** and the *A* mend paths.", "The D* Lite and the A mend paths."),
        ("***Tides*** rise by 3 * 4 feet.", "Tides rise by 3 * 4 feet."),
    ],
)
def test_an_asterisk_that_belongs_to_a_name_stays_and_emphasis_goes(
    text: str, read_as: str | None
) -> None:
    assert [found for found, _ in read(text)] == [read_as or text]


@pytest.mark.parametrize(
    "text",
    ["*Tides rise. Ships sink.*", "*Tides rise. Ships sink*.", "**Tides rise. Ships sink** [2]."],
)
def test_emphasis_over_several_sentences_goes_too(text: str) -> None:
    assert [found for found, _ in read(text)] == ["Tides rise.", "Ships sink."]


def test_an_asterisk_that_belongs_to_no_other_stays() -> None:
    found = read("Tides *rise. Ships sink.")
    assert [text for text, _ in found] == ["Tides *rise.", "Ships sink."]


def test_a_tag_that_is_still_open_is_not_spoken_yet() -> None:
    assert spoken("Tides rise. <thi", finished=False).strip() == "Tides rise."
    assert spoken("Tides < 3 m", finished=True) == "Tides < 3 m"


def test_the_refusal_is_recognised() -> None:
    assert refuses("NOT FOUND")
    assert refuses(" **Not found.**")
    assert not refuses("The lighthouse was not found.")


LONG = (
    "SGIL minimizes the risk (see Fig. 2 and e.g. Smith et al. 2020) [1, 2]. It works. [3] Then "
    "it stops [4]! *Waves break. Gulls fly over them* [2].\n\n- **One** thing [1][2]. Another "
    "[Paper 3].\n- Two things.\nAn end [5]"
)


def test_sentences_that_are_out_stay_as_they_are_while_the_text_grows() -> None:
    whole = drafts(spoken(LONG, True), True)
    counts = []
    for end in range(len(LONG)):
        found = drafts(spoken(LONG[:end], False), False)
        assert found == whole[: len(found)], LONG[:end]
        counts.append(len(found))
    assert counts == sorted(counts)
    assert counts[-1] >= len(whole) - 2


@given(st.text(alphabet=" .[]()1a-*\n<>/$_think,!", max_size=120))
def test_no_text_breaks_the_reading_and_no_marker_is_left(text: str) -> None:
    for draft in drafts(spoken(text, True), True):
        assert any(map(str.isalnum, draft.text))
        assert all(number >= 0 for number in draft.numbers)
