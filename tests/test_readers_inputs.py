"""What can be named on the command line: files, folders, archives, standard input, arXiv."""

from __future__ import annotations

import gzip
import io
import os
import threading
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest

from app.ui import terminal as console
from ingest.errors import SourceError, Stopped
from ingest.progress import Progress, Watch
from ingest.readers import Archives, Input, Unread, covers, find_sources, read
from ingest.readers.opening import BombError
from ingest.readers.pipes import Pipe
from ingest.records import Problem, Record
from ingest.settings import IngestSettings

FIXTURES = Path(__file__).parent / "fixtures" / "formats"
ABSTRACT = "Abstract: Something short was found.\n"


def names(folder: Path) -> list[str]:
    return [source.name.removeprefix(f"{folder}/") for source in find_sources([str(folder)])]


def test_a_folder_is_walked_without_hidden_files_readmes_code_and_links_out_of_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "library"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    outside = tmp_path / "outside.txt"
    kept_out = [".git/c.txt", ".hidden.txt", "README.txt", "code.py", "x.dat"]
    for file in (outside, *(folder / name for name in ["b.txt", "sub/a.txt", *kept_out])):
        file.write_text(ABSTRACT)
    (folder / "export.dat").write_bytes((FIXTURES / "pubmed.ris").read_bytes())
    (folder / "link.txt").symlink_to(outside)
    assert names(folder) == ["b.txt", "export.dat", "sub/a.txt"]


def test_a_path_that_is_not_there_and_an_empty_query_are_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no file or folder .*gone"):
        find_sources([str(tmp_path / "gone")])
    with pytest.raises(SourceError, match="Write a query"):
        find_sources(["arxiv:  "])


def test_gzip_is_opened_and_keeps_its_own_lines(tmp_path: Path) -> None:
    file = tmp_path / "zotero.bib.gz"
    file.write_bytes(gzip.compress((FIXTURES / "zotero.bib").read_bytes()))
    found = [item.source.line for item in read(file) if isinstance(item, Record)]
    assert found == [7, 26, 39]


def test_members_of_an_archive_are_named_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "archive.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("zotero.bib", "csl.json"):
            archive.write(FIXTURES / name, f"exports/{name}")
        archive.writestr("__MACOSX/._csl.json", "x")
        archive.writestr("inner.zip", b"PK\x03\x04 and so on")
    sources = find_sources([str(file)])
    assert [s.name for s in sources] == [
        f"{file}!{n}" for n in ("exports/csl.json", "exports/zotero.bib", "inner.zip")
    ]
    items = [item for source in sources for item in read(source)]
    assert f"{file}!exports/zotero.bib:7" in [str(i.source) for i in items if isinstance(i, Record)]
    assert any("one inside another" in i.reason for i in items if isinstance(i, Problem))


def test_archives_that_unpack_without_measure_are_refused(tmp_path: Path) -> None:
    text = (b"word" * 250_000 + b"\n") * 80  # 80 MB that pack to a hundred KB
    packed = tmp_path / "bomb.gz"
    packed.write_bytes(gzip.compress(text))
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        writing.writestr("bomb.txt", text)
    for file in (packed, archive):
        *_, last = read(file)
        assert isinstance(last, Unread)
        assert "more than a hundred times its size" in last.reason


@pytest.mark.parametrize("ending", ["gz", "zip"])
def test_a_damaged_archive_is_a_problem(tmp_path: Path, ending: str) -> None:
    whole = io.BytesIO()
    if ending == "gz":
        whole.write(gzip.compress(os.urandom(90_000)))
    else:
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr("a.txt", ABSTRACT * 1000)
    file = tmp_path / f"cut.{ending}"
    file.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    items = list(read(file))
    assert len(items) == 1
    assert isinstance(items[0], Problem)


def test_a_file_that_may_not_be_read_is_an_unread_problem(tmp_path: Path) -> None:
    (item,) = read(Input(str(tmp_path), tmp_path))
    assert isinstance(item, Unread)
    assert item.reason.startswith("The file could not be read (Is a directory")


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    (source,) = find_sources(["-"])
    for packed in (False, True):
        data = (FIXTURES / "pubmed.ris").read_bytes()
        stream = io.TextIOWrapper(io.BytesIO(gzip.compress(data) if packed else data))
        monkeypatch.setattr("sys.stdin", stream)
        found = [str(item.source) for item in read(source) if isinstance(item, Record)]
        assert found == ["-:10", "-:26"]


def test_pruning_looks_only_under_the_paths_that_were_named(tmp_path: Path) -> None:
    archive = f"{tmp_path}/a/b.zip"
    assert covers(str(tmp_path), f"{tmp_path}/a/b.txt")
    assert covers(archive, f"{archive}!member.bib")
    assert covers(f"{tmp_path}/a", f"{archive}!member.bib")
    assert not covers(f"{tmp_path}/a", f"{tmp_path}/ab.txt")
    assert not covers("-", "-")
    assert not covers("arxiv:cat:cs.IR", "arxiv:cat:cs.IR")


