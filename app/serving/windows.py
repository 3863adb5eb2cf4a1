"""How often something happened lately, by name: for limits, in memory of limited size."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

# Names beyond this many push out those that were heard of longest ago.
_MOST_NAMES = 10_000


@dataclass(slots=True)
class Window:
    """Counts what happens to each name within the last seconds. Belongs to one thread."""

    most: int
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _times: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def wait(self, name: str) -> float:
        """Seconds until one more fits, 0 where it fits now."""
        times = self._recent(name)
        return times[-self.most] + self.seconds - self.clock() if len(times) >= self.most else 0.0

    def add(self, name: str) -> None:
        """It happened once more."""
        times = self._recent(name)
        times.append(self.clock())
        if len(times) > self.most:
            times.popleft()
        self._times[name] = times
        self._times.move_to_end(name)
        while len(self._times) > _MOST_NAMES:
            self._times.popitem(last=False)

    def take_back(self, name: str) -> None:
        """As if the last time had not been."""
        times = self._times.get(name)
        if times:
            times.pop()

    def _recent(self, name: str) -> deque[float]:
        times = self._times.get(name, deque())
        while times and times[0] <= self.clock() - self.seconds:
            times.popleft()
        return times
