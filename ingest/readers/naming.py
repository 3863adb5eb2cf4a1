"""What a file is called: its path in letters that can be stored, printed and found again.

A name on disk is bytes, and need not be text. What is no text, and what would break a line, is
written as `\\xe9`, and so is a backslash that could be mistaken for that.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|\\\\(?=x[0-9a-f]{2})")
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


def name_of(path: Path | str) -> str:
    """The name under which a path is stored and shown. No two paths have the same one."""
    # By its bytes, so that a file is called the same whatever the language of the terminal is.
    text = os.fsencode(path).decode("utf-8", "surrogateescape")
    return _UNSHOWN.sub(_escaped, text)


def path_of(name: str) -> Path:
    """The path that `name_of` gave this name to."""
    raw = _ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), name.encode())
    return Path(os.fsdecode(raw))


def _escaped(match: re.Match[str]) -> str:
    raw = match[0].encode("utf-8", "surrogateescape")
    return "".join(f"\\x{byte:02x}" for byte in raw)
