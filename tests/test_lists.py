"""A list holds the papers that fit, each with its evidence, and nothing that a filter refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from answering_samples import BEES, cited, library, opened
from ingest_samples import entry, run, write_jsonl

from app.answer import Answer
from app.engine import Engine
from app.extractive.dispatch import Extractive
from app.extractive.list_answers import Page
from app.extractive.lists import MOST_PERHAPS, Lister, Match
from app.retrieval.similarity import WordMatcher
from app.settings import Settings
from app.understanding.question import Filters, Question, Word
from app.understanding.reading import read_alone
from ingest.records import Paper


def lines(answer: Answer) -> list[str]:
    return [line for line in answer.text.split("\n") if line.startswith("- ")]


@pytest.fixture(scope="module")
def lister(engine: Engine) -> Lister:
    settings = Settings(_env_file=None)
    return Lister(engine.index, WordMatcher(engine.index.embedding), settings)


def listed(lister: Lister, question: Question, within: Sequence[str] | None = None) -> list[Match]:
    matches = lister.matches(question, within)
    return lister.read(matches, range(len(matches.paper_ids)))


@pytest.mark.parametrize(
    "question",
    ["Which papers are about honey bees?", "honey bees", "How many papers are about honey bees?"],
)
def test_every_listed_paper_has_one_line_of_evidence(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert set(cited(answer)) <= BEES
    assert len(answer.citations) == len(lines(answer)) >= 2
    for citation, line in zip(answer.citations, lines(answer), strict=True):
        (quote,) = citation.quotes
        title = f"**{citation.paper.title}**"
        perhaps = "" if citation.sure else "perhaps "
        dated = f" ({citation.paper.year})" if citation.paper.year else ""
        assert line == f"- {perhaps}{title}{dated}: {quote.text} [{citation.number}]"


@pytest.mark.parametrize(("sure", "told"), [(0.6, True), (0.99, False)])
def test_a_list_that_is_not_surely_asked_for_shows_what_its_first_papers_tell(
    engine: Engine, sure: float, told: bool
) -> None:
    text = "honey bees counted at the entrance, how large is the error"
    extractive = Extractive(engine.index, Settings(_env_file=None), Page())
    read = read_alone(text, engine.index, Settings(_env_file=None))
    topic = tuple(Word(one) for one in ("honey", "bees", "counted", "entrance"))
    asked = replace(read, question=replace(read.question, act="list", sure=sure, words=topic))
    first = extractive.answer(asked).citations[0]
    assert first.paper.title.startswith("BeeCount")
    assert ("errs by 4.2%" in first.quotes[0].text) == told


def test_the_total_counts_the_sure_papers_only(engine: Engine) -> None:
    for topic in ("honey bees", "tides", "yeast"):
        answer = engine.ask(f"Which papers are about {topic}?")
        assert answer.total_matching
        assert answer.total_matching == sum(citation.sure for citation in answer.citations)


def test_a_topic_of_one_paper_is_a_list_of_one(engine: Engine) -> None:
    answer = engine.ask("Which papers are about sourdough?")
    assert cited(answer) == ["Cold Dough"]
    assert answer.text.startswith("1 paper matches:")
    assert answer.strength == "answered"


def test_a_name_alone_lists_its_papers_and_never_the_whole_collection(engine: Engine) -> None:
    assert cited(engine.ask("WaggleNet papers")) == ["WaggleNet: Reading the Dance of Honey Bees"]
    foreign = engine.ask("IROS papers")
    assert (foreign.strength, foreign.citations) == ("none", ())
    assert "mentions “IROS”" in (foreign.reason or "")


def test_papers_that_perhaps_belong_follow_the_sure_ones(lister: Lister) -> None:
    matches = listed(lister, Question("honey bees", "list", words=(Word("honey"), Word("bees"))))
    sure = [match.sure for match in matches]
    assert sure == sorted(sure, reverse=True)
    assert sure.count(False) <= MOST_PERHAPS
    chances = [match.chance for match in matches]
    assert chances == sorted(chances, reverse=True)


def test_evidence_is_a_whole_sentence_of_the_abstract(lister: Lister) -> None:
    asked = Question("tides", "list", words=(Word("tides"),))
    papers = [match.paper for match in listed(lister, asked)]
    assert papers
    for paper, (start, end) in zip(papers, lister.evidence(asked, papers), strict=True):
        assert paper.abstract[start:end].endswith(".")


def test_a_sentence_without_a_word_of_content_is_evidence_of_nothing(lister: Lister) -> None:
    abstract = "So what is it for? It is for tides in harbors."
    paper = Paper("x:1", abstract, "Tides")
    asked = Question("tides", "list", words=(Word("tides"),))
    [(start, end)] = lister.evidence(asked, [paper])
    assert abstract[start:end].startswith("It is for tides")


def test_evidence_is_looked_for_only_in_the_papers_that_are_shown(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    found = Lister.evidence

    def counted(self: Lister, question: Question, papers: Sequence[Paper], *more: Any) -> Any:
        read.append(len(papers))
        return found(self, question, papers, *more)

    monkeypatch.setattr(Lister, "evidence", counted)
    assert (engine.ask("List 2 papers since 2000").total_matching or 0) > 2
    assert read == [2]


def test_a_list_within_papers_holds_no_other(engine: Engine, lister: Lister) -> None:
    within = [paper.paper_id for paper in engine.index.catalog.papers()][:3]
    asked = Question("all", "list", filters=Filters(since=2000))
    found = {match.paper.paper_id for match in listed(lister, asked, within)}
    assert set() < found <= set(within)


def test_without_a_topic_the_filters_choose_for_certain(lister: Lister) -> None:
    matches = listed(lister, Question("all", "list", filters=Filters(since=2021)))
    years = sorted(match.paper.year or 0 for match in matches)
    assert years == [2021, 2022, 2023]
    assert all(match.sure for match in matches)


def test_what_a_question_leaves_out_is_not_listed(lister: Lister) -> None:
    asked = Question("bees", "list", words=(Word("honey"), Word("bees")), excluded=("microphones",))
    titles = [match.paper.title for match in listed(lister, asked)]
    assert titles
    assert not any(title.startswith("HiveHum") for title in titles)


# Asked in words


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
    assert answer.strength == "none"
    assert answer.total_matching == 0
    assert answer.reason == "No paper in this collection is by Marie Curie."


def test_an_author_and_a_topic_that_they_did_not_write_on_are_no_sure_match(
    engine: Engine,
) -> None:
    answer = engine.ask("Papers by Ana Ruiz on sourdough")
    assert answer.abstained
    assert answer.total_matching == 0


def test_only_a_link_counts_as_code(engine: Engine) -> None:
    answer = engine.ask("Which papers on honey bees link their code?")
    assert [title[:8] for title in cited(answer)] == ["BeeCount"]
    assert answer.filters == {"code": "linked"}


def test_without_is_the_complement_within_the_topic(engine: Engine) -> None:
    without = cited(engine.ask("Which papers on honey bees do not use microphones?"))
    assert without
    assert set(without) < BEES
    assert not any(title.startswith("HiveHum") for title in without)


def test_not_about_a_topic_lists_nothing_on_it(engine: Engine) -> None:
    answer = engine.ask("Which papers are not about honey bees?")
    assert not BEES & set(cited(answer))


def test_without_llms_lists_no_paper_that_uses_them(sample: Engine) -> None:
    using = set(cited(sample.ask("Which papers on recommendation use LLMs?")))
    without = set(cited(sample.ask("Which papers on recommendation do not use LLMs?")))
    assert len(without) > 3
    assert not without & using


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Which papers are about volcanoes?", "None of the 7 papers is on “volcanoes”."),
        (
            "Papers on honey bees since 2030",
            "None of the 7 papers is on “honey bees” and dated from 2030 or later.",
        ),
    ],
)
def test_an_empty_list_says_what_none_is_and_names_the_closest(
    engine: Engine, question: str, reason: str
) -> None:
    answer = engine.ask(question)
    assert answer.strength == "none"
    assert answer.total_matching == 0
    assert answer.reason == reason
    assert answer.closest
    assert not answer.citations


def test_a_list_of_which_nothing_is_sure_claims_no_match(tmp_path: Path) -> None:
    papers = [
        entry(2, title="Dyes", abstract="We study how contrast learning helps dyers tell blues."),
        entry(3, title="Wool", abstract="Learning to spin wool takes a year of winter evenings."),
    ]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", papers))
    settings = Settings(_env_file=None, listed_from=1.0, listed_near=0.0)
    engine = Engine(tmp_path / "index", settings)
    answer = engine.ask("Which papers are about spinning wool?")
    engine.index.close()
    assert answer.strength == "nearest"
    assert answer.total_matching == 0
    assert answer.text.startswith("No paper is surely on this; perhaps:")
    assert answer.citations
    assert [one["sure"] for one in answer.as_json()["citations"]] == [False] * len(lines(answer))


def test_a_wanted_number_of_papers_is_shown_and_all_are_counted(sample: Engine) -> None:
    all_ = sample.ask("Which papers are about recommendation?")
    answer = sample.ask("Show me 3 papers about recommendation")
    assert len(answer.citations) == 3
    assert answer.total_matching == all_.total_matching > 3
    assert f"The best 3 of {answer.total_matching} matching papers are shown." in answer.notes


def test_a_bare_topic_in_other_words_brings_the_paper_that_it_describes(engine: Engine) -> None:
    answer = engine.ask("rising bread left in a cold place overnight")
    assert [citation.paper.title for citation in answer.citations] == ["Cold Dough"]


def test_what_somebody_worked_on_is_a_list_of_their_papers(sample: Engine) -> None:
    answer = sample.ask("What did Richang Hong work on?")
    assert answer.kind == "list"
    assert answer.filters == {"authors": ["Richang Hong"]}
    assert answer.total_matching == sample.ask("papers by Richang Hong").total_matching


def test_a_topic_that_nothing_is_on_is_refused_rather_than_stretched(sample: Engine) -> None:
    answer = sample.ask("Which papers are about volcanic ash on alpine glaciers in winter?")
    assert answer.abstained
    assert answer.total_matching == 0


def test_opened_twice_a_list_is_the_same(sample: Engine, sample_index: Path) -> None:
    asked = "Which papers are about graph denoising?"
    with opened(sample_index) as other:
        assert other.ask(asked).text == sample.ask(asked).text


def test_the_pages_of_a_list_are_the_whole_of_it(sample_index: Path, sample: Engine) -> None:
    question = "Which papers are about recommendation?"
    whole = sample.ask(question)
    found: list[str] = []
    for offset in range(0, len(whole.citations), 4):
        with opened(sample_index, Page(offset, 4)) as engine:
            page = engine.ask(question)
        assert page.total_matching == whole.total_matching
        assert any("matching papers are shown" in note for note in page.notes)
        found += cited(page)
    assert found == cited(whole)


def test_a_page_beyond_the_end_says_so(sample_index: Path) -> None:
    with opened(sample_index, Page(1000, 4)) as engine:
        answer = engine.ask("Which papers are about recommendation?")
    assert not answer.citations
    assert any("there is none at place 1001" in note for note in answer.notes)


@pytest.mark.parametrize("question", ["list all papers", "Show me all papers you have."])
def test_a_list_without_a_topic_is_of_all_papers(engine: Engine, question: str) -> None:
    assert engine.ask(question).total_matching == 7


def test_papers_of_one_of_two_years_are_of_either(engine: Engine) -> None:
    answer = engine.ask("papers from 2021 or 2022")
    assert {citation.paper.year for citation in answer.citations} == {2021, 2022}


@pytest.mark.parametrize(
    "question",
    [
        "Which papers on honey bees are from 2018?",
        "How many papers on honey bees were published since 2023?",
        "Which papers on sourdough share their code?",
    ],
)
def test_a_filter_makes_no_paper_off_the_topic_a_match(engine: Engine, question: str) -> None:
    assert (engine.ask(question).strength, engine.ask(question).total_matching) == ("none", 0)


def test_words_of_a_filter_are_no_topic(engine: Engine) -> None:
    answer = engine.ask("Which papers on honey bees share their code?")
    assert [title[:8] for title in cited(answer)] == ["BeeCount"]


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("Which papers on honey bees are not from 2022?", {"BeeCount", "WaggleNe"}),
        ("Which papers on honey bees are not by Tom Field?", {"WaggleNe"}),
        ("Which papers on honey bees have no code?", {"HiveHum:", "WaggleNe"}),
        ("Which papers on honey bees were published in 2019–2022?", {"BeeCount", "HiveHum:"}),
        ("Papers on honey bees of 2018, 2019 and 2022", {"BeeCount", "HiveHum:"}),
    ],
)
def test_what_is_left_out_and_spans_of_years_are_read(
    engine: Engine, question: str, titles: set[str]
) -> None:
    assert {title[:8] for title in cited(engine.ask(question))} == titles


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("Export the ones from 2022 as BibTeX", ["HiveHum:"]),
        ("Order the ones since 2019 by year", ["HiveHum:", "BeeCount"]),
        ("Export them as BibTeX", ["BeeCount", "WaggleNe", "HiveHum:"]),
        ("Order them by title", ["BeeCount", "HiveHum:", "WaggleNe"]),
    ],
)
def test_of_the_last_list_those_that_are_asked_for_are_ordered_and_exported(
    engine: Engine, text: str, titles: list[str]
) -> None:
    answer = engine.ask(text, ["Which papers are about honey bees?"])
    assert [title[:8] for title in cited(answer)] == titles


def test_a_question_on_part_of_a_list_says_so(tmp_path: Path) -> None:
    with library(tmp_path):
        pass
    with opened(tmp_path / "index", Page(limit=1)) as made:
        answer = made.ask("How many of them are there?", ["Which papers are about honey bees?"])
        assert "Of those that were shown, 1 of 3." in answer.notes
