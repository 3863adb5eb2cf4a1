"""Small SVG plots that need neither a library nor a network. Colours come from the page's CSS.

Places across are shares of the width, so that a plot fits any page and its text keeps its size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

_TALL = 110
_HEAD = 30
_FOOT = 22


def interval(mean: float, low: float, high: float, label: str) -> str:
    """A dot with its interval on a line from 0 to 1."""
    left, right = _share(low), _share(high)
    said = f"{label}: {mean:.3f} ({low:.3f} to {high:.3f})"
    marks = (
        '<line class="grid" x1="0%" x2="100%" y1="9" y2="9"/>'
        f'<line class="whisker" x1="{left}" x2="{right}" y1="9" y2="9"/>'
        f'<circle class="dot" cx="{_share(mean)}" cy="9" r="5"><title>{escape(said)}</title>'
        "</circle>"
    )
    return _frame(18, marks, said)


def bar(part: int, whole: int, label: str) -> str:
    """A bar as long as the share part / whole."""
    share = part / whole if whole else 0.0
    marks = (
        '<rect class="rest" x="0%" y="2" width="100%" height="14" rx="3"/>'
        f'<rect class="bar" x="0%" y="2" width="{_share(share)}" height="14" rx="3"/>'
    )
    return _frame(18, marks, f"{label}: {part} of {whole}")


def histogram(
    values: Sequence[float],
    top: float,
    unit: str,
    bins: int = 20,
    lines: Mapping[str, float] | None = None,
) -> str:
    """How many values lie in each equal step from 0 to `top`; those above it in the last.

    Each of `lines` is drawn where its value lies, under its name.
    """
    counts = [0] * bins
    for value in values:
        counts[max(0, min(bins - 1, int(value / top * bins)))] += 1
    most = max(counts, default=0) or 1
    marks = [_step(place, count, most, bins, top, unit) for place, count in enumerate(counts)]
    floor = _HEAD + _TALL
    for name, value in (lines or {}).items():
        at = _share(value / top)
        marks.append(
            f'<line class="mark" x1="{at}" x2="{at}" y1="14" y2="{floor}"/>'
            f'<text class="tick middle" x="{at}" y="10">{escape(name)}</text>'
        )
    marks.append(
        f'<line class="grid" x1="0%" x2="100%" y1="{floor}" y2="{floor}"/>'
        f'<text class="tick" x="0%" y="{floor + 16}">0</text>'
        f'<text class="tick end" x="100%" y="{floor + 16}">{top:.3g} {escape(unit)}</text>'
    )
    return _frame(floor + _FOOT, "".join(marks), f"Distribution of {len(values)} values")


def _step(place: int, count: int, most: int, bins: int, top: float, unit: str) -> str:
    if not count:
        return ""
    height = max(1.0, count / most * _TALL)
    y = _HEAD + _TALL - height
    low, high = place * top / bins, (place + 1) * top / bins
    return (
        f'<rect class="bar" x="{_share(place / bins)}" y="{y:.1f}" width="{_share(0.9 / bins)}" '
        f'height="{height:.1f}"><title>{low:.3g} to {high:.3g} {escape(unit)}: {count}</title>'
        "</rect>"
        f'<text class="tick middle" x="{_share((place + 0.45) / bins)}" y="{y - 3:.1f}">'
        f"{count}</text>"
    )


def scatter_plot(dots: Sequence[tuple[str, float, float]], across: str, up: str) -> str:
    """A dot a label: (label, x, y) with x from 0 and y in [0, 1], numbered from 1, axes named."""
    tall, left, right = 260, 0.08, 0.96
    top = max((x for _, x, _ in dots), default=0.0) * 1.1 or 1.0
    low = min((y for _, _, y in dots), default=0.0)
    low = max(0.0, low - 0.25 * (1 - low) - 0.01)
    marks = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = 26 + (1 - share) * tall
        marks.append(
            f'<line class="grid" x1="{_share(left)}" x2="{_share(right)}" y1="{y:.1f}" '
            f'y2="{y:.1f}"/><text class="tick end" x="{_share(left - 0.01)}" y="{y + 4:.1f}">'
            f"{low + share * (1 - low):.2f}</text>"
            f'<text class="tick middle" x="{_share(left + share * (right - left))}" '
            f'y="{tall + 44}">{share * top:.2g}</text>'
        )
    drawn: list[tuple[float, float]] = []
    for place, (label, x, y) in enumerate(dots, 1):
        across_at = left + x / top * (right - left)
        height = 26 + (1 - (y - low) / (1 - low)) * tall
        # Numbers, not labels: good settings lie close together, and then one above the other.
        near = sum(abs(across_at - a) < 0.03 and abs(height - h) < 12 for a, h in drawn)
        drawn.append((across_at, height))
        at, level = _share(across_at), height - 8 - 12 * near
        marks.append(
            f'<circle class="dot" cx="{at}" cy="{height:.1f}" r="5">'
            f"<title>{escape(label)}: {y:.3f}, {x:.3g}</title></circle>"
            f'<text class="tick middle" x="{at}" y="{level:.1f}">{place}</text>'
        )
    axes = (
        f'<text class="tick" x="0%" y="12">{escape(up)}</text>'
        f'<text class="tick end" x="{_share(right)}" y="{tall + 62}">{escape(across)}</text>'
    )
    return _frame(tall + 68, "".join(marks) + axes, f"{up} against {across}")


def line_plot(values: Sequence[float | None], top: float, label: str) -> str:
    """Values from 0 to `top` from left to right, joined by lines; `None` leaves a gap."""
    tall, dots = 90, []
    steps = max(1, len(values) - 1)
    for place, value in enumerate(values):
        if value is not None:
            height = 10 + (1 - min(1.0, value / top)) * tall
            dots.append((place, 0.04 + 0.92 * place / steps, height, value))
    marks = [f'<line class="grid" x1="0%" x2="100%" y1="{y}" y2="{y}"/>' for y in (10, 10 + tall)]
    for (a, x1, y1, _), (b, x2, y2, _) in pairwise(dots):
        if b == a + 1:
            marks.append(
                f'<line class="whisker" x1="{_share(x1)}" x2="{_share(x2)}" '
                f'y1="{y1:.1f}" y2="{y2:.1f}"/>'
            )
    marks += [
        f'<circle class="dot" cx="{_share(x)}" cy="{y:.1f}" r="4">'
        f"<title>run {place + 1}: {value:.3f}</title></circle>"
        for place, x, y, value in dots
    ]
    marks += (
        [
            f'<text class="tick {"end" if x > 0.5 else ""}" x="{_share(x)}" y="{tall + 28}">'
            f"{value:.3f}</text>"
            for _, x, _, value in dict.fromkeys((dots[0], dots[-1]))
        ]
        if dots
        else []
    )
    return _frame(tall + 34, "".join(marks), f"{label} over {len(values)} runs")


def _share(value: float) -> str:
    """A place or a length in [0, 1] as a share of the width."""
    return f"{100 * max(0.0, min(1.0, value)):.2f}%"


def _frame(height: float, marks: str, title: str) -> str:
    return f'<svg height="{height:g}" role="img" aria-label="{escape(title)}">{marks}</svg>'
