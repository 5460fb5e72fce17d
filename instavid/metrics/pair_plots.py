"""Plots of what `instavid eval pair` found: how silhouettes are shaped, and which ones succeed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from instavid.errors import OutputError
from instavid.metrics.pair_tally import PairTally
from instavid.metrics.png import check_sheet_path
from instavid.taming import settings_in_cache

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAMES = ("height_over_width.png", "area_new_over_old.png", "rate_by_height.png")
_BINS = 40
_OUTLIERS = 0.01  # of the values at either end: they would squeeze all others into one bar


def check_plots(folder: str | Path, *, overwrite: bool) -> Path:
    """Return the folder for the plots, which is made if it is not there.

    Raises:
        OutputError: It cannot be made.
        OutputExistsError: One of the plots is there and may not be overwritten.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot write into {folder}: {error.strerror}") from error
    for name in _NAMES:
        check_sheet_path(target / name, overwrite=overwrite)
    return target


def write_plots(folder: Path, tally: PairTally) -> None:
    """Draw the three plots; a folder as `check_plots` returned it.

    Raises:
        OutputError: A file cannot be written.
    """
    ratios = {
        "generated": tally.new_ratios(),
        "sources": tally.source_ratios(),
        "real targets": tally.real_ratios,
    }
    areas = {"generated": tally.area_ratios()}
    drawings = (
        _histograms(ratios, label="height over width of the box"),
        _histograms(areas, label="area of the new mask over that of the old one"),
        _rates(tally),
    )
    for name, figure in zip(_NAMES, drawings, strict=True):
        try:
            figure.savefig(folder / name, dpi=120)
        except OSError as error:
            raise OutputError(f"Cannot write {folder / name}: {error.strerror}") from error


def _sheet() -> "tuple[Figure, Axes]":
    with settings_in_cache("MPLCONFIGDIR", "matplotlib"):
        from matplotlib.figure import Figure
    figure = Figure(figsize=(6, 4), layout="constrained")
    return figure, figure.add_subplot()


def _histograms(values: Mapping[str, Sequence[float]], *, label: str) -> "Figure":
    """Draw how often values come, all kinds over the same bins and of the same area."""
    figure, axes = _sheet()
    every = np.concatenate([np.asarray(some, float) for some in values.values()])
    low, high = np.quantile(every, (_OUTLIERS, 1 - _OUTLIERS)) if every.size else (0.0, 1.0)
    bins = np.linspace(low, max(high, low + 1e-3), _BINS + 1).tolist()
    for name, some in values.items():
        inside = np.clip(some, bins[0], bins[-1])
        weights = np.full(len(some), 1 / max(1, len(some)))
        axes.hist(inside, bins, weights=weights, histtype="step", label=f"{name} (n {len(some)})")
    axes.set(xlabel=label, ylabel="share")
    axes.legend()
    return figure


def _rates(tally: PairTally) -> "Figure":
    """Draw the share of hits over the height of the true box, with its intervals."""
    figure, axes = _sheet()
    parts = tally.rates_by_size()
    shares = [part.rate.share for part in parts]
    ends = [part.rate.interval for part in parts]
    arms = [
        [share - low for share, (low, _) in zip(shares, ends, strict=True)],
        [high - share for share, (_, high) in zip(shares, ends, strict=True)],
    ]
    axes.errorbar(range(len(parts)), shares, yerr=arms, fmt="o", capsize=4)
    labels = [f"{part.least_px} to {part.most_px}\n(n {part.rate.n})" for part in parts]
    axes.set_xticks(range(len(parts)), labels)
    axes.set(xlabel="height of the true box, px", ylabel="share of hits", ylim=(0, 1))
    return figure
