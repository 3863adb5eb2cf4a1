"""Success is said of what can be read back, and of nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path

import pytest
from conftest import Ran
from ingest_samples import entry, run, write_jsonl

from ingest import stores
from ingest.errors import UsageError
from ingest.index import Index
from ingest.papers.analysis import Chunking
from ingest.stores.publish import remove

CHUNKING = Chunking(2000, 1)


def _delete(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _move(folder: Path) -> None:
    if folder.exists():
        folder.rename(folder.with_name("elsewhere"))


def _replace(folder: Path) -> None:
    """Another index of fewer papers takes the place of this one."""
    if not folder.with_name("elsewhere").exists():
        _move(folder)
        shutil.copytree(folder.with_name("other"), folder)


@pytest.mark.parametrize("lose", [_delete, _move, _replace])
def test_a_run_whose_folder_goes_away_does_not_end_well(
    tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    folder = tmp_path / "index"
    run(tmp_path / "other", write_jsonl(tmp_path / "one.jsonl", [entry(900)]))
    for name in ("a", "b"):
        numbers = range(ord(name) * 10, ord(name) * 10 + 9)
        write_jsonl(tmp_path / "library" / f"{name}.jsonl", map(entry, numbers))
    with pytest.raises(UsageError) as told:
        run(folder, tmp_path / "library", report=lambda _: lose(folder))
    assert str(folder) in str(told.value)


@pytest.mark.parametrize("moment", ["publish.keep", "publish.Publisher._forget", "repair.repair"])
def test_the_folder_is_missed_whenever_it_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """What is learned last makes its folder anew: all looked well with nothing else in it."""
    folder, usual = tmp_path / "index", attrgetter(moment)(stores)

    def lost(*arguments: object) -> object:
        _delete(folder)
        return usual(*arguments)

    monkeypatch.setattr(f"ingest.stores.{moment}", lost)
    with pytest.raises(UsageError, match="was deleted or replaced while it was used"):
        run(folder, write_jsonl(tmp_path / "a.jsonl", map(entry, range(9))))


def test_a_run_whose_folder_goes_away_at_its_end_does_not_end_well(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    run(folder, write_jsonl(tmp_path / "a.jsonl", map(entry, range(9))))
    index = Index(folder)
    index.catalog.count()
    shutil.rmtree(folder)
    with pytest.raises(UsageError, match="was deleted or replaced while it was used"):
        index.confirm()
    index.close()


def test_a_removal_from_a_folder_that_went_away_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    run(folder, write_jsonl(tmp_path / "a.jsonl", map(entry, range(9))))
    index = Index(folder)
    gone = index.catalog.paper_ids()[0]
    shutil.rmtree(folder)
    with pytest.raises(UsageError):
        remove(index, [gone], CHUNKING)
    index.close()


def test_the_command_line_tells_it_in_a_sentence(
    tmp_path: Path, askpapers: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    write_jsonl(tmp_path / "a.jsonl", map(entry, range(9)))

    @contextmanager
    def progress() -> Iterator[Callable[[object], None]]:
        yield lambda _: _delete(folder)

    monkeypatch.setattr("app.ui.terminal.progress", progress)
    ran = askpapers("ingest", tmp_path / "a.jsonl", "--index", folder)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.strip().splitlines()) == 1
