"""ZIP archives: which members are read, which are not and why, and the way to each one's bytes."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from ingest.readers.naming import name_of
from ingest.readers.opening import FREE_BYTES, MOST_RATIO, UNPACKS_TO_MUCH, BombError
from ingest.readers.problems import Unread
from ingest.records import Problem

MEMBER = "!"
_MOST_MEMBERS = 100_000
_OFFICE = "[Content_Types].xml"
_LEADS_OUT = re.compile(r"[\\/]|[A-Za-z]:[\\/]|(?:.*[\\/])?\.\.(?:[\\/]|$)", re.S)

# What a damaged, locked or exotic archive raises when it is opened or read.
DAMAGE = (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError)

# A member's name, and the reason why it is not read, or None.
Member = tuple[str, Problem | None]


class Archives:
    """Archives to read members from. One at a time is open: opening it reads its whole list."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._archive: zipfile.ZipFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._close()

    def find(self, path: Path, member: str) -> tuple[zipfile.ZipFile, zipfile.ZipInfo]:
        """The archive of a member and its place in it.

        Raises OSError or one of DAMAGE where it cannot be opened, and BombError for a member that
        unpacks without measure.
        """
        if self._archive is None or path != self._path:
            self._close()
            self._archive, self._path = zipfile.ZipFile(path), path
        try:
            info = self._archive.getinfo(member)
        except KeyError:
            raise zipfile.BadZipFile("it changed while it was read") from None
        if _is_bomb(info):
            raise BombError(UNPACKS_TO_MUCH)
        return self._archive, info

    def _close(self) -> None:
        archive, self._archive = self._archive, None
        if archive is not None:
            archive.close()


def members(path: Path) -> Iterator[Member] | None:
    """The members of an archive by name, hidden ones and README files left out.

    None for a file that is no ZIP archive. An archive that is not opened has one member, "".
    """
    try:
        if not zipfile.is_zipfile(path):
            return None
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except OSError:
        return None
    except DAMAGE as error:
        return iter([("", Unread(f"{name_of(path)}:1", damaged(error)))])
    reason = _refusal(infos, path)
    return iter([("", reason)]) if reason else _named(infos, name_of(path))


def damaged(error: Exception) -> str:
    """The sentence for an archive that cannot be read."""
    return f"The archive is damaged, cut off or locked ({error})."


def _refusal(infos: list[zipfile.ZipInfo], path: Path) -> Problem | None:
    """Why the archive as a whole is not read, or None."""
    place = f"{name_of(path)}:1"
    if any(info.filename == _OFFICE for info in infos):
        return Problem(place, "This is an Office document. Save it as CSV or text and ingest that.")
    if len(infos) > _MOST_MEMBERS:
        return Unread(
            place, f"The archive holds more than {_MOST_MEMBERS:,} files: unpack it first."
        )
    whole = sum(info.file_size for info in infos if not _is_bomb(info))
    if whole > max(FREE_BYTES, path.stat().st_size * MOST_RATIO):
        return Unread(place, UNPACKS_TO_MUCH)
    return None


def _named(infos: list[zipfile.ZipInfo], archive: str) -> Iterator[Member]:
    copies = Counter(info.filename for info in infos)
    met: Counter[str] = Counter()
    for info in sorted(infos, key=lambda info: info.filename):
        name = info.filename
        if info.is_dir() or not (_leads_out(name) or _is_read(name)):
            continue
        met[name] += 1
        place = f"{archive}{MEMBER}{name_of(name)}:1"
        if met[name] < copies[name]:
            reason = (
                f"The archive holds {copies[name]} files of this name; the last one is read, "
                f"and this is number {met[name]}."
            )
            yield name, Problem(place, reason)
        elif _leads_out(name):
            reason = "Its name leads out of the archive, so it was not read: unpack it yourself."
            yield name, Problem(place, reason)
        else:
            yield name, None


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > max(FREE_BYTES, info.compress_size * MOST_RATIO)


def _leads_out(name: str) -> bool:
    return _LEADS_OUT.match(name) is not None


def _is_read(name: str) -> bool:
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return bool(parts) and not hidden and not parts[-1].upper().startswith("README")
