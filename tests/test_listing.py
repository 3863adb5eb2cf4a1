"""A list holds every paper that fits, each with its evidence, and nothing that a filter refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from answering_samples import BEES, cited, opened
from ingest_samples import entry, run, write_jsonl

from app.engine import Engine
from app.extractive.lists import Match, gives_code, main_sentence, own_part, passes, sure_or_near
from app.records import Answer
from app.understanding.filters import Filters
from ingest.records import Paper

LINK = "Owls fly. The code is at https://github.com/owl/net."
PROMISE = "Owls fly. We will release our code soon. Mice hide."
OWLS = Paper("x:1", LINK, "Owls", authors=("Ann Owl", "Bo Mouse"), year=2020)


def lines(answer: Answer) -> list[str]:
    return [line for line in answer.text.split("\n") if line.startswith("- ")]


@pytest.mark.parametrize(
    "question",
    ["Which papers are about honey bees?", "honey bees", "How many papers are about honey bees?"],
)
def test_every_paper_on_a_topic_is_listed_with_one_line_of_evidence(
    engine: Engine, question: str
) -> None:
    answer = engine.ask(question)
    assert set(cited(answer)) == BEES
    assert answer.total_matching == len(answer.citations) == len(lines(answer)) == 3
    assert answer.text.startswith("3 papers match:")
    for citation, line in zip(answer.citations, lines(answer), strict=True):
        (quote,) = citation.quotes
        assert line == f"- **{citation.paper.title}**: {quote.text} [{citation.number}]"


def test_a_topic_of_one_paper_is_a_list_of_one(engine: Engine) -> None:
    answer = engine.ask("Which papers are about sourdough?")
    assert cited(answer) == ["Cold Dough"]
    assert answer.text.startswith("1 paper matches:")


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("papers on honey bees since 2020", "HiveHum: Hearing a Swarm Before It Leaves"),
        ("papers on honey bees before 2020", "BeeCount: Counting Honey Bees at the Hive"),
    ],
)
def test_a_filter_on_years_leaves_out_undated_papers_and_counts_them(
    engine: Engine, question: str, title: str
) -> None:
    answer = engine.ask(question)
    assert cited(answer) == [title]
    assert answer.total_matching == 1
    (note,) = answer.notes
    assert note.startswith("1 matching paper has no recorded year")


def test_a_filter_on_years_says_nothing_of_undated_papers_off_the_topic(engine: Engine) -> None:
    answer = engine.ask("papers on tides since 2022")
    assert cited(answer) == ["Sampling the Sea"]
    assert answer.notes == ()


def test_a_year_alone_lists_all_papers_of_that_year(engine: Engine) -> None:
    answer = engine.ask("Which papers are from 2021?")
    assert cited(answer) == ["HarborNet: Tides from Graphs"]
    assert answer.filters == {"since": 2021, "until": 2021}


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("Which papers did Tom Field write?", {"BeeCount: Cou", "HiveHum: Hear"}),
        ("Which papers did Ana Ruiz write with Tom Field?", {"BeeCount: Cou"}),
        ("Papers on tides by Ana Ruiz", {"HarborNet: Ti"}),
        ("Which papers by Ana Ruiz are about bees?", {"BeeCount: Cou"}),
    ],
)
def test_an_author_is_a_filter_that_is_applied_for_certain(
    engine: Engine, question: str, titles: set[str]
) -> None:
    answer = engine.ask(question)
    assert {title[:13] for title in cited(answer)} == titles
    assert answer.total_matching == len(titles)


def test_papers_of_a_stranger_are_none(engine: Engine) -> None:
    answer = engine.ask("Papers by Marie Curie")
    assert answer.abstained
    assert answer.total_matching == 0
    assert answer.reason == "No paper in this collection is by Marie Curie."


def test_only_a_link_counts_as_code(engine: Engine) -> None:
    answer = engine.ask("Which papers on honey bees link their code?")
    assert [title[:8] for title in cited(answer)] == ["BeeCount"]
    assert answer.filters == {"code": "linked"}


def test_without_is_the_complement_within_the_topic(engine: Engine) -> None:
    with_, without = "honey bees with microphones", "honey bees without microphones"
    assert {title[:7] for title in cited(engine.ask(with_))} == {"HiveHum"}
    assert set(cited(engine.ask(without))) == BEES - set(cited(engine.ask(with_)))


def test_who_says_to_do_without_a_thing_is_not_on_it(tmp_path: Path) -> None:
    papers = [
        entry(
            0, title="Kites A", abstract="We measure the wind with kites. No anemometer is needed."
        ),
        entry(
            1,
            title="Kites B",
            abstract="We measure the wind with kites. Anemometers check the kites.",
        ),
    ]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", papers))
    with opened(tmp_path / "index") as engine:
        answer = engine.ask("Which papers measure wind without anemometers?")
    assert cited(answer) == ["Kites A"]


def test_a_turn_of_phrase_names_no_topic(tmp_path: Path) -> None:
    papers = [
        entry(
            2, title="Dyes", abstract="We study how contrast learning helps dyers tell blues apart."
        ),
        entry(
            3, title="Wool", abstract="In contrast to others, learning to spin wool takes a year."
        ),
    ]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", papers))
    with opened(tmp_path / "index") as engine:
        assert cited(engine.ask("papers on contrast learning")) == ["Dyes"]


def test_either_of_two_new_things_may_be_proposed(tmp_path: Path) -> None:
    papers = [
        entry(4, title="Reels", abstract="We present a light fishing reel for cold nights."),
        entry(5, title="Hooks", abstract="In this paper, we present a barbless hook for trout."),
    ]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", papers))
    with opened(tmp_path / "index") as engine:
        answer = engine.ask("Which papers design a new winder or hook?")
    assert "Hooks" in cited(answer)


def test_not_about_a_topic_is_the_complement_within_the_collection(engine: Engine) -> None:
    answer = engine.ask("Which papers are not about honey bees?")
    assert not BEES & set(cited(answer))
    assert answer.total_matching == engine.index.catalog.count() - len(BEES)


def test_without_llms_is_the_complement_in_the_sample_too(sample: Engine) -> None:
    on = set(cited(sample.ask("Which papers are about recommendation?")))
    using = set(cited(sample.ask("Which papers on recommendation use LLMs?")))
    without = set(cited(sample.ask("recommendation without LLMs")))
    assert len(without) > 5
    assert not without & using
    assert without <= on


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Which papers are about volcanoes?", "None of the 7 papers is on “volcanoes”."),
        (
            "Papers on honey bees since 2030",
            "None of the 7 papers is on “honey bees” and dated from 2030 or later.",
        ),
        ("Papers by Ana Ruiz on sourdough", "None of the 7 papers is on “sourdough” and by Ana"),
    ],
)
def test_an_empty_list_says_what_none_is(engine: Engine, question: str, reason: str) -> None:
    answer = engine.ask(question)
    assert answer.abstained
    assert answer.total_matching == 0
    assert (answer.reason or "").startswith(reason)
    assert not answer.citations


@pytest.mark.parametrize(
    ("filters", "passed"),
    [
        (Filters(), True),
        (Filters(since=2020, until=2020), True),
        (Filters(since=2021), False),
        (Filters(until=2019), False),
        (Filters(authors=("Bo Mouse", "A. Owl")), True),
        (Filters(authors=("Bo Mouse", "Cy Snow")), False),
        (Filters(code="linked"), True),
        (Filters(code="promised"), False),
    ],
)
def test_a_paper_passes_only_where_it_meets_the_whole_filter(
    filters: Filters, passed: bool
) -> None:
    assert passes(OWLS, filters) is passed


def test_a_paper_without_a_year_fails_every_filter_on_years() -> None:
    undated = replace(OWLS, year=None)
    assert passes(undated, Filters())
    assert not passes(undated, Filters(since=1900))
    assert not passes(undated, Filters(until=2100))


def test_a_promise_is_no_link_and_a_link_is_no_promise() -> None:
    promise = replace(OWLS, abstract=PROMISE)
    assert gives_code(OWLS, "linked")
    assert not gives_code(OWLS, "promised")
    assert gives_code(promise, "promised")
    assert not gives_code(promise, "linked")


def test_the_main_sentence_is_the_one_that_proposes() -> None:
    paper = Paper("x:2", "Tides turn. Buoys drift in storms. We propose a calm schedule.", "T")
    start, end = main_sentence(paper)
    assert paper.abstract[start:end] == "We propose a calm schedule."
    assert own_part(paper) == start


def test_the_main_sentence_is_the_first_where_none_proposes() -> None:
    paper = Paper("x:3", "Tides turn twice a day. Storms come later.", "T")
    assert paper.abstract[slice(*main_sentence(paper))] == "Tides turn twice a day."
    assert own_part(paper) == 0


def test_a_venue_is_a_filter() -> None:
    assert not passes(OWLS, Filters(venue="ICRA"))
    assert passes(replace(OWLS, venue="2023 Conference on Robots (ICRA)"), Filters(venue="ICRA"))


def test_a_bare_topic_that_no_paper_meets_whole_is_answered_as_a_question(engine: Engine) -> None:
    answer = engine.ask("rising bread left in a cold place overnight")
    assert answer.kind == "lookup"


def test_what_somebody_worked_on_is_a_list_of_their_papers(sample: Engine) -> None:
    answer = sample.ask("What did Richang Hong work on?")
    assert answer.kind == "list"
    assert answer.filters == {"authors": ["Richang Hong"]}
    assert answer.total_matching == sample.ask("papers by Richang Hong").total_matching


@pytest.mark.parametrize(
    ("strengths", "least", "kept"),
    [
        ([1.0, 0.6, 0.55, 0.4], 1.2, [0, 1]),
        ([1.0, 0.6, 0.55, 0.4], 0.0, [0]),
        ([0.6, 0.45, 0.3, 0.2], 1.2, [0, 1, 2]),
        ([0.5, 0.45, 0.3, 0.2], 1.2, []),
        ([], 1.2, []),
    ],
)
def test_what_retrieval_ranks_near_joins_a_list_that_found_something(
    strengths: list[float], least: float, kept: list[int]
) -> None:
    papers = [Paper(f"p{n}", "Tides.", "") for n in range(len(strengths))]
    weighed = [Match(p, s, 0, 6) for p, s in zip(papers, strengths, strict=True)]
    nearness = {paper.paper_id: 1.0 - 0.2 * place for place, paper in enumerate(papers)}
    if len(strengths) > 2:
        nearness["p2"] = 0.9 if strengths[0] == 0.6 else 0.6
    found = sure_or_near(weighed, nearness, least)
    assert [int(match.paper.paper_id[1:]) for match in found] == kept


def test_words_far_apart_and_turned_round_are_no_phrase(tmp_path: Path) -> None:
    papers = [
        entry(2, title="Ferries", abstract="A pricing plan of the port eases the priority option."),
        entry(3, title="Bread", abstract="We bake rye bread in clay ovens."),
    ]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", papers))
    with opened(tmp_path / "index") as engine:
        assert engine.ask("papers on option pricing").abstained
        assert cited(engine.ask("papers on pricing plans")) == ["Ferries"]
