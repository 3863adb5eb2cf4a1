"""The way in: whole standard streams, and a quiet end for who stops the program or its reader.

Nothing is imported here that takes time: Ctrl-C can come while the rest is still loading.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable

_INTERRUPTED, _BROKEN_PIPE = 130, 141  # what a shell shows for programs that a signal ended
_FAILED = 1


def main() -> None:
    """Run the command line; who stops reading its output ends it as quietly as `head` does."""
    _hold_descriptors()
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:  # before anything is under way there is nothing to say
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from app.cli import main as run

    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    code = _exit_code(run)
    if ours:  # nor is there when all is done
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if not _flushed():
        _discard()
    sys.exit(code)


def _exit_code(run: Callable[[], None]) -> int | str | None:
    """The exit code of a run. Whoever writes to a reader that went meets a BrokenPipeError."""
    try:
        run()
    except BrokenPipeError:
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except SystemExit as left:
        # Typer ends so, and says no more, after that error too.
        return _BROKEN_PIPE if left.code == _FAILED and _is_unread() else left.code
    return 0


def _hold_descriptors() -> None:
    """Fill the places of streams that were closed, or the next file to be opened takes them.

    What was then printed would go into that file, which may be the catalog.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)


def _is_unread() -> bool:
    """Whether the reader of what is printed has gone."""
    if not hasattr(select, "poll"):
        return False
    looking = select.poll()
    for descriptor in (1, 2):
        looking.register(descriptor, 0)
    return any(happened & select.POLLERR for _, happened in looking.poll(0))


def _flushed() -> bool:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return False
    return True


def _discard() -> None:
    """Python tries once more when it ends, and would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
