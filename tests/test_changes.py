"""Files put into the collection by way of the page, and papers taken out: whole, bounded, safe."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from ingest_samples import entry
from page_samples import ScriptedEngine, served

from app.engine import Engine
from app.library import Library, choose
from app.settings import Settings
from app.ui.desk import Desk, may_edit
from app.writing_process import Task, write
from ingest.errors import UsageError
from ingest.index import Index
from ingest.progress import Progress
from ingest.records import Tally
from ingest.writer_lock import only_writer

UPLOAD, REMOVE = "/library/upload", "/library/remove"


@dataclass
class Site:
    """A page over the sample corpus beside an index that is still empty, and its desk."""

    address: str
    settings: Settings
    desk: Desk
    engine: Engine

    def put(self, name: str, content: bytes | Iterator[bytes], **headers: str) -> httpx.Response:
        place = self.address + UPLOAD
        return httpx.post(
            place, params={"name": name}, content=content, headers=headers, timeout=120
        )

    def told(self, name: str, content: bytes) -> dict[str, Any]:
        """What is told at last."""
        last: dict[str, Any] = json.loads(self.put(name, content).text.splitlines()[-1])
        return last

    def remove(self, *paper_ids: str) -> dict[str, Any]:
        answer = httpx.post(self.address + REMOVE, json=list(paper_ids), timeout=120)
        found: dict[str, Any] = answer.json()
        return found


def jsonl(*entries: dict[str, object]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in entries).encode()


@pytest.fixture
def home(sample_index: Path, tmp_path: Path) -> Path:
    """A folder in which the sample corpus is indexed, and nothing of one's own."""
    shutil.copytree(sample_index, tmp_path / "index.sample")
    return tmp_path


@pytest.fixture
def site(home: Path) -> Iterator[Site]:
    settings = Settings(_env_file=None, index=home / "index", upload_mb=1, lock_seconds=0.2)
    library = choose(None, settings, lambda _: None)
    with closing(Engine(library.folder, settings)) as engine:
        desk = Desk(engine, library, None, settings)
        with served(engine, desk=desk) as address:
            yield Site(address, settings, desk, engine)


def test_the_first_file_makes_an_index_of_ones_own_and_the_next_question_is_answered_from_it(
    site: Site,
) -> None:
    assert site.desk.is_sample
    assert "The sample corpus stays" in site.remove("abs:1")["failed"]
    short = entry(3, abstract="")
    told = site.told("mine.jsonl", jsonl(entry(1), entry(2), entry(1), short))
    assert told["done"][0].startswith("4 read, 2 added, 1 merged, 1 skipped in ")
    assert told["done"][1].startswith("skipped mine.jsonl:4: ")
    assert not site.desk.is_sample
    assert site.desk.line() == "2 papers"
    assert str(entry(1)["abstract"]).split()[1] in site.engine.ask("List all papers").text
    again = site.told("mine.jsonl", jsonl(entry(1), entry(2), entry(1), short))
    assert "3 unchanged" in again["done"][0]
    assert list(site.engine.holdings().by_file) == ["upload:mine.jsonl"]
    first, second = (paper.paper_id for paper in site.engine.papers())
    assert site.remove(first, "abs:none", first) == {"removed": 1}
    assert [paper.paper_id for paper in site.engine.papers()] == [second]
    assert site.remove(second) == {"removed": 1}
    assert site.desk.is_sample, "an empty index gives the word back to the sample"
    assert site.engine.held == 47


def test_what_cannot_be_read_is_told_and_changes_nothing(site: Site) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../out.jsonl", jsonl(entry(1)))
        archive.writestr("b.pdf", b"%PDF-1.7 nothing")
    useless = site.told("two.zip", packed.getvalue())
    assert useless["useless"] is True
    assert any("leads out of the archive" in line for line in useless["done"])
    told = site.told('<img src=x onerror="pwned()">.pdf', b"%PDF-1.7 nothing")
    assert told["failed"].startswith('Nothing could be read. <img src=x onerror="pwned()">.pdf:1:')
    assert site.desk.is_sample
    assert site.engine.held == 47


