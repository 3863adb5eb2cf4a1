"""Papers or what one says: where words leave it open, the collection decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from answering_samples import opened

from app.engine import Engine
from app.extractive.papers_wanted import otherwise, papers_row
from app.logistic import decision
from app.settings import Settings
from app.understanding.question import FOR_DETAIL, FOR_PAPERS, Act
from app.understanding.reading import Read, read_alone

SETTINGS = Settings(_env_file=None)
SEVERAL, ONE = "multimodal recommendation", "facial action units"


@pytest.fixture(scope="module")
def library(sample_index: Path) -> Iterator[Engine]:
    with opened(sample_index) as engine:
        yield engine


def _read(library: Engine, text: str, act: Act, for_papers: float) -> Read:
    asked = read_alone(text, library.index, SETTINGS)
    return replace(asked, question=replace(asked.question, act=act, for_papers=for_papers))


def _otherwise(library: Engine, text: str, act: Act, for_papers: float) -> tuple[Act, ...]:
    return otherwise(_read(library, text, act, for_papers), library.index, SETTINGS)


def test_where_several_papers_are_on_the_topic_they_are_what_is_asked_for(library: Engine) -> None:
    assert _otherwise(library, SEVERAL, "lookup", 0.45) == FOR_PAPERS
    assert _otherwise(library, SEVERAL, "list", 0.55) == ()


def test_where_one_is_it_is_asked_for_what_it_says(library: Engine) -> None:
    assert _otherwise(library, ONE, "list", 0.55) == FOR_DETAIL
    assert _otherwise(library, ONE, "lookup", 0.45) == ()


@pytest.mark.parametrize(("act", "sure"), [("lookup", 0.01), ("list", 0.99)])
def test_clear_words_stand_whatever_the_collection_holds(
    library: Engine, act: Act, sure: float
) -> None:
    for text in (SEVERAL, ONE):
        assert _otherwise(library, text, act, sure) == ()


@pytest.mark.parametrize("act", ["compare", "metadata", "overview", "smalltalk", "order"])
def test_only_lists_and_look_ups_are_confused(library: Engine, act: Act) -> None:
    for text in (SEVERAL, ONE):
        assert _otherwise(library, text, act, 0.5) == ()


def test_a_question_that_points_back_is_read_with_what_came_before(library: Engine) -> None:
    asked = _read(library, SEVERAL, "lookup", 0.45)
    back = replace(asked, question=replace(asked.question, refers="papers"))
    assert otherwise(back, library.index, SETTINGS) == ()


def test_the_features_are_those_that_were_fitted(library: Engine) -> None:
    row = papers_row(_read(library, SEVERAL, "lookup", 0.5), library.index, SETTINGS)
    assert len(row) == len(decision("papers wanted").features)
    assert row[0] == pytest.approx(0)
    assert 0 <= row[1] <= 1
    assert row[2] == 2


def test_the_surer_the_second_paper_the_rather_papers_are_wanted() -> None:
    chances = [
        decision("papers wanted").probabilities([(0.0, second, 3.0)])[0]
        for second in (0.0, 0.5, 1.0)
    ]
    assert chances == sorted(chances)
    assert chances[0] < 0.5 < chances[2]


def test_an_open_question_lists_several_papers_and_quotes_the_only_one(library: Engine) -> None:
    assert library.ask(f"anything said on {SEVERAL}?").kind == "list"
    assert library.ask(f"anything said on {ONE}?").kind == "lookup"
