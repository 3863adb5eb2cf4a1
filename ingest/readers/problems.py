"""Problems that readers report, in words for the person who owns the file."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.records import Problem

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Unread(Problem):
    """A problem that hides an unknown part of a source: it may hold papers that nobody saw."""


def shown(text: str) -> str:
    """The start of a text, at most 60 characters, for a message."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
