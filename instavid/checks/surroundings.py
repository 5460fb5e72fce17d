"""Probes of what lies around: the cache, the weights and pairs in it, cameras."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from instavid.checks.probing import Finding, one_line

if TYPE_CHECKING:
    from instagan.pairs import Pair

# A pair, weights for segmenting, and room to unpack them.
_LITTLE_SPACE_BYTES = 1 << 30


def cache() -> Iterator[Finding]:
    """Look at the cache folder: where, whether it takes a file, how much room there is."""
    from instagan.pairs import pairs_folder

    folder = pairs_folder().parent
    # It is made when first needed: until then the nearest folder above has to take it.
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        advice = "set INSTAVID_CACHE to a folder that can be written to"
        yield Finding("cache", "problem", f"cannot write {folder}: {error.strerror}; {advice}")
        return
    free = shutil.disk_usage(existing).free
    detail = f"{folder}, {free / 1e9:.1f} GB free"
    yield Finding("cache", "ok" if free >= _LITTLE_SPACE_BYTES else "warning", detail)
    yield _segmenters(folder / "seg")


def pairs() -> Iterator[Finding]:
    """Count the installed pairs and name the damaged ones."""
    from instagan.pairs import list_pairs, load_pair, pairs_folder
    from instavid.zoo import pair_places

    folders = list_pairs(pair_places())
    if not folders:
        yield Finding(
            "pairs", "note", f"none in {pairs_folder()}; 'instavid pairs import' adds one"
        )
        return
    yield Finding("pairs", "ok", f"{len(folders)}: {', '.join(path.name for path in folders)}")
    for folder in folders:
        try:
            fault = _fault(load_pair(folder))
        except Exception as error:  # one pair must not hide the others
            fault = one_line(error)
        if fault:
            yield Finding(f"pair {folder.name}", "problem", fault)


def cameras() -> Iterator[Finding]:
    """List cameras by their device files, without opening any."""
    if sys.platform != "linux":
        yield Finding("cameras", "note", f"cannot be listed on {sys.platform}")
        return
    devices = sorted(Path("/dev").glob("video*"))
    if not devices:
        yield Finding("cameras", "note", "none")
    for device in devices:
        yield Finding("camera", "ok", f"{device} {_camera_name(device)}".strip())


def _segmenters(folder: Path) -> Finding:
    from instavid.zoo import shipped_segmenters

    fetched = sorted(path.name for path in folder.glob("*.pt"))
    found = ", ".join([*shipped_segmenters(), *fetched])
    more = "" if fetched else f"; others are fetched into {folder} when first needed"
    return Finding("segmenters", "ok", f"{found}{more}")


def _fault(pair: "Pair") -> str:
    """Return what is wrong with the files of a pair, "" when nothing is."""
    for entry in pair.card.weights.values():
        path = pair.folder / entry.file
        if not path.is_file():
            return f"{entry.file} is missing; import or fetch the pair again"
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != entry.sha256:
            return f"{entry.file} is damaged: its SHA-256 is not the card's; fetch it again"
    return ""


def _camera_name(device: Path) -> str:
    name = Path("/sys/class/video4linux") / device.name / "name"
    return name.read_text(errors="replace").strip() if name.is_file() else ""
