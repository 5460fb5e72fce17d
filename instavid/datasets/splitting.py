"""Setting pictures apart for tests: whole pictures move from train to test, by their names."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from instagan.data.layout import (
    DOMAIN_LETTERS,
    DomainLetter,
    image_folder,
    is_held_out,
    mask_folder,
)
from instavid.datasets.entries import Entry, find_entries
from instavid.errors import (
    InputError,
    InputNotFoundError,
    OutputError,
    OutputExistsError,
    UsageError,
)

FEW_SCENES = 5
"""With fewer of them in test, figures say little about other scenes."""

_FRAME = re.compile(r"(?P<scene>.*?)(_f\d+_t\d+|[ ._-]*\d+)")


@dataclass(frozen=True)
class Move:
    """One file and where it goes."""

    source: Path
    target: Path


@dataclass(frozen=True)
class DomainSplit:
    """What a split does to one domain."""

    domain: DomainLetter
    moves: tuple[Move, ...]
    """In the order in which they must be made."""
    train: frozenset[str]
    """Names of the pictures that stay."""
    test: frozenset[str]
    """Names of those in test afterwards, earlier ones included."""

    @property
    def share(self) -> float:
        """Return the share of the pictures that is in test afterwards, 0 to 1."""
        return len(self.test) / (len(self.test) + len(self.train))


def scene_of(name: str) -> str:
    """Return the scene that a picture is from: its name without the last number.

    Names by `data from-video` end in a frame and a track, and both are left out.

    >>> [scene_of(name) for name in ("field_0012", "field0013", "7_field", "field", "0014")]
    ['field', 'field', '7_field', 'field', '']
    >>> scene_of("field_s02_f000120_t003")
    'field_s02'
    """
    match = _FRAME.fullmatch(name)
    return match["scene"] if match else name


def plan_split(root: Path, share: float, *, by_scene: bool) -> tuple[DomainSplit, ...]:
    """Say which files of both domains move; nothing is moved yet.

    Names are chosen by the hash of `instagan.data.layout.is_held_out`, so that a picture stays on
    its side whatever others come or go. What an interrupted split left behind is moved, too.

    Args:
        root: The folder of the data set.
        share: Of the names that go to test, above 0 and below 1.
        by_scene: Whether the names of one scene go together.

    Raises:
        InputNotFoundError: A domain has no pictures.
        InputError: A picture that would move is not whole.
        OutputExistsError: Something of that name is in test already.
        UsageError: The share leaves train or test of a domain empty.
    """
    group = scene_of if by_scene else str
    return tuple(
        _plan_domain(root, domain, lambda name: is_held_out(group(name), share), by_scene=by_scene)
        for domain in DOMAIN_LETTERS
    )


def _plan_domain(
    root: Path, domain: DomainLetter, goes: Callable[[str], bool], *, by_scene: bool
) -> DomainSplit:
    train = find_entries(root, "train", domain=domain)
    test = find_entries(root, "test", domain=domain)
    moved = [
        entry for name, entry in train.items() if goes(name) or _is_left_over(entry, test.get(name))
    ]
    for entry in moved:
        _require_whole(entry, test.get(entry.name, Entry(entry.name)))
    leaving = {entry.name for entry in moved}
    plan = DomainSplit(
        domain,
        tuple(move for entry in moved for move in _moves(entry, root, domain)),
        train=_with_picture(train.values()) - leaving,
        test=_with_picture(test.values()) | leaving,
    )
    _require_both_sides(plan, root, by_scene=by_scene)
    return plan


def _is_left_over(here: Entry, there: Entry | None) -> bool:
    """Return whether an interrupted split has moved the picture and not yet all its masks."""
    return not here.pictures and there is not None and bool(there.pictures)


def _require_whole(here: Entry, there: Entry) -> None:
    files, names = here.pictures + here.masks, {path.name for path in here.masks}
    # The picture goes first: what is in test while it is in train is of another picture.
    taken = [p for p in there.pictures + there.masks if here.pictures or p.name in names]
    if taken:
        raise OutputExistsError(
            f"{taken[0]} exists, and {files[0]} would move there under the same name; "
            "rename or remove one of them with its masks"
        )
    if len(here.pictures + there.pictures) != 1 or not here.masks + there.masks:
        raise InputError(
            f"{files[0]} belongs to no whole picture with masks; 'instavid data check' says why"
        )


def _moves(entry: Entry, root: Path, domain: DomainLetter) -> list[Move]:
    # The picture first: if we are stopped then, its masks are left in train, and training refuses
    # them. Had some masks gone first, it would take the rest for all that there is.
    return [
        Move(path, folder(root, "test", domain=domain) / path.name)
        for folder, paths in ((image_folder, entry.pictures), (mask_folder, entry.masks))
        for path in paths
    ]


def _with_picture(entries: Iterable[Entry]) -> frozenset[str]:
    return frozenset(entry.name for entry in entries if entry.pictures)


def _require_both_sides(plan: DomainSplit, root: Path, *, by_scene: bool) -> None:
    names = plan.train | plan.test
    if not names:
        folder = image_folder(root, "train", domain=plan.domain)
        raise InputNotFoundError(f"No pictures in {folder}; both domains are split.")
    if plan.train and plan.test:
        return
    empty = "train" if plan.test else "test"
    scenes = f" of {len(set(map(scene_of, names)))} scenes" if by_scene else ""
    what = f"{len(names)} pictures{scenes}"
    raise UsageError(
        f"none of {what} of domain {plan.domain} would be in {empty}; "
        f"give another --test{', or leave out --by-scene' if by_scene else ''}"
    )


def scene_warnings(plan: DomainSplit) -> list[str]:
    """Return what makes a split by scene less honest than it looks."""
    train, test = (set(map(scene_of, names)) for names in (plan.train, plan.test))
    told = []
    if len(test) < FEW_SCENES:
        told.append(few_scenes(len(test), len(train | test), domain=plan.domain))
    if both := sorted(train & test):
        told.append(
            f"{len(both)} scenes of domain {plan.domain} are on both sides by an earlier split, "
            f"the first is {both[0]}; move all of test back to train and split again"
        )
    return told


def few_scenes(test: int, total: int, *, domain: DomainLetter) -> str:
    """Return the warning that test has too few scenes."""
    return (
        f"only {test} of {total} scenes of domain {domain} in test, too few to say much about "
        "others; take pictures of more scenes"
    )


def make_moves(
    moves: Sequence[Move],
    *,
    advice: str = "put that right and run the same command again, which moves the rest",
) -> None:
    """Move files, each at once; if it is stopped, the same split again makes the rest.

    Args:
        moves: In this order.
        advice: What to do when one fails.

    Raises:
        OutputError: A file cannot be moved.
    """
    for move in moves:
        try:
            move.target.parent.mkdir(exist_ok=True)
            os.replace(move.source, move.target)
        except OSError as error:
            raise OutputError(
                f"cannot move {move.source} to {move.target} ({error.strerror}); {advice}"
            ) from error
