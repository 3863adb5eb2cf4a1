"""Every fault of both servers at the command line: an answer that can be used, or one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Ran
from embedding_samples import NUMBERS, document, embeds
from scripted_server import DONE, Body, Reply, Script, ScriptedServer, event, refuses, sse, streams

Run = Callable[..., Ran]
CORPUS = ROOT / "ingest" / "corpus" / "abstracts-1.txt"
QUESTION = "What is SGIL?"
SECRET = "sk-proj-4711verysecret"
# Seconds for faults that last as long as the client waits, and for all others on a busy machine.
SHORT, LONG_ENOUGH = "1", "20"
LONG = 30.0

# What any HTTP server can do wrong.
SPOKEN: dict[str, Script] = {
    **{str(status): refuses(status, f"No, {SECRET}.") for status in
       (400, 401, 404, 408, 413, 418, 422, 429, 451, 500, 503, 599)},
    **{f"redirect {status}": Reply([b""], status, {"location": "http://127.0.0.1:1/v1"}) for status
       in (301, 307)},
    "a page": Reply([b"<html><body>Welcome</body></html>"], kind="text/html"),
    "an error page": Reply([b"<html><body>Bad gateway</body></html>"], 502, kind="text/html"),
    "nothing": Reply([], kind="application/json"),
    "null": document(None),
    "a number": document(3),
    "a list": document([1, 2]),
    "an empty object": document({}),
    "an error with status 200": document({"error": {"message": "out of memory"}}),
    "deep JSON": Reply([b"[" * 100_000], kind="application/json"),
    "half of some JSON": Reply([b'{"data": [{"ind'], kind="application/json"),
    "no UTF-8": Reply([b'{"data": "\xff\xfe"}'], kind="application/json"),
    "half of a character": Reply([b'{"data": "\\ud800"}'], kind="application/json"),
    "zeros": Reply([b"\0" * 10_000], kind="application/octet-stream"),
    "a hang": Reply([LONG]),
    "a hang midway": Reply([b'{"data": [', LONG], kind="application/json"),
    "a drip": Reply([part for _ in range(300) for part in (b" ", 0.05)], kind="application/json"),
    "a broken connection": Reply([], cut=True),
    "a connection that breaks midway": Reply([b'{"data": ['], kind="application/json", cut=True),
    "a wait of hours": refuses(429, "later", retry_after="7200"),
    "a wait that is no number": refuses(503, "later", retry_after="soon"),
    "gzip that is none": Reply([b"plain"], headers={"content-encoding": "gzip"}),
}  # fmt: skip

# What a chat server can do wrong beside that.
STREAMED: dict[str, Script] = {
    "no choices": streams([sse({"choices": []}), DONE]),
    "choices of odd shapes": streams([sse({"choices": [None]}), sse({"choices": "x"}), DONE]),
    "content of odd shapes": streams([event(content=3), event(content=["x"]), DONE]),  # type: ignore[arg-type]
    "only a role": streams([event(role="assistant"), event(finish="stop"), DONE]),
    "only thoughts": streams([event(reasoning_content="Hm."), event(finish="length"), DONE]),
    "markers of nothing": streams([event("SGIL [99] is [0] great [-1].", finish="stop"), DONE]),
    "no words": streams([event("\x00\x1b[2J\u202e", finish="stop"), DONE]),
    "half of a character in text": streams([sse({"choices": [{"delta": {"content": "\ud800"}}]})]),
    "an invention": streams([event("SGIL won 12 medals in 1850 [1].", finish="stop"), DONE]),
    "a cut after words": streams([event("SGIL looks for ")], cut=True),
    "an error after words": streams([event("SGIL "), sse({"error": {"message": SECRET}})]),
    "a hang after words": streams([event("SGIL "), LONG]),
    "an end without a reason": streams([event("SGIL looks for stable preferences [1].")]),
}


def rows(make: Callable[[int, str], Any], **more: object) -> Script:
    """A reply with one row a text, made from its place and the text."""

    def reply(body: Body) -> Reply:
        data = [make(place, text) for place, text in enumerate(body["input"])]
        return document({"data": data, **more})

    return reply


def row(place: object, embedding: object) -> dict[str, object]:
    return {"index": place, "embedding": embedding}


# What an embedding server can do wrong beside that.
EMBEDDED: dict[str, Script] = {
    "no rows": document({"data": []}),
    "rows that are null": rows(lambda place, _: row(place, None)),
    "rows of words": rows(lambda place, _: row(place, ["a"] * NUMBERS)),
    "rows in base64": rows(lambda place, _: row(place, "AACAPwAAgD8=")),
    "no numbers": rows(lambda place, _: row(place, [])),
    "NaN": rows(lambda place, _: row(place, [float("nan")] * NUMBERS)),
    "infinity": rows(lambda place, _: row(place, [float("inf")] * NUMBERS)),
    "numbers beyond all": rows(lambda place, _: row(place, [1e308] * NUMBERS)),
    "zeros only": rows(lambda place, _: row(place, [0.0] * NUMBERS)),
    "rows in rows": rows(lambda place, _: row(place, [[1.0]] * NUMBERS)),
    "uneven rows": rows(lambda place, _: row(place, [1.0] * (NUMBERS + place + 1))),
    "wrong places": rows(lambda place, _: row(place + 7, [1.0] * NUMBERS)),
    "places that are words": rows(lambda place, _: row(f"at {place}", [1.0])),
    "rows that are lists": rows(lambda place, _: [float(place)]),
    "a row too few": lambda body: embeds({**body, "input": body["input"][1:]}),
}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index that was made with a good embedding server."""
    from app.settings import Settings
    from ingest.embedding.choice import chosen
    from ingest.index import Index
    from ingest.pipeline import ingest

    folder = tmp_path_factory.mktemp("embedded") / "index"
    with ScriptedServer(embeds) as server:
        settings = Settings(embedding="openai:letters", embedding_url=server.address)
        index = Index(folder, chosen(settings))
        ingest([CORPUS], index, settings)
        index.close()
    return folder