def test_a_file_is_bounded_whether_or_not_its_length_is_declared_and_leaves_nothing(
    site: Site,
) -> None:
    before = set(Path(tempfile.gettempdir()).glob("askpapers-*"))
    large = b"x" * ((1 << 20) + 1)
    for body in (large, iter([large[:9], large])):
        refused = site.put("large.txt", body)
        assert refused.status_code == 413
        assert "at most 1 MB" in refused.json()["failed"]
    assert site.put("none.txt", b"").status_code == 400
    assert set(Path(tempfile.gettempdir()).glob("askpapers-*")) <= before
    assert not (site.settings.index / "catalog.sqlite").exists()


def test_what_was_stored_before_the_writing_process_ended_early_answers(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(task: Task, report: Callable[[Progress], None]) -> Tally | int:
        write(task, report)
        raise UsageError("It ended early.")

    monkeypatch.setattr("app.ui.desk.write", cut)
    assert site.told("mine.jsonl", jsonl(entry(1))) == {"failed": "It ended early."}
    assert not site.desk.is_sample
    assert site.desk.line() == "1 paper"


@pytest.mark.parametrize("path", [UPLOAD, REMOVE])
def test_other_sites_change_nothing(site: Site, path: str) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = httpx.post(site.address + path, content=b"[]", headers=headers, timeout=30)
        assert answer.status_code == 403
    named = {"host": "evil.example"}
    assert httpx.post(site.address + path, content=b"[]", headers=named).status_code == 403


def test_another_writer_is_told_and_waited_for(site: Site) -> None:
    site.settings.index.mkdir()
    with only_writer(site.settings.index, 1):
        told = site.told("mine.jsonl", jsonl(entry(1)))
    assert "Another askpapers ingest" in told["failed"]
    assert "1 added" in site.told("mine.jsonl", jsonl(entry(1)))["done"][0]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'["a"', b'[["a"]]', b"null"])
def test_what_names_no_papers_is_refused(site: Site, body: bytes) -> None:
    kind = {"content-type": "application/json"}
    answer = httpx.post(site.address + REMOVE, content=body, headers=kind, timeout=30)
    assert answer.status_code == 422


def test_where_nobody_may_edit_there_is_nothing_to_write_to() -> None:
    with served(ScriptedEngine()) as address:
        for path in (UPLOAD, REMOVE):
            assert httpx.post(address + path, content=b"[]", timeout=30).status_code in (404, 405)


@pytest.mark.parametrize(
    ("editing", "host", "names", "allowed"),
    [
        ("auto", "127.0.0.1", "", True),
        ("auto", "localhost", "", True),
        ("auto", "0.0.0.0", "", False),
        ("auto", "127.0.0.1", "papers.example.org", False),
        ("on", "0.0.0.0", "", True),
        ("off", "127.0.0.1", "", False),
    ],
)
def test_papers_are_changed_by_who_sits_at_the_machine_or_where_the_owner_says_so(
    editing: str, host: str, names: str, allowed: bool
) -> None:
    settings = Settings(_env_file=None, editing=editing, allowed_hosts=names)
    assert may_edit(settings, host) is allowed


def test_a_named_index_that_was_emptied_takes_papers_again(
    sample_index: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(sample_index, tmp_path / "mine"))
    settings = Settings(_env_file=None)
    with closing(Engine(folder, settings)) as engine:
        desk = Desk(engine, Library(folder, is_sample=False), folder, settings)
        desk.remove([paper.paper_id for paper in engine.papers()])
        with pytest.raises(UsageError, match="no papers in the index"):
            engine.ask("What is SGIL?")
        file = tmp_path / "upload"
        file.write_bytes(jsonl(entry(1)))
        desk.add(file, "mine.jsonl", lambda _: None)
        assert engine.held == len(engine.papers()) == 1


def test_a_writing_process_that_fails_ends_in_a_sentence(tmp_path: Path) -> None:
    settings = Settings(_env_file=None)
    (tmp_path / "file").write_text("a file, no folder")
    with pytest.raises(UsageError, match="cannot be used"):
        write(Task(tmp_path / "file" / "index", settings, uploads=((tmp_path / "x", "x"),)))
    with closing(Index(tmp_path / "index")) as index:
        assert index.catalog.count() == 0
