"""An overview, a claim and advice are told in sentences of the papers on the topic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from answering_samples import BEES, cited

from app.engine import Engine
from app.extractive.lists import Lister, Matches
from app.extractive.overview import MOST_ADVISED, MOST_REPORTED, tell
from app.extractive.sentences import SentenceReader
from app.retrieval.similarity import WordMatcher
from app.understanding.entities import Linked
from app.understanding.question import Question, Word
from app.understanding.reading import Read
from ingest.records import Paper

KNOWN = "What is known about honey bees?"
CLAIM = "Is it true that salt slows the growth of yeast?"
ADVICE = "What should I read first about honey bees?"


@pytest.mark.parametrize("question", [KNOWN, ADVICE])
def test_an_overview_tells_a_sentence_of_each_paper_on_the_topic(
    engine: Engine, question: str
) -> None:
    answer = engine.ask(question)
    assert (answer.kind, answer.strength) == ("overview", "answered")
    assert set(cited(answer)) <= BEES
    assert [len(citation.quotes) for citation in answer.citations] == [1] * len(answer.sentences)


def test_an_overview_says_on_how_many_papers_it_rests(engine: Engine) -> None:
    answer = engine.ask(KNOWN)
    count = len(answer.citations)
    assert any(note.startswith(f"{count} papers of 7 on this topic") for note in answer.notes)


def test_a_claim_is_left_for_the_reader_to_judge(engine: Engine) -> None:
    answer = engine.ask(CLAIM)
    assert answer.kind == "overview"
    assert cited(answer) == ["Cold Dough"]
    assert "for you to judge" in answer.text.split("\n")[0]


def test_the_sentence_beside_a_claim_is_the_one_nearest_to_it(engine: Engine) -> None:
    assert "Salt slows the yeast further." in engine.ask(CLAIM).text


def test_advice_names_few_papers_with_what_they_do(engine: Engine) -> None:
    answer = engine.ask(ADVICE)
    assert 0 < len(answer.citations) <= MOST_ADVISED
    assert "to read:" in answer.text.split("\n")[0]
    assert all(f"**{title}**" in answer.text for title in cited(answer))


def test_an_overview_of_a_wide_topic_shows_its_best_papers_only(sample: Engine) -> None:
    answer = sample.ask("What is known about recommendation?")
    assert answer.kind == "overview"
    assert 0 < len(answer.citations) <= MOST_REPORTED
    assert any("on this topic" in note for note in answer.notes)


@pytest.mark.parametrize(
    "question",
    [
        "What is known about volcanoes?",
        "Is it true that volcanoes warm the stratosphere?",
        "What should I read about volcanoes?",
    ],
)
def test_nothing_is_told_of_a_topic_that_no_paper_is_on(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.abstained
    assert answer.reason


def test_limits_are_told_by_the_sentences_that_speak_of_them(sample: Engine) -> None:
    answer = sample.ask("What are the limitations of LLM recommenders?")
    assert answer.text.startswith("What the papers on this say of limits and open problems:")
    assert len(answer.citations) > 1


def test_an_aspect_that_no_paper_speaks_of_is_said_before_what_they_report(engine: Engine) -> None:
    answer = engine.ask("Where do papers disagree on honey bees?")
    assert answer.text.startswith("None speaks of disagreement; what they report:")
    assert set(cited(answer)) <= BEES


def test_advice_by_title_is_in_the_order_of_titles_whatever_the_years(engine: Engine) -> None:
    bees = (Word("honey"), Word("bees"))
    asked = Question("What should I read on bees?", act="advice", words=bees, order="title")
    answer = engine._extractive().answer(Read(asked, Linked()))
    titles = [citation.paper.title for citation in answer.citations]
    assert len(titles) > 1
    assert titles == sorted(titles, key=str.casefold)


def test_an_overview_reads_no_more_papers_than_it_tells_of(engine: Engine) -> None:
    reader = SentenceReader(engine.index, WordMatcher(engine.index.embedding))
    question = Question("What is known about owls?", act="overview", wanted=2)
    papers = (Paper(f"x:{number}", "Owls fly.", f"P{number}") for number in range(9))
    told = tell(reader, reader.wanted(question, Linked()), question, papers)
    assert [line.paper.paper_id for line in told.lines] == ["x:0", "x:1"]
    assert next(papers).paper_id == "x:2"


def test_what_perhaps_belongs_does_not_push_out_an_older_paper_that_surely_does(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Lister.matches

    def oldest_is_sure(self: Lister, *asked: Any) -> Matches:
        matches = found(self, *asked)
        years = engine.index.catalog.years(matches.paper_ids)
        ids = sorted(years, key=lambda one: years[one] or 9_999)
        return replace(matches, paper_ids=ids, chances=np.ones(len(ids)), sure=1)

    monkeypatch.setattr(Lister, "matches", oldest_is_sure)
    answer = engine.ask("What are the latest findings on honey bees?")
    years = [one.paper.year for one in answer.citations if one.paper.year]
    assert [one.sure for one in answer.citations[:2]] == [True, False]
    assert years[0] == min(years) < years[1]