def with_settings(patch: pytest.MonkeyPatch, fault: str, **settings: str) -> None:
    lasts = fault.startswith(("a hang", "a drip"))
    patch.setenv("ASKPAPERS_TIMEOUT", SHORT if lasts else LONG_ENOUGH)
    for name, value in {"ASKPAPERS_RETRIES": "0", **settings}.items():
        patch.setenv(name, value)


def assert_a_sentence(ran: Ran) -> None:
    assert "Traceback" not in ran.out + ran.err
    assert SECRET not in ran.out + ran.err
    assert len(ran.err.strip().splitlines()) <= 2, ran.err


@pytest.mark.parametrize("fault", [*SPOKEN, *STREAMED])
def test_a_question_is_answered_whatever_the_model_server_does(
    askpapers: Run, sample_index: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    with ScriptedServer((SPOKEN | STREAMED)[fault]) as server:
        with_settings(monkeypatch, fault, OPENAI_BASE_URL=server.address, OPENAI_API_KEY=SECRET)
        ran = askpapers("ask", QUESTION, "--index", sample_index, "--json")
        assert server.requests
    assert_a_sentence(ran)
    assert ran.code == 0
    answer = json.loads(ran.out)
    assert answer["citations"]
    assert answer["notes"] or answer["mode"] == "generated"
    assert all(s["citations"] or s["status"] == "marked" for s in answer["sentences"])


@pytest.mark.parametrize("fault", [*SPOKEN, *EMBEDDED])
def test_a_search_finds_papers_whatever_the_embedding_server_does(
    askpapers: Run,
    embedded: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    with ScriptedServer((SPOKEN | EMBEDDED)[fault]) as server:
        with_settings(
            monkeypatch,
            fault,
            ASKPAPERS_EMBEDDING="openai:letters",
            ASKPAPERS_EMBEDDING_URL=server.address,
        )
        ran = askpapers("search", "social graph", "--index", embedded, "--json")
        assert server.requests
    assert_a_sentence(ran)
    if fault == "uneven rows":  # of one text: the model gives vectors of another length now
        assert ran.code == 2
        assert "Run askpapers ingest --rebuild" in ran.err
        return
    assert ran.code == 0
    assert json.loads(ran.out)["results"]
    assert ran.err.startswith("Note: ")


@pytest.mark.parametrize("fault", [*SPOKEN, *EMBEDDED])
def test_an_ingest_ends_in_a_sentence_whatever_the_embedding_server_does(
    askpapers: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    two = tmp_path / "two.txt"
    two.write_text("Abstract: One thing was found.\n\nAbstract: Another thing was lost.\n")
    with ScriptedServer((SPOKEN | EMBEDDED)[fault]) as server:
        with_settings(
            monkeypatch,
            fault,
            ASKPAPERS_EMBEDDING="openai:letters",
            ASKPAPERS_EMBEDDING_URL=server.address,
        )
        ran = askpapers("ingest", two, "--index", tmp_path / "index")
        assert server.requests
    assert_a_sentence(ran)
    assert ran.code in (2, 3)
    assert ran.err.strip().endswith(".")
    with ScriptedServer(embeds) as server:
        monkeypatch.setenv("ASKPAPERS_EMBEDDING_URL", server.address)
        again = askpapers("ingest", two, "--index", tmp_path / "index")
    assert again.code == 0
    assert again.out.startswith("2 read, 2 added")
