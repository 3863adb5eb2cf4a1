"""What is counted while questions are answered, in the text format of Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from threading import Lock

# Seconds. An answer quotes within a second, and is written within two minutes.
_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)

Labels = tuple[tuple[str, str], ...]
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Counter:
    """How often something happened since the start, by its labels."""

    name: str
    meaning: str
    _counts: dict[Labels, float] = field(default_factory=dict)

    def add(self, amount: float = 1, **labels: str) -> None:
        """It happened once more, or so many times."""
        key = tuple(labels.items())
        with _LOCK:
            self._counts[key] = self._counts.get(key, 0) + amount

    def value(self, **labels: str) -> float:
        """How often so far, over all kinds that have these labels."""
        with _LOCK:
            return sum(n for key, n in self._counts.items() if set(labels.items()) <= set(key))

    def lines(self) -> Iterator[str]:
        """The text of it."""
        yield from _head(self.name, self.meaning, "counter")
        with _LOCK:
            counts = dict(self._counts) or {(): 0.0}
        for labels, count in counts.items():
            yield _line(self.name, labels, count)


@dataclass(frozen=True, slots=True)
class Histogram:
    """How long something took, by its labels."""

    name: str
    meaning: str
    _seen: dict[Labels, list[float]] = field(default_factory=dict)

    def observe(self, seconds: float, **labels: str) -> None:
        """It took so long once more."""
        key = tuple(labels.items())
        with _LOCK:
            # A count for each bucket and one for what is longer, then the sum.
            counts = self._seen.setdefault(key, [0.0] * (len(_BOUNDS) + 2))
            counts[bisect_left(_BOUNDS, seconds)] += 1
            counts[-1] += seconds

    def lines(self) -> Iterator[str]:
        """The text of it."""
        yield from _head(self.name, self.meaning, "histogram")
        with _LOCK:
            seen = {labels: tuple(counts) for labels, counts in self._seen.items()}
        for labels, (*counts, total) in seen.items():
            bounds = [f"{bound:g}" for bound in _BOUNDS] + ["+Inf"]
            for bound, count in zip(bounds, accumulate(counts), strict=True):
                yield _line(f"{self.name}_bucket", (*labels, ("le", bound)), count)
            yield _line(f"{self.name}_sum", labels, total)
            yield _line(f"{self.name}_count", labels, sum(counts))


REQUESTS = Counter("askpapers_requests_total", "Requests by path, method and status.")
REQUEST_SECONDS = Histogram("askpapers_request_seconds", "Time of requests by path.")
REFUSED = Counter("askpapers_refused_total", "Questions not taken: too often, or too many at once.")
FAILED_LOG_INS = Counter("askpapers_failed_log_ins_total", "Log-ins that failed or came too often.")
QUESTIONS = Counter(
    "askpapers_questions_total",
    "Questions by kind, mode and strength; strength is also failed or stopped.",
)
ANSWER_SECONDS = Histogram("askpapers_answer_seconds", "Time of whole answers by mode.")
UNSUPPORTED = Counter(
    "askpapers_unsupported_sentences_total", "Sentences of answers that no abstract backs."
)
MODEL_ERRORS = Counter(
    "askpapers_model_errors_total", "Requests to the model that failed after all tries, by kind."
)
_ALL = (
    REQUESTS, REQUEST_SECONDS, REFUSED, FAILED_LOG_INS, QUESTIONS, ANSWER_SECONDS, UNSUPPORTED,
    MODEL_ERRORS,
)  # fmt: skip


def exposition(gauges: Mapping[str, tuple[str, float]]) -> str:
    """All that was counted, and `gauges`: by name a meaning and a value."""
    lines = [line for metric in _ALL for line in metric.lines()]
    for name, (meaning, value) in gauges.items():
        lines += [*_head(name, meaning, "gauge"), _line(name, (), value)]
    return "\n".join(lines) + "\n"


def _head(name: str, meaning: str, kind: str) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]


def _line(name: str, labels: Labels, value: float) -> str:
    named = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{named}}} {value:.12g}" if named else f"{name} {value:.12g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
