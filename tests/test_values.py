"""A question asks for a kind of value, and only a sentence that holds one answers it."""

from __future__ import annotations

import pytest

from app.understanding.values import value_asked


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("By how many percent does it surpass the baseline?", "percentage"),
        ("What share of the objects can it grasp?", "percentage"),
        ("What does the gripper cost?", "price"),
        ("What were the annotators paid?", "price"),
        ("How heavy is the arm?", "weight"),
        ("Which arm weighs least?", "weight"),
        ("At what top speed does it fly?", "speed"),
        ("How fast does it run?", "speed"),
        ("In which year did the study begin?", "year"),
        ("From what age can a child read it?", "age"),
        ("What F1 score does the parser reach?", "figure for it"),
        ("learning rate of the network", "figure for it"),
        ("How large is the corpus?", "number"),
    ],
)
def test_the_kind_of_value_is_read_off_the_question(question: str, name: str) -> None:
    value = value_asked(question)
    assert value is not None
    assert value.name == name


@pytest.mark.parametrize(
    "question",
    [
        "What do reaction wheels save in walking cost?",
        "Which papers study the cost of living?",
        "Who wrote it?",
        "What is the goal of the method?",
        "How does it work?",
    ],
)
def test_other_questions_ask_for_no_value(question: str) -> None:
    assert value_asked(question) is None


@pytest.mark.parametrize(
    ("question", "holding", "lacking"),
    [
        ("What share is wrong?", "It fails in 12.5% of runs.", "It is half the size of the other."),
        ("What share is wrong?", "It fails in 3 of 20 runs.", "It fails in the third run."),
        ("What does it cost?", "It sells for $20.", "Its running costs are low."),
        ("How heavy is it?", "The arm weighs 1.3 kg.", "The arm has 3 joints."),
        ("At what top speed does it fly?", "It flies at 12 m/s.", "It has 4 rotors."),
        ("How fast does it run?", "It runs at 81 FPS.", "It runs on 2 cores."),
        ("What accuracy does it reach?", "It reaches 0.89.", "It follows Smith (2016a)."),
        ("Which learning rate was used?", "A learning rate of 0.1 is used.", "We use 0.1."),
        ("In which year was it?", "It began in 1918.", "It took 18 months."),
    ],
)
def test_a_value_is_known_by_how_it_is_written(question: str, holding: str, lacking: str) -> None:
    value = value_asked(question)
    assert value is not None
    assert value.held(holding, question)
    assert not value.held(lacking, question)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("The batch size was set to 32.", True),
        ("With 0.4 as its drag ratio the hull is slow.", True),
        (
            "It is right in 70% of all cases and better than every other hull that we could find in"
            " the harbour, as its drag ratio shows.",
            False,
        ),
    ],
)
def test_a_named_value_stands_beside_its_name(text: str, held: bool) -> None:
    name = "batch size" if "batch" in text else "drag ratio"
    value = value_asked(f"What {name} does it have?")
    assert value is not None
    assert value.held(text, f"What {name} does it have?") is held


def test_a_length_of_time_is_told_by_its_unit() -> None:
    value = value_asked("How long does a dive take?")
    assert value is not None
    assert value.told("A dive takes 10.7 seconds.")
    assert not value.told("We saw 10 dives.")
