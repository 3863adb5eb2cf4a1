"""A word that is none is read as the word of the collection that it must be; other words stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from answering_samples import opened
from ingest_samples import run, write_jsonl

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


def test_a_word_whose_last_paper_was_taken_out_is_no_word_of_the_collection(tmp_path: Path) -> None:
    rows = [
        {
            "id": "a",
            "title": "Glioblastoma",
            "abstract": "We treat glioblastoma in mice with salt.",
        },
        {"id": "b", "title": "Tides", "abstract": "We predict tides in forty small harbors."},
    ]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", rows))
    with opened(tmp_path / "index") as made:
        assert misspelt("what treats glioblastma", made.index) == ("glioblastma", "glioblastoma")
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", rows[1:]), prune=True)
    with opened(tmp_path / "index") as made:
        assert made.index.catalog.count() == 1
        assert misspelt("what treats glioblastma", made.index) is None


def test_a_slip_is_mended_in_no_other_word(engine: Engine) -> None:
    answer = engine.ask("wich papers are about a sandwich?")
    assert "sandwhich" not in answer.text
    assert answer.notes == ("Read “wich” as “which”.",)
