"""People and programs that may log in: names with bcrypt hashes, as `htpasswd -B` makes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import bcrypt

from ingest.errors import SettingsError, UsageError

LONGEST_PASSWORD = 72  # bytes; bcrypt reads no more
_SHORTEST_PASSWORD = 8  # characters
_LONGEST_NAME = 64
# Each step doubles the time of a guess; 12 takes about a quarter of a second.
_COST = 12
_NAME = re.compile(r"[^\s:,\x00-\x1f\x7f]{1,64}")
_HASH = re.compile(r"\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_HOW = "make a line with: askpapers password NAME"


@dataclass(frozen=True, slots=True)
class Users:
    """Hashes by name. There is at least one."""

    hashes: Mapping[str, str]

    def admits(self, name: str, password: str) -> bool:
        """Whether this is the user's password. An unknown name takes as long as a known one."""
        typed = password.encode("utf-8", "surrogatepass")
        known = self.hashes.get(name)
        held = known or next(iter(self.hashes.values()))
        fits = bcrypt.checkpw(typed[:LONGEST_PASSWORD], held.encode())
        return fits and known is not None and len(typed) <= LONGEST_PASSWORD


def users(setting: str) -> Users:
    """The users of a setting: a file with a `NAME:HASH` a line, or several with commas between.

    Raises SettingsError for anything else.
    """
    listed = ":$2" in setting
    lines = setting.split(",") if listed else _lines(Path(setting.strip()).expanduser())
    hashes: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, held = line.strip().partition(":")
        if not _NAME.fullmatch(name) or not _HASH.fullmatch(held) or name in hashes:
            # Neither the line nor its hash is shown: it may hold a password that was never hashed.
            again = "names a user twice" if name in hashes else "is no NAME:HASH with bcrypt"
            raise SettingsError(
                f"{'Entry' if listed else 'Line'} {number} of ASKPAPERS_USERS {again}: {_HOW}."
            )
        hashes[name] = held
    if not hashes:
        raise SettingsError(f"ASKPAPERS_USERS names nobody: {_HOW}.")
    return Users(hashes)


def entry(name: str, password: str) -> str:
    """The line of a user for ASKPAPERS_USERS. Raises UsageError for what no log-in would take."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"A name has 1 to {_LONGEST_NAME} characters, without spaces, colons and commas."
        )
    if len(password) < _SHORTEST_PASSWORD or len(password.encode()) > LONGEST_PASSWORD:
        raise UsageError(
            f"A password has at least {_SHORTEST_PASSWORD} characters and at most "
            f"{LONGEST_PASSWORD} bytes."
        )
    if "\x00" in password:
        raise UsageError("A password holds no NUL.")
    return f"{name}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(_COST)).decode()}"


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        raise SettingsError(
            f"ASKPAPERS_USERS is neither a readable file nor a list of NAME:HASH: {_HOW}."
        ) from None
