"""What is told of requests and questions: metrics, the log, traces; and what is never told."""

from __future__ import annotations

import json
import logging
import re
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import httpx
import pytest
from page_samples import ScriptedEngine, served

from app import metrics
from app.answer import Answer, Sentence
from app.engine import Engine
from app.llm.choice import chat_model
from app.llm.protocol import Request
from app.serving import logs
from app.serving.caller import Caller, calling
from app.serving.service import Service
from app.serving.watched import Watch
from app.settings import Settings
from app.ui.traced import TracedEngine
from app.understanding.question import Asked
from ingest.errors import ServerError

SECRET = "sk-very-secret-key-0123456789"
QUESTION = "What is CoralNet in private?"


class Marked(ScriptedEngine):
    """An engine one of whose sentences no abstract backs."""

    def stream(
        self, question: str | Asked, history: Sequence[str | Asked] = ()
    ) -> Iterator[Answer]:
        for answer in super().stream(question, history):
            unbacked = Sentence("It glows.", (), 0.1, "marked")
            yield replace(answer, sentences=(*answer.sentences, unbacked))


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(Marked(), service=Service(watch=Watch(0.000001))) as address:
        yield address


def ask(site: str, text: str = QUESTION, **headers: str) -> httpx.Response:
    body = {"messages": [{"role": "user", "content": text}]}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{site}/v1/chat/completions", json=body, headers=named, timeout=30)


# Metrics


def _samples(site: str) -> dict[str, float]:
    text = httpx.get(f"{site}/metrics", timeout=30).text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r'\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [-+.\de]+', x) for x in lines)
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_metrics_count_requests_answers_strengths_and_unsupported_sentences(site: str) -> None:
    before = _samples(site)
    for text in (QUESTION, "glaciers melt", "broken please"):
        ask(site, text)
    after = _samples(site)

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    question = 'askpapers_questions_total{kind="%s",mode="%s",strength="%s"}'
    assert grown(question % ("lookup", "extractive", "answered")) == 1
    assert grown(question % ("lookup", "extractive", "none")) == 1
    assert grown(question % ("unknown", "unknown", "failed")) == 1
    request = 'askpapers_requests_total{path="/v1/chat/completions",method="POST",status="%d"}'
    assert (grown(request % 200), grown(request % 503)) == (2, 1)
    assert grown('askpapers_answer_seconds_count{mode="extractive"}') == 2
    assert grown('askpapers_answer_seconds_bucket{mode="extractive",le="+Inf"}') == 2
    assert grown("askpapers_unsupported_sentences_total") == 2
    assert after["askpapers_papers"] == 3
    assert after["process_resident_memory_bytes"] > 1e7


def test_the_text_is_that_of_prometheus(site: str) -> None:
    answer = httpx.get(f"{site}/metrics", timeout=30)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    kinds = re.findall(r"^# TYPE (\w+) (\w+)$", answer.text, re.MULTILINE)
    assert len(kinds) == len(dict(kinds)) >= 8
    for name, _ in kinds:
        assert f"# HELP {name} " in answer.text


def test_a_histogram_adds_up_and_labels_are_escaped() -> None:
    histogram = metrics.Histogram("h", "Time.")
    for seconds in (0.01, 0.02, 3.0, 1_000.0):
        histogram.observe(seconds, path='a"b\\c\nd')
    lines = list(histogram.lines())
    label = 'path="a\\"b\\\\c\\nd"'
    assert f'h_bucket{{{label},le="0.01"}} 1' in lines
    assert f'h_bucket{{{label},le="5"}} 3' in lines
    assert f'h_bucket{{{label},le="+Inf"}} 4' in lines
    assert f"h_sum{{{label}}} 1003.03" in lines
    assert f"h_count{{{label}}} 4" in lines


