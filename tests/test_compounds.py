"""Compounds in two words and in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.understanding.compounds import closed_up
from ingest.records import Paper
from ingest.stores.lexicon import Lexicon


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    texts = ["Two shipyards.", "A shipyard by the sea.", "The sea wall and the seawall.", "Sea."]
    lexicon = Lexicon(tmp_path / "words")
    lexicon.write([Paper(f"p{n}", text, "") for n, text in enumerate(texts)])
    lexicon.commit()
    return lexicon


def test_two_words_become_one_where_the_papers_write_one(lexicon: Lexicon) -> None:
    assert closed_up("How many ship yards are there?", lexicon) == "How many shipyards are there?"


@pytest.mark.parametrize(
    "text", ["the sea wall", "ship building", "as hip yards", "Ship Yards", ""]
)
def test_other_words_stay_apart(lexicon: Lexicon, text: str) -> None:
    assert closed_up(text, lexicon) == text