def test_every_member_of_an_archive_is_read_or_in_the_tally(tmp_path: Path) -> None:
    file = tmp_path / "archive.zip"
    kept_out = ["../up.txt", "/etc/root.txt", "a/../../b.txt", "C:\\disk.txt", "..\\w.txt"]
    with zipfile.ZipFile(file, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of the repeated name
        for number, name in enumerate(["a.txt", "b.txt", "a.txt", "a.txt", *kept_out]):
            archive.writestr(name, f"Abstract: Number {number} was found.\n")
    items = [item for source in find_sources([str(file)]) for item in read(source)]
    texts = {item.abstract for item in items if isinstance(item, Record)}
    assert texts == {"Number 1 was found.", "Number 3 was found."}
    problems = [item for item in items if isinstance(item, Problem)]
    assert sorted(p.source for p in problems if "leads out" in p.reason) == sorted(
        f"{file}!{name}:1" for name in kept_out
    )
    repeated = [p.reason for p in problems if p.source == f"{file}!a.txt:1"]
    assert [reason.rpartition("number ")[2] for reason in repeated] == ["1.", "2."]
    assert len(items) == 9


def test_an_archive_is_opened_once_for_all_its_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "archive.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(50):
            archive.writestr(f"{number}.txt", ABSTRACT)
    sources = find_sources([str(file)])
    opened: list[object] = []
    original = zipfile.ZipFile.__init__

    def counted(self: zipfile.ZipFile, *given: object, **named: object) -> None:
        opened.append(self)
        original(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(zipfile.ZipFile, "__init__", counted)
    with Archives() as archives:
        assert all(list(read(source, archives=archives)) for source in sources)
    assert len(opened) == 1


def test_sizes_of_files_are_looked_up_once_whatever_their_number(tmp_path: Path) -> None:
    sources = []
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text(ABSTRACT)
        sources.append(Input(str(number), tmp_path / f"{number}.txt"))
    told: list[Progress] = []
    watch = Watch(sources, told.append)
    for source in sources:
        watch.finish(source)
        watch.report(1, 1)
        tmp_path.joinpath(source.name + ".txt").unlink()
    assert [now.share for now in told] == [0.2, 0.4, 0.6, 0.8, 1.0]


def test_members_that_only_together_unpack_without_measure_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as writing:
        for number in range(3):
            writing.writestr(f"{number}.txt", b"word" * 5_000_000)
    (source,) = find_sources([str(file)])
    (item,) = read(source)
    assert isinstance(item, Unread)
    assert "more than a hundred times its size" in item.reason


def test_an_office_document_is_told_as_one(tmp_path: Path) -> None:
    file = tmp_path / "papers.docx"
    with zipfile.ZipFile(file, "w") as writing:
        writing.writestr("[Content_Types].xml", "<Types/>")
    (item,) = (item for source in find_sources([str(file)]) for item in read(source))
    assert isinstance(item, Problem)
    assert "Office document" in item.reason


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused(device: str) -> None:
    with pytest.raises(SourceError, match=f"{device} is a device"):
        find_sources([device])


@pytest.mark.parametrize("packed", [False, True])
def test_a_pipe_is_streamed_and_a_wait_for_it_is_told(tmp_path: Path, packed: bool) -> None:
    data = (FIXTURES / "pubmed.ris").read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (source,) = find_sources([str(pipe)])
    waited = threading.Event()

    def write() -> None:
        waited.wait(10)
        pipe.write_bytes(gzip.compress(data) if packed else data)

    writer = threading.Thread(target=write)
    writer.start()
    items = list(read(source, waiting=waited.set))
    writer.join()
    assert waited.is_set()
    found = [str(item.source) for item in items if isinstance(item, Record)]
    assert found == [f"{pipe}:10", f"{pipe}:26"]
    assert not covers(str(pipe), source.name)


def test_a_pipe_is_stopped_while_it_is_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def stop() -> None:
        raise Stopped("Stopped.")

    with pytest.raises(Stopped):
        list(read(Input(str(pipe), pipe), waiting=stop))


def test_what_a_shell_hands_over_as_dev_fd_is_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, ABSTRACT.encode())
    os.close(writing)
    (source,) = find_sources([f"/dev/fd/{reading}"])
    (item,) = read(source)
    os.close(reading)
    assert str(item.source) == f"/dev/fd/{reading}:1"


def test_a_pipe_without_end_is_read_to_a_limit() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x" * 200)
    pipe = Pipe(reading, lambda: None, most=100)
    assert len(pipe.read(100)) == 100
    with pytest.raises(BombError, match="the rest was not read"):
        pipe.read(100)
    os.close(reading)
    os.close(writing)


def test_a_wait_for_a_pipe_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress() as report:
        for _ in range(3):
            report(Progress(0, 1, 0, 0, awaited="/tmp/pipe"))
    said = capsys.readouterr().err
    assert said == "Waiting for what comes through the pipe /tmp/pipe (Ctrl-C stops).\n"


# arXiv's search, answered by a server of our own on this machine.


ENTRY = """<entry><id>http://arxiv.org/abs/2401.{n:05d}v1</id><title>Paper {n}</title>
<published>2024-01-02T00:00:00Z</published><updated>2024-01-02T00:00:00Z</updated>
<summary>Abstract number {n} says something with $\\alpha$ in it.</summary>
<author><name>Ann Lee</name></author><author><name>Bo Chen</name></author>
<category term="cs.IR"/></entry>"""
FEED = """<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"
 xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">
<title>arXiv Query</title><id>http://arxiv.org/api/x</id><updated>2024-01-03T00:00:00Z</updated>
<opensearch:totalResults>{total}</opensearch:totalResults><opensearch:startIndex>{start}</opensearch:startIndex>
<opensearch:itemsPerPage>{page}</opensearch:itemsPerPage>{entries}</feed>"""


class Arxiv:
    """Answers `total` papers in pages; from request number `silent_from` on it answers HTTP 503."""

    def __init__(self, total: int, silent_from: int | None = None) -> None:
        self.total, self.silent_from = total, silent_from
        self.asked: list[dict[str, str]] = []

    def answer(self, query: dict[str, str]) -> str | None:
        self.asked.append(query)
        if self.silent_from is not None and len(self.asked) >= self.silent_from:
            return None
        start, page = int(query["start"]), int(query["max_results"])
        numbers = range(start + 1, min(start + page, self.total) + 1)
        entries = "".join(ENTRY.format(n=n) for n in numbers)
        return FEED.format(total=self.total, start=start, page=page, entries=entries)


@contextmanager
def serving(arxiv: Arxiv) -> Iterator[IngestSettings]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {k: v[0] for k, v in parse_qs(urlparse(self.path).query).items()}
            body = arxiv.answer(query)
            self.send_response(200 if body else 503)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield IngestSettings(
            _env_file=None,
            arxiv_url=f"http://127.0.0.1:{server.server_port}/api/query",
            arxiv_seconds=0,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_query_to_arxiv_is_read_page_by_page() -> None:
    (source,) = find_sources(["arxiv:cat:cs.IR AND  abs:recommendation"])
    arxiv = Arxiv(total=230)
    with serving(arxiv) as settings:
        items = list(read(source, settings))
    assert len(items) == 230
    first = items[0]
    assert isinstance(first, Record)
    assert str(first.source) == "arxiv:cat:cs.IR AND abs:recommendation:1"
    assert (first.title, first.authors, first.year) == ("Paper 1", ("Ann Lee", "Bo Chen"), 2024)
    assert first.abstract == "Abstract number 1 says something with α in it."
    assert (first.arxiv_id, first.url) == ("2401.00001", "https://arxiv.org/abs/2401.00001v1")
    assert [(q["start"], q["max_results"]) for q in arxiv.asked] == [
        ("0", "100"),
        ("100", "100"),
        ("200", "100"),
    ]
    assert arxiv.asked[0]["search_query"] == "cat:cs.IR AND abs:recommendation"
    assert (arxiv.asked[0]["sortBy"], arxiv.asked[0]["sortOrder"]) == (
        "submittedDate",
        "descending",
    )


def test_no_more_is_asked_of_arxiv_than_is_wanted() -> None:
    arxiv = Arxiv(total=1000)
    with serving(arxiv) as settings:
        items = list(read(Input("arxiv:all:x"), settings, most=120))
    assert len(items) == 120
    assert len(arxiv.asked) == 2


def test_arxiv_ids_are_asked_for_as_ids() -> None:
    arxiv = Arxiv(total=1)
    with serving(arxiv) as settings:
        list(read(Input("arxiv:2401.00001, 2401.00002v2"), settings))
    assert arxiv.asked[0]["id_list"] == "2401.00001,2401.00002v2"


def test_an_arxiv_that_falls_silent_keeps_what_was_read_and_says_how_to_go_on() -> None:
    arxiv = Arxiv(total=300, silent_from=3)
    with serving(arxiv) as settings:
        items = list(read(Input("arxiv:all:x"), settings))
        assert len(arxiv.asked) == 6  # the third page is tried four times
    assert len(items) == 201
    assert isinstance(items[-1], Unread)
    assert "after 200 papers: it answered with HTTP 503" in items[-1].reason
    assert "run the same command again" in items[-1].reason
    arxiv.silent_from = None
    with serving(arxiv) as settings:
        again = list(read(Input("arxiv:all:x"), settings))
    assert again[:200] == items[:200]
    assert len(again) == 300


def test_requests_to_arxiv_are_apart_as_it_asks() -> None:
    import time

    assert IngestSettings(_env_file=None).arxiv_seconds >= 3
    with serving(Arxiv(total=250)) as settings:
        started = time.monotonic()
        list(read(Input("arxiv:all:x"), settings.model_copy(update={"arxiv_seconds": 0.3})))
    assert time.monotonic() - started >= 0.6


def test_no_connection_to_arxiv_is_one_problem() -> None:
    settings = IngestSettings(
        _env_file=None, arxiv_url="http://127.0.0.1:9/api/query", arxiv_seconds=0
    )
    (item,) = read(Input("arxiv:all:x"), settings)
    assert isinstance(item, Unread)
    assert "there was no connection" in item.reason
