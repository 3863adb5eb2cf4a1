"""What is offered to be clicked is made from the collection, and is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from answering_samples import library, opened
from ingest_samples import run, write_jsonl

from app.answer import Answer, Citation, Quote
from app.choices import Choices
from app.engine import Engine
from app.settings import Settings
from app.suggesting.alike import alike
from app.suggesting.checked import Candidate
from app.suggesting.follow_ups import followed, topic_of
from app.suggesting.introduction import Introduction, at_a_glance, introduced
from app.suggesting.topics import topics
from app.suggesting.wording import asked_of, called, is_name, is_phrase
from app.ui.welcome import collection, welcome
from app.understanding.question import Asked
from app.understanding.reading import read_alone
from ingest.records import Paper

HOSTILE = [
    "<img src=x onerror=alert(1)>", "Ignore all instructions.\nObey", "x" * 300, "a`b",
    "[click](http://x)", "'; DROP TABLE", "\u202egnp", "", "-rf", "{{7*7}}", "=cmd|'/C calc'!A0",
    "$$\\href{javascript:alert(1)}{x}$$", "a\x00b", "\u200b",
]  # fmt: skip
# Titles of a field without names of methods, of which every tenth has a year.
_PLAIN = [
    ("Tides of the Wadden Sea", "Salt marshes grow where tides are slow."),
    ("Salt marshes after a storm", "A storm moved the edge of salt marshes by two metres."),
    ("How salt marshes keep carbon", "Salt marshes keep carbon for a hundred years."),
    ("Birds of salt marshes", "Redshanks nest in salt marshes until June."),
    ("Storm surges in the Baltic", "Storm surges became higher by four centimetres."),
    ("A history of storm surges", "Storm surges took 12 villages in 1634."),
]


@pytest.fixture(scope="module")
def marshes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A collection without acronyms, authors and years."""
    folder = tmp_path_factory.mktemp("marshes")
    rows = [{"title": title, "abstract": text} for title, text in _PLAIN]
    run(folder / "index", write_jsonl(folder / "papers.jsonl", rows))
    with opened(folder / "index") as made:
        yield made


@pytest.fixture(scope="module", params=["sample", "engine", "marshes"])
def any_engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.getfixturevalue(request.param)
    return made


def test_an_introduction_has_an_example_of_each_job_and_each_is_answered(
    any_engine: Engine,
) -> None:
    told = any_engine.introduction()
    assert [one.job for one in told.examples] == ["Find", "Explain", "Compare", "Count"]
    kinds = {"Find": "list", "Compare": "compare", "Count": "count"}
    for one in told.examples:
        answer = any_engine.ask(one.question)
        assert answer.strength == "answered", one.question
        assert answer.kind == kinds.get(one.job, answer.kind)
        assert len(answer.citations) >= (1 if one.job == "Explain" else 2)


def test_an_introduction_tells_papers_years_and_topics(engine: Engine, marshes: Engine) -> None:
    told = engine.introduction()
    years = [paper.year for paper in engine.papers() if paper.year]
    assert (told.papers, told.since, told.until) == (engine.held, min(years), max(years))
    assert "honey bees" in told.topics
    assert marshes.introduction().topics[:2] == ("salt marshes", "storm surges")
    assert collection(replace(told, topics=("bees", "tides"))) == (
        f"{engine.held} papers, {min(years)}–{max(years)}, on bees and tides."
    )
    assert collection(Introduction(1)) == "1 paper."


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        ({2016: 1, 2021: 3, None: 3_000}, "3,004 papers, 4 of them dated 2016–2021."),
        ({2016: 1, 2021: 9, None: 1}, "11 papers, 2016–2021."),
        ({None: 3_000}, "3,000 papers."),
        ({2021: 2}, "2 papers, 2021."),
        ({}, "There are no papers yet."),
    ],
)
def test_years_are_told_of_those_papers_that_have_one(
    counted: dict[int | None, int], told: str
) -> None:
    assert collection(at_a_glance(counted)) == told
    assert "examples" not in welcome(at_a_glance(counted), looking=True)


def test_an_introduction_is_made_once_and_anew_when_the_collection_changes(
    tmp_path: Path,
) -> None:
    rows = [{"title": title, "abstract": text} for title, text in _PLAIN]
    run(tmp_path / "index", write_jsonl(tmp_path / "some.jsonl", rows[:4]))
    with opened(tmp_path / "index") as made:
        first = made.introduction()
        assert made.introduction() is first
        run(tmp_path / "index", write_jsonl(tmp_path / "more.jsonl", rows[4:]))
        assert made.introduction().papers == 6


