"""A thousand damaged files, drawn by seed from real exports: read or told, and no run breaks."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from conftest import DATA_DIR
from ingest_samples import adds_up, run

from ingest.readers import read

FORMATS = Path(__file__).parent / "fixtures" / "formats"
_LONGEST = 8_000  # bytes of an original: enough for some papers, and quick
_BATCHES, _EACH = 10, 100
LITTER = (b"\0", b"\xff\xfe", b"{", b"}", b'"', b"<", b"@", b"\r", b"\n\n", b"[" * 999)


@cache
def originals() -> list[bytes]:
    """The beginnings of exports in every format, those of the evaluation data too where it is."""
    files = [*sorted(FORMATS.iterdir()), *sorted((DATA_DIR / "formats").glob("*"))]
    return [file.read_bytes()[:_LONGEST] for file in files if file.is_file()]


def flipped(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.randint(1, 20)):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def truncated(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))]


def spliced(data: bytes, draw: random.Random) -> bytes:
    other = draw.choice(originals())
    return data[: draw.randrange(len(data))] + other[draw.randrange(len(other)) :]


def repeated(data: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data))
    end = draw.randrange(start, len(data))
    return data[:end] + data[start:end] * draw.randint(1, 5) + data[end:]


def littered(data: bytes, draw: random.Random) -> bytes:
    litter = draw.choice(LITTER)
    at = draw.randrange(len(data))
    return data[:at] + litter * draw.randint(1, 9) + data[at:]


def recoded(data: bytes, draw: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(draw.choice(["utf-16", "utf-32", "utf-16-be", "cp1252", "utf-7"]), "replace")


def gzipped(data: bytes, _: random.Random) -> bytes:
    return gzip.compress(data, mtime=0)


def zipped(data: bytes, draw: random.Random) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", draw.choice([0, zipfile.ZIP_DEFLATED])) as archive:
        for number in range(draw.randint(1, 3)):
            archive.writestr(f"{number}.txt", data)
    return packed.getvalue()


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [
    flipped, truncated, spliced, repeated, littered, recoded, gzipped, zipped,
]  # fmt: skip


def mutated(draw: random.Random) -> bytes:
    """One original after one to three mutations."""
    data = draw.choice(originals())
    for mutation in draw.choices(MUTATIONS, k=draw.randint(1, 3)):
        data = mutation(data, draw) if data else data
    return data


@pytest.mark.parametrize("seed", range(_BATCHES))
def test_a_damaged_file_is_read_or_told_and_breaks_no_run(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    folder = tmp_path / "damaged"
    folder.mkdir()
    for number in range(_EACH):
        file = folder / f"{number:03}.txt"
        file.write_bytes(mutated(draw))
        try:
            items = list(read(file))
        except Exception as error:  # noqa: BLE001 - whatever it is, the file is named
            pytest.fail(f"seed {seed}, file {number}: {error!r}")
        assert items, f"seed {seed}, file {number}: nothing was read and nothing told"
    first = run(tmp_path / "index", folder)
    assert adds_up(first)
    assert first.added > 0
    assert all(problem.reason and problem.source for problem in first.problems)
    again = run(tmp_path / "index", folder)
    assert adds_up(again)
    assert (again.read, again.skipped) == (first.read, first.skipped)
    assert again.unchanged == first.read - first.skipped