def test_whatever_paths_are_asked_for_few_are_counted(site: str) -> None:
    for number in range(5):
        httpx.get(f"{site}/nothing/{number}", timeout=30)
    paths = re.findall(r'requests_total{path="([^"]*)"', httpx.get(f"{site}/metrics").text)
    assert "other" in paths
    assert not any(path.startswith("/nothing") for path in paths)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        (
            "POST",
            "/v1/chat/completions",
            "Content-Type: application/json\r\nContent-Length: 9",
            499,
        ),
        (
            "GET",
            "/gradio_api/queue/join",
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            403,
        ),
    ],
)
def test_who_leaves_early_and_a_websocket_are_no_fault_of_the_server(
    site: str, caplog: pytest.LogCaptureFixture, method: str, path: str, headers: str, status: int
) -> None:
    caplog.set_level(logging.INFO, "askpapers")
    host, _, port = site.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as visitor:
        sent = f"{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{headers}\r\n\r\n{{"
        visitor.sendall(sent.encode())
        visitor.shutdown(socket.SHUT_WR)
        visitor.recv(1)  # the server has ended it
    for _ in range(100):
        if caplog.records:
            break
        time.sleep(0.05)
    told = [(record.getMessage(), record.levelname) for record in caplog.records]
    fields = [r.fields["status"] for r in caplog.records if r.name == "askpapers"]  # type: ignore[attr-defined]
    assert (fields, {level for _, level in told}) == ([status], {"INFO"}), told


def test_requests_to_a_model_that_failed_are_counted() -> None:
    settings = Settings(_env_file=None, openai_base_url="http://127.0.0.1:9/v1", retries=0)
    before = metrics.MODEL_ERRORS.value()
    with pytest.raises(ServerError):
        chat_model(settings).complete(Request([{"role": "user", "content": "?"}]))
    assert metrics.MODEL_ERRORS.value() == before + 1


# The name of a request


def test_every_response_carries_the_name_of_its_request(site: str) -> None:
    names = [httpx.get(site + path, timeout=30).headers["x-request-id"] for path in ("/", "/x")]
    assert len(set(names)) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", name) for name in names)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a-proxy.gave_it-1", True), ("x" * 65, False), ("a b", False), ("ä", False)],
)
def test_a_name_that_a_proxy_gave_is_kept_unless_it_could_forge_the_log(
    site: str, given: str, kept: bool
) -> None:
    headers = {"x-request-id": given.encode("latin-1")}
    answer = httpx.get(f"{site}/healthz", headers=headers, timeout=30)
    assert (answer.headers["x-request-id"] == given) is kept


def test_a_bug_is_a_sentence_with_the_name_under_which_the_log_has_it(
    site: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ask(site, "bug please")
    name = answer.headers["x-request-id"]
    assert answer.status_code == 500
    assert name in answer.json()["error"]["message"]
    told = [r.fields for r in caplog.records if r.getMessage() == "bug"]  # type: ignore[attr-defined]
    assert told[0]["request"] == name
    assert told[0]["kind"] == "ZeroDivisionError"
    assert any("page_samples.py" in step for step in told[0]["way"])


# The log


def lines(caplog: pytest.LogCaptureFixture, *, as_json: bool = True) -> list[str]:
    form = logs.Lines(as_json=as_json)
    return [form.format(record) for record in caplog.records if record.name == "askpapers"]


def test_a_request_and_its_question_are_a_line_of_json_each_under_one_name(
    site: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "askpapers")
    name = ask(site).headers["x-request-id"]
    httpx.get(f"{site}/healthz", timeout=30)  # what is told after a response is told by now
    told = [json.loads(line) for line in lines(caplog)]
    question, request = (line for line in told if line.get("request") == name)
    assert (question["event"], question["level"]) == ("slow question", "warning")
    assert {"seconds", "kind", "mode", "strength", "marked", "steps", "time"} <= question.keys()
    assert (request["event"], request["status"]) == ("request", 200)
    assert request["path"] == "/v1/chat/completions"


def test_neither_questions_nor_keys_nor_addresses_stand_in_the_log(
    site: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "askpapers")
    ask(site, authorization=f"Bearer {SECRET}", cookie=f"askpapers_session={SECRET}")
    ask(site, "bug please")
    httpx.get(f"{site}/?q={QUESTION}&key={SECRET}", timeout=30)
    told = "\n".join(lines(caplog) + lines(caplog, as_json=False))
    assert "private" not in told
    assert SECRET not in told
    assert "127.0.0.1" not in told
    assert "bug please" not in told


def test_a_question_stands_in_the_log_where_the_setting_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "askpapers")
    engine = TracedEngine(ScriptedEngine(), Watch(tells_questions=True))
    list(engine.stream('What is "Coral"?\nevent="forged"'))
    line = lines(caplog, as_json=False)[-1]
    assert 'question="What is \\"Coral\\"?\\nevent=\\"forged\\""' in line
    assert "\n" not in line


