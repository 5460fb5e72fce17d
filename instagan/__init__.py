"""InstaGAN: translate a picture together with the masks of its instances.

Public names load on first use, so that `import instagan` stays free of torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from instagan.errors import (
        ConfigError,
        InstaganError,
        PairError,
        PairNotFoundError,
        WeightsError,
    )
    from instagan.importing import import_pth
    from instagan.pairs import load_generator
    from instagan.sequential import translate
    from instagan.types import SetBatch, SetOutput

_HOMES = {
    "ConfigError": "errors",
    "InstaganError": "errors",
    "PairError": "errors",
    "PairNotFoundError": "errors",
    "SetBatch": "types",
    "SetOutput": "types",
    "WeightsError": "errors",
    "import_pth": "importing",
    "load_generator": "pairs",
    "translate": "sequential",
}

__all__ = [
    "ConfigError",
    "InstaganError",
    "PairError",
    "PairNotFoundError",
    "SetBatch",
    "SetOutput",
    "WeightsError",
    "import_pth",
    "load_generator",
    "translate",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'instagan' has no attribute {name!r}")
    return getattr(import_module(f"instagan.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
