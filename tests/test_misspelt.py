"""A word that is none is read as the word of the collection that it must be; other words stay."""

from __future__ import annotations

import pytest

from app.engine import Engine
from app.understanding.misspelt import misspelt


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("what is a sparse mixtrue model", ("mixtrue", "mixture")),
        ("wich network counts them", ("wich", "which")),
        ("Wich network counts them", ("Wich", "which")),
        ("how do beekeeprs ask", ("beekeeprs", "beekeepers")),
        ("papres on bees", ("papres", "papers")),
    ],
)
def test_a_slip_is_read_as_the_word_that_it_must_be(
    engine: Engine, text: str, slip: tuple[str, str]
) -> None:
    assert misspelt(text, engine.index) == slip


@pytest.mark.parametrize(
    "text",
    [
        "which microphones hear a swarm",  # held by the abstracts
        "which telephones ring in a swamp",  # English, and a letter from what they hold
        "what are histones and prions",  # neither English in the dictionary nor near to anything
        "what is Mixtrue or MIXTRUE",  # names are mended elsewhere, acronyms never
        "does mixtrue2 or mix-trues count",
        "",
    ],
)
def test_what_is_a_word_or_a_name_stays(engine: Engine, text: str) -> None:
    assert misspelt(text, engine.index) is None


def test_an_answer_says_how_a_slip_was_read(engine: Engine) -> None:
    answer = engine.ask("Which papers are about hoeny bees?")
    assert "Read “hoeny” as “honey”." in answer.notes
    assert answer.total_matching == engine.ask("Which papers are about honey bees?").total_matching
