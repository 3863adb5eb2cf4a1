"""Every file of an index, damaged in every way: a sentence, a cure that heals, nothing made worse.

The table in docs/reliability.md promises what is tested here.
"""

from __future__ import annotations

import random
import re
import shlex
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, Ran
from ingest_samples import abstract, contents, entry, run, write_jsonl
from test_kill_matrix import KILLS_A_SEED, SEEDS

from ingest.backup import backup
from ingest.errors import IndexMismatch
from ingest.index import Index
from ingest.opening import open_filled
from ingest.stores.soundness import unsound
from ingest.stores.vectors import VectorStore
from ingest.writer_lock import acquire, writer_lock

PAPERS = 24
ASKED = f"What is {abstract(5).split('We propose ')[1].split(',')[0]}?"
SEARCHED = "federated graph records"
# Files, by what they are called in docs/reliability.md. Nothing may answer from a damaged one.
TRUTH = {"catalog": "catalog.sqlite"}
DERIVED = {
    "segments": "lexicon-*/meta.json",
    "list of segments": "lexicon-*/.managed.json",
    "terms": "lexicon-*/*.term",
    "postings": "lexicon-*/*.idx",
    "positions": "lexicon-*/*.pos",
    "stored fields": "lexicon-*/*.store",
    "fast fields": "lexicon-*/*.fast",
    "lengths": "lexicon-*/*.fieldnorm",
    "forward index": "lexicon-*/sheets.bin",
    "rows of relatives": "relatives-*/rows.npy",
    "words of relatives": "relatives-*/stems.json",
}
VECTORS = {"vectors": "vectors-*/chroma.sqlite3"}
# What no answer depends on.
HARMLESS = {
    "lock": "writer.lock",
    "holder": "writer.json",
    "locks of segments": "lexicon-*/.*.lock",
    "placeholders": "vectors-*/*/*.bin",
}
SEAL = {"seal": "seal.json"}


def _truncate(file: Path, _: random.Random) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flip(file: Path, chance: random.Random) -> None:
    content = bytearray(file.read_bytes())
    if content:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    file.write_bytes(content)


def _delete(file: Path, _: random.Random) -> None:
    file.unlink()


def _empty(file: Path, _: random.Random) -> None:
    file.write_bytes(b"")


def _overwrite(file: Path, chance: random.Random) -> None:
    file.write_bytes(chance.randbytes(file.stat().st_size))


HARMS = {"truncate": _truncate, "flip": _flip, "delete": _delete, "empty": _empty}


@dataclass(frozen=True, slots=True)
class Whole:
    """A folder with a library, its index and a backup, and what the index holds and answers."""

    folder: Path
    holds: dict[str, Any]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    lock = writer_lock(folder / "index")
    acquire(lock, 0)
    lock.release()
    run(
        folder / "index",
        write_jsonl(
            folder / "library" / "a.jsonl",
            (entry(n, authors=[f"Ada Author{n}"]) for n in range(PAPERS)),
        ),
    )
    backup(folder / "index", folder / "backup.sqlite")
    return Whole(folder, contents(folder / "index"))


@dataclass(frozen=True, slots=True)
class Place:
    """A copy of the whole folder that may be harmed, and a way to run commands on its index."""

    folder: Path
    askpapers: Callable[..., Ran]

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def harm(self, pattern: str, how: str) -> None:
        files = sorted(self.index.glob(pattern))
        assert files, pattern
        if pattern == "catalog.sqlite" and how == "flip":
            _change_a_letter(*files)  # another bit may stand for nothing
            return
        for file in files:
            HARMS.get(how, _overwrite)(file, random.Random(f"{pattern} {how}"))

    def run(self, *arguments: object) -> Ran:
        ran = self.askpapers(*arguments, "--index", self.index)
        assert "Traceback" not in ran.err
        assert ran.code in (0, 2), ran
        return ran

    def cure(self, sentence: str) -> Ran:
        """Run the first command that a sentence names."""
        named = re.search(r"askpapers ((?:ingest|restore|doctor) [^,.;]*)", sentence)
        assert named, sentence
        words = shlex.split(named.group(1).replace("FILE", str(self.folder / "backup.sqlite")))
        words = words[: words.index("--index")] if "--index" in words else words
        return self.run(*[word for word in words if word not in ("with", "a", "backup")])


