"""Which index answers: the named one, the person's own, or the sample while that is empty."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.library import SAMPLE, Library, beside, choose, make_sample
from app.settings import Settings
from ingest.errors import IndexBusy
from ingest.index import Index
from ingest.opening import is_filled, open_filled
from ingest.readers import find_sources
from ingest.writer_lock import writer_lock


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(index=tmp_path / "home" / "index", lock_seconds=0.1)


def test_a_named_index_is_taken_as_it_is(settings: Settings, tmp_path: Path) -> None:
    told: list[str] = []
    assert choose(tmp_path / "x", settings, told.append) == Library(tmp_path / "x", is_sample=False)
    assert told == []
    assert list(tmp_path.iterdir()) == []


def test_the_own_index_answers_once_it_holds_a_paper(
    settings: Settings, sample_index: Path
) -> None:
    told: list[str] = []
    shutil.copytree(sample_index, settings.index)
    assert choose(None, settings, told.append) == Library(settings.index, is_sample=False)
    assert told == []


def test_the_sample_stands_in_beside_an_empty_index_and_leaves_it_alone(settings: Settings) -> None:
    told: list[str] = []
    chosen = choose(None, settings, told.append)
    assert chosen == Library(beside(settings.index), is_sample=True)
    assert not settings.index.exists()
    assert len(told) == 1
    assert "askpapers ingest FOLDER" in told[0]
    index = Index(chosen.folder)
    assert index.catalog.count() == 47
    index.close()


@pytest.mark.parametrize("index", ["index", "."])
def test_a_folder_of_ones_own_that_is_called_sample_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: str
) -> None:
    home = tmp_path / "home"
    (home / "sample").mkdir(parents=True)
    monkeypatch.chdir(home)
    chosen = choose(None, Settings(_env_file=None, index=Path(index)), lambda _: None)
    assert chosen.is_sample
    assert list((home / "sample").iterdir()) == []


@pytest.mark.parametrize("index", [".", "/"])
def test_a_folder_without_a_name_holds_its_sample_itself(index: str) -> None:
    assert beside(Path(index)).parent == Path(index)


def test_the_sample_of_the_working_folder_is_no_paper_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = Settings(_env_file=None, index=Path("."))
    chosen = choose(None, here, lambda _: None)
    assert list(Path.cwd().iterdir()) == [chosen.folder.absolute()]
    assert not is_filled(here.index)
    assert find_sources(["."]) == []


def test_a_sample_that_is_there_is_not_made_again(settings: Settings, sample_index: Path) -> None:
    folder = beside(settings.index)
    shutil.copytree(sample_index, folder)
    before = _generation(folder)
    make_sample(folder, settings)
    assert _generation(folder) == before


def _generation(folder: Path) -> int:
    index = Index(folder)
    index.close()
    return index.generation


def test_a_sample_that_another_process_updates_can_answer_meanwhile(
    settings: Settings, sample_index: Path
) -> None:
    filled, empty = beside(settings.index), settings.index.parent / "other"
    shutil.copytree(sample_index, filled)
    with writer_lock(filled), writer_lock(empty):
        make_sample(filled, settings)
        with pytest.raises(IndexBusy, match="Wait until it is done"):
            make_sample(empty, settings)


def test_a_sample_that_is_there_is_used_without_opening_its_vectors(
    settings: Settings, sample_index: Path
) -> None:
    folder = Path(shutil.copytree(sample_index, beside(settings.index)))
    code = (
        "import sys; from pathlib import Path; from app.library import make_sample;"
        "from app.settings import Settings;"
        "make_sample(Path(sys.argv[1]), Settings(_env_file=None));"
        "assert 'chromadb' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)


def test_a_sample_from_other_files_is_brought_up_to_date(
    settings: Settings, sample_index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(sample_index, beside(settings.index)))
    other = Path(shutil.copytree(SAMPLE, tmp_path / "other"))
    monkeypatch.setattr("app.library.SAMPLE", other)
    before = _generation(folder)
    make_sample(folder, settings)
    assert _generation(folder) > before
    index = Index(folder)
    assert index.catalog.count() == 47
    assert {Path(name).parent.name for name in index.catalog.files()} == {"corpus", "other"}
    index.close()


@pytest.mark.parametrize(
    "name",
    ["catalog.sqlite", "lexicon-*/meta.json", "relatives-*/rows.npy", "vectors-*/chroma.sqlite3"],
)
def test_a_damaged_sample_is_made_anew(sample_index: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(sample_index, tmp_path / "sample"))
    for file in folder.glob(name):
        file.write_bytes(file.read_bytes()[:99] if "chroma" not in name else b"")
    (folder / "notes.txt").write_text("My own.")
    make_sample(folder, Settings(_env_file=None))
    assert (folder / "notes.txt").read_text() == "My own."
    index = open_filled(folder)
    assert index.catalog.count() == index.lexicon.count() == index.vectors.count() == 47
    index.close()


def test_the_sample_is_part_of_the_installation() -> None:
    assert (SAMPLE / "README.md").is_file()
    assert len(list(SAMPLE.glob("*.txt"))) == 5
