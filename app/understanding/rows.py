"""A row of the table of closed forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Settings = dict[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """A closed form. `sets` gets the match and the present year; `kept` leaves the text to others.

    `examples` and `misses` are whole texts in which the pattern must match and must not.
    """

    name: str
    pattern: re.Pattern[str]
    sets: Callable[[re.Match[str], int], Settings]
    examples: tuple[str, ...]
    misses: tuple[str, ...] = ()
    kept: bool = False


def row(
    name: str,
    pattern: str,
    sets: Callable[[re.Match[str], int], Settings],
    examples: tuple[str, ...],
    misses: tuple[str, ...] = (),
    kept: bool = False,
) -> Row:
    """A row whose pattern is matched in any case."""
    return Row(name, re.compile(pattern, re.I), sets, examples, misses, kept)