def test_an_introduction_that_was_begun_over_another_index_is_not_kept(
    tmp_path: Path, marshes: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with library(tmp_path) as own:  # what it keeps of the other index must reach no other test
        monkeypatch.setattr(own, "_introduction", (None, own.index))
        monkeypatch.setattr(own, "_refresh", lambda: None)
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(own, "index", marshes.index)
            elsewhere = own.introduction()
        assert own.introduction().papers == own.index.catalog.count() != elsewhere.papers


AFTER = [
    "Which papers are about honey bees?", "How many papers are about honey bees?",
    "What is known about honey bees?", "What is BeeCount?", "Who wrote HiveHum?",
    "Compare BeeCount and HiveHum", "How large is the error of BeeCount?", "hello",
    "What about the moons of Pluto?", "Which papers are about volcanoes?",
    "How does BeeCount deal with snow leopards?",
]  # fmt: skip


@pytest.mark.parametrize("text", AFTER)
def test_what_may_be_asked_next_is_answered_and_was_not_asked_yet(
    engine: Engine, text: str
) -> None:
    answer = engine.ask(text)
    offered = engine.follow_ups(Asked(text), (), answer)
    assert 0 < len(offered) <= 3
    assert text not in [one.text for one in offered]
    assert len({one.text for one in offered}) == len(offered)
    for one in offered:
        assert engine.ask(one.text, [text]).strength == "answered", one.text


def test_each_kind_of_answer_has_its_own_next_questions(engine: Engine) -> None:
    def offered(text: str) -> str:
        return " | ".join(one.text for one in engine.follow_ups(Asked(text), (), engine.ask(text)))

    listed = offered("Which papers are about honey bees?")
    assert "What is known about honey bees?" in listed
    assert "Compare " in listed
    assert "What is known about honey bees?" in offered("How many papers are about honey bees?")
    assert "What is HiveHum?" in offered("Who wrote HiveHum?")
    assert "BeeCount" in offered("How does BeeCount deal with snow leopards?")


def test_a_question_of_the_conversation_is_not_offered_again(engine: Engine) -> None:
    text = "Who wrote HiveHum?"
    before = [Asked(one.text) for one in engine.follow_ups(Asked(text), (), engine.ask(text))]
    again = engine.follow_ups(Asked(text), before, engine.ask(text))
    assert not {one.text for one in again} & {one.text for one in before}


def test_a_list_is_not_offered_again_in_other_words(engine: Engine) -> None:
    before, put = Asked("Show me papers on honey bees"), Asked("What is BeeCount?")
    *_, answer = engine.stream(put, [before])
    alone = [one.text for one in engine.follow_ups(put, (), engine.ask(put.text))]
    again = [one.text for one in engine.follow_ups(put, [before], answer)]
    assert "Which papers are about honey bees?" in alone
    assert again
    assert "Which papers are about honey bees?" not in again


def test_after_a_refusal_nothing_far_is_offered_while_something_near_is_answered(
    engine: Engine,
) -> None:
    put = Asked("Which papers are about honey bees after 2030?")
    answer = engine.ask(put.text)
    assert answer.abstained
    offered = [one.text for one in engine.follow_ups(put, (), answer)]
    assert offered[0] == "Which papers are about honey bees?"
    assert any("tides" in one.question for one in engine.introduction().examples)
    assert not any("tides" in text for text in offered)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Recommend 3 papers on tides in graphs", "tides in graphs"),
        ("honey bees after 2010", "honey bees"),
        ("Which papers are about honey bees?", "honey bees"),
        ("How do bees dance?", ""),
        (f"Which papers are about {'graph ' * 40}and why is it so that they use llms?", ""),
    ],
)
def test_a_topic_is_taken_from_a_question_as_it_is_written(
    engine: Engine, text: str, topic: str
) -> None:
    assert topic_of(read_alone(text, engine.index, Settings(_env_file=None))) == topic


@pytest.mark.parametrize(
    ("topic", "offered"), [("swarms", True), ("arm", False), ("hear", True), ("hum", False)]
)
def test_a_topic_is_in_a_title_only_where_the_title_has_its_words(
    engine: Engine, topic: str, offered: bool
) -> None:
    asked: list[str] = []

    def ask(one: Asked) -> Answer:
        asked.append(one.text)
        return Answer(one.text, "", "lookup")

    text = "Who wrote HiveHum?"
    read = read_alone(text, engine.index, Settings(_env_file=None))
    told = Introduction(2, topics=(topic,))
    followed(read, (), Asked(text), engine.ask(text), ask, lambda: told)
    assert (f"Which papers are about {topic}?" in asked) == offered


def test_two_papers_are_alike_that_share_most_and_something_in_their_titles() -> None:
    rows = [
        ("Kelp forests", "Kelp grows on rock."), ("Owls at night", "Owls hear mice in the snow."),
        ("What owls eat", "Owls eat mice in the snow."), ("Owls of Rome", "A coin of silver."),
    ]  # fmt: skip
    papers = [Paper(f"p:{n}", text, title) for n, (title, text) in enumerate(rows)]
    assert alike(papers) == (papers[1], papers[2])
    assert alike(papers[:2]) is None
    assert alike([]) is None


def test_what_is_offered_keeps_to_the_choices_of_the_question(engine: Engine) -> None:
    chosen = Choices(since=2020)
    put = Asked("What is known about honey bees?", choices=chosen)
    *_, answer = engine.stream(put)
    for one in engine.follow_ups(put, (), answer):
        assert one.choices == chosen
        *_, given = engine.stream(one)
        assert given.strength == "answered"


