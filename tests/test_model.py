"""Whatever the model server does: text, or one plain sentence, in time and without the key."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import SecretStr
from scripted_server import DONE, Reply, ScriptedServer, event, refuses, says, sse, streams

from app.llm.client import ChatModel
from app.llm.deadline import Deadline
from app.llm.errors import ContextOverflow, OutOfTime
from app.llm.protocol import Request
from app.settings import Settings
from ingest.errors import ServerError
from ingest.servers.background import BEAT
from ingest.servers.endpoints import addresses, shown

KEY = "sk-proj-4711verysecret"
ASKED = Request([{"role": "user", "content": "Say something about tides."}])


def model(*servers: ScriptedServer | str, **settings: Any) -> ChatModel:
    listed = ",".join(s if isinstance(s, str) else s.address for s in servers)
    given = {"timeout": 0.6, "retries": 0, "chat_model": "tiny-chat", **settings}
    return ChatModel(Settings(openai_base_url=listed, openai_api_key=SecretStr(KEY), **given))


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_answer_arrives_in_pieces_and_tokens_are_counted() -> None:
    with ScriptedServer(says("Tides follow the moon.", usage=(21, 5))) as server:
        chat = model(server)
        pieces = list(chat.stream(ASKED))
        assert "".join(piece.text for piece in pieces) == "Tides follow the moon."
        assert sum(bool(piece.text) for piece in pieces) > 2
        assert pieces[-1].finish == "stop"
        assert (chat.usage.prompt, chat.usage.completion) == (21, 5)
        assert server.headers[0]["authorization"] == f"Bearer {KEY}"
        assert server.requests[0]["model"] == "tiny-chat"


def test_counts_that_run_along_with_an_answer_are_counted_once() -> None:
    counts = [{"prompt_tokens": 21, "completion_tokens": number} for number in (1, 2, 5)]
    blocks = [event("Tides "), event("rise.", finish="stop")]
    running = [sse({**json.loads(b[6:]), "usage": c}) for b, c in zip(blocks, counts, strict=False)]
    with ScriptedServer(streams([*running, sse({"choices": [], "usage": counts[-1]}), DONE])) as s:
        chat = model(s)
        *_, last = chat.stream(ASKED)
    assert (chat.usage.prompt, chat.usage.completion) == (21, 5)
    assert last.prompt == 21


def test_what_a_broken_answer_cost_is_counted_too() -> None:
    told = sse({"choices": [], "usage": {"prompt_tokens": 21, "completion_tokens": 2}})
    with ScriptedServer(streams([event("Tides "), told], cut=True)) as server:
        chat = model(server)
        with pytest.raises(ServerError):
            chat.complete(ASKED)
    assert (chat.usage.prompt, chat.usage.completion) == (21, 2)


def test_an_answer_tells_the_count_of_its_own_prompt_whatever_runs_beside_it() -> None:
    both = threading.Barrier(2)

    def script(body: dict[str, Any]) -> Reply:
        both.wait(5)
        long = body["messages"][0]["content"] == "long"
        return says("Tides.", usage=(900 if long else 20, 3))

    def counted(text: str) -> int:
        *_, last = chat.stream(Request([{"role": "user", "content": text}]))
        return last.prompt

    with ScriptedServer(script) as server, ThreadPoolExecutor(2) as threads:
        chat = model(server, timeout=10)
        assert list(threads.map(counted, ("long", "short"))) == [900, 20]
    assert chat.usage.prompt == 920


def test_settings_reach_the_server() -> None:
    with ScriptedServer(says("Yes.")) as server:
        model(server, temperature=0.3, seed=11, max_tokens=99).complete(ASKED)
        sent = server.requests[0]
        assert (sent["temperature"], sent["seed"], sent["max_tokens"]) == (0.3, 11, 99)


def test_several_events_in_one_block_and_one_event_in_several_blocks_read_alike() -> None:
    whole = event("Tides ") + event("rise.", finish="stop") + DONE
    torn = [whole[at : at + 5] for at in range(0, len(whole), 5)]
    for blocks in ([whole], torn, [whole.replace(b"\n", b"\r\n")]):
        with ScriptedServer(streams(blocks)) as server:
            assert model(server).complete(ASKED) == "Tides rise."


def test_a_server_that_does_not_stream_is_understood() -> None:
    plain = b'{"choices": [{"message": {"content": "Tides rise."}, "finish_reason": "stop"}]}'
    with ScriptedServer(Reply([plain], kind="application/json")) as server:
        assert model(server).complete(ASKED) == "Tides rise."


def test_reasoning_and_tool_calls_are_no_text() -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "delete", "arguments": "{}"}}
    blocks = [
        event(reasoning_content="The user wants"),
        event(reasoning="tides"),
        event(tool_calls=[call]),
        event("Tides rise.", finish="stop"),
        DONE,
    ]
    with ScriptedServer(streams(blocks)) as server:
        assert model(server).complete(ASKED) == "Tides rise."


FAULTS: dict[str, tuple[Reply, str]] = {
    "401": (refuses(401, f"Incorrect API key provided: {KEY}."), "Check OPENAI_API_KEY"),
    "403": (refuses(403, KEY), "Check OPENAI_API_KEY"),
    "404": (refuses(404, "model not found"), "does not know the model tiny-chat"),
    "418": (refuses(418, f"I am a teapot, {KEY}"), "refused the request (HTTP 418)"),
    "429": (refuses(429, "slow down"), "takes no more requests"),
    "500": (refuses(500, "oops"), "failed (HTTP 500)"),
    "400": (refuses(400, "unknown field: frobnicate"), "unknown field: frobnicate"),
    "hang before": (streams([30.0]), "said nothing for 0.6 seconds"),
    "hang in mid-stream": (streams([event("Tides "), 30.0]), "said nothing for 0.6 seconds"),
    "comments, then a hang": (streams([b": still here\n\n", 30.0]), "said nothing"),
    "comments only": (streams([b": still here\n\n", 0.05] * 20), "no answer of"),
    "cut before": (streams([], cut=True), "broke off"),
    "cut in mid-stream": (streams([event("Tides ")], cut=True), "broke off"),
    "ends without a reason": (streams([event("Tides ")]), "broke off"),
    "malformed event": (streams([b'data: {"choices": [{"del\n\n']), "no answer of a chat model"),
    "event that is a list": (streams([b"data: [1, 2]\n\n"]), "no answer of a chat model"),
    "a page": (Reply([b"<html>hi</html>"], kind="text/html"), "no answer of a chat model"),
    "malformed JSON": (Reply([b'{"choi'], kind="application/json"), "no answer of a chat model"),
    "wrong encoding": (
        streams([event("caf\u00e9", finish="stop").decode("unicode_escape").encode("latin-1")]),
        "no answer of a chat model",
    ),
    "empty": (streams([event("", finish="stop"), DONE]), "empty answer"),
    "nothing at all": (streams([]), "broke off"),
    "only a tool call": (streams([event(tool_calls=[{}], finish="tool_calls"), DONE]), "empty"),
    "only thoughts": (
        streams([event(reasoning_content="Hm."), event(finish="length"), DONE]),
        "Raise ASKPAPERS_MAX_TOKENS",
    ),
    "only hidden thoughts": (
        streams([event("", role="assistant"), event(finish="length"), DONE]),
        "Raise ASKPAPERS_MAX_TOKENS",
    ),
    "only hidden thoughts or a full window": (
        streams([event("", role="assistant"), event(finish="length"), DONE]),
        "ASKPAPERS_CONTEXT_WINDOW",
    ),
    "a line without end": (streams([event("Tides "), *[b"x" * 100_000] * 30]), "no answer of"),
    "odd shapes": (streams([sse({"choices": [None]}), sse({"choices": "x"}), DONE]), "empty"),
    "error in mid-stream": (
        streams([event("Tides "), sse({"error": {"message": f"out of memory {KEY}"}})]),
        "out of memory",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_plain_sentence_in_time_and_no_key_in_any_log(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply, expected = FAULTS[fault]
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(reply) as server:
        started = time.monotonic()
        with pytest.raises(ServerError) as raised:
            model(server).complete(ASKED)
        assert time.monotonic() - started < 5  # the first one also imports the client
    message = str(raised.value)
    assert expected in message
    assert "\n" not in message
    assert KEY not in message + caplog.text
    assert KEY not in repr(raised.value.__cause__)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("x", "(“no … for extra texts”)"),
        ("extra", "(“no x for … texts”)"),
        ("", "(“no x for extra texts”)"),
        ("none", "(“no x for extra texts”)"),
    ],
)
def test_a_short_key_is_masked_in_errors_only_where_it_stands_alone(key: str, said: str) -> None:
    with ScriptedServer(refuses(418, "no x for extra texts")) as server:
        settings = Settings(openai_base_url=server.address, openai_api_key=SecretStr(key))
        with pytest.raises(ServerError) as raised:
            ChatModel(settings).complete(ASKED)
    assert said in str(raised.value)


def test_a_key_does_not_hide_what_a_server_complains_of() -> None:
    with ScriptedServer(refuses(400, "n_ctx 512"), says("Never.")) as server:
        settings = Settings(openai_base_url=server.address, openai_api_key=SecretStr("n_ctx"))
        with pytest.raises(ContextOverflow):
            ChatModel(settings).complete(ASKED)


@pytest.mark.parametrize("sign", [b": still here\n\n", event(""), event(role="assistant")])
def test_a_server_that_shows_that_it_is_at_work_is_waited_for_up_to_the_deadline(
    sign: bytes,
) -> None:
    at_work: list[bytes | float] = [sign, 0.2]
    with ScriptedServer(
        streams([*at_work * 6, event("Late.", finish="stop")]), streams(at_work * 100)
    ) as server:
        assert model(server).complete(ASKED) == "Late."
        with pytest.raises(OutOfTime):
            model(server).complete(replace(ASKED, deadline=Deadline.after(1.5)))


def test_after_its_deadline_nothing_is_sent() -> None:
    with ScriptedServer(says("Late.")) as server:
        with pytest.raises(OutOfTime, match="ASKPAPERS_ANSWER_SECONDS"):
            model(server).complete(replace(ASKED, deadline=Deadline.after(-1)))
        assert not server.requests


@pytest.mark.parametrize("pause", [0.05, 30.0])
def test_tries_and_servers_share_one_deadline(pause: float) -> None:
    drip: list[bytes | float] = [block for _ in range(100) for block in (event("a"), pause)]
    with ScriptedServer(refuses(500), streams(drip)) as first, ScriptedServer(refuses(429)) as last:
        asked = replace(ASKED, deadline=Deadline.after(1.5))
        with pytest.raises(OutOfTime):
            model(first, last, timeout=20, retries=5).complete(asked)
        assert first.left.wait(2)


def refused_connection(monkeypatch: pytest.MonkeyPatch) -> str:
    del monkeypatch
    return f"http://127.0.0.1:{closed_port()}/v1"


def unknown_host(monkeypatch: pytest.MonkeyPatch) -> str:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    return "http://models.invalid/v1"


@pytest.mark.parametrize(
    ("made", "expected"),
    [(refused_connection, "Nothing answers at"), (unknown_host, "cannot be found")],
)
def test_an_address_that_leads_nowhere_says_so_at_once(
    made: Callable[[pytest.MonkeyPatch], str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = made(monkeypatch)
    with pytest.raises(ServerError, match=expected) as raised:
        model(address, retries=3, timeout=20).complete(ASKED)
    assert address in str(raised.value)


def test_https_to_a_server_without_tls_says_so() -> None:
    with ScriptedServer(says("Yes.")) as server:
        address = server.address.replace("http:", "https:")
        with pytest.raises(ServerError, match="No secure connection"):
            model(address).complete(ASKED)


def test_a_failure_that_may_pass_is_tried_again() -> None:
    script = [refuses(500), refuses(429, Retry_After="0.05"), says("Tides rise.")]
    with ScriptedServer(*script) as server:
        assert model(server, retries=2, timeout=5).complete(ASKED) == "Tides rise."
        assert len(server.requests) == 3


def test_a_wait_beyond_the_timeout_is_not_begun() -> None:
    with ScriptedServer(refuses(429, Retry_After="45"), says("Late.")) as server:
        started = time.monotonic()
        with pytest.raises(ServerError, match="Try again in 45 seconds"):
            model(server, retries=2, timeout=3).complete(ASKED)
        assert time.monotonic() - started < 1
        assert len(server.requests) == 1


def test_a_wait_until_a_date_is_understood() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    with ScriptedServer(refuses(429, Retry_After=later), says("Late.")) as server:
        with pytest.raises(ServerError, match=r"Try again in (?:89|90) seconds"):
            model(server, retries=2, timeout=3).complete(ASKED)
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_told_and_not_followed(status: int) -> None:
    with ScriptedServer(says("Mine.")) as foreign:
        moved = refuses(status, "moved", Location=f"{foreign.address}/chat/completions")
        with (
            ScriptedServer(moved) as server,
            pytest.raises(ServerError, match=rf"HTTP {status}"),
        ):
            model(server).complete(ASKED)
        assert not foreign.requests


def test_the_check_is_content_with_a_model_that_thinks() -> None:
    thoughts = streams([event(reasoning_content="Ready?"), event(finish="length"), DONE])
    with ScriptedServer(thoughts) as server:
        model(server).check("other-model")
        assert server.requests[0]["model"] == "other-model"


def test_what_would_fail_again_is_not_tried_again() -> None:
    with ScriptedServer(refuses(401), says("Never.")) as server:
        with pytest.raises(ServerError):
            model(server, retries=3, timeout=5).complete(ASKED)
        assert len(server.requests) == 1


def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    with ScriptedServer(streams([event("Tides ")], cut=True), says("Twice.")) as server:
        with pytest.raises(ServerError, match="broke off"):
            model(server, retries=3, timeout=5).complete(ASKED)
        assert len(server.requests) == 1


def test_the_next_address_answers_where_the_first_does_not_and_is_first_from_then_on() -> None:
    dead = f"http://127.0.0.1:{closed_port()}/v1"
    with ScriptedServer(streams([30.0])) as mute, ScriptedServer(says("Tides rise.")) as alive:
        chat = model(dead, mute, alive, timeout=1.5)
        assert chat.complete(ASKED) == "Tides rise."
        assert chat.address == alive.address
        chat.complete(ASKED)
        assert (len(mute.requests), len(alive.requests)) == (1, 2)


def test_the_next_address_answers_where_the_first_only_keeps_its_connection() -> None:
    waits: list[bytes | float] = [b": still here\n\n", 0.1]
    with (
        ScriptedServer(streams(waits * 100)) as idle,
        ScriptedServer(says("Tides rise.")) as alive,
    ):
        assert model(idle, alive, timeout=1.5).complete(ASKED) == "Tides rise."
        assert idle.left.wait(2)


@pytest.mark.parametrize(
    ("status", "message", "limit"),
    [
        (400, "This model's maximum context length is 4096 tokens. However, you asked", 4096),
        (400, "the request exceeds the available context size, try increasing it", None),
        (413, "Input is too long for requested model.", None),
    ],
)
def test_a_prompt_that_is_too_long_is_told_apart(
    status: int, message: str, limit: int | None
) -> None:
    with ScriptedServer(refuses(status, message)) as server:
        with pytest.raises(ContextOverflow) as raised:
            model(server, retries=3).complete(ASKED)
        assert raised.value.limit == limit
        assert len(server.requests) == 1


def test_a_parameter_that_the_server_does_not_know_is_left_out_from_then_on() -> None:
    script = [
        refuses(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        refuses(400, "Unsupported value: 'temperature' does not support 0.0 with this model."),
        says("Tides rise."),
    ]
    with ScriptedServer(*script) as server:
        chat = model(server)
        assert chat.complete(ASKED) == "Tides rise."
        chat.complete(ASKED)
        last = server.requests[-1]
        assert (len(server.requests), last["max_completion_tokens"]) == (4, 700)
        assert "max_tokens" not in last
        assert "temperature" not in last


def test_requests_side_by_side_may_all_hold_a_parameter_that_the_server_does_not_know() -> None:
    both = threading.Barrier(2)

    def script(body: dict[str, Any]) -> Reply:
        if "temperature" not in body:
            return says("Tides rise.")
        both.wait(5)
        return refuses(400, "Unsupported value: 'temperature' does not support 0.0.")

    with ScriptedServer(script) as server:
        replies = list(filter(None, model(server, timeout=10).complete_all([ASKED] * 2, 2)))
    assert [text for _, text in replies] == ["Tides rise."] * 2


def test_an_endless_answer_is_cut_off() -> None:
    with ScriptedServer(streams([event("tide " * 50)] * 5_000)) as server:
        pieces = list(model(server, max_tokens=50).stream(ASKED))
        assert len("".join(piece.text for piece in pieces)) < 1_000
        assert pieces[-1].finish == "length"


@pytest.mark.parametrize("begun", [True, False])
def test_stopping_closes_the_request_at_the_server(begun: bool) -> None:
    blocks = [event("Tides "), 30.0] if begun else [30.0]
    with ScriptedServer(streams(blocks)) as server:
        pieces = model(server, timeout=60).stream(ASKED)
        for piece in pieces:
            if piece.text or (not begun and server.requests):
                break
        stopped = time.monotonic()
        pieces.close()
        assert server.left.wait(2)
        assert time.monotonic() - stopped < 2


def test_a_reader_is_woken_while_the_server_is_silent() -> None:
    with ScriptedServer(streams([0.8, event("Late.", finish="stop")])) as server:
        pieces = list(model(server, timeout=10).stream(ASKED))
        assert sum(not piece.text for piece in pieces) > 0.5 * 0.8 / BEAT


def test_many_requests_run_side_by_side_within_the_limit() -> None:
    with ScriptedServer(streams([0.2, event("Tides.", finish="stop")])) as server:
        chat = model(server, timeout=10)
        chat.complete(ASKED)  # imports the client
        started = time.monotonic()
        replies = [reply for reply in chat.complete_all([ASKED] * 6, parallel=3) if reply]
        taken = time.monotonic() - started
        assert sorted(replies) == [(place, "Tides.") for place in range(6)]
        assert 0.4 <= taken < 1.0


def test_one_failure_ends_the_requests_beside_it() -> None:
    def script(body: dict[str, Any]) -> Reply:
        first = body["messages"][0]["content"] == "first"
        return refuses(401) if first else streams([30.0])

    requests = [Request([{"role": "user", "content": text}]) for text in ("first", "second")]
    with ScriptedServer(script) as server:
        with pytest.raises(ServerError, match="OPENAI_API_KEY"):
            list(model(server, timeout=60).complete_all(requests, parallel=2))
        assert server.left.wait(2) or len(server.requests) == 1


@pytest.mark.parametrize("key", ["sk-ä", "sk-1\nsk-2", "sk 1"])
def test_a_key_that_cannot_be_sent_is_not_shown(key: str) -> None:
    chat = ChatModel(Settings(openai_base_url="http://127.0.0.1:1", openai_api_key=SecretStr(key)))
    with pytest.raises(ServerError, match="Copy the key once more") as raised:
        chat.complete(ASKED)
    assert key not in str(raised.value)


def test_a_password_in_the_address_is_neither_sent_nor_shown() -> None:
    chat = model("http://someone:hidden@127.0.0.1:1/v1")
    assert chat.address == "http://127.0.0.1:1/v1"
    with pytest.raises(ServerError, match="OPENAI_API_KEY") as raised:
        chat.complete(ASKED)
    assert "hidden" not in str(raised.value)


def test_addresses_are_a_list_in_order() -> None:
    assert addresses("http://a/v1/, http://b/v1") == ("http://a/v1", "http://b/v1")
    assert addresses(None) == ("https://api.openai.com/v1",)
    assert shown("https://u:p@host:8/v1?key=1") == "https://host:8/v1"


def test_the_check_passes_with_a_server_that_answers_and_fails_with_a_sentence() -> None:
    with ScriptedServer(says("ready"), refuses(404)) as server:
        chat = model(server)
        chat.check()
        with pytest.raises(ServerError, match="ASKPAPERS_CHAT_MODEL"):
            chat.check()
