"""Small SVG plots that need neither a library nor a network. Colours come from the page's CSS."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_WIDTH = 640
_LABEL = 210
_ROW = 24
_FOOT = 22


def interval_plot(rows: Sequence[tuple[str, float, float, float]]) -> str:
    """A line a measure: (label, mean, low, high) on a scale from 0 to 1."""
    marks = []
    for place, (label, mean, low, high) in enumerate(rows):
        y = place * _ROW + _ROW / 2
        ends = f'x1="{_x(low):.1f}" x2="{_x(high):.1f}" y1="{y}" y2="{y}"'
        marks.append(
            f'{_label(label, y)}<line class="whisker" {ends}/>'
            f'<circle class="dot" cx="{_x(mean):.1f}" cy="{y}" r="5">'
            f"<title>{escape(label)}: {mean:.3f} ({low:.3f} to {high:.3f})</title></circle>"
        )
    return _svg(len(rows), _grid(len(rows)) + "".join(marks), "Means with 95 % intervals")


def bar_plot(rows: Sequence[tuple[str, int, int]]) -> str:
    """A bar a label: (label, part, whole), drawn as the share part / whole."""
    marks = []
    for place, (label, part, whole) in enumerate(rows):
        y = place * _ROW + 4
        share = part / whole if whole else 0.0
        height = f'y="{y}" height="{_ROW - 8}"'
        marks.append(
            f'{_label(label, y + 8)}<rect class="rest" x="{_x(0):.1f}" width="{_span():.1f}" '
            f'{height}/><rect class="bar" x="{_x(0):.1f}" width="{share * _span():.1f}" {height}/>'
            f'<text class="value" x="{_WIDTH - 52}" y="{y + 12}">{part} of {whole}</text>'
        )
    return _svg(len(rows), "".join(marks), "Cases passed")


def histogram(values: Sequence[float], top: float, unit: str, bins: int = 20) -> str:
    """How many values lie in each equal step from 0 to `top`; those above it in the last."""
    counts = [0] * bins
    for value in values:
        counts[max(0, min(bins - 1, int(value / top * bins)))] += 1
    most, wide, tall = max(counts, default=0) or 1, (_WIDTH - 20) / bins, 120
    marks = []
    for place, count in enumerate(counts):
        height = count / most * tall
        low, high = place * top / bins, (place + 1) * top / bins
        marks.append(
            f'<rect class="bar" x="{10 + place * wide:.1f}" y="{tall - height + 6:.1f}" '
            f'width="{wide - 2:.1f}" height="{height:.1f}">'
            f"<title>{low:.3g} to {high:.3g} {escape(unit)}: {count}</title></rect>"
        )
    ends = (
        f'<text class="tick" x="10" y="{tall + 22}">0</text>'
        f'<text class="tick end" x="{_WIDTH - 12}" y="{tall + 22}">{top:.3g} {escape(unit)}</text>'
    )
    return _frame(tall + 30, "".join(marks) + ends, f"Distribution of {len(values)} values")


def scatter_plot(dots: Sequence[tuple[str, float, float]], across: str, up: str) -> str:
    """A dot a label: (label, x, y) with x from 0 and y in [0, 1], numbered from 1, axes named."""
    tall, left, wide = 260, 60, _WIDTH - 90
    top = max((x for _, x, _ in dots), default=0.0) * 1.1 or 1.0
    low = min((y for _, _, y in dots), default=0.0)
    low = max(0.0, low - 0.25 * (1 - low) - 0.01)
    marks = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = 10 + (1 - share) * tall
        marks.append(
            f'<line class="grid" x1="{left}" x2="{left + wide}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick end" x="{left - 8}" y="{y + 4:.1f}">'
            f"{low + share * (1 - low):.2f}</text>"
            f'<text class="tick" x="{left + share * wide - 16:.1f}" y="{tall + 28}">'
            f"{share * top:.2g}</text>"
        )
    for place, (label, x, y) in enumerate(dots, 1):
        at, height = left + x / top * wide, 10 + (1 - (y - low) / (1 - low)) * tall
        # Numbers, not labels: good settings lie close together. Four levels keep neighbours apart.
        level = height - 8 - 12 * ((place - 1) % 4)
        marks.append(
            f'<circle class="dot" cx="{at:.1f}" cy="{height:.1f}" r="5">'
            f"<title>{escape(label)}: {y:.3f}, {x:.3g}</title></circle>"
            f'<text class="value" x="{at - 3:.1f}" y="{level:.1f}">{place}</text>'
        )
    axis = f'<text class="tick end" x="{left + wide}" y="{tall + 44}">{escape(across)}</text>'
    return _frame(tall + 50, "".join(marks) + axis, f"{up} against {across}")


def _span() -> float:
    return _WIDTH - _LABEL - 70


def _x(share: float) -> float:
    return _LABEL + max(0.0, min(1.0, share)) * _span()


def _label(text: str, y: float) -> str:
    return f'<text class="label" x="{_LABEL - 10}" y="{y + 4}">{escape(text)}</text>'


def _grid(rows: int) -> str:
    return "".join(
        f'<line class="grid" x1="{_x(share):.1f}" x2="{_x(share):.1f}" y1="0" y2="{rows * _ROW}"/>'
        f'<text class="tick" x="{_x(share) - 8:.1f}" y="{rows * _ROW + 15}">{share:g}</text>'
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    )


def _svg(rows: int, marks: str, title: str) -> str:
    return _frame(rows * _ROW + _FOOT, marks, title)


def _frame(height: float, marks: str, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:g}" role="img" aria-label="{escape(title)}">'
        f"{marks}</svg>"
    )
