"""Functions of a word whose values are remembered: the same words come many thousand times."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class Remembered(dict[str, T]):
    """Values of a function by word, each found when it is first asked for.

    A look-up takes a third of the time of one in `functools.lru_cache`. Half of `most` are values
    asked for lately. When there are more, the half before them is forgotten: of the words of many
    thousand papers the usual ones stay, and those that stand in one paper go.
    """

    def __init__(self, function: Callable[[str], T], most: int) -> None:
        super().__init__()
        self._function = function
        self._half = max(1, most // 2)
        self._before: dict[str, T] = {}

    def __missing__(self, word: str) -> T:
        before = self._before
        value = before[word] if word in before else self._function(word)
        if len(self) >= self._half:
            self._before = dict(self)
            self.clear()
        self[word] = value
        return value


def in_turn(function: Callable[P, T]) -> Callable[P, T]:
    """The function, asked by one thread at a time.

    What it remembers is then found once: of several askers at once each would find it for itself.
    """
    asking = Lock()

    @wraps(function)
    def asked(*values: P.args, **named: P.kwargs) -> T:
        with asking:
            return function(*values, **named)

    return asked
