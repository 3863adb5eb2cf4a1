"""What a visitor chose goes with their question only: years, strictness, length, no model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_server import ScriptedServer, says

from app.answer import Answer
from app.choices import Choices, Strictness, as_strict, span_of
from app.engine import Engine
from app.settings import Settings
from app.ui.choosing import choices, fields_of
from app.understanding.question import Asked

QUANTUM = "Which papers run recommendation on quantum computers?"
BEES = "Which papers are about honey bees?"


def _asked(engine: Engine, text: str, chosen: Choices, *before: Asked, about: str = "") -> Answer:
    *_, answer = engine.stream(Asked(text, about=about, choices=chosen), before)
    return answer


def _years(answer: Answer) -> list[int | None]:
    return [citation.paper.year for citation in answer.citations]


@pytest.mark.parametrize(
    "text",
    [BEES, "How many papers are about honey bees?", "What is known about honey bees?",
     "What is BeeCount?", "Who wrote BeeCount?", "How large is the error of BeeCount?",
     "Compare BeeCount and HiveHum", "Which network counts bees at the hive?"],
)  # fmt: skip
def test_no_paper_of_another_year_is_cited_whatever_is_asked(engine: Engine, text: str) -> None:
    assert 2019 in _years(_asked(engine, text, Choices()))
    kept = _asked(engine, text, Choices(since=2020))
    assert all(year is not None and year >= 2020 for year in _years(kept))
    assert all((paper.year or 0) >= 2020 for paper in kept.closest)


def test_a_refusal_counts_what_was_read_of_these_years(engine: Engine) -> None:
    answer = _asked(engine, "Who won the football cup?", Choices(since=2020, until=2023))
    held = [paper for paper in engine.papers() if 2020 <= (paper.year or 0) <= 2023]
    assert f"None of the {len(held)} abstracts dated 2020-2023 is about this." in answer.text


def test_years_in_a_list_question_stand_in_place_of_the_chosen_ones(engine: Engine) -> None:
    answer = _asked(engine, "Which papers from 2019 are about honey bees?", Choices(since=2020))
    assert set(_years(answer)) == {2019}
    assert answer.filters == {"since": 2019, "until": 2019}


def test_chosen_years_are_a_filter_that_a_chip_takes_off(engine: Engine) -> None:
    put = Asked(BEES, choices=Choices(since=2020))
    *_, narrow = engine.stream(put)
    assert narrow.filters == {"since": 2020}
    *_, wide = engine.stream(Asked(BEES, ("years",), choices=Choices(since=2020)))
    assert len(wide.citations) > len(narrow.citations)


def test_a_list_shows_as_many_papers_as_chosen_and_tells_the_count(engine: Engine) -> None:
    answer = _asked(engine, BEES, Choices(most=1))
    assert len(answer.citations) == 1
    assert answer.total_matching == _asked(engine, BEES, Choices()).total_matching
    assert "The best 1 of" in " ".join(answer.notes)
    two = _asked(engine, "List two papers about honey bees", Choices(most=1))
    assert len(two.citations) == 2, "the question's own number counts"


def test_what_follows_means_the_papers_as_they_were_chosen(engine: Engine) -> None:
    first = Asked(BEES, choices=Choices(since=2020))
    answer = _asked(engine, "Order them by title", Choices(), first)
    assert answer.citations
    assert min(year or 0 for year in _years(answer)) >= 2020


def test_one_choice_changes_nothing_for_who_asks_next(engine: Engine) -> None:
    before = engine.ask(BEES)
    for chosen in (Choices(most=1), Choices(since=2022), Choices(strictness="strict")):
        _asked(engine, BEES, chosen)
    assert engine.ask(BEES).text == before.text


def test_strict_needs_even_odds_and_lenient_a_third_of_what_is_set() -> None:
    settings = Settings(_env_file=None, answered_from=0.3, listed_from=0.6)
    strict, lenient = (as_strict(settings, one) for one in ("strict", "lenient"))
    assert (strict.answered_from, strict.listed_from, strict.unsupported) == (0.5, 0.6, "drop")
    assert lenient.answered_from == pytest.approx(0.1)
    assert lenient.unsupported == settings.unsupported
    assert as_strict(settings, "normal") is settings


@pytest.mark.parametrize(
    ("text", "strengths"),
    [
        ("How does MetaMMF cut its training cost?", ["nearest", "answered", "answered"]),
        ("How long does MetaMMF train?", ["nearest", "nearest", "answered"]),
        ("What batch size was SwimVG trained with?", ["nearest"] * 3),
        ("papers on emotions of drivers", ["nearest", "nearest", "answered"]),
        (QUANTUM, ["nearest", "nearest", "answered"]),
        ("What is SGIL?", ["answered"] * 3),
    ],
)  # fmt: skip
def test_a_doubtful_answer_is_one_only_where_it_is_not_asked_strictly(
    sample: Engine, text: str, strengths: list[str]
) -> None:
    levels: tuple[Strictness, ...] = ("strict", "normal", "lenient")
    found = [_asked(sample, text, Choices(strictness=level)).strength for level in levels]
    assert found == strengths


def test_only_choices_that_made_another_answer_are_told(engine: Engine) -> None:
    dated = "Which papers are by Tom Field?"
    both = Choices(since=1900, most=1)
    assert engine.changed_by(Asked(dated, choices=both), ()) == ("at most 1 listed",)
    assert engine.changed_by(Asked(BEES, choices=replace(both, most=100)), ()) == (
        "papers since 1900 only",
    )
    assert engine.changed_by(Asked(BEES, choices=Choices(since=2020)), ()) == (
        "papers since 2020 only",
    )
    assert engine.changed_by(Asked(BEES), ()) == ()
    quoted = Asked(BEES, choices=Choices(quoted=True))
    assert engine.changed_by(quoted, ()) == (), "no model could have written it"


def test_a_question_is_asked_again_about_the_paper_that_was_chosen(engine: Engine) -> None:
    papers = {paper.title: paper.paper_id for paper in engine.papers()}
    hum = next(i for title, i in papers.items() if title.startswith("HiveHum"))
    answer = _asked(engine, "Who wrote the ninth one?", Choices(), Asked(BEES), about=hum)
    assert [citation.paper.paper_id for citation in answer.citations] == [hum]
    assert "Tom Field" in answer.text
    assert "Read as about “HiveHum" in answer.notes[0]
    gone = _asked(engine, "Who wrote the ninth one?", Choices(), Asked(BEES), about="abs:0")
    assert gone.text == "Which paper do you mean?"


def test_a_pointer_at_nothing_names_the_papers_last_shown(engine: Engine) -> None:
    shown = [citation.paper for citation in engine.ask(BEES).citations]
    beyond = engine.ask("Who wrote the ninth one?", [BEES])
    assert beyond.reason == "Which paper do you mean?"
    assert list(beyond.closest) == shown[:3]
    later = engine.ask("What does it report?", [BEES, "What about the moons of Pluto?"])
    assert later.reason == "Which paper do you mean?" or later.citations
    assert not later.closest or list(later.closest) == shown[:3]
    assert engine.ask("What does it report?").closest == ()


@contextmanager
def _generated(sample_index: Path, reply: str) -> Iterator[tuple[Engine, ScriptedServer]]:
    with ScriptedServer(says(reply)) as server:
        settings = Settings(
            _env_file=None, openai_base_url=server.address, retries=0, judge="off",
            unsupported="mark-all",
        )  # fmt: skip
        made = Engine(sample_index, settings)
        yield made, server
        made.index.close()


def test_where_no_model_is_wanted_none_is_asked(sample_index: Path) -> None:
    with _generated(sample_index, "SGIL is a method [1].") as (made, server):
        put = Asked("What is SGIL?", choices=Choices(quoted=True))
        *_, answer = made.stream(put)
        assert answer.mode == "extractive"
        assert made.changed_by(put, ()) == ("no model, as set",)
        made.introduction()
        made.follow_ups(put, (), answer)
        assert server.requests == [], "what is offered is tried without a model"
        made.ask("What is SGIL?")
        assert server.requests


def test_asked_strictly_a_model_shows_no_sentence_that_nothing_backs(sample_index: Path) -> None:
    reply = (
        "SGIL stands for Social Graph Invariant Learning [1]. "
        "It was praised by 900 juries on the moon [1]."
    )
    with _generated(sample_index, reply) as (made, _):
        marked = _asked(made, "What is SGIL?", Choices())
        assert "juries" in marked.text
        strict = _asked(made, "What is SGIL?", Choices(strictness="strict"))
        assert "Social Graph Invariant Learning" in strict.text
        assert "juries" not in strict.text


FIELDS: list[tuple[list[object], Choices]] = [
    ([], Choices()),
    (["model", "normal", None, None, "all"], Choices()),
    (["quotes", "strict", 2020, 2022, "10"], Choices(True, "strict", 2020, 2022, 10)),
    (["model", "lenient", 2022, 2020, "100"], Choices(False, "lenient", 2020, 2022, 100)),
    (["model", "normal", 2020.0, "2021", "7"], Choices(since=2020)),
    ([{}, ["strict"], True, float("nan"), None], Choices()),
    (["x", "y", -5, 10**9, "<b>", "more", "still more"], Choices()),
    ([None, None, float("inf"), 20.5, 10], Choices()),
]


@pytest.mark.parametrize(("values", "chosen"), FIELDS)
def test_what_a_browser_sends_is_read_as_choices_or_left_out(
    values: list[object], chosen: Choices
) -> None:
    assert choices(values) == chosen
    assert choices(fields_of(chosen)) == chosen


@pytest.mark.parametrize(
    ("span", "told"),
    [((None, None), ""), ((2020, 2020), "2020"), ((2020, None), "since 2020"),
     ((None, 2020), "up to 2020"), ((2019, 2020), "2019–2020")],
)  # fmt: skip
def test_a_span_of_years_is_told_in_words(span: tuple[int | None, int | None], told: str) -> None:
    assert span_of(*span) == told
