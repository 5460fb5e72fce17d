"""The InstaGAN authors' own generator, taken from a checkout of their repository that a user has.

Nothing of theirs is part of this project; their file is run from where it lies.
"""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

from instavid.errors import UsageError

_PLACES = ("models/networks.py", "networks.py")

# What their checkout calls its packages; anybody's may be called so.
_PACKAGES = ("models", "util")


def find_networks(place: str | Path) -> Path:
    """Return the authors' networks.py in a checkout.

    Raises:
        UsageError: There is none.
    """
    root = Path(place)
    candidates = [root, *(root / name for name in _PLACES)]
    for path in candidates:
        if path.is_file() and path.name == "networks.py":
            return path
    raise UsageError(
        f"no models/networks.py in {root}: give a checkout of github.com/sangwoomo/instagan"
    )


def load_reference_generator(
    place: str | Path, ours: nn.Module, *, width: int, blocks: int
) -> nn.Module:
    """Return the authors' generator with our weights, in evaluation mode, on our device.

    This runs the Python file that it finds.

    Args:
        place: The checkout.
        ours: The generator that lends its weights; the names of the parameters are the same.
        width: Channels after the first convolution.
        blocks: Residual blocks of each encoder.

    Raises:
        UsageError: There is no such file, it does not run, or it builds another network.
    """
    path = find_networks(place)
    # What they print is no result of ours.
    with redirect_stdout(sys.stderr):
        networks = _run(path)
        try:
            theirs: nn.Module = networks.ResnetSetGenerator(
                3, 3, ngf=width, norm_layer=networks.get_norm_layer("instance"), n_blocks=blocks
            )
            theirs.load_state_dict(ours.state_dict())
        except (AttributeError, TypeError, RuntimeError) as error:
            raise UsageError(f"{path} does not build the authors' generator: {error}") from error
    return theirs.eval().to(next(ours.parameters()).device)


def as_call(theirs: nn.Module, image: Tensor, masks: Tensor) -> Callable[[], Tensor]:
    """Return a call of the authors' generator, which takes picture and masks as one tensor."""

    whole = torch.cat([image, masks], 1)

    @torch.inference_mode()
    def call() -> Tensor:
        made: Tensor = theirs(whole)
        return made

    return call


def import_with_packages(path: Path) -> ModuleType:
    """Run a file of the checkout that imports others of it, and forget their names again.

    Args:
        path: Of a module in their package `models`, absolute.

    Raises:
        UsageError: It does not run.
    """
    before = _forget_packages()
    root = str(path.parent.parent)
    sys.path.insert(0, root)
    try:
        return importlib.import_module(f"models.{path.stem}")
    except Exception as error:  # whatever a foreign file raises
        raise UsageError(f"{path} does not run: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(root)
        _forget_packages()
        sys.modules.update(before)


def _forget_packages() -> dict[str, ModuleType]:
    """Return the modules of those names, which are to be imported afresh now."""
    names = [name for name in sys.modules if name.partition(".")[0] in _PACKAGES]
    return {name: sys.modules.pop(name) for name in names}


def _run(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("instagan_authors_networks", path)
    assert spec is not None, "a .py file has a spec"
    assert spec.loader is not None, "a .py file has a loader"
    networks = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(networks)
    except Exception as error:  # whatever a foreign file raises
        raise UsageError(f"{path} does not run: {type(error).__name__}: {error}") from error
    return networks
