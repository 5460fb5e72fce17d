"""The charts of a run's report, from the lines of its log."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from instagan.training.curves import draw_curves


def draw_charts(log: Sequence[Mapping[str, str]]) -> str:
    """Return a chart for each loss with both directions in it, and one of the time; "" for no log.

    Args:
        log: the lines of log.csv, by column. A loss that is zero throughout gets no chart.
    """
    figures = []
    marks = _stages(log)
    for title, columns in _groups(log).items():
        curves = {name: _points(log, column) for name, column in columns.items()}
        if not any(y for points in curves.values() for _, y in points):
            continue
        names = "".join(
            f' <span class="line-{index}">{escape(name)}</span>'
            for index, name in enumerate(columns)
        )
        drawn = draw_curves(curves, marks=marks)
        figures.append(f"<figure><figcaption>{escape(title)}{names}</figcaption>{drawn}</figure>")
    return f'<div class="charts">{"".join(figures)}</div>' if figures else ""


def _groups(log: Sequence[Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return the charts, by title the columns of their curves; both directions share one."""
    groups: dict[str, dict[str, str]] = {}
    for column in log[0] if log else ():
        way, _, term = column.partition("_")
        if way in ("AtoB", "BtoA"):
            groups.setdefault(term.replace("_", " "), {})[way] = column
    groups["seconds per step"] = {"": "seconds_per_step"}
    return groups


def _points(log: Sequence[Mapping[str, str]], column: str) -> list[tuple[float, float]]:
    return [(float(row["step"]), float(row[column])) for row in log if row.get(column)]


def _stages(log: Sequence[Mapping[str, str]]) -> dict[float, str]:
    """Return the steps at which pictures got another size."""
    marks: dict[float, str] = {}
    for before, row in pairwise(log):
        if row["height_px"] != before["height_px"]:
            marks[float(before["step"])] = f"{row['height_px']} px"
    return marks
