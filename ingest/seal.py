"""What the files of an index were when they were last written: one small file beside the catalog.

It holds the size and checksum of each file of the index but Chroma's database, which Chroma writes
to when it is asked, and how many papers there are. A writer breaks the seal before its first change
and seals anew after its last: a file that differs under a whole seal is damaged. The number of
papers stays in a broken one, so that an index whose catalog is lost is not taken for a fresh one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from zlib import crc32

NAME = "seal.json"
_READ_AT_ONCE = 1 << 20
STORE_FOLDERS = ("vectors-", "lexicon-", "relatives-")


@dataclass(frozen=True, slots=True)
class Print:
    """Size in bytes, CRC-32, and time of the last change (ns) of a file."""

    size: int
    checksum: int
    changed: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a seal says. `files` are by path in the folder; there are none in a broken seal."""

    papers: int = 0
    generation: int = 0
    files: Mapping[str, Print] = field(default_factory=dict)


class Seal:
    """The seal of one index folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / NAME
        self._before: Mapping[str, Print] = {}
        self._broken = False

    def read(self) -> Sealed | None:
        """What the seal says, None where there is none that can be read."""
        try:
            stored = json.loads(self._file.read_text(encoding="utf-8"))
            said = stored["sealed"]
            if stored["checksum"] != _sum_of(said):
                return None
            files = {name: Print(*values) for name, values in said["files"].items()}
            return Sealed(int(said["papers"]), int(said["generation"]), files)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def held_papers(self) -> bool:
        """Whether the folder held papers once: the seal says so, or stores made from some do."""
        sealed = self.read()
        if sealed is not None and sealed.papers:
            return True
        return self._folder.is_dir() and any(
            entry.name.startswith(STORE_FOLDERS) and entry.is_dir()
            for entry in self._folder.iterdir()
        )

    def differing(self, most: int | None = None, only_touched: bool = False) -> list[str]:
        """Files that are not what they were sealed as, sorted; none under a broken seal.

        Sizes are always compared; contents, smallest file first, up to `most` bytes in sum, and
        where `only_touched` those of files alone that somebody has written to since.
        """
        sealed = self.read()
        if sealed is None:
            return []
        found, read = [], 0
        for name, sum_ in sorted(sealed.files.items(), key=lambda item: item[1].size):
            read += sum_.size
            contents = (most is None or read <= most) and not (
                only_touched and self._is_untouched(name, sum_)
            )
            if not self._is_as(name, sum_, contents):
                found.append(name)
        # Another process may have begun to write meanwhile.
        return sorted(found) if self.read() == sealed else []

    def break_(self) -> None:
        """Vouch for no file from now on: called before any of them is changed."""
        if self._broken:
            return
        self._broken = True
        sealed = self.read()
        if sealed is not None and sealed.files:
            self._before = sealed.files
            self._write(Sealed(sealed.papers, sealed.generation))

    def renew(self, papers: int, generation: int, files: Iterable[Path]) -> None:
        """Vouch for these files as they are now. Raises OSError where one is gone."""
        self._write(Sealed(papers, generation, {self._name(f): self._print(f) for f in files}))
        self._broken = False

    def _is_as(self, name: str, sum_: Print, contents: bool) -> bool:
        file = self._folder / name
        try:
            if file.stat().st_size != sum_.size:
                return False
            return not contents or checksum(file) == sum_.checksum
        except OSError:
            return False

    def _is_untouched(self, name: str, sum_: Print) -> bool:
        try:
            now = (self._folder / name).stat()
        except OSError:
            return False
        return (sum_.size, sum_.changed) == (now.st_size, now.st_mtime_ns)

    def _print(self, file: Path) -> Print:
        known = self._before.get(self._name(file))
        # What was not written to since keeps its sum: it is that of what was meant.
        if known and self._is_untouched(self._name(file), known):
            return known
        now = file.stat()
        return Print(now.st_size, checksum(file), now.st_mtime_ns)

    def _name(self, file: Path) -> str:
        return file.relative_to(self._folder).as_posix()

    def _write(self, sealed: Sealed) -> None:
        files = {name: list(asdict(sum_).values()) for name, sum_ in sealed.files.items()}
        said = {"papers": sealed.papers, "generation": sealed.generation, "files": files}
        draft = self._file.with_name(f"{NAME}.draft")
        with draft.open("w", encoding="utf-8") as stream:
            json.dump({"checksum": _sum_of(said), "sealed": said}, stream)
            stream.flush()
            # A power cut must not bring back a seal that was broken.
            os.fsync(stream.fileno())
        draft.replace(self._file)


class NoSeal(Seal):
    """For a catalog that no folder holds: there are no files to vouch for."""

    def __init__(self) -> None:
        super().__init__(Path(os.devnull))

    def read(self) -> Sealed | None:
        return Sealed()

    def _write(self, sealed: Sealed) -> None:
        """There is no place for it."""


def checksum(file: Path) -> int:
    """The CRC-32 of a file's bytes."""
    found = 0
    with file.open("rb") as stream:
        while part := stream.read(_READ_AT_ONCE):
            found = crc32(part, found)
    return found


def _sum_of(said: object) -> int:
    return crc32(json.dumps(said, sort_keys=True).encode())
