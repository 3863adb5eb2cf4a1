"""A model judges a list paper by paper; only a verbatim quote lets a judgement count."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

# Loaded before any deadline runs: this takes seconds, which are not the server's.
import openai.resources.chat.completions  # noqa: F401
import pytest
from answering_samples import library
from scripted_server import Reply, ScriptedServer, event, refuses, says, streams

from app.answer import Answer
from app.engine import Engine
from app.generation.list_judge import ListJudge, read_verdicts
from app.generation.prompts import TokenGauge
from app.generation.task import Task
from app.generation.verbatim import quoted_span
from app.llm.client import ChatModel
from app.llm.deadline import Deadline
from app.settings import Settings
from ingest.errors import ServerError
from ingest.records import Paper

QUESTION = "Which papers use LLMs for recommendation?"
PAPER = re.compile(
    r'<paper number="(\d+)">\nTitle: ([^\n]*)\n.*?Abstract: ([^\n]*)\n</paper>', re.S
)
Judgement = Callable[[int, str, str], dict[str, Any]]
ABSTRACT = "Tides [1] are slow. We <b>predict</b> tides for 1,250 harbors.  Storms\nare harder."


def judging(judgement: Judgement) -> Callable[[dict[str, Any]], Reply]:
    def script(body: dict[str, Any]) -> Reply:
        found = PAPER.findall(body["messages"][1]["content"])
        return says(
            json.dumps({"judgements": [judgement(int(n), title, text) for n, title, text in found]})
        )

    return script


def ask(server: ScriptedServer, index: Path, **settings: Any) -> list[Answer]:
    given = {"timeout": 5, "retries": 0, **settings}
    return list(Engine(index, Settings(openai_base_url=server.address, **given)).stream(QUESTION))


def on_llms(number: int, _: str, text: str) -> dict[str, Any]:
    match = "LLM" in text and "recommend" in text
    return {"paper": number, "match": match, "quote": text.partition(". ")[0] if match else ""}


@pytest.fixture(scope="module")
def by_words(sample_index: Path) -> Answer:
    return Engine(sample_index, Settings()).ask(QUESTION)


def test_the_list_is_of_the_papers_that_were_judged_to_match(sample_index: Path) -> None:
    with ScriptedServer(judging(on_llms)) as server:
        *before, answer = ask(server, sample_index)
        assert len(server.requests) == 5
    assert (answer.mode, answer.kind) == ("generated", "list")
    assert answer.text.startswith(f"40 papers were judged; {answer.total_matching} papers match:")
    assert answer.total_matching == len(answer.citations) == len(answer.sentences) >= 8
    for citation in answer.citations:
        assert "LLM" in citation.paper.abstract
        quote = citation.quotes[0]
        assert citation.paper.abstract[quote.start : quote.end] == quote.text
    assert any("has judged 16 of 40 papers" in note for a in before for note in a.notes)


def test_at_the_deadline_the_papers_judged_so_far_count_and_words_decide_on_the_others(
    sample_index: Path, by_words: Answer
) -> None:
    listed = [citation.paper for citation in by_words.citations]

    def script(body: dict[str, Any]) -> Reply:
        drip: list[bytes | float] = [block for _ in range(100) for block in (event(" "), 0.1)]
        late = listed[0].abstract[:40] in body["messages"][1]["content"]
        return streams(drip) if late else judging(on_llms)(body)

    with ScriptedServer(script) as server:
        *_, answer = ask(server, sample_index, answer_seconds=2.5, timeout=60, parallel=5)
        assert server.left.wait(8)
    assert answer.mode == "generated"
    assert answer.text.startswith("32 papers were judged; ")
    said = " ".join(answer.notes)
    assert "ASKPAPERS_ANSWER_SECONDS sets it. 8 papers were left to words and meaning." in said
    assert "could not be judged" not in said
    assert listed[0] in [citation.paper for citation in answer.citations]
    assert answer.seconds["total"] < 6


def test_a_quote_that_is_not_in_the_abstract_voids_the_judgement(
    sample_index: Path, by_words: Answer
) -> None:
    def invents(number: int, _: str, __: str) -> dict[str, Any]:
        return {"paper": number, "match": True, "quote": "This sentence stands in no abstract."}

    with ScriptedServer(judging(invents)) as server:
        *_, answer = ask(server, sample_index)
    papers = [citation.paper for citation in by_words.citations]
    assert [citation.paper for citation in answer.citations] == papers
    assert "40 papers could not be judged" in answer.notes[-1]


def test_a_reply_that_cannot_be_read_voids_only_the_judgements_in_it(
    sample_index: Path, by_words: Answer
) -> None:
    first = by_words.citations[0].paper

    def script(body: dict[str, Any]) -> Reply:
        unread = first.abstract[:40] in body["messages"][1]["content"]
        return says("Well, most of them match.") if unread else judging(on_llms)(body)

    with ScriptedServer(script) as server:
        *_, answer = ask(server, sample_index)
    assert answer.mode == "generated"
    assert answer.text.startswith("32 papers were judged; ")
    assert first in [citation.paper for citation in answer.citations]
    assert "8 papers could not be judged" in answer.notes[-1]


def test_judgements_about_other_papers_count_for_nothing(sample_index: Path) -> None:
    def elsewhere(number: int, _: str, text: str) -> dict[str, Any]:
        return {"paper": number + 90, "match": True, "quote": text.partition(". ")[0]}

    with ScriptedServer(judging(elsewhere)) as server:
        *_, answer = ask(server, sample_index)
    assert "could not be judged" in answer.notes[-1]


FAILURES: dict[str, Any] = {
    "500": refuses(500),
    "gibberish": says("I think that most of them match, my friend."),
    "hang": streams([30.0]),
    "wrong shape": says('{"judgements": "all"}'),
    "nothing matches": judging(lambda n, _, __: {"paper": n, "match": False, "quote": ""}),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_on_any_failure_the_list_by_words_stands(
    failure: str, sample_index: Path, by_words: Answer
) -> None:
    with ScriptedServer(FAILURES[failure]) as server:
        *_, answer = ask(server, sample_index, timeout=0.7)
    assert (answer.text, answer.total_matching) == (by_words.text, by_words.total_matching)
    assert answer.mode == "extractive"
    assert len(answer.notes) == len(by_words.notes) + 1


def test_a_list_longer_than_can_be_judged_stays_as_it_is_and_says_so(by_words: Answer) -> None:
    longer = replace(by_words, total_matching=len(by_words.citations) + 1)
    papers = tuple(citation.paper for citation in longer.citations)
    with ScriptedServer(refuses(500)) as server:
        settings = Settings(openai_base_url=server.address)
        judge = ListJudge(settings, ChatModel(settings), TokenGauge())
        (answer,) = judge.judge(Task(QUESTION, "list", papers, longer, Deadline.after(30)))
        assert not server.requests
    assert answer.text == by_words.text
    assert answer.notes[-1].startswith("More papers match than")


def test_batches_shrink_when_the_model_cannot_read_so_many(
    sample_index: Path, by_words: Answer
) -> None:
    listed = len(by_words.citations)

    def script(body: dict[str, Any]) -> Reply:
        papers = body["messages"][1]["content"].count("<paper ")
        return refuses(400, "context length") if papers > 3 else judging(on_llms)(body)

    with ScriptedServer(script) as server:
        *_, answer = ask(server, sample_index, judged_papers=listed - 1)
        assert max(prompt.count("<paper ") for prompt in server.prompts[-3:]) == 3
    assert answer.mode == "generated"
    assert answer.text.startswith(f"{listed} papers were judged")  # no fewer than the words listed


def test_a_run_over_the_limit_is_announced_before_it_starts(sample_index: Path) -> None:
    with ScriptedServer(judging(on_llms)) as server:
        first, *_ = ask(server, sample_index, announced_tokens=500, price_in=1.0)
    assert re.search(r"about [\d,]+ tokens in 5 requests \(at most about \$", " ".join(first.notes))


def test_no_more_papers_are_judged_than_the_setting_allows(sample_index: Path) -> None:
    with ScriptedServer(judging(on_llms)) as server:
        ask(server, sample_index, judged_papers=0)
        assert not server.requests


def test_a_list_of_some_papers_tells_one_count_of_those_that_match(sample_index: Path) -> None:
    with ScriptedServer(judging(on_llms)) as server:
        engine = Engine(sample_index, Settings(openai_base_url=server.address, retries=0))
        *before, answer = engine.stream("Show three papers that use LLMs for recommendation")
    assert (answer.mode, len(answer.citations)) == ("generated", 3)
    told = [note for note in answer.notes if "matching papers are shown" in note]
    assert told == [f"The best 3 of {answer.total_matching} matching papers are shown."]
    assert any("matching papers are shown" in note for note in before[0].notes)


def test_where_papers_stay_unjudged_the_count_by_words_of_a_list_of_some_is_kept_and_told(
    sample_index: Path,
) -> None:
    question = "Show three papers that use LLMs for recommendation"
    by_words = Engine(sample_index, Settings()).ask(question)

    def script(body: dict[str, Any]) -> Reply:
        found = PAPER.findall(body["messages"][1]["content"])
        shown = by_words.citations[0].paper.title in [title for _, title, _ in found]
        return judging(on_llms)(body) if shown else says("Well, most of them match.")

    with ScriptedServer(script) as server:
        engine = Engine(sample_index, Settings(openai_base_url=server.address, retries=0))
        answer = engine.ask(question)
    assert (answer.mode, len(answer.citations)) == ("generated", 3)
    assert answer.total_matching == by_words.total_matching == 9
    told = [note for note in answer.notes if "matching papers are shown" in note]
    assert told == ["The best 3 of 9 matching papers are shown."]
    assert "Not all papers were judged. By words and meaning, 9 papers match." in answer.notes


@pytest.mark.parametrize(
    "question",
    [
        "Who works on honey bees?",
        "How many papers on honey bees are there per year?",
        "List the papers on honey bees, oldest first.",
        "Export the papers on honey bees as BibTeX.",
    ],
)
def test_what_is_arranged_by_records_is_not_made_a_list_by_the_model(
    tmp_path: Path, question: str
) -> None:
    with library(tmp_path) as engine:
        by_records = engine.ask(question)
    every = judging(lambda n, _, text: {"paper": n, "match": True, "quote": text.split(". ")[0]})
    with ScriptedServer(every) as server:
        engine = Engine(tmp_path / "index", Settings(openai_base_url=server.address, retries=0))
        answer = engine.ask(question)
        engine.close()
    assert (answer.text, answer.notes) == (by_records.text, by_records.notes)
    assert by_records.total_matching


def test_verdicts_are_read_from_inside_prose_and_thoughts() -> None:
    papers = [Paper("abs:1", ABSTRACT, "Tides"), Paper("abs:2", ABSTRACT, "Tides")]
    listed = [
        {"paper": 1, "match": True, "quote": "Tides (1) are slow."},
        {"paper": 2, "match": True, "quote": "too short"},
        {"paper": 2, "match": False, "quote": ""},
        {"paper": 0, "match": True, "quote": "Tides (1) are slow."},
        {"paper": True, "match": True, "quote": "Tides (1) are slow."},
        "nonsense",
    ]
    reply = f"<think>{{}}</think>Here: ```json\n{json.dumps({'judgements': listed})}\n```"
    assert read_verdicts(reply, papers) == {"abs:1": (0, 19), "abs:2": None}
    with pytest.raises(ServerError):
        read_verdicts("no JSON here", papers)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Tides [1] are slow.", "Tides [1] are slow."),
        ("‹b›predict‹/b› tides for 1,250 harbors", "We <b>predict</b> tides for 1,250 harbors."),
        ("Storms are harder.", "Storms\nare harder."),
        ("Tides are slow, we say.", None),
        ("tides for 1,251 harbors", None),
        ("slow", None),
        (7, None),
    ],
)
def test_a_quote_leads_to_its_whole_sentence(quote: object, found: str | None) -> None:
    span = quoted_span(quote, ABSTRACT)
    assert (ABSTRACT[slice(*span)] if span else None) == found
