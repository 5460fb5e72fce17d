"""What `instavid eval pair` does, from its options to its report."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import torch

from instagan.config import Direction
from instagan.data.layout import Sample, divide, find_samples
from instagan.pairs import Pair, find_pair
from instavid.castings import ChosenPair, build_casting
from instavid.classifiers.cards import load_classifier
from instavid.classifiers.classifier import Classifier
from instavid.classifiers.published import sha256_of
from instavid.defaults import FLOOR_CONFIDENCE
from instavid.devices import resolve_device
from instavid.errors import InputError, UsageError
from instavid.interfaces import Segmenter
from instavid.metrics.inception import Inception
from instavid.metrics.judging import Question
from instavid.metrics.pair_measure import PairMeter
from instavid.metrics.pair_outcome import PanelFacts, report_on
from instavid.metrics.pair_plots import check_plots, write_plots
from instavid.metrics.pair_report import PairReport
from instavid.metrics.pair_settings import PairSettings
from instavid.metrics.pair_sheet import PairSheet
from instavid.metrics.panel import Panel
from instavid.metrics.png import check_sheet_path, write_png
from instavid.metrics.stills import read_stills
from instavid.segmenters.weights import suggest
from instavid.segmenters.yolo import YoloSegmenter
from instavid.selection import Selection
from instavid.zoo import pair_places


def evaluate_pair(
    settings: PairSettings,
    *,
    on_start: Callable[[int], None] = lambda pictures: None,
    on_picture: Callable[[], None] = lambda: None,
) -> PairReport:
    """Measure one direction of a pair, and write its contact sheet and plots if asked for.

    Args:
        settings: What to measure.
        on_start: Is told how many pictures there are, real targets included.
        on_picture: Called after each.

    Raises:
        UsageError: The judge does not know the classes of the pair.
        InputError: A picture cannot be read, or there is no object in any.
        OutputError: The sheet or a plot cannot be written.
        ModelError: The weights of judge, classifier or Inception cannot be used.
        instagan.PairError: The pair is missing or damaged.
        instagan.ConfigError: The folder does not have the layout of training data.
    """
    # What may be refused comes before the networks are loaded, and these before any picture.
    sheet_path = (
        check_sheet_path(settings.sheet, overwrite=settings.overwrite) if settings.sheet else None
    )
    plots = check_plots(settings.plots, overwrite=settings.overwrite) if settings.plots else None
    pair = find_pair(settings.pair, pair_places())
    sources, targets = (_samples(settings, opposite=opposite) for opposite in (False, True))
    device = resolve_device(settings.device)
    panel, panel_facts = _panel(settings, _question(pair, settings.direction), device)
    sheet = PairSheet()
    meter = replace(
        _meter(settings, pair, panel, device), on_scene=sheet.add, on_picture=on_picture
    )
    on_start(len(sources) + len(targets))
    tally = meter.measure(read_stills(sources), read_stills(targets))
    if not tally.objects or not tally.real_ratios:
        raise InputError(f"no mask in {settings.data} ({settings.split}) has a pixel in it")
    report = report_on(tally, asdict(settings), pair_sha256=pair.card.sha256, panel=panel_facts)
    if sheet_path is not None:
        write_png(sheet_path, sheet.sheet())
    if plots is not None:
        write_plots(plots, tally)
    return report


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


def _meter(settings: PairSettings, pair: Pair, panel: Panel, device: torch.device) -> PairMeter:
    selection = Selection(settings.pair, direction=settings.direction)
    choice = ChosenPair(pair, selection, pair.card.domain_classes(settings.direction))
    return PairMeter(
        build_casting(choice, device=device, batch=settings.batch, sharpen=settings.sharpen),
        panel,
        working_size=pair.card.working_size,
        as_crops=settings.crops,
        feather=settings.feather,
        batch=settings.batch,
    )


def _panel(
    settings: PairSettings, question: Question, device: torch.device
) -> tuple[Panel, PanelFacts]:
    """Load everybody who is asked, and say who it is."""
    facts = PanelFacts(judged=settings.judge is not None)
    detector = _load_judge(settings, question, device=str(device)) if settings.judge else None
    classifier = inception = None
    if settings.classifier is not None:
        network, card = load_classifier(settings.classifier)
        classifier = Classifier(network.to(device), size=card.shape.size, device=device)
        facts = replace(
            facts, classifier=str(card), classifier_sha256=sha256_of(Path(settings.classifier))
        )
    if (weights := settings.inception_weights()) is not None:
        inception = Inception.load(weights, device=device)
        facts = replace(facts, inception_sha256=sha256_of(weights))
    panel = Panel(
        question,
        target_is_b=settings.direction == "AtoB",
        detector=detector,
        classifier=classifier,
        inception=inception,
    )
    return panel, facts


def _load_judge(settings: PairSettings, question: Question, *, device: str) -> Segmenter:
    assert settings.judge is not None, "asked for only where there is one"
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
