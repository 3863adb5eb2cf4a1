"""Many writers and readers of one index on servers, and servers and writers that go away."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import ingest_samples
import pytest
from ingest_samples import SETTINGS, abstract, contents, entry, run, title, write_jsonl
from store_servers import ChromaRun, Postgres

from app.engine import Engine
from app.settings import Settings
from app.ui.discretion import discreet
from ingest import pipeline
from ingest.catalog import Feedback
from ingest.errors import IndexBusy, StoreGone, UsageError
from ingest.opening import opened, require_filled
from ingest.pipeline import Progress, ingest
from ingest.records import Tally
from ingest.servers.stores import Servers
from ingest.shared.index import SharedIndex
from ingest.stores.vectors import VectorStore

_WRITERS = 4
_SHORT = entry(99, abstract="")
_SAID = Feedback("a" * 32, "2026-11-21T10:00:00+00:00", "What is it?", liked=True)


@pytest.fixture(autouse=True)
def places(
    request: pytest.FixtureRequest,
    postgres: Postgres,
    chroma_run: ChromaRun,
    monkeypatch: pytest.MonkeyPatch,
) -> Servers:
    """An empty index on both servers."""
    schema = re.sub(r"\W+", "_", request.node.name)[-50:].strip("_").lower()
    found = Servers(postgres.url(schema), chroma_run.url, seconds=5, retries=1, lock_seconds=5)
    monkeypatch.setattr(ingest_samples, "servers_of", lambda _: found)
    return found


def test_four_writers_at_once_leave_what_one_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_BATCH", 7)  # so that each has many turns
    files = [
        write_jsonl(tmp_path / f"{n}.jsonl", map(entry, range(20 * n, 20 * n + 30)))
        for n in range(_WRITERS)
    ]
    same = write_jsonl(tmp_path / "same.jsonl", map(entry, range(10, 60, 3)))

    def write(number: int) -> Tally:
        return run(tmp_path / f"writer-{number}", files[number], same)

    with ThreadPoolExecutor(_WRITERS) as pool:
        tallies = list(pool.map(write, range(_WRITERS)))
    assert sum(tally.added for tally in tallies) == 90
    assert sum(tally.read for tally in tallies) == sum(
        tally.added + tally.merged + tally.unchanged for tally in tallies
    )
    held = contents(tmp_path / "reader")
    monkeypatch.setattr(ingest_samples, "servers_of", lambda _: Servers())
    run(tmp_path / "alone", *files, same)
    assert held == contents(tmp_path / "alone")


def test_writers_at_once_keep_what_each_left_out_and_what_visitors_say(
    places: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_BATCH", 5)
    settings = Settings(_env_file=None, database_url=places.database, chroma_url=places.chroma)
    run(tmp_path / "first", write_jsonl(tmp_path / "0.jsonl", [entry(99)]))
    files = [
        write_jsonl(tmp_path / f"{n}.jsonl", [*map(entry, range(9 * n, 9 * n + 9)), _SHORT])
        for n in range(_WRITERS)
    ]

    def write(number: int) -> None:
        with closing(Engine(tmp_path / f"reader-{number}", settings)) as engine:
            engine.keep(replace(_SAID, token=f"{number}" * 20))
            run(tmp_path / f"writer-{number}", files[number])
            engine.keep(replace(_SAID, token=f"{number}" * 20, liked=False))

    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(write, range(_WRITERS)))
    with closing(Engine(tmp_path / "reader", settings)) as engine:
        said = engine.index.catalog.feedback()
        assert sorted(one.token[0] for one in said) == list("0123")
        assert not any(one.liked for one in said)
        kept_out = sorted(problem.source for problem in engine.holdings().problems)
        assert kept_out == [f"{file}:10" for file in files]


def test_writers_of_one_edited_file_store_each_edit_once(tmp_path: Path) -> None:
    file = write_jsonl(tmp_path / "a.jsonl", map(entry, range(12)))
    run(tmp_path / "one", file)
    write_jsonl(file, [entry(n, abstract=abstract(n) + " Edited.") for n in range(12)])
    with ThreadPoolExecutor(_WRITERS) as pool:
        tallies = list(pool.map(lambda n: run(tmp_path / f"w{n}", file), range(_WRITERS)))
    assert sum(tally.updated for tally in tallies) == 12
    assert sum(tally.unchanged for tally in tallies) == 12 * (_WRITERS - 1)
    papers = contents(tmp_path / "one")["papers"]
    assert [len(paper["sources"]) for paper in papers] == [1] * 12


def test_a_reader_follows_what_another_process_publishes(places: Servers, tmp_path: Path) -> None:
    run(tmp_path / "writer", write_jsonl(tmp_path / "a.jsonl", map(entry, range(5))))
    settings = Settings(
        _env_file=None, database_url=places.database, chroma_url=places.chroma, retries=0
    )
    engine = Engine(tmp_path / "reader", settings)
    assert engine.search(title(7), 1)[0].paper.title != title(7)
    run(tmp_path / "writer", write_jsonl(tmp_path / "b.jsonl", [entry(7)]))
    assert engine.search(title(7), 1)[0].paper.title == title(7)
    write_jsonl(tmp_path / "b.jsonl", [])
    run(tmp_path / "writer", tmp_path / "b.jsonl", prune=True)
    assert engine.search(title(7), 1)[0].paper.title != title(7)
    assert len(engine.papers()) == 5
    engine.index.close()


def test_a_text_index_that_was_damaged_or_lost_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    run(folder, write_jsonl(tmp_path / "a.jsonl", map(entry, range(5))))
    before = contents(folder)
    (local,) = folder.glob("shared-*")
    for file in (local / "lexicon-1").glob("meta.json"):
        file.write_text("{")
    assert contents(folder) == before
    assert contents(tmp_path / "elsewhere") == before


def test_who_waits_for_a_writer_too_long_is_told_who_it_is(places: Servers, tmp_path: Path) -> None:
    hasty = Servers(places.database, places.chroma, lock_seconds=0.2)
    file = write_jsonl(tmp_path / "a.jsonl", [entry(1)])
    run(tmp_path / "one", file)
    with (
        closing(opened(tmp_path / "one", None, places)) as index,
        closing(opened(tmp_path / "two", None, hasty)) as other,
        index.catalog.alone(),
        pytest.raises(IndexBusy, match=r"Another writer \(askpapers .* since \d\d:\d\d\) holds"),
    ):
        ingest([write_jsonl(tmp_path / "b.jsonl", [entry(2)])], other, SETTINGS)


class _Killed(BaseException):
    """The end of a process, as far as its connections show."""


@pytest.mark.parametrize("moment", ["write", "remove"])
def test_what_a_killed_writer_left_the_next_one_mends(
    places: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    file = write_jsonl(tmp_path / "a.jsonl", map(entry, range(9)))
    run(tmp_path / "one", file)
    write_jsonl(file, [entry(n, title=title(n + 50)) for n in range(4)])

    def killed(store: VectorStore, *given: Any) -> None:
        real(store, *given)
        raise _Killed

    real = getattr(VectorStore, moment)
    with monkeypatch.context() as dying:
        dying.setattr(VectorStore, moment, killed)
        with pytest.raises(_Killed):
            run(tmp_path / "one", file, prune=True)
    with closing(opened(tmp_path / "two", None, places)) as index:
        assert index.catalog.pending()
    run(tmp_path / "two", file, prune=True)
    held = contents(tmp_path / "two")
    monkeypatch.setattr(ingest_samples, "servers_of", lambda _: Servers())
    edited = file.read_text()
    run(tmp_path / "alone", write_jsonl(file, map(entry, range(9))))
    file.write_text(edited)
    run(tmp_path / "alone", file, prune=True)
    expected = contents(tmp_path / "alone")
    for part in ("chunks", "vectors", "numbers", "chunk ids in vectors", "pending"):
        assert held[part] == expected[part], part


def test_a_database_that_goes_away_is_a_sentence_and_work_resumes(
    places: Servers, postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_BATCH", 10)
    monkeypatch.setattr(pipeline, "_REPORTED_EVERY", 10)
    file = write_jsonl(tmp_path / "a.jsonl", map(entry, range(40)))

    def stop(progress: Progress) -> None:
        if progress.read == 30:
            postgres.stop()

    try:
        with pytest.raises(StoreGone, match=r"postgresql://127\.0\.0\.1/postgres cannot"):
            run(tmp_path / "one", file, report=stop)
        with pytest.raises(StoreGone, match="ASKPAPERS_DATABASE_URL"):
            require_filled(tmp_path / "one", places)
    finally:
        postgres.start()
    tally = run(tmp_path / "one", file)
    assert (tally.unchanged, tally.added) == (20, 20)
    assert len(contents(tmp_path / "two")["papers"]) == 40


def test_an_answer_resumes_once_the_servers_are_back(
    places: Servers, postgres: Postgres, chroma_run: ChromaRun, tmp_path: Path
) -> None:
    run(tmp_path / "one", write_jsonl(tmp_path / "a.jsonl", map(entry, range(9))))
    settings = Settings(
        _env_file=None, database_url=places.database, chroma_url=places.chroma, retries=0
    )
    engine = Engine(tmp_path / "one", settings)
    before = engine.ask(f"What is {title(3)}?")
    for server in (postgres, chroma_run):
        server.stop()
        try:
            with pytest.raises(StoreGone, match="start it or correct ASKPAPERS_"):
                engine.ask("Which papers align speech?")
        finally:
            server.start()
        assert engine.ask(f"What is {title(3)}?").text == before.text
    engine.index.close()


@contextmanager
def _proxy(
    target: str, refuse: Callable[[str, Mapping[str, str], bytes], tuple[int, bytes] | None]
) -> Iterator[str]:
    """A proxy before a server; `refuse` sees path, headers and body of each request."""

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = refuse(self.path, dict(self.headers), body) or self._answer(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _answer(self, body: bytes) -> tuple[int, bytes]:
            headers = {"Content-Type": "application/json"}
            asked = Request(target + self.path, body or None, headers, method=self.command)
            try:
                with urlopen(asked, timeout=20) as answer:
                    return int(answer.status), answer.read()
            except HTTPError as error:
                with error:
                    return error.code, error.read()

        def log_message(self, *_: object) -> None:
            pass

        do_GET = do_POST = do_PUT = do_DELETE = _pass_on

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_proxy_gets_its_token_with_every_request(places: Servers, tmp_path: Path) -> None:
    file = write_jsonl(tmp_path / "a.jsonl", map(entry, range(3)))

    def refuse(_: str, headers: Mapping[str, str], __: bytes) -> tuple[int, bytes] | None:
        return None if headers.get("X-Token") == "let me in" else (401, b"no")

    with _proxy(places.chroma, refuse) as address:
        known = Servers(places.database, address, {"X-Token": "let me in"})
        with closing(opened(tmp_path / "one", None, known)) as index:
            assert ingest([file], index, SETTINGS).added == 3
        unknown = Servers(places.database, address, {"X-Token": "guessed"})
        with (
            closing(opened(tmp_path / "two", None, unknown)) as index,
            pytest.raises(UsageError, match=r"refused the key \(HTTP 401\).*CHROMA_HEADERS"),
        ):
            ingest([file], index, SETTINGS)
        assert "let me in" not in repr(known)


def test_a_quota_makes_requests_smaller_and_a_passing_fault_is_asked_again(
    places: Servers, tmp_path: Path
) -> None:
    file = write_jsonl(tmp_path / "a.jsonl", map(entry, range(20)))
    seen: list[int] = []

    def refuse(path: str, _: Mapping[str, str], body: bytes) -> tuple[int, bytes] | None:
        if not path.endswith("/upsert"):
            return None
        seen.append(body.count(b'"', body.index(b"[")) // 2)
        if len(seen) == 1:
            return 503, b"starting"
        rows = body[: body.index(b"]")].count(b",") + 1
        return (422, b'{"error":"QuotaError","message":"too many"}') if rows > 6 else None

    with _proxy(places.chroma, refuse) as address:
        limited = Servers(places.database, address, retries=1)
        with closing(opened(tmp_path / "one", None, limited)) as index:
            assert isinstance(index, SharedIndex)
            assert ingest([file], index, SETTINGS).added == 20
            assert index.vectors.count() == 20
    assert len(seen) > 4


def test_a_server_that_says_nothing_is_given_up(places: Servers, tmp_path: Path) -> None:
    file = write_jsonl(tmp_path / "a.jsonl", map(entry, range(3)))
    run(tmp_path / "one", file)
    silent = threading.Event()

    def refuse(path: str, _: Mapping[str, str], __: bytes) -> tuple[int, bytes] | None:
        if path.endswith("/query"):
            silent.wait(20)
        return None

    with _proxy(places.chroma, refuse) as address:
        settings = Settings(
            _env_file=None, database_url=places.database, chroma_url=address, timeout=1, retries=0
        )
        engine = Engine(tmp_path / "one", settings)
        with pytest.raises(StoreGone, match="cannot be reached or went away"):
            engine.search(title(1), 3)
        silent.set()
        assert engine.search(title(1), 3)
        engine.index.close()


def test_visitors_do_not_read_where_the_servers_are(postgres: Postgres) -> None:
    gone = Servers("postgresql://me:secret@127.0.0.1:9/papers", "http://127.0.0.1:9", retries=0)
    told = []
    for places in (gone, Servers(postgres.url("discreet"), gone.chroma, retries=0)):
        with pytest.raises(StoreGone) as raised:
            list(_asked_of(places))
        told.append(str(raised.value))
    assert "postgresql://127.0.0.1/papers" in told[0]
    assert "http://127.0.0.1:9" in told[1]
    assert "secret" not in " ".join(told)
    assert "127.0.0.1" not in " ".join(map(discreet, told))


def _asked_of(places: Servers) -> Iterator[int]:
    with closing(opened(Path(tempfile.mkdtemp()), None, places)) as index:
        yield index.catalog.count()
        yield index.vectors.count()
