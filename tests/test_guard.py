"""Who may talk to the page and how much they may send: names, sites, sizes, visitors who went."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from page_samples import CORPUS_LINE, ScriptedEngine, served

from app.serving.service import Service
from app.settings import Settings
from app.ui import page as pages
from app.ui.guard import LARGEST_BODY, Guard
from app.ui.server import announcement
from app.ui.visitors import forget

JOIN = "/gradio_api/queue/join"
# The event of a question that was typed, in the order in which the page declares its events.
ASKING = 0
SETTINGS = [None] * 5


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(ScriptedEngine(), allowed=["papers.example.org", "localhost:3000"]) as found:
        yield found


def get(address: str, path: str = "/config", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(address + path, headers=named, timeout=30)


# Names


@pytest.mark.parametrize("host", ["localhost", "localhost:7860", "127.0.0.1:99", "[::1]:7860",
                                  "LOCALHOST", "papers.example.org", "Papers.Example.org:8443",
                                  "localhost:3000"])  # fmt: skip
def test_loopback_and_allowed_names_are_answered(address: str, host: str) -> None:
    assert get(address, host=host).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "localhost.evil.example",
                                  "127.0.0.1.evil.example", "127.0.0.2", "10.0.0.1", "[::2]",
                                  "papers.example.org.evil", "[", "", "0.0.0.0"])  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/page.js", "/gradio_api/queue/data"])
def test_foreign_names_are_refused_everywhere_in_a_sentence(
    address: str, host: str, path: str
) -> None:
    response = get(address, path, host=host)
    assert response.status_code == 403
    assert "ASKPAPERS_ALLOWED_HOSTS=" in response.text
    assert response.headers["content-type"].startswith("text/plain")
    assert "content-security-policy" in response.headers


def test_a_machine_is_reached_by_the_address_it_listens_on_and_by_no_other() -> None:
    guard = Guard(lambda *_: None, ["box"])  # type: ignore[arg-type, return-value]

    def refused(host: str) -> bool:
        headers = [(b"host", host.encode())]
        scope = {"type": "http", "path": "/", "headers": headers, "server": ("192.168.1.5", 7860)}
        return guard._refusal(scope) is not None

    assert [refused(h) for h in ("192.168.1.5:7860", "box:7860", "192.168.1.6", "tower")] == [
        False, False, True, True,
    ]  # fmt: skip


def test_who_serves_others_is_told_how_they_reach_the_page() -> None:
    assert announcement("http://127.0.0.1:1", "127.0.0.1").endswith("(Ctrl-C stops it).")
    open_to_all = announcement(
        "http://127.0.0.1:1", "0.0.0.0", Service(allowed=["papers.example.org"])
    )
    assert "by papers.example.org and its addresses" in open_to_all
    assert "ASKPAPERS_ALLOWED_HOSTS" in open_to_all


def test_allowed_names_are_a_list_with_commas() -> None:
    assert Settings(_env_file=None).allowed_names == ()
    given = Settings(_env_file=None, allowed_hosts=" a.example, ,localhost:3000 ")
    assert given.allowed_names == ("a.example", "localhost:3000")


# Sites


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", 200),
        ("https://papers.example.org", 200),
        ("http://localhost:3001", 403),
        ("http://127.0.0.1:1", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("http://[", 403),
    ],
)
def test_other_sites_and_ports_may_ask_only_where_they_are_allowed(
    address: str, origin: str, status: int
) -> None:
    asked = {"data": ["What?", None, None, *SETTINGS], "fn_index": ASKING, "session_hash": "s"}
    answer = httpx.post(address + JOIN, json=asked, headers={"origin": origin}, timeout=30)
    assert answer.status_code == status


def test_the_pages_own_requests_are_answered(address: str) -> None:
    asked = {"data": ["What?", None, None, *SETTINGS], "fn_index": ASKING, "session_hash": "own"}
    answer = httpx.post(address + JOIN, json=asked, headers={"origin": address}, timeout=30)
    assert answer.status_code == 200


def test_what_a_site_embeds_is_refused_and_a_link_from_it_works(address: str) -> None:
    embedded = get(address, "/config", sec_fetch_site="same-site", sec_fetch_mode="no-cors")
    followed = get(address, "/", sec_fetch_site="cross-site", sec_fetch_mode="navigate")
    assert (embedded.status_code, followed.status_code) == (403, 200)


# Sizes


@pytest.mark.parametrize("declared", [True, False])
def test_a_large_body_is_refused_before_it_is_kept(address: str, declared: bool) -> None:
    body = b'{"data": ["' + b"x" * (2 * LARGEST_BODY) + b'"]}'
    content = body if declared else iter([body])
    kind = {"content-type": "application/json"}
    response = httpx.post(address + JOIN, content=content, headers=kind, timeout=30)
    assert response.status_code == 413
    assert "at most 2048 KB" in response.text


def test_a_huge_body_is_refused_by_its_declared_length_alone(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        head = f"POST {JOIN} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 150000000\r\n\r\n"
        client.sendall(head.encode())
        assert client.recv(100).startswith(b"HTTP/1.1 413")


def test_files_are_not_taken(address: str) -> None:
    file = {"files": ("a.txt", b"text")}
    response = httpx.post(f"{address}/gradio_api/upload", files=file, timeout=30)
    assert response.status_code == 404
    assert "no files" in response.text


WRONG: list[tuple[str, str, bytes]] = [
    ("POST", JOIN, b""),
    ("POST", JOIN, b"{"),
    ("POST", JOIN, b"[" * 10_000),
    ("POST", JOIN, b'"text"'),
    ("POST", JOIN, b"{}"),
    ("POST", JOIN, json.dumps({"data": [], "fn_index": 99, "session_hash": "w"}).encode()),
    ("POST", JOIN, json.dumps({"data": 1, "fn_index": "x", "session_hash": 1}).encode()),
    ("POST", JOIN, json.dumps({"data": [1], "fn_index": -1, "session_hash": "w"}).encode()),
    ("POST", JOIN, json.dumps({"data": [{}, []], "session_hash": "w"}).encode()),
    ("POST", JOIN, b'{"data": [["x"], 3], "fn_index": 0, "session_hash": "w"}'),
    ("POST", JOIN, json.dumps({"data": [], "fn_index": ASKING, "session_hash": "w2"}).encode()),
    ("POST", JOIN, b'{"data": ["\\ud800", null], "fn_index": 0, "session_hash": "w3"}'),
    ("POST", JOIN, b'{"data": [null], "fn_index": 1, "session_hash": "w4", "event_data": {}}'),
    ("POST", "/gradio_api/run/predict", b'{"data": []}'),
    ("POST", "/gradio_api/run/nothing", b'{"data": []}'),
    ("POST", "/gradio_api/call/nothing", b'{"data": []}'),
    ("POST", "/gradio_api/call/v2/nothing", b'{"data": []}'),
    ("POST", "/gradio_api/reset", b"{}"),
    ("POST", "/gradio_api/cancel", b"{}"),
    ("POST", "/gradio_api/stream/none", b"{}"),
    ("POST", "/gradio_api/component_server", b"{}"),
    ("POST", "/gradio_api/vibe-edit", b"{}"),
    ("POST", "/login", b"{}"),
    ("GET", "/gradio_api/queue/data", b""),
    ("GET", "/gradio_api/queue/data?session_hash=nobody", b""),
    ("GET", "/gradio_api/file=/etc/passwd", b""),
    ("GET", "/gradio_api/file=%00", b""),
    ("GET", "/gradio_api/file=http://evil.example", b""),
    ("GET", "/gradio_api/proxy=http://evil.example/", b""),
    ("GET", "/gradio_api/stream/a/b/c/playlist.m3u8", b""),
    ("GET", "/gradio_api/custom_component/x/y/z/w", b""),
    ("GET", "/gradio_api/deep_link?session_hash=x", b""),
    ("GET", "/?deep_link=x", b""),
    ("GET", "/svelte/../../x", b""),
    ("GET", "/static/%2e%2e/%2e%2e/x", b""),
    ("GET", "/assets/%00", b""),
    ("GET", "/gradio_api/info", b""),
    ("GET", "/gradio_api/openapi.json", b""),
    ("GET", "/monitoring/summary", b""),
    ("GET", "/pwa_icon/-1", b""),
    ("GET", "/manifest.json", b""),
    ("PUT", "/config", b"x"),
    ("DELETE", "/", b""),
    ("OPTIONS", JOIN, b""),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), WRONG)
def test_a_request_that_is_merely_wrong_is_no_traceback(
    address: str,
    method: str,
    path: str,
    body: bytes,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with httpx.Client(base_url=address, timeout=20) as client:
        kind = {"content-type": "application/json"}
        with client.stream(method, path, content=body, headers=kind) as response:
            response.read()
        if path == JOIN and response.status_code == 200:
            read_events(client, json.loads(body)["session_hash"])
    assert response.status_code < 500
    logged = "".join(str(r.exc_info) for r in caplog.records if r.levelno >= logging.ERROR)
    assert "Traceback" not in capfd.readouterr().err + logged
    assert not logged


def read_events(client: httpx.Client, session: str) -> list[str]:
    with client.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as events:
        lines = [line for line in events.iter_lines() if line.startswith("data:")]
    return [json.loads(line[5:])["msg"] for line in lines]


# Visitors


def test_visitors_who_went_are_forgotten_and_the_others_are_not() -> None:
    from fastapi import FastAPI

    engine = ScriptedEngine()
    built = pages.build_page(engine, CORPUS_LINE)
    pages.mount_page(FastAPI(), engine, built)
    holder = built.state_holder
    for name in ("gone", "here"):
        assert holder[name] is not None
    holder.time_last_used["gone"] -= timedelta(hours=5)
    forget(built, datetime.now() - timedelta(hours=4))
    assert list(holder.session_data) == list(holder.time_last_used) == ["here"]
    assert holder.capacity == 500
