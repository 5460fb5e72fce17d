"""What training starts from: the crops to learn from, those to measure on, another pair."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from instagan.errors import ConfigError

if TYPE_CHECKING:
    from instagan.cards import CropMargins, Domain, Pair
    from instagan.data.crops import TrainingCrop
    from instagan.data.layout import DomainLetter
    from instagan.training.config import TrainConfig
    from instagan.training.loop import Crops


def find_init(
    options: dict[str, Any], places: Callable[[], Sequence[Path]] | None
) -> "Pair | None":
    """Return the pair that --init names, if it does; the options then have no warm-up.

    Args:
        options: of the command.
        places: tells the folders in which named pairs are looked for; None: the user's own.

    Raises:
        ConfigError: The other options contradict it.
        PairError: There is no such pair, or it is damaged.
    """
    if options["init"] is None:
        return None
    if options["resume"]:
        raise ConfigError("--init begins a run and --resume goes on with one; give one of them")
    if options["warm_up"]:
        raise ConfigError(
            f"--warm-up {options['warm_up']} would undo --init {options['init']}; leave one out"
        )
    from instagan.pairs import find_pair, pairs_folder

    options["warm_up"] = 0
    return find_pair(options["init"], places() if places else (pairs_folder(),))


def load_both(options: dict[str, Any], config: "TrainConfig", *, quiet: bool) -> "Crops":
    """Cut the crops to learn from, of both domains, and say how many there are."""
    from instagan.data.crops import load_crops

    found = {}
    for letter, (domain, margins) in _domains(config).items():
        found[letter] = load_crops(
            Path(options["data"]),
            "train",
            domain=letter,
            margins=margins,
            size=config.largest_size,
            hold_out=options["hold_out"],
        )
        if not quiet:
            click.echo(f"{len(found[letter])} crops of {domain.name}", err=True)
    return found


def load_measured(options: dict[str, Any], config: "TrainConfig", crops: "Crops") -> "Crops":
    """Return what the saves are measured on: crops held out, where there are two of a domain."""
    from instagan.data.held_out import load_held_out
    from instagan.training.yardstick import MOST

    found: dict[DomainLetter, list[TrainingCrop]] = {
        letter: load_held_out(
            Path(options["data"]),
            "train",
            domain=letter,
            margins=margins,
            size=config.largest_size,
            hold_out=options["hold_out"],
            most=MOST,
        )
        for letter, (_, margins) in _domains(config).items()
    }
    return {letter: held if len(held) > 1 else crops[letter] for letter, held in found.items()}


def _domains(config: "TrainConfig") -> "dict[DomainLetter, tuple[Domain, CropMargins]]":
    return {"A": (config.domain_a, config.margins_a), "B": (config.domain_b, config.margins_b)}
