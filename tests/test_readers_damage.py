"""Damaged, hostile and enormous files end in records and problems, never in an exception."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.readers import read
from ingest.records import Problem

FIXTURES = Path(__file__).parent / "fixtures" / "formats"
INSERTED = [
    b"{",
    b"}",
    b'"',
    b"\\",
    b"[",
    b"<",
    b"\n@article{",
    b"ER  - \n",
    b"\0",
    b"\xff\xfe",
    b"$",
    b"&",
]


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def flipped(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 5, 50])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def overwritten(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 10, 100])):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def swapped(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def inserted(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + rng.choice(INSERTED) * rng.choice([1, 50, 3000]) + data[place:]


MUTATIONS = [cut, flipped, overwritten, swapped, inserted]


@pytest.mark.parametrize("name", sorted(file.name for file in FIXTURES.iterdir()))
def test_damaged_files_end_in_records_and_problems(tmp_path: Path, name: str) -> None:
    """65 damaged copies of each of 16 files: 1,040 in all."""
    rng = random.Random(name)
    whole = (FIXTURES / name).read_bytes()
    file = tmp_path / name
    for round_ in range(65):
        damaged = MUTATIONS[round_ % len(MUTATIONS)](whole, rng)
        file.write_bytes(damaged)
        items = list(read(file))
        assert items
        for item in items:
            if isinstance(item, Problem):
                assert item.source.rpartition(":")[2].isdigit()
                assert item.reason.endswith(".")
            else:
                assert item.abstract
                assert item.source.line >= 1
                # What is stored must be storable: no half of a surrogate pair.
                "".join(
                    (
                        item.abstract,
                        item.title,
                        item.url,
                        item.venue,
                        *item.authors,
                        *item.source_ids,
                    )
                ).encode()


DEEP = 10_000


@pytest.mark.parametrize(
    "content",
    [
        '{"abstract": ' + "[" * DEEP + "]" * DEEP + "}",
        "[" * DEEP,
        '{"a":' * DEEP,
        '[{"title": "x", "abstract": "Deep inside.", "extra": '
        + '{"a":' * DEEP
        + "1"
        + "}" * DEEP
        + "}]",
        "@article{x, abstract = " + "{" * DEEP + "deep" + "}" * DEEP + "}",
        "<?xml version='1.0'?><feed><entry>" + "<a>" * DEEP + "</a>" * DEEP + "</entry></feed>",
        '{"abstract": "' + "$" * DEEP + "\\\\textbf{" * DEEP + '"}',
        '{"abstract": "' + "&amp;" * DEEP + "{" * DEEP + "~" * DEEP + '"}',
        "Abstract: " + "<b>" * DEEP + " x " + "``" * DEEP,
    ],
    ids=[
        "list",
        "open-list",
        "open-object",
        "extra",
        "braces",
        "elements",
        "latex",
        "signs",
        "tags",
    ],
)
def test_deep_nesting_is_read_or_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "deep"
    file.write_text(content)
    assert list(read(file))


def mebibytes(memory: str) -> float:
    """The largest resident memory of a process, which a Mac gives in bytes and others in KiB."""
    return int(memory) / (1 << 20 if sys.platform == "darwin" else 1 << 10)


# The peak of a child counts its parent's until it runs its own program; the difference is its own.
LONG_LINE = """
import resource, sys
from pathlib import Path
status = Path("/proc/self/status")
from ingest.readers import read
items = [(type(item).__name__, getattr(item, "reason", "")) for item in read(Path(sys.argv[1]))]
own = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")] \\
    if status.exists() else []
print(items, own[0] if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize(
    "start", ['{"abstract": "', "", "@article{x, abstract = {", "Title,Abstract\n"]
)
def test_a_line_of_100_mb_takes_bounded_memory(tmp_path: Path, start: str) -> None:
    file = tmp_path / "long"
    with file.open("w") as stream:
        stream.write(start)
        for _ in range(100):
            stream.write("words and " * 100_000)
        stream.write("\n" + json.dumps({"abstract": "The line after it is read."}) + "\n")
    done = subprocess.run(
        [sys.executable, "-c", LONG_LINE, str(file)], capture_output=True, text=True, check=True
    )
    items, _, memory = done.stdout.strip().rpartition(" ")
    assert "longer than 16 million characters" in items
    assert mebibytes(memory) < 300


@pytest.mark.parametrize("start", ["[", '{"total": 3, "data": ['])
def test_a_list_of_40_mb_on_one_line_is_read_in_bounded_memory(tmp_path: Path, start: str) -> None:
    file = tmp_path / "list.json"
    paper = '{"title": "T", "note": "' + "words and " * 100_000 + '", "abstract": "Read \\" [ {."}'
    file.write_text(start + ",".join([paper] * 40) + "]" + "}" * start.startswith("{"))
    done = subprocess.run(
        [sys.executable, "-c", LONG_LINE, str(file)], capture_output=True, text=True, check=True
    )
    items, _, memory = done.stdout.strip().rpartition(" ")
    assert items.count("'Record'") == 40
    assert mebibytes(memory) < 300
