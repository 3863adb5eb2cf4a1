"""One sentence for what ends a command that is no error of ours."""

from __future__ import annotations

import errno
from typing import Any


def disk_failure(error: OSError) -> str:
    """What the disk refused, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        from ingest.stores.disk_errors import MAKE_ROOM

        return f"The disk is full. {MAKE_ROOM}"
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}. Check the disk and its permissions."


def misuse(error: Any) -> str:
    """One sentence instead of typer's four lines; a whole help text, which it can be, as it is."""
    message: str = error.format_message()
    if "\n" in message:
        return message
    command = error.ctx.command_path if error.ctx else "askpapers"
    return f"{message.rstrip('.')}. {command} --help lists what it takes."
