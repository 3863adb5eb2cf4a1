"""An index on servers, as its commands, its readers and its writers meet it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import ingest_samples
import pytest
from conftest import Ran
from ingest_samples import contents, entry, title, write_jsonl
from store_servers import ChromaRun, Postgres

from app.settings import Settings
from ingest.index import Index
from ingest.opening import opened
from ingest.pipeline import ingest
from ingest.records import Paper, Tally
from ingest.servers.stores import Servers, servers
from ingest.settings import load


@pytest.fixture
def places(
    request: pytest.FixtureRequest,
    postgres: Postgres,
    chroma_run: ChromaRun,
    monkeypatch: pytest.MonkeyPatch,
) -> Servers:
    """An empty index on both servers, which the settings name."""
    schema = request.node.name.split("[")[0][-50:].lower()
    monkeypatch.setenv("ASKPAPERS_DATABASE_URL", postgres.url(schema))
    monkeypatch.setenv("ASKPAPERS_CHROMA_URL", chroma_run.url)
    found = servers(load(Settings))
    monkeypatch.setattr(ingest_samples, "servers_of", lambda _: found)
    return found


def _library(tmp_path: Path, numbers: range, name: str = "a.jsonl") -> Path:
    return write_jsonl(tmp_path / "library" / name, map(entry, numbers))


def test_every_command_works_on_servers(
    places: Servers, askpapers: Callable[..., Ran], tmp_path: Path
) -> None:
    assert places.chroma
    file = _library(tmp_path, range(12))
    tally = json.loads(askpapers("ingest", file, "--json").out)
    assert (tally["added"], tally["skipped"]) == (12, 0)
    asked = json.loads(askpapers("ask", f"What is {title(3)}?", "--json").out)
    found = json.loads(askpapers("search", title(3), "--json").out)
    papers = json.loads(askpapers("papers", "--json").out)
    assert found["results"][0]["title"] == title(3)
    assert title(3) in json.dumps(asked)
    assert len(papers) == 12
    checks = {one["name"]: one for one in json.loads(askpapers("doctor", "--json").out)}
    assert all(one["ok"] for one in checks.values()), checks
    assert "holds 12 papers" in checks["database"]["detail"]
    assert "Chroma 1." in checks["vector server"]["detail"]
    assert askpapers("papers", "--remove", papers[0]["paper_id"]).code == 0
    assert "11 papers are indexed anew" in askpapers("ingest", "--rebuild").err
    assert json.loads(askpapers("doctor", "--json").out)[-1]["ok"]


def test_a_backup_leads_from_servers_to_a_folder_and_back(
    places: Servers, askpapers: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_all(tmp_path / "local", places, _library(tmp_path, range(8)))
    before = contents(tmp_path / "local")
    assert "8 papers are in" in askpapers("backup", tmp_path / "kept").err
    with monkeypatch.context() as alone:
        alone.delenv("ASKPAPERS_DATABASE_URL")
        alone.delenv("ASKPAPERS_CHROMA_URL")
        assert askpapers("restore", tmp_path / "kept", "--index", tmp_path / "folder").code == 0
        alone.undo()
    _library(tmp_path, range(5), "a.jsonl")
    ingest_all(tmp_path / "local", places, tmp_path / "library", prune=True)
    assert len(contents(tmp_path / "local")["papers"]) == 5
    assert "8 papers are restored" in askpapers("restore", tmp_path / "kept").err
    assert contents(tmp_path / "local") == before
    # What is numbered by the server goes on after what was brought along.
    assert ingest_all(tmp_path / "local", places, _library(tmp_path, range(8, 12))).added == 4
    with closing(Index(tmp_path / "folder")) as folder:
        assert folder.catalog.papers() == opened_papers(places, tmp_path)[:8]


def ingest_all(folder: Path, places: Servers, *paths: Path, **options: bool) -> Tally:
    """One ingest into the index on servers, with the files of this process in a folder."""
    with closing(opened(folder, None, places)) as index:
        return ingest(paths, index, ingest_samples.SETTINGS, **options)


def opened_papers(places: Servers, tmp_path: Path) -> list[Paper]:
    with closing(opened(tmp_path / "local", None, places)) as index:
        return index.catalog.papers()
