"""The cases scored under every combination of some settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from pydantic import ValidationError

from app.settings import Settings
from app.support.score import THRESHOLD, support
from eval.dataset.corpora import at_hand, engine_for
from eval.records import Case, Mean
from eval.running.run import run
from eval.running.server_failures import with_server
from eval.running.session import Options
from eval.scoring.measures import LOWER_IS_BETTER, NAMES
from eval.scoring.statistics import percentile
from ingest.errors import SettingsError, UsageError

_MOST = 200


@dataclass(frozen=True, slots=True)
class Point:
    """One combination: the values as they were written, and the settings that they make."""

    chosen: tuple[tuple[str, str], ...]
    settings: Settings

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.chosen)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a combination reached: all means, and seconds a question."""

    point: Point
    means: dict[str, Mean]
    median: float
    slow: float


def grid(choices: Sequence[str], base: Settings) -> list[Point]:
    """Every combination of `NAME=A,B` choices, the last one changing fastest.

    An empty value stands for none. Raises UsageError for what is no choice, SettingsError for a
    value that a setting cannot have.
    """
    axes: dict[str, list[str]] = {}
    for choice in choices:
        name, equals, values = choice.partition("=")
        if not equals or name not in Settings.model_fields:
            known = ", ".join(sorted(Settings.model_fields))
            raise UsageError(f"--set {choice}: write NAME=A,B with one of the settings {known}.")
        if name in axes:
            raise UsageError(f"--set {choice}: {name} is set twice; list all values at once.")
        axes[name] = list(dict.fromkeys(value.strip() for value in values.split(",")))
    combinations = list(product(*axes.values()))
    if len(combinations) > _MOST:
        raise UsageError(f"{len(combinations)} combinations are too many; {_MOST} are the most.")
    points = [_point(tuple(zip(axes, values, strict=True)), base) for values in combinations]
    if "chat_model" in axes and not any(point.settings.has_server for point in points):
        raise UsageError("--set chat_model: without --generated no model is asked.")
    return points


def _point(chosen: tuple[tuple[str, str], ...], base: Settings) -> Point:
    given = {name: value or None for name, value in chosen}
    try:
        # What was read once stays; validation happens on the chosen values with the others.
        return Point(chosen, Settings(**{**dict(base), **given}))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])) or "the settings"
        raise SettingsError(f"--set {name}={first.get('input')}: {first['msg']}.") from error


def swept(
    points: Sequence[Point],
    cases: Sequence[Case],
    corpus: str,
    measure: str,
    options: Options,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Swept]:
    """Every point scored on an index of its own, in the order of the points."""
    good = ["passed", *(name for name in NAMES if name not in LOWER_IS_BETTER)]
    if measure not in good:
        raise UsageError(f"--measure {measure}: quality is one of {', '.join(good)}.")
    corpora = {found.name: found for found in at_hand()}
    if corpus not in corpora:
        raise UsageError(f"There is no corpus {corpus!r} at hand, only {', '.join(corpora)}.")
    found = []
    for point in points:
        with engine_for(corpora[corpus], point.settings) as engine:
            ask = with_server(engine.ask, point.settings)
            ask(cases[0].question, cases[0].history)  # what is loaded once is not its latency
            report = run(
                cases, ask, engine.index.catalog.papers(), support=support, threshold=THRESHOLD,
                corpus=corpus, workers=options.at_once(point.settings),
            )  # fmt: skip
        seconds = list(report.seconds.values())
        median, slow = percentile(seconds, 0.5), percentile(seconds, 0.95)
        found.append(Swept(point, dict(report.means), median, slow))
        progress(str(point))
    return found
