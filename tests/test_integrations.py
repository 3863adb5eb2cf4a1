"""Any LlamaIndex LLM writes the answers, over its own protocol, and fails as plainly as ours."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread, current_thread
from typing import Any

import pytest
from pydantic import SecretStr
from scripted_server import DONE, Reply, ScriptedServer, event, refuses, streams

from app.engine import Engine
from app.integrations.model import IntegratedModel
from app.llm.choice import chat_model
from app.llm.deadline import Deadline
from app.llm.errors import ContextOverflow, OutOfTime
from app.llm.protocol import Request
from app.settings import Settings
from ingest.errors import ServerError, SettingsError
from ingest.servers.background import LastingLoop
from ingest.settings import load

KEY = "sk-proj-4711verysecret"
SOUND = "SGIL looks for preferences which stay stable within the given social graph [1]."
QUESTION = "What is SGIL?"
ASKED = Request([{"role": "user", "content": "Say something about tides."}])
Blocks = Sequence[bytes | float]


@dataclass(frozen=True)
class Protocol:
    """How one integration is named and made, and what its server sends."""

    llm: str
    made: Callable[[str], dict[str, Any]]
    piece: Callable[[str], bytes]
    end: Callable[[str], bytes]
    kind: str

    def says(self, text: str, finish: str = "stop") -> Reply:
        pieces = [self.piece(text[at : at + 9]) for at in range(0, len(text), 9)]
        return self.streams([*pieces, self.end(finish)])

    def streams(self, blocks: Blocks, *, cut: bool = False) -> Reply:
        return Reply(list(blocks), kind=self.kind, cut=cut)

    def settings(self, server: ScriptedServer, **given: Any) -> Settings:
        values = json.dumps(self.made(server.address))
        tried = {"timeout": 5, "retries": 0, "judge": "off", **given}
        return Settings(llm=self.llm, llm_args=SecretStr(values), **tried)


def ollama_line(text: str, **more: Any) -> bytes:
    said = {"role": "assistant", "content": text}
    return json.dumps({"model": "tiny", "message": said, "done": False, **more}).encode() + b"\n"


PROTOCOLS = {
    "openai_like": Protocol(
        "llama_index.llms.openai_like:OpenAILike",
        lambda address: {
            "model": "tiny", "api_base": address, "api_key": KEY, "is_chat_model": True,
            "max_retries": 0,
        },
        event,
        lambda finish: event("", finish=finish) + DONE,
        "text/event-stream",
    ),
    "ollama": Protocol(
        "llama_index.llms.ollama:Ollama",
        lambda address: {"model": "tiny", "base_url": address.removesuffix("/v1")},
        ollama_line,
        lambda finish: ollama_line(
            "", done=True, done_reason=finish, prompt_eval_count=21, eval_count=5
        ),
        "application/x-ndjson",
    ),
}  # fmt: skip


@pytest.fixture(params=PROTOCOLS)
def protocol(request: pytest.FixtureRequest) -> Protocol:
    package = PROTOCOLS[request.param].llm.partition(":")[0]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    return PROTOCOLS[request.param]


@contextmanager
def opened(index: Path, settings: Settings) -> Iterator[Engine]:
    engine = Engine(index, settings)
    yield engine
    engine.index.close()


def test_it_answers_over_its_own_protocol(protocol: Protocol) -> None:
    with ScriptedServer(protocol.says("Tides follow the moon.")) as server:
        model = chat_model(protocol.settings(server))
        assert isinstance(model, IntegratedModel)
        pieces = list(model.stream(ASKED))
        assert "".join(piece.text for piece in pieces) == "Tides follow the moon."
        assert sum(bool(piece.text) for piece in pieces) > 1
        assert pieces[-1].finish == "stop"
        assert server.requests[0]["model"] == model.name == "tiny"
        assert server.prompts == ["Say something about tides."]


def test_requests_share_a_connection_that_is_kept_open_and_the_process_ends(
    protocol: Protocol,
) -> None:
    asks = (
        "from app.llm.choice import chat_model; from app.llm.protocol import Request; "
        "from app.settings import Settings; model = chat_model(Settings()); "
        "asked = Request([{'role': 'user', 'content': 'Say something about tides.'}]); "
        "print(*[model.complete(asked) for _ in range(3)]); "
        "print(*[text for _, text in filter(None, model.complete_all([asked] * 3, 2))])"
    )
    with ScriptedServer(protocol.says("Tides."), keeps=True) as server:
        values = json.dumps(protocol.made(server.address))
        using = {"ASKPAPERS_LLM": protocol.llm, "ASKPAPERS_LLM_ARGS": values}
        ran = subprocess.run(
            [sys.executable, "-c", asks],
            env={**os.environ, **using}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (ran.stdout, ran.stderr, ran.returncode) == ("Tides. Tides. Tides.\n" * 2, "", 0)


def test_tokens_are_counted_where_the_server_tells_them() -> None:
    pytest.importorskip("llama_index.llms.ollama", reason="llama_index.llms.ollama is missing")
    with ScriptedServer(PROTOCOLS["ollama"].says("Tides.")) as server:
        model = chat_model(PROTOCOLS["ollama"].settings(server))
        model.complete(ASKED)
    assert (model.usage.prompt, model.usage.completion) == (21, 5)


def test_a_written_answer_is_checked_sentence_by_sentence(
    protocol: Protocol, sample_index: Path
) -> None:
    said = f"{SOUND} SGIL improves recall by 12% on Epinions [1]."
    with (
        ScriptedServer(protocol.says(said)) as server,
        opened(sample_index, protocol.settings(server)) as engine,
    ):
        answers = list(engine.stream(QUESTION))
    assert answers[0].notes[-1].startswith("tiny reads 1 abstract")
    assert [(s.text, s.status) for s in answers[-1].sentences] == [
        (SOUND.replace(" [1]", ""), "supported")
    ]


def test_our_settings_reach_a_class_that_knows_them_unless_its_arguments_say_otherwise() -> None:
    given = {"llm": "blocking_llm:Blocking", "temperature": 0.4, "context_window": 999}
    made = chat_model(Settings(**given))._llm  # type: ignore[attr-defined]
    assert (made.temperature, made.context_window) == (0.4, 999)
    told = Settings(**given, llm_args=SecretStr('{"temperature": 0.9}'))
    assert chat_model(told)._llm.temperature == 0.9  # type: ignore[attr-defined]


def test_another_model_of_the_same_class_judges(protocol: Protocol, sample_index: Path) -> None:
    def script(body: dict[str, Any]) -> Reply:
        denied = json.dumps({"verdicts": [{"sentence": 1, "words": "", "backed": False}]})
        return protocol.says(denied if body["model"] == "stern" else SOUND)

    with (
        ScriptedServer(script) as server,
        opened(sample_index, protocol.settings(server, judge="stern")) as engine,
    ):
        answer = engine.ask(QUESTION)
        assert [request["model"] for request in server.requests] == ["tiny", "stern"]
    assert answer.mode == "extractive"
    assert any(note.startswith("stern checked 1 sentence too") for note in answer.notes)


@pytest.mark.parametrize("begun", [True, False])
def test_stopping_closes_the_request_at_the_server(protocol: Protocol, begun: bool) -> None:
    blocks = [protocol.piece("Tides "), 30.0] if begun else [30.0]
    with ScriptedServer(protocol.streams(blocks)) as server:
        pieces = chat_model(protocol.settings(server, timeout=60)).stream(ASKED)
        for piece in pieces:
            if piece.text or (not begun and server.requests):
                break
        pieces.close()
        assert server.left.wait(3)


FAULTS: dict[str, tuple[Callable[[Protocol], Reply], str]] = {
    "401": (lambda _: refuses(401, f"bad key {KEY}"), "refused the key (HTTP 401)"),
    "404": (lambda _: refuses(404, "model not found"), "does not know the model tiny"),
    "418": (lambda _: refuses(418, f"a teapot, {KEY}"), "refused the request (HTTP 418)"),
    "429": (lambda _: refuses(429, Retry_After="60"), "takes no more requests"),
    "500": (lambda _: refuses(500), "failed (HTTP 500)"),
    "hang": (lambda p: p.streams([30.0]), "said nothing for 0.7 seconds"),
    "hang in mid-stream": (lambda p: p.streams([p.piece("Tides "), 30.0]), "said nothing for 0.7"),
    "cut": (lambda p: p.streams([p.piece("Tides ")], cut=True), "broke off"),
    "malformed": (lambda p: p.streams([b"data: {nonsense\n\n"]), ""),
    "empty": (lambda p: p.says(""), "empty answer"),
    "withheld": (lambda p: p.says("", "content_filter"), "content_filter"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_plain_sentence_without_the_key_and_quotations_come(
    protocol: Protocol, sample_index: Path, fault: str
) -> None:
    reply, expected = FAULTS[fault]
    with (
        ScriptedServer(reply(protocol)) as server,
        opened(sample_index, protocol.settings(server, timeout=0.7)) as engine,
    ):
        answer = engine.ask(QUESTION)
    assert answer.mode == "extractive"
    assert "SGIL" in answer.text
    assert expected in answer.notes[-1]
    assert answer.notes[-1].endswith("This answer quotes the abstracts instead.")
    assert KEY not in str(answer.as_json())


def test_a_prompt_that_is_too_long_is_told_apart(protocol: Protocol) -> None:
    with (
        ScriptedServer(refuses(400, "maximum context length is 512 tokens")) as server,
        pytest.raises(ContextOverflow) as raised,
    ):
        chat_model(protocol.settings(server)).complete(ASKED)
    assert raised.value.limit == 512


def test_the_deadline_holds_for_a_server_that_drips(protocol: Protocol) -> None:
    drip: Blocks = [block for _ in range(100) for block in (protocol.piece("and "), 0.1)]
    with ScriptedServer(protocol.streams(drip)) as server:
        model = chat_model(protocol.settings(server, timeout=60))
        with pytest.raises(OutOfTime):
            model.complete(replace(ASKED, deadline=Deadline.after(1)))
        assert server.left.wait(3)


def test_a_failure_that_may_pass_is_tried_again(protocol: Protocol) -> None:
    with ScriptedServer(refuses(500), protocol.says("Tides rise.")) as server:
        model = chat_model(protocol.settings(server, retries=2))
        assert model.complete(ASKED) == "Tides rise."


def test_an_integration_that_blocks_holds_up_no_request_after_it_was_left() -> None:
    using = Settings(llm="blocking_llm:Blocking", llm_args=SecretStr('{"seconds": 20}'))
    model = chat_model(using)
    asking = model.stream(ASKED)
    next(asking)
    asking.close()
    model._llm.seconds = 0.0  # type: ignore[attr-defined]
    started = time.monotonic()
    assert "tides" in model.complete(ASKED)
    assert time.monotonic() - started < 3


def test_integrations_that_block_answer_side_by_side() -> None:
    using = Settings(llm="blocking_llm:Blocking", llm_args=SecretStr('{"seconds": 1.2}'))
    model = chat_model(using)
    asked = replace(ASKED, deadline=Deadline.after(2))
    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(model.complete, [asked] * 3))
    assert all("tides" in one for one in said)


def test_a_loop_that_was_blocked_ends_once_all_that_was_begun_on_it_is_over() -> None:
    lasting, blocking, told = LastingLoop(), Event(), []

    async def blocks() -> None:
        threads.append(current_thread())
        blocking.set()
        time.sleep(1.6)

    async def says() -> None:
        await asyncio.sleep(0.1)
        told.append(current_thread())

    threads: list[Thread] = []
    with ExitStack() as left:
        left.enter_context(lasting.in_background(blocks()))
        assert blocking.wait(2)
        with lasting.in_background(says()) as meanwhile:
            left.close()
            with lasting.in_background(says()) as after:
                after.result(1)
            meanwhile.result(3)
    [old] = threads
    assert [one is old for one in told] == [False, True]
    old.join(2)
    assert not old.is_alive()
    assert told[0].is_alive()
    del lasting
    told[0].join(2)
    assert not told[0].is_alive()


def test_an_integration_without_any_server_blocks_no_reader_beyond_the_deadline() -> None:
    using = Settings(llm="blocking_llm:Blocking", llm_args=SecretStr('{"seconds": 4}'))
    model = chat_model(using)
    started = time.monotonic()
    with pytest.raises(OutOfTime):
        model.complete(replace(ASKED, deadline=Deadline.after(0.5)))
    assert time.monotonic() - started < 3.5


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"llm": "Ollama"}, "ASKPAPERS_LLM=Ollama cannot be used: it is not a class such as"),
        (
            {"llm_args": '{"api_key": "sk-1'},
            "ASKPAPERS_LLM_ARGS=… cannot be used: it is not a JSON",
        ),
        ({"reranker_args": "[1]"}, "ASKPAPERS_RERANKER_ARGS=… cannot be used"),
    ],
)
def test_a_setting_that_names_no_class_or_no_arguments_is_told(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"ASKPAPERS_{name.upper()}", value)
    with pytest.raises(SettingsError) as raised:
        load(Settings)
    assert expected in str(raised.value)
    assert "sk-1" not in str(raised.value)


@pytest.mark.parametrize(
    ("llm", "values", "expected"),
    [
        ("llama_index.llms.nobody:Made", {}, 'pip install "llama-index-llms-nobody"'),
        ("nobody_made.this:Model", {}, "nobody_made is not installed. Install its package."),
        ("llama_index.llms.openai_like:Openai", {}, "has no Openai"),
        ("pathlib:Path", {}, "is no LLM of LlamaIndex"),
        ("blocking_llm:Blocking", {"seconds": "many"}, "(seconds: Input should be a valid number"),
        ("blocking_llm:Blocking", {"api_key": KEY, "refuse": True}, "cannot be made"),
    ],
)
def test_a_class_that_cannot_be_made_is_told_without_its_secrets(
    llm: str, values: dict[str, Any], expected: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        chat_model(Settings(llm=llm, llm_args=SecretStr(json.dumps(values))))
    assert expected in str(raised.value)
    assert KEY not in str(raised.value)


def test_an_unreachable_server_of_an_integration_says_so(protocol: Protocol) -> None:
    with ScriptedServer(streams([])) as gone:
        settings = protocol.settings(gone)
    with pytest.raises(ServerError, match=r"ASKPAPERS_LLM_ARGS|broke off"):
        chat_model(settings).complete(ASKED)
