"""What `instavid eval pair` measures, from its options to its report."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from instagan.config import Direction
from instagan.data.layout import Sample, divide, find_samples
from instagan.pairs import Pair, find_pair
from instavid.castings import ChosenPair, build_casting
from instavid.defaults import FLOOR_CONFIDENCE
from instavid.devices import resolve_device
from instavid.errors import InputError, UsageError
from instavid.interfaces import Segmenter
from instavid.metrics.judging import Question
from instavid.metrics.pair_measure import PairMeter, PairTally
from instavid.metrics.pair_report import PairReport
from instavid.metrics.pair_sheet import PairSheet
from instavid.metrics.png import check_sheet_path, write_png
from instavid.metrics.rates import Rate
from instavid.metrics.stills import read_stills
from instavid.segmenters.weights import suggest
from instavid.segmenters.yolo import YoloSegmenter
from instavid.selection import Selection
from instavid.zoo import pair_places


@dataclass(frozen=True)
class PairSettings:
    """The options of `instavid eval pair`; see its help."""

    pair: str
    data: str
    judge: str
    direction: Direction = "AtoB"
    split: str = "test"
    hold_out: float | None = None
    imgsz: int | None = None
    limit: int | None = None
    crops: bool = False
    device: str = "auto"
    batch: int = 8
    feather: int = 4
    sharpen: float | None = None
    sheet: str | None = None
    overwrite: bool = False


def evaluate_pair(
    settings: PairSettings,
    *,
    on_start: Callable[[int], None] = lambda pictures: None,
    on_picture: Callable[[], None] = lambda: None,
) -> PairReport:
    """Measure one direction of a pair, and write its contact sheet if there is to be one.

    Args:
        settings: What to measure.
        on_start: Is told how many pictures there are, real targets included.
        on_picture: Called after each.

    Raises:
        UsageError: The judge does not know the classes of the pair.
        InputError: A picture cannot be read, or there is no object in any.
        OutputError: The sheet cannot be written.
        ModelError: The judge's weights cannot be used.
        instagan.PairError: The pair is missing or damaged.
        instagan.ConfigError: The folder does not have the layout of training data.
    """
    # What may be refused comes before the networks are loaded, and these before any picture.
    target = (
        check_sheet_path(settings.sheet, overwrite=settings.overwrite) if settings.sheet else None
    )
    pair = find_pair(settings.pair, pair_places())
    sources, targets = (_samples(settings, opposite=opposite) for opposite in (False, True))
    question = _question(pair, settings.direction)
    sheet = PairSheet()
    meter = _meter(settings, pair, question, sheet, on_picture)
    on_start(len(sources) + len(targets))
    tally = meter.measure(read_stills(sources), read_stills(targets))
    if not tally.translated.n or not tally.real.n:
        raise InputError(f"no mask in {settings.data} ({settings.split}) has a pixel in it")
    if target is not None:
        write_png(target, sheet.sheet())
    return _report(settings, pair, tally)


def _samples(settings: PairSettings, *, opposite: bool) -> tuple[Sample, ...]:
    is_a = (settings.direction == "AtoB") != opposite
    found = find_samples(Path(settings.data), settings.split, domain="A" if is_a else "B")
    if settings.hold_out is not None:
        _, found = divide(found, settings.hold_out)
        if not found:
            raise UsageError(f"--hold-out {settings.hold_out} leaves no picture: use more")
    return found[: settings.limit]


def _question(pair: Pair, direction: Direction) -> Question:
    back: Direction = "BtoA" if direction == "AtoB" else "AtoB"
    return Question(
        target=frozenset(pair.card.domain_classes(back)),
        source=frozenset(pair.card.domain_classes(direction)),
    )


def _meter(
    settings: PairSettings,
    pair: Pair,
    question: Question,
    sheet: PairSheet,
    on_picture: Callable[[], None],
) -> PairMeter:
    device = resolve_device(settings.device)
    selection = Selection(settings.pair, direction=settings.direction)
    choice = ChosenPair(pair, selection, tuple(question.source))
    return PairMeter(
        build_casting(choice, device=device, batch=settings.batch, sharpen=settings.sharpen),
        _load_judge(settings, question, device=str(device)),
        question,
        as_crops=settings.crops,
        feather=settings.feather,
        batch=settings.batch,
        on_scene=sheet.add,
        on_picture=on_picture,
    )


def _load_judge(settings: PairSettings, question: Question, *, device: str) -> Segmenter:
    judge = YoloSegmenter(
        settings.judge,
        device=device,
        imgsz=settings.imgsz,
        conf=FLOOR_CONFIDENCE,
        batch=settings.batch,
    )
    for classes in (question.target, question.source):
        if not classes & set(judge.class_names):
            wanted = sorted(classes)
            raise UsageError(
                f"the judge {settings.judge} knows no class {' or '.join(map(repr, wanted))}."
                f"{suggest(wanted[0], judge.class_names)}"
            )
    return judge


def _report(settings: PairSettings, pair: Pair, tally: PairTally) -> PairReport:
    return PairReport(
        settings=asdict(settings),
        pair_sha256=pair.card.sha256,
        pictures=tally.pictures,
        translated=tally.translated.rates(),
        copied=tally.copied.rates(),
        real=tally.real.rates(),
        shapes=tally.shapes(),
        collapsed=Rate(tally.collapsed, tally.translated.n),
        samples_changed_outside=tally.samples_changed_outside,
    )
