"""An answer as visitors of the page may read it: without what only who runs it should know.

The terminal and `askpapers doctor` tell the addresses of servers and what servers said.
"""

from __future__ import annotations

import re
from dataclasses import replace

from app.answer import Answer

_SAID = re.compile(r" \(“[^”]*”\)")
_ADDRESS = r"(?:https?|postgresql)://[^\s“”]*[^\s“”.,;:!?)]"
_AT_ADDRESS = re.compile(rf"(?: at| in) {_ADDRESS}")
_BARE = re.compile(_ADDRESS)


def discreet(sentence: str) -> str:
    """A sentence about a server without the server's address and words."""
    return _BARE.sub("the server", _AT_ADDRESS.sub("", _SAID.sub("", sentence)))


def for_visitors(answer: Answer) -> Answer:
    """The answer with discreet notes."""
    return replace(answer, notes=tuple(map(discreet, answer.notes)))
