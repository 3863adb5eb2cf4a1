"""A model writes, every sentence is checked before it is shown, and no failure leaves a gap."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from scripted_server import DONE, Reply, ScriptedServer, event, refuses, says, streams

from app.engine import Engine
from app.records import Answer
from app.settings import Settings

KEY = "sk-proj-4711verysecret"
SOUND = "SGIL looks for preferences which stay stable within the given social graph [1]."
INVENTED = "SGIL improves recall by 12% on Epinions [1]."
VAGUE = "People dislike noisy networks of friends in general [1]."
QUESTION = "What is SGIL?"
MARKER = re.compile(r"\[(\d+)\]")

Make = Callable[..., Engine]


@pytest.fixture
def make(sample_index: Path) -> Iterator[Make]:
    """An engine over the sample corpus that asks the given servers."""
    made: list[Engine] = []

    def engine(*servers: ScriptedServer | str, **settings: Any) -> Engine:
        listed = ",".join(s if isinstance(s, str) else s.address for s in servers)
        given = {"timeout": 5, "retries": 0, **settings}
        made.append(
            Engine(
                sample_index,
                Settings(openai_base_url=listed, openai_api_key=SecretStr(KEY), **given),
            )
        )
        return made[-1]

    yield engine
    for each in made:
        each.index.close()


def assert_contract(answer: Answer) -> None:
    """Markers and citations agree, quotes are verbatim; only a marked sentence cites nothing."""
    cited = {citation.number for citation in answer.citations}
    assert {int(n) for n in MARKER.findall(answer.text)} == cited
    assert {n for sentence in answer.sentences for n in sentence.citations} == cited
    for sentence in answer.sentences:
        assert sentence.text in answer.text
        assert bool(sentence.citations) != (sentence.status == "marked")
    for citation in answer.citations:
        assert citation.quotes or citation.fields
        for quote in citation.quotes:
            assert citation.paper.abstract[quote.start : quote.end] == quote.text


def test_a_sound_sentence_is_shown_with_its_quote(make: Make) -> None:
    with ScriptedServer(says(SOUND, usage=(600, 20))) as server:
        answer = make(server).ask(QUESTION)
    assert_contract(answer)
    assert (answer.mode, answer.kind, answer.question) == ("generated", "definition", QUESTION)
    assert answer.text == SOUND.replace(" [1].", ". [1]")
    assert "stay stable within the given social graph" in answer.citations[0].quotes[0].text
    assert answer.notes == ()


def test_an_invented_number_is_dropped_and_a_vague_sentence_marked(make: Make) -> None:
    with ScriptedServer(says(f"{SOUND} {INVENTED} {VAGUE}")) as server:
        answer = make(server).ask(QUESTION)
    assert_contract(answer)
    assert [sentence.status for sentence in answer.sentences] == ["supported", "marked"]
    assert answer.text.endswith("in general. (not found in the abstract)")
    assert "12%" not in answer.text
    assert len(answer.notes) == 2


def test_a_marker_that_resolves_to_nothing_is_removed(make: Make) -> None:
    text = "SGIL minimizes the invariant risk over all noisy social environments [9]."
    with ScriptedServer(says(text)) as server:
        answer = make(server).ask(QUESTION)
    assert_contract(answer)
    assert [s.status for s in answer.sentences] == ["reattributed"]
    assert "[9]" not in answer.text
    assert "citation of the paper that backs it" in answer.notes[0]


def test_thoughts_are_never_shown(make: Make) -> None:
    for text in (
        f"<think>EgoBlind has 1,210 videos [1].</think>{SOUND}",
        f"I should say that EgoBlind has 1,210 videos [1].</think>{SOUND}",
        f"{SOUND} <think>EgoBlind has 1,210 videos",
        f"[THINK]EgoBlind has 1,210 videos [1].[/THINK]{SOUND}",
        f"{SOUND} [THINK]EgoBlind has 1,210 videos",
        f"◁think▷EgoBlind has 1,210 videos [1].◁/think▷{SOUND}",
        f"<|channel|>analysis<|message|>EgoBlind has 1,210 videos [1].<|end|>"
        f"<|start|>assistant<|channel|>final<|message|>{SOUND}",
    ):
        with ScriptedServer(says(text)) as server:
            answer = make(server).ask(QUESTION)
        assert answer.text == SOUND.replace(" [1].", ". [1]")


def test_an_answer_without_a_backed_sentence_gives_way_to_quotations(make: Make) -> None:
    with ScriptedServer(says(f"{INVENTED} {VAGUE}")) as server:
        engine = make(server)
        answer = engine.ask(QUESTION)
    assert_contract(answer)
    assert answer.mode == "extractive"
    assert "SGIL" in answer.text
    assert "No sentence that the model wrote" in answer.notes[-1]


def test_a_model_that_finds_no_answer_says_so_and_quotations_come(make: Make) -> None:
    with ScriptedServer(says("NOT FOUND")) as server:
        answer = make(server).ask(QUESTION)
    assert answer.mode == "extractive"
    assert "found no answer" in answer.notes[-1]


FAULTS: dict[str, Reply] = {
    "401": refuses(401, f"bad key {KEY}"),
    "404": refuses(404),
    "429": refuses(429, Retry_After="60"),
    "500": refuses(500),
    "hang": streams([30.0]),
    "hang in mid-stream": streams([event(SOUND + " And"), 30.0]),
    "cut": streams([event(SOUND + " And")], cut=True),
    "malformed": streams([b"data: {nonsense\n\n"]),
    "empty": streams([event("", finish="stop"), DONE]),
    "tool call": streams([event(tool_calls=[{}], finish="tool_calls"), DONE]),
    "always too long": refuses(400, "maximum context length is 512 tokens"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_server_gives_way_to_quotations_and_a_plain_reason(
    fault: str, make: Make
) -> None:
    with ScriptedServer(FAULTS[fault]) as server:
        engine = make(server, timeout=0.7)
        list(engine.stream("hello"))
        started = time.monotonic()
        answers = list(engine.stream(QUESTION))
        assert time.monotonic() - started < 5
    assert_contract(answers[-1])
    assert answers[-1].mode == "extractive"
    assert "SGIL" in answers[-1].text
    assert "This answer quotes the abstracts instead." in answers[-1].notes[-1]
    assert KEY not in json.dumps([answer.as_json() for answer in answers])


def test_sentences_appear_as_soon_as_they_are_checked(make: Make) -> None:
    second = "SGIL minimizes the invariant risk over several noisy environments [1]."
    blocks = [event(SOUND + " SGIL now "), 0.6, event("minimizes"), 0.0]
    blocks += [event(second.removeprefix("SGIL minimizes"), finish="stop"), DONE]
    with ScriptedServer(streams(blocks)) as server:
        answers = list(make(server).stream(QUESTION))
    counts = [len(answer.sentences) for answer in answers]
    assert counts == sorted(counts)
    assert counts.count(1) >= 2  # shown, and shown again while the server is silent
    assert counts[-1] == 2
    for answer in answers[:-1]:
        assert_contract(answer)


def test_closing_the_stream_ends_the_request(make: Make) -> None:
    with ScriptedServer(streams([event(SOUND + " And so"), 30.0])) as server:
        answers = make(server, timeout=60).stream(QUESTION)
        for answer in answers:
            if answer.sentences:
                break
        answers.close()
        assert server.left.wait(2)


def test_an_endless_answer_is_cut_to_what_was_checked(make: Make) -> None:
    blocks = [event(f"{SOUND} ")] + [event("and so on ")] * 3_000
    with ScriptedServer(streams(blocks)) as server:
        answer = make(server, max_tokens=60).ask(QUESTION)
    assert_contract(answer)
    assert [s.text for s in answer.sentences] == [SOUND.replace(" [1]", "")]
    assert any("cut off" in note for note in answer.notes)


def test_a_prompt_that_is_too_long_loses_its_last_papers_and_is_sent_again(make: Make) -> None:
    def script(body: dict[str, Any]) -> Reply:
        papers = body["messages"][1]["content"].count("<paper ")
        return says("MoLoRec merges parameters [1].") if papers < 4 else refuses(400, "n_ctx 900")

    with ScriptedServer(script) as server:
        make(server).ask("How can a model follow changing interests of its users?")
        counts = [prompt.count("<paper ") for prompt in server.prompts]
    assert counts[0] == 8
    assert counts[-1] < 4
    assert counts == sorted(counts, reverse=True)
    firsts = [prompt.split("</paper>")[0] for prompt in server.prompts]
    assert len(set(firsts)) == 1  # the best paper stays


def test_papers_beyond_the_context_window_are_left_out_and_it_is_said(make: Make) -> None:
    reply = says("MoLoRec merges the domain-general and the domain-specific part [1].")
    with ScriptedServer(reply) as server:
        engine = make(server, context_window=1_500, max_tokens=300)
        answers = list(engine.stream("How can a model follow changing interests of its users?"))
        assert 0 < server.prompts[0].count("<paper ") < 8
    assert re.search(r"\d abstracts? did not fit", answers[0].notes[0])


def test_an_abstention_is_overturned_only_by_a_backed_sentence(make: Make) -> None:
    question = "What is the boiling temperature of liquid recommenders?"
    with ScriptedServer(says("They boil at a comfortable temperature [1].")) as server:
        answer = make(server).ask(question)
        first = re.search(r"^Abstract: (.*?)[.] ", server.prompts[0], re.MULTILINE)
    assert answer.abstained
    assert answer.mode == "extractive"
    assert first is not None
    backed = f"{first[1]} [1]."
    with ScriptedServer(says(f"{backed} {VAGUE}")) as server:
        answer = make(server).ask(question)
    assert_contract(answer)
    assert [sentence.status for sentence in answer.sentences] == ["supported"]
    assert not answer.abstained


def test_an_unknown_name_stays_unanswered_and_nothing_is_sent(make: Make) -> None:
    with ScriptedServer(says("ZyphraNet is a network [1].")) as server:
        answer = make(server).ask("What is ZyphraNet?")
        assert not server.requests
    assert answer.abstained


def test_records_and_smalltalk_need_no_model(make: Make) -> None:
    with ScriptedServer(says("Nobody wrote it.")) as server:
        engine = make(server)
        assert "Xu" in engine.ask("Who wrote the paper on GMViT?").text
        assert engine.ask("hello").kind == "smalltalk"
        assert not server.requests


def test_a_follow_up_is_sent_as_a_full_question_and_shown(make: Make) -> None:
    full = json.dumps({"question": "How accurate are the best models on EgoBlind?"})
    reply = says("The best models reach an accuracy of about 56% on EgoBlind [1].")
    with ScriptedServer(says(full), reply) as server:
        answer = make(server).ask("How accurate are the best models on it?", ["What is EgoBlind?"])
        assert "What is EgoBlind?" in server.prompts[0]
        assert "How accurate are the best models on EgoBlind?" in server.prompts[1]
    assert_contract(answer)
    assert "56%" in answer.text
    assert any("How accurate are the best models on EgoBlind?" in note for note in answer.notes)


@pytest.mark.parametrize(
    "rewriting",
    ["gibberish", json.dumps({"question": "How accurate is ZyphraNet in 2031?"}), "{}"],
)
def test_a_rewriting_that_brings_in_something_new_is_not_used(rewriting: str, make: Make) -> None:
    reply = says("The best models reach an accuracy of about 56% [1].")
    with ScriptedServer(says(rewriting), reply) as server:
        answer = make(server).ask("How accurate are the best models on it?", ["What is EgoBlind?"])
        assert "ZyphraNet" not in server.prompts[-1]
    assert "56%" in answer.text
    assert "ZyphraNet" not in " ".join(answer.notes)


def test_a_dead_server_is_waited_for_once_in_a_follow_up(make: Make) -> None:
    with ScriptedServer(streams([30.0])) as server:
        engine = make(server, timeout=0.7)
        engine.ask("hello")
        started = time.monotonic()
        answer = engine.ask("How accurate are the best models on it?", ["What is EgoBlind?"])
        assert time.monotonic() - started < 3
        assert len(server.requests) == 1
    assert "56%" in answer.text
    assert "said nothing" in answer.notes[-1]


def test_the_judge_can_only_take_support_away(make: Make) -> None:
    def script(body: dict[str, Any]) -> Reply:
        if body["model"] != "stern":
            return says(f"{SOUND} SGIL minimizes the invariant risk over environments [1]. {VAGUE}")
        return says(json.dumps({"backed": "stay stable" in body["messages"][1]["content"][-150:]}))

    with ScriptedServer(script) as server:
        answer = make(server, judge="stern").ask(QUESTION)
    assert_contract(answer)
    assert [s.status for s in answer.sentences] == ["supported", "marked", "marked"]


def test_stopping_while_the_judge_thinks_ends_its_request(make: Make) -> None:
    def script(body: dict[str, Any]) -> Reply:
        return streams([30.0]) if body["model"] == "stern" else says(f"{SOUND} And so on it goes.")

    with ScriptedServer(script) as server:
        answers = make(server, judge="stern", timeout=60).stream(QUESTION)
        for _ in answers:
            if any(body["model"] == "stern" for body in server.requests):
                break
        stopped = time.monotonic()
        answers.close()
        assert server.left.wait(2)
        assert time.monotonic() - stopped < 2


def test_a_key_that_a_server_repeats_is_not_shown(make: Make) -> None:
    text = f"{SOUND} The key {KEY} opens the social graph of preferences [1]."
    with ScriptedServer(says(text)) as server:
        answers = list(make(server, unsupported="mark-all").stream(QUESTION))
    assert len(answers[-1].sentences) == 2
    assert not any("4711" in json.dumps(answer.as_json()) for answer in answers)


def test_a_judge_that_cannot_be_read_changes_nothing(make: Make) -> None:
    for verdict in (says("Well, maybe."), refuses(500)):

        def script(body: dict[str, Any], verdict: Reply = verdict) -> Reply:
            return verdict if body["model"] == "stern" else says(SOUND)

        with ScriptedServer(script) as server:
            answer = make(server, judge="stern").ask(QUESTION)
        assert [s.status for s in answer.sentences] == ["supported"]


def test_a_long_run_is_announced_with_its_tokens_and_price(make: Make) -> None:
    with ScriptedServer(says(SOUND)) as server:
        engine = make(server, announced_tokens=50, price_in=2.0, price_out=8.0)
        first = next(iter(engine.stream(QUESTION)))
    assert re.search(
        r"reads about \d+ tokens in 1 request \(at most about \$0\.0\d+\)", first.notes[0]
    )


def test_without_a_server_nothing_is_sent(sample_index: Path) -> None:
    with ScriptedServer(says(SOUND)) as server:
        settings = Settings(openai_base_url=server.address, mode="extractive")
        assert Engine(sample_index, settings).ask(QUESTION).mode == "extractive"
        assert not server.requests
