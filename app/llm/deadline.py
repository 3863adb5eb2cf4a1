"""One limit of time for a whole answer, whatever servers, tries and requests it takes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """When an answer has to be complete: `end` is a time of the monotonic clock."""

    end: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """The deadline of an answer that begins now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds that are left, below 0 when it has passed."""
        return self.end - time.monotonic()
