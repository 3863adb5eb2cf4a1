"""What grows how fast: costs at several sizes, their exponents, and a plot of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

Points = Sequence[tuple[float, float]]

_WIDE, _TALL = 640, 400
_LEFT, _TOP, _RIGHT, _BOTTOM = 70, 20, 150, 50
_COLOURS = ("#1b6ca8", "#c2571a", "#2e8b57", "#8a4fbf", "#b8860b", "#c03060")


def replicated(lines: Sequence[str], count: int) -> Iterator[str]:
    """So many records: those at hand, then copies with another id, title and words.

    A word of each sentence of a copy is of that copy alone, so that no two texts are one paper.
    """
    for number in range(count):
        line = lines[number % len(lines)]
        round_ = number // len(lines)
        yield line if round_ == 0 else _altered(line, round_)


def _altered(line: str, round_: int) -> str:
    entry = json.loads(line)
    word = f"variant{'abcdefghij'[round_ % 10]}{round_}"
    sentences = (entry.get("abstract") or "").split(". ")
    entry["abstract"] = f"{word} " + f" {word}. ".join(sentences)
    entry["title"] = f"{word} {entry.get('title') or ''}"
    for name in ("id", "doi", "url", "arxiv_id"):
        entry.pop(name, None)
    return json.dumps(entry) + "\n"


def exponent(points: Points) -> float:
    """The slope of the straight line through the logarithms: 1 is linear, 0 does not grow."""
    across, up = ([math.log(point[axis]) for point in points] for axis in (0, 1))
    middle, level = sum(across) / len(across), sum(up) / len(up)
    rise = sum((x - middle) * (y - level) for x, y in zip(across, up, strict=True))
    return rise / sum((x - middle) ** 2 for x in across)


def plot(costs: Mapping[str, Points], across: str) -> str:
    """An SVG on logarithmic axes, a line a cost; each cost is divided by that at its least size.

    So all begin at 1, and a line of exponent 1 is drawn beside them.
    """
    lines = {name: [(x, y / points[0][1]) for x, y in points] for name, points in costs.items()}
    every = [point for points in lines.values() for point in points]
    first, last = min(x for x, _ in every), max(x for x, _ in every)
    lines["in step with the papers"] = [(first, 1.0), (last, last / first)]
    top = max(last / first, *(y for _, y in every))
    low = min(1.0, *(y for _, y in every))

    def at(x: float, y: float) -> tuple[float, float]:
        right = math.log(x / first) / math.log(last / first)
        height = math.log(y / low) / math.log(top / low)
        return _LEFT + right * (_WIDE - _LEFT - _RIGHT), _TOP + (1 - height) * (
            _TALL - _TOP - _BOTTOM
        )

    marks = [*_grid(first, last, top, at), _text(_LEFT, _TALL - 8, across)]
    levels: list[float] = []
    for place, (name, points) in enumerate(sorted(lines.items(), key=lambda one: one[1][-1][1])):
        colour = _COLOURS[place % len(_COLOURS)]
        drawn = [at(*point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        dashed = ' stroke-dasharray="4 4"' if name not in costs else ""
        marks.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>'
        )
        level = min([drawn[-1][1], *(one - 15 for one in levels[-1:])])
        levels.append(level)
        marks.append(_text(drawn[-1][0] + 6, level + 4, name, colour))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_TALL}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(across)}</title>'
        f'<rect width="{_WIDE}" height="{_TALL}" fill="white"/>{"".join(marks)}</svg>\n'
    )


def _grid(first: float, last: float, top: float, at: object) -> Iterator[str]:
    assert callable(at)
    for power in range(int(math.log10(top)) + 1):
        x, y = at(first, 10**power)
        yield f'<line x1="{x:.1f}" x2="{_WIDE - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
        yield _text(8, y + 4, f"× {10**power:,}")
    for size in (first, *(10**p for p in range(2, 9) if first < 10**p < last), last):
        x, _ = at(size, 1.0)
        yield _text(x - 16, _TALL - _BOTTOM + 18, f"{size:,.0f}")


def _text(x: float, y: float, text: str, colour: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}">{escape(text)}</text>'


def bytes_in(folder: Path) -> dict[str, int]:
    """Bytes of the catalog and of each store of an index."""
    found: dict[str, int] = {}
    for file in folder.rglob("*"):
        if file.is_file():
            part = file.relative_to(folder).parts[0].partition("-")[0].partition(".")[0]
            found[part] = found.get(part, 0) + file.stat().st_size
    return found