@pytest.fixture
def place(whole: Whole, tmp_path: Path, askpapers: Callable[..., Ran]) -> Place:
    return Place(Path(shutil.copytree(whole.folder, tmp_path / "place")), askpapers)


def _bytes(folder: Path, pattern: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob(pattern)}


def test_the_matrix_holds_every_file_of_an_index(whole: Whole) -> None:
    patterns = [*(TRUTH | DERIVED | VECTORS | HARMLESS | SEAL).values()]
    known = {file for pattern in patterns for file in (whole.folder / "index").glob(pattern)}
    assert {file for file in (whole.folder / "index").rglob("*") if file.is_file()} == known


def test_the_document_says_what_heals_each_file(whole: Whole) -> None:
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.+?`) \|.*\| ([^|]+) \|$", text, re.MULTILINE)
    cures = {
        name.replace("-N/", "-*/"): cure
        for names, cure in rows
        for name in re.findall(r"`([^`]+)`", names)
        if not name.startswith(("tests/", "benchmarks/"))
    }
    for file in (whole.folder / "index").rglob("*"):
        place = file.relative_to(whole.folder / "index")
        assert file.is_dir() or any(place.match(pattern) for pattern in cures), place
    told = (TRUTH | VECTORS | SEAL).values()
    assert all("`askpapers " in cures[name] for name in told)
    kills = re.search(r"(\d+) kills in each run of the tests", text)
    assert kills
    assert int(kills[1]) == len(SEEDS) * KILLS_A_SEED


@pytest.mark.parametrize("how", HARMS)
@pytest.mark.parametrize("pattern", DERIVED.values(), ids=DERIVED)
def test_a_damaged_store_is_told_and_healed_by_the_command_that_is_named(
    place: Place, whole: Whole, pattern: str, how: str
) -> None:
    place.harm(pattern, how)
    before = _bytes(place.index, "catalog.sqlite")
    told, examined = place.run("search", SEARCHED), place.run("doctor")
    assert (told.code, examined.code) == (2, 2)
    assert f"Run askpapers ingest --rebuild --index {place.index}" in " ".join(examined.out.split())
    assert _bytes(place.index, "catalog.sqlite") == before
    assert "is damaged or gone. Run askpapers ingest --rebuild" in told.err
    assert len(told.err.strip().splitlines()) == 1
    assert place.cure(told.err).code == 0
    assert contents(place.index) == whole.holds


COMMANDS: tuple[tuple[object, ...], ...] = (
    ("ask", ASKED),
    ("search", SEARCHED),
    ("papers",),
    ("ingest", "library"),
    ("ingest", "--rebuild"),
    ("doctor",),
    ("backup", "later.sqlite"),
)


@pytest.mark.parametrize("how", [*HARMS, "overwrite"])
def test_a_broken_catalog_is_a_sentence_in_every_command_and_a_backup_heals_it(
    place: Place, whole: Whole, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKPAPERS_INDEX", str(place.index))
    place.harm("catalog.sqlite", how)
    before = _bytes(place.index, "catalog.sqlite*")
    for command in COMMANDS:
        words = [place.folder / word if word == "library" else word for word in command]
        told = place.run(*words)
        assert told.code == 2, command
        assert f"catalog {place.index / 'catalog.sqlite'} is" in told.err + " ".join(
            told.out.split()
        ), command
        assert "askpapers restore FILE" in told.err + told.out
        assert _bytes(place.index, "catalog.sqlite*") == before, command
    healed = place.cure(told.err)
    assert (healed.code, healed.err) == (
        0,
        f"{PAPERS} papers are restored from {place.folder / 'backup.sqlite'}, and indexed anew.\n",
    )
    assert contents(place.index) == whole.holds
    assert place.run("doctor").code == 0


def test_the_sample_never_answers_for_a_damaged_index(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKPAPERS_INDEX", str(place.index))
    for how in ("delete", "empty"):
        if how == "empty":
            place.index.joinpath("catalog.sqlite").touch()
        else:
            place.harm("catalog.sqlite", how)
        for command in ("ask", "search"):
            told = place.askpapers(command, ASKED)
            assert (told.code, told.out) == (2, "")
            assert "though this index held papers" in told.err
    assert not (place.folder / "index.sample").exists()


def test_a_lost_catalog_is_missed_without_a_seal_too(place: Place) -> None:
    (place.index / "seal.json").unlink()
    (place.index / "catalog.sqlite").unlink()
    assert "is gone, though this index held papers" in place.run("ask", ASKED).err
    assert not (place.index / "catalog.sqlite").exists()


@pytest.mark.parametrize("how", [*HARMS, "overwrite"])
def test_damaged_vectors_change_no_ranking_silently(place: Place, whole: Whole, how: str) -> None:
    well = place.run("search", SEARCHED).out
    place.harm("vectors-*/chroma.sqlite3", how)
    before = _bytes(place.index, "catalog.sqlite")
    told, examined = place.run("search", SEARCHED), place.run("doctor")
    if told.code or examined.code:
        assert examined.code == 2
        cured = place.cure(told.err or examined.out[examined.out.index("PROBLEM") :])
        assert cured.code == 0
        assert contents(place.index) == whole.holds
    else:
        assert how == "flip"
        assert told.out == well
        assert _bytes(place.index, "catalog.sqlite") == before


def _swap_two_vectors(index: Index) -> None:
    chunks = index.catalog.stored_chunks(index.catalog.papers()[:2])
    vectors = index.vectors.vectors_of([chunk.chunk_id for chunk in chunks])
    swapped = np.stack([vectors[chunk.chunk_id] for chunk in reversed(chunks)])
    index.vectors.write(chunks, swapped)


def test_a_vector_that_is_not_that_of_its_chunk_is_found_by_the_doctor(place: Place) -> None:
    index = Index(place.index)
    _swap_two_vectors(index)
    index.close()
    examined = " ".join(place.run("doctor").out.split())
    assert "PROBLEM vectors: 2 vectors are not those of their chunks" in examined
    assert place.run("ingest", "--rebuild").code == 0
    assert place.run("doctor").code == 0


def test_vectors_are_compared_exactly_before_they_are_looked_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The graph of Chroma misses a vector that is there now and then."""
    index = Index(place.index)
    monkeypatch.setattr(VectorStore, "nearest_ids", lambda *_: [])
    assert "24 of 24 chunks" in unsound(index)["vectors"]
    assert "8 of 8 sampled vectors are not found" in unsound(index)["vectors"]
    _swap_two_vectors(index)
    assert unsound(index)["vectors"] == "2 vectors are not those of their chunks"
    index.vectors.remove(index.catalog.chunk_ids()[:1])
    assert "23 of 24 chunks" in unsound(index)["vectors"]
    index.close()


@pytest.mark.parametrize("how", HARMS)
def test_files_that_no_answer_depends_on_may_be_lost(place: Place, whole: Whole, how: str) -> None:
    for pattern in HARMLESS.values():
        place.harm(pattern, how)
    assert place.run("doctor").code == 0
    assert place.run("ingest", whole.folder / "library").code == 0
    assert contents(place.index) == whole.holds


@pytest.mark.parametrize("how", HARMS)
def test_a_damaged_seal_is_told_by_the_doctor_alone(place: Place, how: str) -> None:
    well = place.run("search", SEARCHED).out
    place.harm("seal.json", how)
    assert place.run("search", SEARCHED).out == well
    examined = place.run("doctor")
    assert examined.code == 2
    assert "PROBLEM seal: seal.json is missing or unreadable" in " ".join(examined.out.split())
    assert place.cure(examined.out[examined.out.index("PROBLEM") :]).code == 0
    assert place.run("doctor").code == 0


def test_no_single_flipped_bit_changes_an_answer(place: Place) -> None:
    """Drawn over all bytes of the index: each time the index is refused, or answers as before."""
    chance = random.Random(13)
    files = [file for file in place.index.rglob("*") if file.is_file() and file.stat().st_size]
    well, sizes, refused = place.run("search", SEARCHED).out, [f.stat().st_size for f in files], 0
    for _ in range(40):
        file = chance.choices(files, sizes)[0]
        content = file.read_bytes()
        _flip(file, chance)
        told = place.run("search", SEARCHED)
        refused += told.code == 2
        assert told.code == 2 or told.out == well, file
        file.write_bytes(content)
    assert refused > 20


# Catalogs that are too large to be looked at wholly whenever they are opened


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.index._CHECKED_AT_ONCE", 0)


def _change_a_letter(file: Path) -> None:
    """Damage an abstract in a way that the database cannot see."""
    content, text = file.read_bytes(), abstract(5).encode()[:70]
    assert text in content
    file.write_bytes(content.replace(text, b"x" + text[1:]))


@pytest.mark.usefixtures("unchecked")
def test_a_changed_letter_of_an_abstract_is_never_quoted(place: Place) -> None:
    _change_a_letter(place.index / "catalog.sqlite")
    told = place.run("ask", ASKED)
    assert (told.code, told.out) == (2, "")
    assert "of its papers is not as it was stored" in told.err
    examined = place.run("doctor")
    assert examined.code == 2
    assert "1 papers are not as they were stored" in " ".join(examined.out.split())


@pytest.mark.usefixtures("unchecked")
def test_a_writer_looks_at_every_byte_before_it_changes_any(place: Place) -> None:
    _change_a_letter(place.index / "catalog.sqlite")
    before = _bytes(place.index, "catalog.sqlite")
    for command in (("ingest", place.folder / "library"), ("ingest", "--rebuild")):
        told = place.run(*command)
        assert told.code == 2
        assert "papers are not as they were stored" in told.err
        assert _bytes(place.index, "catalog.sqlite") == before


@pytest.mark.usefixtures("unchecked")
def test_without_a_seal_the_rows_still_tell(place: Place) -> None:
    _change_a_letter(place.index / "catalog.sqlite")
    (place.index / "seal.json").unlink()
    examined = " ".join(place.run("doctor").out.split())
    assert "PROBLEM catalog: 1 papers are not as they were stored; 1 records are not" in examined
    assert place.run("backup", place.folder / "later.sqlite").code == 2


def test_a_catalog_that_is_older_than_its_stores_is_told(place: Place) -> None:
    shutil.copyfile(place.index / "catalog.sqlite", place.folder / "old.sqlite")
    write_jsonl(place.folder / "library" / "b.jsonl", [entry(PAPERS + 1)])
    assert place.run("ingest", place.folder / "library").code == 0
    shutil.copyfile(place.folder / "old.sqlite", place.index / "catalog.sqlite")
    assert "it is older than what was made from it" in place.run("ask", ASKED).err
    assert place.run("doctor", "--repair").code == 0
    assert len(contents(place.index)["papers"]) == PAPERS


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of so many papers that Chroma writes its graph to files."""
    folder = tmp_path_factory.mktemp("large")
    short = (entry(n, title=None, abstract=f"{abstract(n)[:90]} {n}.") for n in range(1001))
    run(folder / "index", write_jsonl(folder / "a.jsonl", short))
    return folder / "index"


@pytest.mark.parametrize("how", HARMS)
def test_a_damaged_graph_of_vectors_is_told_before_it_is_opened(
    large: Path, tmp_path: Path, how: str
) -> None:
    """Chroma ends the whole process over some of these."""
    files = sorted(large.glob("vectors-*/*/*"))
    assert {file.suffix for file in files} == {".bin", ".pickle"}
    for number, file in enumerate(files):
        index = Path(shutil.copytree(large, tmp_path / str(number)))
        HARMS[how](index / file.relative_to(large), random.Random(f"{file.name} {how}"))
        with pytest.raises(IndexMismatch, match=rf"{file.name} is damaged .* --rebuild"):
            open_filled(index)


def test_another_program_may_change_a_fact_of_the_catalog(place: Place) -> None:
    with closing(sqlite3.connect(place.index / "catalog.sqlite")) as other, other:
        other.execute("INSERT INTO meta (key, value) VALUES ('owner', 'somebody')")
    assert place.run("ask", ASKED).code == 0
    assert place.run("doctor").code == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE names SET expansion = 'x' WHERE rowid = 3",
        "DELETE FROM authors WHERE rowid = 3",
        "UPDATE chunks SET start = 7 WHERE rowid = 3",
    ],
)
def test_a_catalog_that_says_other_things_than_its_papers_is_told(
    place: Place, whole: Whole, change: str
) -> None:
    with closing(sqlite3.connect(place.index / "catalog.sqlite")) as other, other:
        assert other.execute(change).rowcount == 1
    told = place.run("ask", ASKED)
    assert told.code == 2
    assert "1 papers have other names, authors or chunks than they say" in told.err
    assert place.run("doctor", "--repair").code == 0
    assert contents(place.index) == whole.holds