@pytest.mark.parametrize("as_json", [True, False])
def test_an_error_that_a_library_tells_is_its_place_without_its_message(as_json: bool) -> None:
    try:
        raise ZeroDivisionError(SECRET)
    except ZeroDivisionError as error:
        told = (type(error), error, error.__traceback__)
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "x", 1, "It broke.", None, told)
    line = logs.Lines(as_json=as_json).format(record)
    assert SECRET not in line
    assert "ZeroDivisionError" in line
    assert "test_observing.py" in line


class _Slow(ScriptedEngine):
    """Its comparisons take a moment, and one of no papers fails."""

    def compare(self, question: str, paper_ids: Sequence[str]) -> Answer:
        time.sleep(0.05)
        if not paper_ids:
            raise ServerError("Nothing answers.")
        return super().compare(question, paper_ids)


def test_a_comparison_is_timed_and_its_failure_counted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "askpapers")
    engine = TracedEngine(_Slow())
    engine.compare("Compare these.", ["abs:1", "abs:2"])
    with pytest.raises(ServerError):
        engine.compare("Compare these.", [])
    well, failed = map(json.loads, lines(caplog))
    assert well["seconds"] >= 0.05
    assert (well["strength"], failed["strength"]) == ("answered", "failed")


def test_an_answer_that_was_stopped_is_told_as_such(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "askpapers")
    answers = TracedEngine(ScriptedEngine()).stream("What is CoralNet?")
    token = calling.set(Caller("r1", "10.0.0.9", "ada"))
    next(answers)
    answers.close()
    calling.reset(token)
    told = json.loads(lines(caplog)[-1])
    assert (told["strength"], told["request"], told["user"]) == ("stopped", "r1", "ada")


def test_each_form_of_the_log_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], logging.getLogger("askpapers").level
    try:
        for form in ("quiet", "text", "json"):
            logs.set_up(form)  # type: ignore[arg-type]
            logs.tell("request", status=200)
            logs.tell("slow question", level=logging.WARNING, seconds=12)
    finally:
        root.handlers[:] = before
        logging.getLogger("askpapers").setLevel(level)
    out, told = capsys.readouterr()
    assert out == ""
    assert [("status" in line, line[0]) for line in told.splitlines()] == [
        (False, "t"), (True, "t"), (False, "t"), (True, "{"), (False, "{"),
    ]  # fmt: skip


# Traces


@pytest.mark.parametrize("with_texts", [True, False])
def test_each_question_is_one_trace_and_texts_are_in_it_only_where_they_are_asked_for(
    engine: Engine, with_texts: bool
) -> None:
    pytest.importorskip("openinference.instrumentation", reason="the extra otel is not installed")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from app.integrations.telemetry import send_traces

    kept = InMemorySpanExporter()
    end = send_traces(with_texts=with_texts, processor=SimpleSpanProcessor(kept))
    try:
        list(TracedEngine(engine).stream("What does HarborNet predict?"))
    finally:
        end()
    spans = {span.name: span for span in kept.get_finished_spans()}
    assert spans.keys() == {"askpapers.query", "askpapers.retrieve", "askpapers.synthesize"}
    query = spans["askpapers.query"]
    assert query.parent is None
    assert all(
        span.parent is not None and span.parent.span_id == query.context.span_id
        for name, span in spans.items()
        if name != "askpapers.query"
    )
    assert query.resource.attributes["service.name"] == "askpapers"
    told = str([dict(span.attributes or {}) for span in spans.values()])
    assert ("HarborNet" in told) is with_texts
