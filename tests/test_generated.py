"""A model writes, every sentence is checked before it is shown, and no failure leaves a gap."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Loaded before any deadline runs: this takes seconds, which are not the server's.
import openai.resources.chat.completions  # noqa: F401
import pytest
from pydantic import SecretStr
from scripted_server import DONE, Reply, ScriptedServer, event, refuses, says, streams

from app.answer import Answer
from app.engine import Engine
from app.generation import pipeline
from app.generation.draft import Draft, drafts
from app.settings import Settings
from ingest.servers.background import BEAT

KEY = "sk-proj-4711verysecret"
SOUND = "SGIL looks for preferences which stay stable within the given social graph [1]."
INVENTED = "SGIL improves recall by 12% on Epinions [1]."
VAGUE = "People dislike noisy networks of friends in general [1]."
QUESTION = "What is SGIL?"
COMPARED = "Compare SGIL and EgoBlind"
DATASET = "EgoBlind is a dataset that was collected from blind people [2]."
UNFOUND = "EgoBlind improves recall by 12% on Epinions [2]."
VIDEOS = "It has 1,210 videos in which real blind users record their daily lives [2]."
MARKER = re.compile(r"\[(\d+)\]")

Make = Callable[..., Engine]


@pytest.fixture
def make(sample_index: Path) -> Iterator[Make]:
    """An engine over the sample corpus that asks the given servers."""
    made: list[Engine] = []

    def engine(*servers: ScriptedServer | str, **settings: Any) -> Engine:
        listed = ",".join(s if isinstance(s, str) else s.address for s in servers)
        given = {"timeout": 5, "retries": 0, "judge": "off", **settings}
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


@pytest.fixture
def abstract(sample: Engine) -> str:
    """The abstract that answers the question."""
    return sample.ask(QUESTION).citations[0].paper.abstract


@pytest.fixture
def backing_words(abstract: str) -> str:
    """Words of the abstract that back the first sentence."""
    return abstract[abstract.index("stable within") :][:30]


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


def bare(*sentences: str) -> list[str]:
    """Sentences as they are shown, without their markers."""
    return [re.sub(r" \[\d\]", "", sentence) for sentence in sentences]


def test_a_sentence_about_one_of_another_paper_that_was_left_out_is_left_out_too(
    make: Make,
) -> None:
    again = "It has 3 reference answers for every question on average [2]."
    there = "There are 4,927 questions that blind people asked or verified [2]."
    with ScriptedServer(says(f"{SOUND} {DATASET} {VIDEOS}")) as server:
        kept = make(server).ask(COMPARED)
    assert [s.text for s in kept.sentences] == bare(SOUND, DATASET, VIDEOS)
    said = f"{SOUND} {UNFOUND} {VIDEOS}\nIn short:\n{again} {there}"
    with ScriptedServer(says(said)) as server:
        answers = list(make(server).stream(COMPARED))
    assert_contract(answers[-1])
    for answer in answers:
        assert {s.text for s in answer.sentences} <= {*bare(SOUND, there)}
    assert [s.text for s in answers[-1].sentences] == bare(SOUND, there)
    assert answers[-1].notes == (
        "1 sentence was left out: it said what no cited abstract holds.",
        "2 sentences were left out: it spoke of one that was left out.",
    )


def test_a_sentence_that_still_follows_one_on_its_own_paper_is_kept(make: Make) -> None:
    about = "It minimizes the invariant risk over several noisy environments [1]."
    with ScriptedServer(says(f"{SOUND} {INVENTED} {about}")) as server:
        answer = make(server).ask(QUESTION)
    assert [s.text for s in answer.sentences] == bare(SOUND, about)


@pytest.mark.parametrize("before", ["", f"{VAGUE} "])
def test_where_nothing_backed_stands_before_it_a_sentence_is_kept(make: Make, before: str) -> None:
    this = "This dataset has 1,210 videos in which real blind users record their daily lives [2]."
    it = "It was collected from blind people [2]."
    with ScriptedServer(says(f"{before}{INVENTED}\n- {this}\n- {it}")) as server:
        answer = make(server).ask(COMPARED)
    assert answer.mode == "generated"
    backed = [s.text for s in answer.sentences if s.status == "supported"]
    assert backed == bare(this, it)


def test_a_sentence_about_one_that_the_judge_took_away_goes_with_it(
    make: Make, backing_words: str
) -> None:
    def script(body: dict[str, Any]) -> Reply:
        said = [verdict(1, True, backing_words), verdict(2, False), verdict(3, True, "has 1,210")]
        if "response_format" in body:
            return says(json.dumps({"verdicts": said}))
        return says(f"{SOUND} {DATASET} {VIDEOS}")

    with ScriptedServer(script) as server:
        answer = make(server, judge="auto", unsupported="drop").ask(COMPARED)
    assert [s.text for s in answer.sentences] == bare(SOUND)
    assert "1 sentence was left out: it spoke of one that was left out." in answer.notes


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


def test_a_text_that_comes_letter_by_letter_is_read_no_more_than_once_a_beat(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(text: str, finished: bool) -> list[Draft]:
        read.append(text)
        return drafts(text, finished)

    monkeypatch.setattr(pipeline, "drafts", counted)
    started = time.monotonic()
    with ScriptedServer(says(SOUND * 10, size=1)) as server:
        answer = make(server).ask(QUESTION)
        taken = time.monotonic() - started
    assert len(answer.sentences) == 1
    assert len(read) <= taken / BEAT + 2


DRIP: list[bytes | float] = [block for _ in range(200) for block in (event("and "), 0.1)]


@pytest.mark.parametrize(
    "blocks",
    [
        [event(SOUND + " SGIL now minimizes "), *DRIP],
        [event(SOUND + " SGIL now minimizes "), 30.0],
        [event(reasoning_content="Hm."), event(SOUND + " And "), *DRIP],
    ],
)
def test_at_the_deadline_what_was_checked_is_kept_and_it_is_said(
    make: Make, blocks: list[bytes | float]
) -> None:
    with ScriptedServer(streams(blocks)) as server:
        engine = make(server, timeout=60, answer_seconds=1.5, judge="auto")
        list(engine.stream("hello"))
        answer = engine.ask(QUESTION)
        assert server.left.wait(2)
        assert len(server.requests) == 1  # no time is left for the judge
    assert_contract(answer)
    assert [s.text for s in answer.sentences] == [SOUND.replace(" [1]", "")]
    assert "ASKPAPERS_ANSWER_SECONDS sets it. What was written by then is shown." in answer.notes[0]
    assert "could not check" in answer.notes[-1]
    assert not any("said nothing" in note for note in answer.notes)
    assert answer.seconds["total"] < 5


def test_a_server_that_drips_until_the_deadline_gives_way_to_quotations(make: Make) -> None:
    with ScriptedServer(streams(DRIP)) as server:
        answer = make(server, timeout=60, answer_seconds=1.2).ask(QUESTION)
    assert answer.mode == "extractive"
    assert "ASKPAPERS_ANSWER_SECONDS" in answer.notes[-1]
    assert answer.seconds["total"] < 5


def test_one_deadline_holds_for_reading_writing_and_checking_together(make: Make) -> None:
    """Each request drips for less than the timeout; all of them together are too long."""
    full = json.dumps({"question": "How accurate are the best models on EgoBlind?"})
    said = "The best models reach an accuracy of about 56% on EgoBlind [1]. "

    def script(body: dict[str, Any]) -> Reply:
        first = "Earlier questions" in body["messages"][-1]["content"]
        return Reply([0.7, *says(full).blocks]) if first else streams([event(said + "And "), *DRIP])

    with ScriptedServer(script) as server:
        engine = make(server, timeout=60, answer_seconds=1.8)
        answer = engine.ask("How accurate are the best models on it?", ["What is EgoBlind?"])
        assert len(server.requests) == 2
    assert [s.text for s in answer.sentences] == [said.replace(" [1]", "").strip()]
    assert answer.seconds["total"] < 5


def test_a_judge_that_drips_is_not_waited_for_beyond_the_deadline(make: Make) -> None:
    def script(body: dict[str, Any]) -> Reply:
        return streams(DRIP) if "response_format" in body else says(SOUND)

    with ScriptedServer(script) as server:
        answer = make(server, timeout=60, answer_seconds=1.5, judge="auto").ask(QUESTION)
    assert [(s.status, s.checked) for s in answer.sentences] == [("supported", "words")]
    assert "could not check. The model was not done in the time" in answer.notes[-1]


def test_an_answer_that_a_filter_cuts_off_says_so_and_keeps_whole_sentences(make: Make) -> None:
    cut = says(f"{SOUND} SGIL now mini", finish="content_filter")
    with ScriptedServer(cut) as server:
        answer = make(server).ask(QUESTION)
    assert [s.text for s in answer.sentences] == [SOUND.replace(" [1]", "")]
    assert "content_filter" in answer.notes[0]


def test_an_answer_that_a_filter_holds_back_gives_way_to_quotations(make: Make) -> None:
    with ScriptedServer(streams([event("", finish="content_filter"), DONE])) as server:
        answer = make(server).ask(QUESTION)
    assert answer.mode == "extractive"
    assert "held the whole answer back (content_filter)" in answer.notes[-1]


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


SECOND = "SGIL minimizes the invariant risk over environments [1]."


def judging(*verdicts: dict[str, Any]) -> Callable[[dict[str, Any]], Reply]:
    """A writer of three sentences, and a judge of the first two that says these verdicts."""

    def script(body: dict[str, Any]) -> Reply:
        if "response_format" not in body:
            return says(f"{SOUND} {SECOND} {VAGUE}")
        return says(json.dumps({"verdicts": list(verdicts)}))

    return script


def verdict(sentence: int, backed: bool, words: str = "") -> dict[str, Any]:
    return {"sentence": sentence, "words": words, "backed": backed}


def test_the_model_checks_all_sentences_at_once_by_default_and_denies_some(
    make: Make, backing_words: str
) -> None:
    with ScriptedServer(judging(verdict(1, True, backing_words), verdict(2, False))) as server:
        answer = make(server, judge="auto", price_in=1, price_out=2).ask(QUESTION)
        writing, checking = server.requests
    assert_contract(answer)
    assert [s.status for s in answer.sentences] == ["supported", "marked", "marked"]
    assert [s.checked for s in answer.sentences] == ["words and model", "words and model", "words"]
    assert checking["model"] == writing["model"]
    prompt = checking["messages"][-1]["content"]
    assert (prompt.count("<paper "), prompt.count("<sentence ")) == (1, 2)
    assert 0 < answer.seconds["judge"] < answer.seconds["total"]
    assert re.search(
        r"checked 2 sentences too, in about \d+ tokens \(about \$0\.", str(answer.notes)
    )
    assert "1 of them was found not to be backed by what it cites." in answer.notes


@pytest.mark.parametrize(
    "verdicts",
    [
        [],
        [verdict(1, True), verdict(2, True, "no such words stand in the abstract")],
        [verdict(1, True, "SGIL"), verdict(0, False), verdict(3, False), {"sentence": "1"}],
        ["backed", None, {"sentence": 1, "backed": "no", "words": ""}],
    ],
)
def test_an_unread_verdict_backs_nothing_and_denies_nothing(make: Make, verdicts: Any) -> None:
    with ScriptedServer(judging(*verdicts)) as server:
        answer = make(server, judge="auto").ask(QUESTION)
    assert [s.status for s in answer.sentences] == ["supported", "supported", "marked"]
    assert {s.checked for s in answer.sentences} == {"words"}
    assert answer.notes[-1] == "2 verdicts could not be read, and counted for nothing."


def test_the_last_verdict_on_a_sentence_counts(make: Make, backing_words: str) -> None:
    said = [verdict(1, False), verdict(1, True, backing_words)]
    with ScriptedServer(judging(*said)) as server:
        answer = make(server, judge="auto").ask(QUESTION)
    assert [s.checked for s in answer.sentences] == ["words and model", "words", "words"]


def test_an_answer_of_which_the_judge_denies_all_gives_way_to_quotations(make: Make) -> None:
    with ScriptedServer(judging(verdict(1, False), verdict(2, False))) as server:
        answer = make(server, judge="auto").ask(QUESTION)
    assert answer.mode == "extractive"
    assert "No sentence that the model wrote" in answer.notes[-1]
    assert "judge" in answer.seconds


def test_what_the_judge_denies_is_dropped_where_nothing_is_to_be_marked(
    make: Make, backing_words: str
) -> None:
    with ScriptedServer(judging(verdict(1, True, backing_words), verdict(2, False))) as server:
        answer = make(server, judge="auto", unsupported="drop").ask(QUESTION)
    assert [s.status for s in answer.sentences] == ["supported"]


def test_sentences_are_shown_as_being_checked_until_the_judge_has_spoken(make: Make) -> None:
    with ScriptedServer(judging(verdict(2, False))) as server:
        *before, answer = make(server, judge="auto").stream(QUESTION)
    growing = [given for given in before if given.sentences]
    assert growing
    assert all(given.notes[-1].startswith("Being checked: ") for given in growing)
    assert [s.status for s in growing[-1].sentences] == ["supported", "supported"]
    assert [s.status for s in answer.sentences] == ["supported", "marked", "marked"]
    assert not any(note.startswith("Being checked") for note in answer.notes)


def test_a_quotation_needs_no_judge(make: Make, abstract: str) -> None:
    quoted = abstract[: abstract.index(". ")]
    with ScriptedServer(says(f"{quoted} [1].")) as server:
        answer = make(server, judge="auto").ask(QUESTION)
        assert len(server.requests) == 1
    assert [s.support for s in answer.sentences] == [1.0]


def test_words_cut_out_of_a_sentence_are_no_quotation(make: Make, abstract: str) -> None:
    whole = abstract[: abstract.index(". ")]
    said = f"{whole.partition(' ')[2]} [1]."

    def script(body: dict[str, Any]) -> Reply:
        denied = json.dumps({"verdicts": [verdict(1, False)]})
        return says(denied if "response_format" in body else f"{said} {SOUND}")

    with ScriptedServer(script) as server:
        answer = make(server, judge="auto").ask(QUESTION)
    assert [s.status for s in answer.sentences] == ["marked", "supported"]


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


@pytest.mark.parametrize("key", ["x", "test", "social", "none", KEY])
def test_an_answer_is_the_same_whatever_letters_the_key_has(sample_index: Path, key: str) -> None:
    with ScriptedServer(says(SOUND)) as server:
        given = {"openai_base_url": server.address, "retries": 0, "judge": "off"}
        engine = Engine(sample_index, Settings(**given, openai_api_key=SecretStr(key)))
        assert engine.ask(QUESTION).text == SOUND.replace(" [1].", ". [1]")
        engine.index.close()


def test_a_sentence_in_which_the_server_repeats_its_key_is_not_shown(make: Make) -> None:
    text = f"{SOUND} The key {KEY} opens the social graph of preferences [1]."
    with ScriptedServer(says(text)) as server:
        answers = list(make(server).stream(QUESTION))
    assert len(answers[-1].sentences) == 1
    assert not any("4711" in json.dumps(answer.as_json()) for answer in answers)


def test_a_judge_that_cannot_be_read_changes_nothing(make: Make) -> None:
    for verdict in (says("Well, maybe."), refuses(500)):

        def script(body: dict[str, Any], verdict: Reply = verdict) -> Reply:
            return verdict if body["model"] == "stern" else says(SOUND)

        with ScriptedServer(script) as server:
            answer = make(server, judge="stern").ask(QUESTION)
        assert [s.status for s in answer.sentences] == ["supported"]
        assert "stern" in answer.notes[0]


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
