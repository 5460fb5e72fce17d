"""Curves as SVG, drawn by hand: a report needs no plotting library and no script."""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

Point = tuple[float, float]

WIDTH, HEIGHT = 360, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 8, 20
_MOST_POINTS = 300


def draw_curves(
    curves: Mapping[str, Sequence[Point]], *, marks: Mapping[float, str] | None = None
) -> str:
    """Return one `<svg>` with a line for each curve, on axes that all of them share.

    Args:
        curves: by name, points (x, y) in order of x; those whose y is no number are left out.
            The n-th line has the class `line-n`, which a style sheet colours.
        marks: texts at places of the x axis, each with a vertical line.
    """
    known = {name: _finite(points) for name, points in curves.items()}
    every = [point for points in known.values() for point in points]
    if not every:
        return ""
    x_range = _range(x for x, _ in every)
    y_range = _range(y for _, y in every)
    parts = [_grid(x_range, y_range), *_marks(marks or {}, x_range)]
    for index, (name, points) in enumerate(known.items()):
        places = [
            f"{_x(x, x_range):.1f},{_y(y, y_range):.1f}" for x, y in thinned(points, _MOST_POINTS)
        ]
        parts.append(
            f'<polyline class="line-{index}" points="{" ".join(places)}">'
            f"<title>{escape(name)}</title></polyline>"
        )
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(parts)}</svg>'


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """Return at most so many points: means of neighbours, as many in each as needed.

    >>> thinned([(1, 0.0), (2, 4.0), (3, 1.0)], 2)
    [(1.5, 2.0), (3.0, 1.0)]
    """
    size = max(1, math.ceil(len(points) / most))
    groups = [points[start : start + size] for start in range(0, len(points), size)]
    if size == 1:
        return list(points)
    return [
        (sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group))
        for group in groups
    ]


def _finite(points: Sequence[Point]) -> list[Point]:
    return [(x, y) for x, y in points if math.isfinite(y)]


def _range(values: Iterable[float]) -> tuple[float, float]:
    found = list(values)
    low, high = min(found), max(found)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _x(value: float, ends: tuple[float, float]) -> float:
    return _LEFT + (value - ends[0]) / (ends[1] - ends[0]) * (WIDTH - _LEFT - _RIGHT)


def _y(value: float, ends: tuple[float, float]) -> float:
    return HEIGHT - _BOTTOM - (value - ends[0]) / (ends[1] - ends[0]) * (HEIGHT - _TOP - _BOTTOM)


def _grid(x_range: tuple[float, float], y_range: tuple[float, float]) -> str:
    """Return three levels with their values, and what the x axis begins and ends with."""
    parts = []
    for value in (y_range[0], sum(y_range) / 2, y_range[1]):
        y = _y(value, y_range)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 4}" y="{y + 3:.1f}" text-anchor="end">{value:.3g}</text>'
        )
    for value, anchor in zip(x_range, ("start", "end"), strict=True):
        parts.append(
            f'<text x="{_x(value, x_range):.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">'
            f"{value:g}</text>"
        )
    return "".join(parts)


def _marks(marks: Mapping[float, str], x_range: tuple[float, float]) -> list[str]:
    parts = []
    for value, text in marks.items():
        x = _x(value, x_range)
        parts.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>'
            f'<text x="{x + 3:.1f}" y="{_TOP + 8}">{escape(text)}</text>'
        )
    return parts
