"""report.html of a run: made of what lies in its folder, and of nothing else."""

import base64
import io
import json
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from instagan.atomic import replace_files
from instagan.cards import card_content
from instagan.errors import ConfigError, PairNotFoundError
from instagan.pairs import load_card
from instagan.training import log
from instagan.training.outcome import PREVIEWS, preview_path
from instagan.training.report_page import Frame, RunFacts, render_page
from instagan.training.run_folder import CONFIG_NAME

REPORT_NAME = "report.html"
_MOST_FRAMES, _WIDEST_PX, _QUALITY = 24, 1024, 80


def write_report(folder: Path, *, step: int | None = None) -> Path:
    """Write the report of a run's folder into it, at once or not at all.

    Args:
        folder: of a run; its previews are shown at 24 steps at the most, evenly spread, and no
            wider than 1024 px, so that the page stays small.
        step: how far the run is; previews of later steps were left by one that was cut back.
            None shows all.

    Raises:
        ConfigError: there is no run in the folder.
        PairError: the card of its pair is damaged.
        OSError: the report cannot be written.
    """
    page = render_page(read_run(folder, step=step)).encode()
    replace_files(folder, {REPORT_NAME: page}, last=REPORT_NAME)
    return folder / REPORT_NAME


def read_run(folder: Path, *, step: int | None = None) -> RunFacts:
    """Return what a run's folder says; arguments and errors as for `write_report`."""
    try:
        settings = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
        name = str(settings["name"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise ConfigError(f"No run in {folder}: {CONFIG_NAME} cannot be read ({fault})") from fault
    try:
        card = card_content(load_card(folder / name))
    except PairNotFoundError:
        card = None
    steps = sorted(int(p.stem) for p in (folder / PREVIEWS).glob("*.png") if p.stem.isdecimal())
    shown = _spread([one for one in steps if step is None or one <= step])
    frames = [_read_frame(preview_path(folder, one), one) for one in shown]
    known = [frame for frame in frames if frame is not None]
    return RunFacts(name, settings, card, log.rows(folder), known)


def _spread(steps: Sequence[int]) -> list[int]:
    """Choose 24 at the most, with the first and the last."""
    count = min(len(steps), _MOST_FRAMES)
    return [steps[round(n * (len(steps) - 1) / max(1, count - 1))] for n in range(count)]


def _read_frame(path: Path, step: int) -> Frame | None:
    """Return a preview; None where the run was stopped while it was written."""
    packed = io.BytesIO()
    try:
        with Image.open(path) as picture:
            shown = picture.convert("RGB")
    except (OSError, UnidentifiedImageError):
        return None
    shown.thumbnail((_WIDEST_PX, _WIDEST_PX))
    shown.save(packed, "WEBP", quality=_QUALITY)
    source = f"data:image/webp;base64,{base64.b64encode(packed.getvalue()).decode()}"
    return Frame(step, source)
