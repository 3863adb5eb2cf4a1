"""Functions of a word whose values are remembered: the same words come many thousand times."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Remembered(dict[str, T]):
    """Values of a function by word, each found when it is first asked for.

    A look-up takes a third of the time of one in `functools.lru_cache`. When there are too many
    values all are forgotten, which happens once in tens of thousands of papers.
    """

    def __init__(self, function: Callable[[str], T], most: int) -> None:
        super().__init__()
        self._function = function
        self._most = most

    def __missing__(self, word: str) -> T:
        value = self._function(word)
        if len(self) >= self._most:
            self.clear()
        self[word] = value
        return value
