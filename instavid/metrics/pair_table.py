"""The report of `instavid eval pair` as a table for people."""

from collections.abc import Iterator

from instavid.metrics.context import ContextFigures
from instavid.metrics.feature_distance import FeatureDistance
from instavid.metrics.pair_report import FeatureReport, PairReport, Score
from instavid.metrics.rates import Rate

_FEATURE_NAMES = {"kid": "KID", "classifier_feature_mmd": "feature MMD"}


def report_to_table(report: PairReport) -> str:
    """Return the lines, without a newline at the end."""
    return "\n".join(
        [
            *_head(report),
            f"  {'':<26} share  95 % interval",
            *(_row(name, rate) for name, rate in _rates(report)),
            f"  {'':<26} median  quartiles",
            *(_row(name, found or "none") for name, found in _spreads(report)),
            *(line for features in report.features for line in _distances(features)),
            f"  {'outside old and new mask':<26} PSNR, dB  SSIM   L1 of 255",
            *(_row(name, _context(found)) for name, found in _contexts(report)),
            _row("changed outside", f"{report.samples_changed_outside} samples"),
        ]
    )


def _row(name: str, value: object) -> str:
    return f"  {name:<26} {value}"


def _head(report: PairReport) -> Iterator[str]:
    settings = report.settings
    yield (
        f"{settings['pair']} {settings['direction']} on {report.pictures} pictures of "
        f"{settings['data']} ({settings['split']})"
    )
    if report.detector:
        yield f"judged by {settings['judge']}"
    if report.classifier:
        yield f"classified by {settings['classifier']}: {report.classifier.network}"


def _rates(report: PairReport) -> Iterator[tuple[str, Rate]]:
    if detector := report.detector:
        yield "target rate", detector.translated["target"]
        yield "  copy floor", detector.copied["target"]
        yield "  real ceiling", detector.real["target"]
        yield "still source", detector.translated["source"]
        yield "  sources seen as such", detector.copied["source"]
        yield "neither", detector.translated["neither"]
    if classifier := report.classifier:
        yield from _score("objects", classifier.objects)
        yield from _score("pictures", classifier.pictures)
    yield "collapsed masks", report.collapsed
    for part in report.by_size:
        yield f"hits, {part.least_px} to {part.most_px} px high", part.rate


def _score(view: str, score: Score) -> Iterator[tuple[str, Rate]]:
    yield f"classifier, {view}", score.translated
    yield "  copy floor", score.copied
    yield "  real ceiling", score.real


def _spreads(report: PairReport) -> list[tuple[str, object]]:
    shapes = report.shapes
    return [
        ("height/width, generated", shapes.new),
        ("  sources", shapes.source),
        ("  real targets", shapes.target),
        ("area, new over old", shapes.area),
    ]


def _distances(report: FeatureReport) -> Iterator[str]:
    name = _FEATURE_NAMES[report.name]
    yield f"  {'':<26} mean    deviation over subsets"
    for view, found in (("objects", report.objects), ("pictures", report.pictures)):
        yield _row(f"{name}, {view}", _distance(found.translated))
        yield _row("  copied sources", _distance(found.copied))
        yield _row("  real from real", _distance(found.real))


def _distance(found: FeatureDistance | None) -> str:
    if found is None:
        return "too few"
    size = f"({found.subsets} of {found.subset_size})"
    return f"{found.mean:.4f}  {found.std:.4f}  {size}"


def _contexts(report: PairReport) -> list[tuple[str, ContextFigures | None]]:
    context = report.context
    return [
        ("crops, as generated", context.crops),
        ("  by resizing alone", context.resampled),
        ("pictures, composited", context.pictures),
    ]


def _context(found: ContextFigures | None) -> str:
    if found is None:
        return "none"
    ssim = "none" if found.ssim is None else f"{found.ssim:.3f}"
    return f"{found.psnr_db:<8.2f}  {ssim:<5}  {found.l1:.3f}"
