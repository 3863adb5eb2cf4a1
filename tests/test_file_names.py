"""Names of files: any bytes that a disk allows are read, shown, stored, cited and pruned."""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import SourceError
from ingest.index import Index
from ingest.opening import is_filled
from ingest.readers import covers, find_sources, name_of, path_of, read
from ingest.records import Record
from ingest.writer_lock import writer_lock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps any bytes")
NAMES = (b"caf\xe9.txt", b"d\xff/x.txt", b"line\nend.txt", b"\\xe9.txt", b"good.txt")


def text(name: bytes) -> str:
    word = f"sample {name.hex()}"
    return (
        f"Title: Paper {word}\nAbstract: We study {word} and describe in how many ways it grew.\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files whose names are no text, or look like names written differently."""
    made = tmp_path / "papers"
    for name in NAMES:
        file = os.path.join(os.fsencode(made), name)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        Path(os.fsdecode(file)).write_text(text(name))
    return made


@given(st.binary(min_size=1).filter(lambda raw: b"\0" not in raw))
def test_every_name_can_be_stored_and_leads_back_to_its_path(raw: bytes) -> None:
    path = Path(os.fsdecode(raw))
    name = name_of(path)
    assert "".join(name.split("\n")) == name == name.encode().decode()
    assert path_of(name) == path


def test_a_name_is_the_same_in_the_terminals_of_all_languages() -> None:
    assert name_of("caf\xe9.txt") == "caf\xe9.txt"
    assert name_of(b"caf\xe9.txt".decode("utf-8", "surrogateescape")) == r"caf\xe9.txt"
    assert name_of(r"caf\xe9.txt") == r"caf\x5cxe9.txt"


def test_files_of_any_name_are_stored_and_cited_and_change_nothing_the_second_time(
    folder: Path, tmp_path: Path, askpapers: Callable[..., Ran]
) -> None:
    for wanted in ("added", "unchanged"):
        tally = json.loads(askpapers("ingest", folder, "--index", tmp_path / "i", "--json").out)
        assert (tally["read"], tally[wanted], tally["problems"]) == (len(NAMES), len(NAMES), [])
    asked = askpapers("search", "sample", NAMES[0].hex(), "--index", tmp_path / "i", "--json")
    assert json.loads(asked.out)["results"][0]["sources"] == [rf"{folder}/caf\xe9.txt:2"]
    shown = askpapers("papers", "--index", tmp_path / "i").out
    assert rf"1 from {folder}/d\xff/x.txt" in shown
    assert rf"1 from {folder}/line\x0aend.txt" in shown


def test_pruning_takes_out_a_file_of_any_name_only_when_it_is_gone(
    folder: Path, tmp_path: Path, askpapers: Callable[..., Ran]
) -> None:
    def pruned() -> int:
        ran = askpapers("ingest", folder, "--index", tmp_path / "i", "--prune", "--json")
        return int(json.loads(ran.out)["pruned"])

    assert (pruned(), pruned()) == (0, 0)
    Path(os.fsdecode(os.fsencode(folder) + b"/" + NAMES[0])).unlink()
    assert pruned() == 1


def test_the_folder_and_the_file_can_be_named_one_by_one(folder: Path) -> None:
    for name in NAMES:
        file = os.fsdecode(os.fsencode(folder) + b"/" + name)
        (source,) = find_sources([file])
        (record,) = read(source)
        assert isinstance(record, Record)
        assert name.hex() in record.abstract
        assert covers(file, source.name)
        assert covers(str(folder), source.name)


def test_members_of_an_archive_may_have_any_name(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("cafX.txt", text(b"a"))
        archive.writestr("line\nend.txt", text(b"b"))
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/all\xff.zip"))
    file.write_bytes(packed.getvalue().replace(b"cafX.txt", b"caf\xe9.txt"))
    found = [str(item.source) for source in find_sources([str(file)]) for item in read(source)]
    # A name without a declared encoding is read as ZIP has it since its first days.
    assert found == [
        rf"{tmp_path}/all\xff.zip!{name}:2" for name in ("cafΘ.txt", r"line\x0aend.txt")
    ]


def test_an_index_folder_whose_name_is_no_text_is_refused_in_a_sentence(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/i\xe9"))
    for use in (Index, is_filled, writer_lock):
        with pytest.raises(SourceError, match=r"i\\xe9 has a name that is not UTF-8"):
            use(folder)
