"""Filters that a question names are left out of it one by one, also in what follows on it."""

from __future__ import annotations

import pytest

from app.engine import Engine
from app.understanding.question import Asked, Filters

SINCE = "Which papers since 2022 are about honey bees?"
BY = "Which papers by Ana Ruiz are about honey bees?"


def _titles(engine: Engine, *asked: str | Asked) -> list[str]:
    *before, last = asked
    *_, answer = engine.stream(last, before)
    return [citation.paper.title for citation in answer.citations]


@pytest.mark.parametrize(("text", "name"), [(SINCE, "years"), (BY, "Ana Ruiz")])
def test_without_its_filter_a_question_lists_what_it_would_without_having_named_it(
    engine: Engine, text: str, name: str
) -> None:
    plain = _titles(engine, "Which papers are about honey bees?")
    assert len(_titles(engine, text)) == 1
    assert _titles(engine, Asked(text, (name,))) == plain
    assert len(plain) > 1


def test_a_filter_that_is_left_out_is_no_chip_any_more(engine: Engine) -> None:
    *_, answer = engine.stream(Asked(SINCE, ("years",)))
    assert answer.filters == {}


def test_what_follows_on_a_list_means_the_list_as_it_was_shown(engine: Engine) -> None:
    wide = _titles(engine, Asked(SINCE, ("years",)), "Order them by title")
    assert wide == sorted(_titles(engine, Asked(SINCE, ("years",))))
    assert len(_titles(engine, SINCE, "Order them by title")) == 1


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("years", {"authors": ["A", "B"], "venue": "V", "code": "linked"}),
        ("A", {"since": 1, "until": 2, "authors": ["B"], "venue": "V", "code": "linked"}),
        ("venue", {"since": 1, "until": 2, "authors": ["A", "B"], "code": "linked"}),
        ("code", {"since": 1, "until": 2, "authors": ["A", "B"], "venue": "V"}),
    ],
)
def test_each_filter_has_its_name(name: str, left: dict[str, object]) -> None:
    filters = Filters(since=1, until=2, authors=("A", "B"), venue="V", code="linked")
    assert filters.less([name]).as_dict() == left


def test_chosen_papers_are_compared_whatever_their_names(engine: Engine) -> None:
    held = {paper.title: paper.paper_id for paper in engine.papers()}
    ids = [held["Sampling the Sea"], held["Grading Essays Fairly"]]
    answer = engine.compare("Compare these", ids)
    assert answer.kind == "compare"
    assert [citation.paper.paper_id for citation in answer.citations] == ids
    assert all(
        quote.text == citation.paper.abstract[quote.start : quote.end]
        for citation in answer.citations
        for quote in citation.quotes
    )


def test_the_engine_tells_what_it_holds(engine: Engine) -> None:
    assert engine.held == len(engine.papers()) > 5
    assert engine.model == ""
