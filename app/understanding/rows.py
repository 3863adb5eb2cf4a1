"""A row of the table of closed forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Settings = dict[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """A closed form. `sets` gets the match and the present year; `kept` leaves the text to others.

    `examples` and `misses` are whole texts in which the pattern must match and must not. The words
    of the group `frame`, where there is one, have to be frame, as the reader reads them: the number
    in "3 papers" is, in "phase 3 studies" it is not.
    """

    name: str
    pattern: re.Pattern[str]
    sets: Callable[[re.Match[str], int], Settings]
    examples: tuple[str, ...]
    misses: tuple[str, ...] = ()
    kept: bool = False
    frame: int = 0


def row(
    name: str,
    pattern: str,
    sets: Callable[[re.Match[str], int], Settings],
    examples: tuple[str, ...],
    misses: tuple[str, ...] = (),
    kept: bool = False,
    frame: int = 0,
) -> Row:
    """A row whose pattern is matched in any case."""
    return Row(name, re.compile(pattern, re.I), sets, examples, misses, kept, frame)
