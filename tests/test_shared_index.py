"""An index on servers, as its commands, its readers and its writers meet it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import ingest_samples
import pytest
from conftest import Ran
from ingest_samples import contents, entry, title, write_jsonl
from store_servers import ChromaRun, Postgres

from app import open_engine
from app.engine import Engine
from app.library import choose
from app.settings import Settings
from app.ui.desk import Desk
from ingest.catalog import Catalog, Feedback
from ingest.catalog.sharing import SharedCatalog
from ingest.index import Index
from ingest.opening import opened
from ingest.pipeline import ingest
from ingest.records import Paper, Tally
from ingest.servers.stores import Servers, servers
from ingest.settings import load

_SHORT = entry(99, abstract="")
_SAID = Feedback("a" * 32, "2026-11-21T10:00:00+00:00", "What is it?", liked=True)


@pytest.fixture
def places(
    request: pytest.FixtureRequest,
    postgres: Postgres,
    chroma_run: ChromaRun,
    monkeypatch: pytest.MonkeyPatch,
) -> Servers:
    """An empty index on both servers, which the settings name."""
    schema = re.sub(r"\W+", "_", request.node.name)[-50:].strip("_").lower()
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
    ingest_all(tmp_path / "local", places, write_jsonl(tmp_path / "short.jsonl", [_SHORT]))
    keep_all(places, _SAID)
    before, kept_out = contents(tmp_path / "local"), judged_and_kept_out(SharedCatalog(places))
    assert "8 papers are in" in askpapers("backup", tmp_path / "kept").err
    with monkeypatch.context() as alone:
        alone.delenv("ASKPAPERS_DATABASE_URL")
        alone.delenv("ASKPAPERS_CHROMA_URL")
        assert askpapers("restore", tmp_path / "kept", "--index", tmp_path / "folder").code == 0
        alone.undo()
    _library(tmp_path, range(5), "a.jsonl")
    ingest_all(tmp_path / "local", places, tmp_path / "library", prune=True)
    keep_all(places, replace(_SAID, liked=False), replace(_SAID, token="c" * 32))
    assert len(contents(tmp_path / "local")["papers"]) == 5
    assert "8 papers are restored" in askpapers("restore", tmp_path / "kept").err
    assert contents(tmp_path / "local") == before
    file = Catalog(tmp_path / "folder" / "catalog.sqlite")
    for held in (SharedCatalog(places), file):
        assert judged_and_kept_out(held) == kept_out == ([_SAID], 1)
    # What is numbered by the server goes on after what was brought along.
    more = write_jsonl(tmp_path / "more.jsonl", [_SHORT, *map(entry, range(8, 12))])
    assert ingest_all(tmp_path / "local", places, more).added == 4
    keep_all(places, replace(_SAID, token="b" * 32))
    said, problems = judged_and_kept_out(SharedCatalog(places))
    assert ([one.token[0] for one in said], problems) == (["a", "b"], 2)
    with closing(Index(tmp_path / "folder")) as folder:
        assert folder.catalog.papers() == opened_papers(places, tmp_path)[:8]


def test_the_page_puts_papers_on_servers_and_takes_them_out(
    places: Servers, sample_index: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample_index, tmp_path / "index.sample")
    settings = load(Settings).model_copy(update={"index": tmp_path / "index"})
    library = choose(None, settings, lambda _: None)
    file = write_jsonl(tmp_path / "upload", [entry(1), _SHORT, entry(2)])
    with closing(Engine(library.folder, library.settings_of(settings))) as engine:
        desk = Desk(engine, library, None, settings)
        assert desk.is_sample
        assert desk.add(file, "mine.jsonl", lambda _: None).added == 2
        assert (desk.is_sample, engine.held, desk.line()) == (False, 2, "2 papers")
        engine.keep(_SAID)
        said = judged_and_kept_out(SharedCatalog(places))
        assert said == ([_SAID], 1) == (said[0], len(engine.holdings().problems))
        with closing(open_engine(tmp_path / "elsewhere")) as another:
            assert another.held == 2
        assert desk.remove([paper.paper_id for paper in engine.papers()]) == 2
        assert desk.is_sample
        assert engine.held == 47
    assert not (tmp_path / "index" / "catalog.sqlite").exists()


def keep_all(places: Servers, *given: Feedback) -> None:
    with closing(SharedCatalog(places)) as catalog, catalog.transaction() as writing:
        for one in given:
            writing.keep_feedback(one)


def judged_and_kept_out(catalog: Catalog) -> tuple[list[Feedback], int]:
    """What people said of answers, and how many records were kept out."""
    with closing(catalog):
        return catalog.feedback(), catalog.count_problems()


def ingest_all(folder: Path, places: Servers, *paths: Path, **options: bool) -> Tally:
    """One ingest into the index on servers, with the files of this process in a folder."""
    with closing(opened(folder, None, places)) as index:
        return ingest(paths, index, ingest_samples.SETTINGS, **options)


def opened_papers(places: Servers, tmp_path: Path) -> list[Paper]:
    with closing(opened(tmp_path / "local", None, places)) as index:
        return index.catalog.papers()