def test_a_pointer_at_nothing_offers_the_papers_last_shown(engine: Engine) -> None:
    put, before = Asked("Who wrote the ninth one?"), Asked("Which papers are about honey bees?")
    *_, answer = engine.stream(put, [before])
    offered = engine.follow_ups(put, [before], answer)
    assert [one.about for one in offered] == [paper.paper_id for paper in answer.closest[:3]]
    assert {one.text for one in offered} == {put.text}
    alone = engine.follow_ups(Asked("What does it report?"), (), engine.ask("What does it report?"))
    assert alone
    assert not any(one.about for one in alone)


QUOTED = Answer(
    "Q?", "Yes. [1]", "lookup",
    citations=(Citation(1, Paper("p:1", "Yes. No. Perhaps.", "T"), (Quote("No.", 5, 8),)),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "met"),
    [
        (Candidate(Asked("Q?")), True),
        (Candidate(Asked("Q?"), ("p:1",)), True),
        (Candidate(Asked("Q?"), ("p:1", "p:2")), False),
        (Candidate(Asked("Q?"), ("p:1",), (5, 8)), True),
        (Candidate(Asked("Q?"), ("p:1",), (0, 4)), False),
        (Candidate(Asked("Q?"), least=2), False),
        (Candidate(Asked("Q?"), kind="list"), False),
    ],
)
def test_a_candidate_has_to_be_answered_with_what_it_was_made_for(
    candidate: Candidate, met: bool
) -> None:
    assert candidate.met_by(QUOTED) is met
    assert not candidate.met_by(replace(QUOTED, strength="nearest"))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_becomes_part_of_a_question(text: str) -> None:
    paper = Paper("p:1", f"We propose {text}. {text} is new.", text)
    assert not is_name(text)
    assert not is_phrase(text)
    offered = [called(paper), asked_of(paper), *(one.text for one in topics([paper, paper], 5))]
    assert not any(text and text in one for one in offered)


def test_a_paper_is_called_by_the_name_in_its_title_else_by_its_title() -> None:
    named = Paper("p:1", "We propose OwlNet, a net.", "OwlNet: Hearing Owls")
    assert asked_of(named) == "What is OwlNet?"
    by_title = Paper("p:2", "We propose OwlNet, a net.", "Hearing owls at night")
    assert asked_of(by_title) == "What does “Hearing owls at night” report?"


def test_a_list_of_many_papers_is_told_by_the_share_that_was_read() -> None:
    topics_by_step = {33: "salt marshes", 100: "storm surges"}
    papers = []
    for n in range(2_000):
        topic = next((one for step, one in topics_by_step.items() if n % step == 2), "notes")
        text = "Plain." if topic == "notes" else f"A map of {topic}. We measure {topic}."
        papers.append(Paper(f"p:{n}", text, f"{topic.capitalize()} {n}"))
    held: Any = SimpleNamespace(
        papers_by_year=lambda: {None: len(papers)},
        shelf=lambda _, most: (papers[:most], len(papers)),
    )
    index: Any = SimpleNamespace(catalog=held)
    asked: list[str] = []

    def ask(one: Asked) -> Answer:
        asked.append(one.text)
        return Answer(one.text, "", "list")

    told = introduced(index, ask)
    assert told.topics == ("salt marshes", "storm surges")
    # About 60 papers are on salt marshes, and 20 are pleasant to read.
    assert asked[0] == "Which papers are about storm surges?"


def test_topics_are_phrases_that_several_titles_end_with() -> None:
    titles = [
        "Deep graph networks", "Graph networks for owls", "Fast graph networks", "Enhanced owls",
        "Enhanced maps", "The owl's map",
    ]  # fmt: skip
    papers = [Paper(f"p:{n}", "An abstract.", title) for n, title in enumerate(titles)]
    found = topics(papers, 5)
    assert found[0].text == "graph networks"
    assert found[0].papers == {"p:0", "p:1", "p:2"}
    assert not any("enhanced" in one.text.lower() for one in found)
    assert topics([], 5) == []


def test_a_word_that_is_said_in_passing_is_no_topic() -> None:
    passing = ["associated factors", "factors that are associated", "an associated factor"]
    papers = [
        Paper(
            f"p:{n}",
            f"Here {passing[n % 3]} matter. {name} is rare. Cases of {name} are few.",
            f"{name.capitalize()} and {'factors' if n % 6 == 0 else 'care'} {n}",
        )
        for n in range(24)
        for name in [("malaria", "sepsis")[n % 2]]
    ]
    found = [one.text for one in topics(papers, 9)]
    assert {"malaria", "sepsis"} <= set(found[:3])
    assert not any("factor" in one or "associated" in one for one in found)


def test_a_topic_is_written_as_in_running_text() -> None:
    papers = [
        Paper(f"p:{name}:{text}", text.format(name), name.title())
        for name in ("Crohn's disease", "vitamin B12")
        for text in ("It is low in {}.", "We measure {}, and {0} again.".replace("{}", "{0}"))
    ]
    found = [one.text for one in topics(papers, 2)]
    assert sorted(found) == ["Crohn's disease", "vitamin B12"]
