"""A follow-up in the light of the answer before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from answering_samples import opened
from hypothesis import given
from hypothesis import strategies as st

from app.engine import Engine
from app.settings import Settings
from app.understanding.combining import narrowed
from app.understanding.entities import Linked
from app.understanding.followups import (
    about,
    as_list,
    lacks_subject,
    may_continue,
    points_back,
    resolve,
)
from app.understanding.question import ON_PAPERS, Filters, Question, Word
from app.understanding.reading import Context, Read, read_alone
from ingest.records import Paper

_FILTERS = st.builds(
    Filters,
    st.none() | st.integers(1990, 2030),
    st.none() | st.integers(1990, 2030),
    st.sampled_from([(), ("Le Wu",), ("Bo Chen",)]),
    st.sampled_from(["", "TOIS"]),
    st.sampled_from(["", "linked", "promised"]),
)
_LIST = "Which papers use LLMs for recommendation?"
SHOWN = tuple(Paper(f"p:{n}", f"Paper {n}.", f"Paper {n}") for n in range(5))
Reading = Callable[[str], Read]


@pytest.fixture(scope="module")
def engine(sample_index: Path) -> Iterator[Engine]:
    with opened(sample_index) as made:
        yield made


@pytest.fixture(scope="module")
def reading(engine: Engine) -> Reading:
    return lambda text: read_alone(text, engine.index, Settings(_env_file=None))


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("Who wrote it?", True),
        ("Which of them use graphs?", True),
        ("show more", True),
        ("And IBMRec?", True),
        ("Who wrote the second one?", True),
        ("newest first", True),
        ("export as BibTeX", True),
        ("What is SGIL?", False),
        ("Does SGIL share its code?", False),
        ("Which papers use graphs?", False),
        ("", False),
    ],
)
def test_a_question_that_cannot_be_read_alone_points_back(
    reading: Reading, text: str, back: bool
) -> None:
    assert points_back(reading(text)) is back


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("Who wrote it?", True),
        ("show more", True),
        ("newest first", True),
        ("And IBMRec?", False),
        ("Which papers use graphs?", False),
        ("count the ones that deal with French", False),
        ("only the ones on graphs", False),
        ("which of them?", True),
        ("hello", False),
    ],
)
def test_a_question_that_points_at_nothing_lacks_its_subject(
    reading: Reading, text: str, lacks: bool
) -> None:
    assert lacks_subject(reading(text)) is lacks


def test_a_detail_may_be_about_what_was_just_spoken_of_unless_it_names_something(
    reading: Reading,
) -> None:
    assert may_continue(reading("How accurate are the best models?"))
    assert not may_continue(reading("How accurate are the best models on EgoBlind?"))
    assert not may_continue(reading("How accurate is Blorbnet?"))
    assert not may_continue(reading("Which papers use graphs?"))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Who wrote it?", [0]),
        ("Who wrote the second one?", [1]),
        ("Tell me about the last one", [4]),
        ("What does [3] report?", [2]),
    ],
)
def test_it_is_the_first_paper_shown_unless_a_place_is_said(
    reading: Reading, text: str, places: list[int]
) -> None:
    [read] = resolve(reading(text), reading(_LIST), SHOWN)
    assert read.context == Context(focus=tuple(SHOWN[place] for place in places))


def test_a_place_beyond_the_end_is_unclear(reading: Reading) -> None:
    [read] = resolve(reading("Tell me about paper 99"), reading(_LIST), SHOWN)
    assert read.context == Context(unclear=True)


@pytest.mark.parametrize("text", ["Who wrote it?", "Tell me about the last one", "newest first"])
def test_where_nothing_was_shown_nothing_is_pointed_at(reading: Reading, text: str) -> None:
    [read] = resolve(reading(text), reading(_LIST), ())
    assert read.context == Context(unclear=True)


@pytest.mark.parametrize(
    "text",
    ["Which of them use graphs?", "only those after 2020", "newest first", "export as BibTeX"],
)
def test_a_list_of_them_is_within_the_papers_shown(reading: Reading, text: str) -> None:
    [read] = resolve(reading(text), reading(_LIST), SHOWN)
    assert read.context == Context(within=SHOWN)
    assert read.question.act in ON_PAPERS


@pytest.mark.parametrize(
    ("before", "text", "in_full"),
    [
        ("What is SGIL?", "And IBMRec?", "What is IBMRec?"),
        ("Does SGIL share code?", "What about IBMRec?", "Does IBMRec share code?"),
        ("What is SGIL?", "And Blorbnet?", "What is Blorbnet?"),
        ("papers by Le Wu", "And Richang Hong?", "papers by Richang Hong"),
        ("papers by Le Wu", "And Jane Blorb?", "papers by Jane Blorb"),
        ("papers on graphs", "and fairness?", "papers on graphs and fairness"),
        ("papers on graphs in medicine", "And about fairness?", "papers on graphs in fairness"),
        ("papers on graphs in medicine", "and in schools?", "papers on graphs in schools"),
        ("papers on graphs", "and on fairness?", "papers on fairness"),
        ("papers on graphs for bees", "what about with owls?", "papers on graphs for bees, owls"),
        ("papers on graphs", "show more", "papers on graphs"),
        ("papers on graphs", "and since 2023?", "papers on graphs since 2023"),
        ("papers on graphs since 2020", "and on owls?", "papers on owls since 2020"),
    ],
)
def test_a_changed_part_changes_the_question_before(
    reading: Reading, before: str, text: str, in_full: str
) -> None:
    read, *_ = resolve(reading(text), reading(before), SHOWN)
    full = reading(in_full)
    assert read.question.act == full.question.act
    assert {word.text for word in read.question.words} == {w.text for w in full.question.words}
    assert read.question.filters == full.question.filters
    assert [e.name for e in read.linked.own()] == [e.name for e in full.linked.own()]
    assert read.linked.unknown == full.linked.unknown
    assert read.linked.authors == full.linked.authors
    assert read.context == Context()


def test_the_names_of_a_changed_question_are_where_its_text_has_them(reading: Reading) -> None:
    compared = reading("Compare SGIL and 3SHNet.")
    read, *_ = resolve(reading("And IBMRec?"), compared, SHOWN)
    assert [e.name for e in read.linked.own()] == ["SGIL", "IBMRec"]
    for entity in read.linked.own():
        assert read.question.text[slice(*entity.span)] == entity.name


def test_a_topic_that_nothing_joins_to_the_one_before_takes_its_place(reading: Reading) -> None:
    _, other = resolve(reading("and fairness?"), reading("papers on graphs"), SHOWN)
    assert [word.text for word in other.question.words] == ["fairness"]


def test_where_no_paper_was_shown_a_detail_is_asked_with_the_question_before(
    reading: Reading,
) -> None:
    [read] = resolve(
        reading("and how many nurses?"), reading("What percentage of bees return?"), ()
    )
    assert {"bees", "nurses"} <= {word.text for word in read.question.words}


def test_how_many_after_a_name_is_asked_of_the_same_paper(reading: Reading) -> None:
    [read] = resolve(reading("and how many datasets?"), reading("What is SGIL?"), SHOWN[:1])
    assert read.context == Context(focus=SHOWN[:1])


@given(st.lists(st.integers(1, 9) | st.just(-1), min_size=1, max_size=4), st.integers(0, 5))
def test_places_are_papers_shown_or_unclear(places: list[int], count: int) -> None:
    asked = Read(Question("", places=tuple(places)), Linked())
    [read] = resolve(asked, asked, SHOWN[:count])
    context = read.context
    expected = [SHOWN[:count][p - 1 if p > 0 else p] for p in places if p <= count and count]
    assert list(context.focus) == expected
    assert context.unclear is not bool(expected)


@given(_FILTERS, _FILTERS)
def test_filters_that_are_set_win_and_the_others_stay(one: Filters, other: Filters) -> None:
    both = narrowed(one, other)
    kept, own = one.less(("years",)).as_dict(), other.less(("years",)).as_dict()
    assert both.less(("years",)).as_dict() == kept | own
    assert narrowed(both, other) == both


@given(_FILTERS, _FILTERS)
def test_years_of_a_follow_up_hold_and_never_leave_a_span_without_years(
    one: Filters, other: Filters
) -> None:
    both = narrowed(one, other)
    if other.years:
        assert other.since in (None, both.since)
        assert other.until in (None, both.until)
    else:
        assert (both.since, both.until) == (one.since, one.until)
    for before in (one, other):
        if before.since and before.until and before.since > before.until:
            return
    assert both.since is None or both.until is None or both.since <= both.until


def test_an_end_after_a_beginning_adds_to_it_and_another_beginning_replaces_both() -> None:
    since, until = Filters(since=2018), Filters(until=2021)
    assert narrowed(since, until) == Filters(since=2018, until=2021)
    assert narrowed(Filters(since=2021, until=2021), since) == since
    assert narrowed(until, Filters(since=2022)) == Filters(since=2022)


def test_a_question_within_a_list_becomes_one_that_chooses_papers() -> None:
    asked = Question("", act="metadata", attribute="code")
    assert as_list(asked) == replace(asked, act="list", attribute="")
    for act in ON_PAPERS:
        assert as_list(replace(asked, act=act)).act == act


def test_an_answer_in_a_conversation_is_that_of_the_question_in_full(engine: Engine) -> None:
    follow = engine.ask("And IBMRec?", ["What is SGIL?"])
    assert follow.text == engine.ask("What is IBMRec?").text
    assert "IBMRec" in follow.text
    assert follow.question == "And IBMRec?"


def test_a_question_without_a_conversation_that_points_back_is_not_answered(
    engine: Engine,
) -> None:
    assert engine.ask("Who wrote it?").abstained
    assert engine.ask("Tell me about the last one", [""]).abstained


def test_a_part_of_a_list_lies_within_it(engine: Engine) -> None:
    before = "Which papers are about recommendation?"
    every = {citation.paper.paper_id for citation in engine.ask(before).citations}
    some = engine.ask("Which of them use LLMs?", [before])
    assert some.kind == "list"
    assert {citation.paper.paper_id for citation in some.citations} < every


def test_a_question_about_a_paper_that_was_shown_carries_the_words_of_its_title() -> None:
    paper = Paper("p:9", "Owls hunt mice.", "Owls in Snow")
    question = about(Question("How many took part in snow?", words=(Word("snow"),)), paper)
    assert [word.text for word in question.words] == ["snow", "owls"]
    assert about(Question("What did it find?"), paper).words == ()


@pytest.mark.parametrize(
    "text",
    [
        "What did the one from 2022 find?",
        "who wrote the 2022 one?",
        "the 2022 paper, how many patients?",
    ],
)
def test_a_year_says_which_of_the_papers_shown_is_meant(reading: Reading, text: str) -> None:
    dated = tuple(replace(paper, year=2020 + place) for place, paper in enumerate(SHOWN))
    [read] = resolve(reading(text), reading(_LIST), dated)
    assert read.context.focus == dated[2:3]
    assert not read.question.filters.as_dict()


def test_a_year_that_none_of_them_is_of_says_nothing(reading: Reading) -> None:
    [read] = resolve(reading("What did the one from 1912 find?"), reading(_LIST), SHOWN)
    assert read.context.focus == SHOWN[:1]
