"""The rows of a run that was interrupted, so that the next one goes on from there."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from pathlib import Path

from eval.records import Row
from ingest.json_text import parsed

_PACKAGES = ("ingest", "app", "eval")
_READ = (".py", ".txt")


class Kept:
    """Rows in a file of JSON Lines, bound to what would make them different.

    `key` identifies code, settings and corpus: rows of any other key are forgotten, so that an
    old score never stands for a new one.
    """

    def __init__(self, file: Path, key: str) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._rows: dict[str, tuple[Row, float]] = {}
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        whole = lines[1:] if lines and lines[0] == key else []
        if whole and not self._load(whole[-1]):
            whole.pop()  # the line that the interruption cut off
        for line in whole:
            self._load(line)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([key, *whole]) + "\n", encoding="utf-8")

    def __len__(self) -> int:
        return len(self._rows)

    def _load(self, line: str) -> bool:
        try:
            stored = parsed(line)
        except ValueError:
            return False
        row = Row.from_json(stored["row"])
        self._rows[row.id] = row, stored["seconds"]
        return True

    def get(self, case_id: str, digest: str) -> tuple[Row, float] | None:
        """The row of a case that expects the same as now, and its seconds."""
        found = self._rows.get(case_id)
        return found if found and found[0].digest == digest else None

    def add(self, row: Row, seconds: float) -> None:
        """Keep a row at once."""
        line = json.dumps({"row": row.as_json(), "seconds": seconds})
        with self._lock, self._file.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")

    def done(self) -> None:
        """Forget the rows: the run is complete, and the next one starts anew."""
        self._file.unlink(missing_ok=True)


def code_fingerprint(root: Path, packages: tuple[str, ...] = _PACKAGES) -> str:
    """Sixteen hex digits over the code and word lists of the packages under `root`."""
    found = hashlib.sha256()
    for package in packages:
        for file in sorted((root / package).rglob("*")):
            if file.suffix in _READ:
                found.update(file.relative_to(root).as_posix().encode())
                found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:16]


def run_key(parts: Mapping[str, object]) -> str:
    """One line that is the same only for the same parts."""
    stored = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(stored.encode()).hexdigest()
