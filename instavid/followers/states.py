"""All that a follower knows between two frames, and how that is written down and read again.

It is written as safetensors, which hold numbers only: reading runs no code.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save

from instagan.windows import Window
from instavid.followers.facings import Facing
from instavid.followers.tracks import Memory, Track
from instavid.types import ByteArray, Mask

Arrays = Mapping[str, npt.NDArray[Any]]

_FACTS, _TRACKER = "facts", "tracker."


@dataclass(frozen=True)
class FollowerState:
    """All that following depends on besides the frames to come (and the tracker's own state)."""

    memory: Memory = field(default_factory=Memory)
    thumb: ByteArray | None = None
    """Thumbnail of the frame before; None before the first."""
    gray: ByteArray | None = None
    """Gray copy of the frame before, for optical flow."""
    pan: float | None = None
    """How far the camera's motion has moved the picture to the right so far, px; None where nobody
    asks which way objects face."""


def pack(state: FollowerState, tracker: Arrays) -> bytes:
    """Write down what is known, the tracker's arrays included; `unpack` reads it again."""
    memory = state.memory
    tracks = [*memory.live, *memory.retired]
    facts = {
        "next_id": memory.next_id,
        "live": len(memory.live),
        "pan": state.pan,
        "tracks": [_facts(track) for track in tracks],
    }
    text = json.dumps(facts, default=lambda number: number.item())  # where it is one of NumPy's
    arrays = {_FACTS: np.frombuffer(text.encode(), np.uint8)}
    arrays |= {f"mask.{place}": np.packbits(t.mask.inside) for place, t in enumerate(tracks)}
    pictures = {"thumb": state.thumb, "gray": state.gray}
    arrays |= {name: picture for name, picture in pictures.items() if picture is not None}
    arrays |= {f"{_TRACKER}{name}": array for name, array in tracker.items()}
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def unpack(data: bytes) -> tuple[FollowerState, dict[str, npt.NDArray[Any]]]:
    """Read what `pack` wrote; return the follower's own state, and its tracker's arrays."""
    arrays = load(data)
    facts = json.loads(arrays[_FACTS].tobytes())
    tracks = tuple(
        _track(fact, arrays[f"mask.{place}"]) for place, fact in enumerate(facts["tracks"])
    )
    live = facts["live"]
    state = FollowerState(
        memory=Memory(next_id=facts["next_id"], live=tracks[:live], retired=tracks[live:]),
        thumb=arrays.get("thumb"),
        gray=arrays.get("gray"),
        pan=facts["pan"],
    )
    named = {n.removeprefix(_TRACKER): a for n, a in arrays.items() if n.startswith(_TRACKER)}
    return state, named


def _facts(track: Track) -> dict[str, Any]:
    """Return the fields of a track but for the pixels of its mask; JSON keeps floats exactly."""
    fields = {name: value for name, value in vars(track).items() if name != "mask"}
    return {
        **fields,
        "score": float(track.score),
        "window": asdict(track.mask.window),
        "seen_box": asdict(track.seen_box),
        "facing": asdict(track.facing),
    }


def _track(facts: Mapping[str, Any], packed: ByteArray) -> Track:
    own = dict(facts)
    window = Window(**own.pop("window"))
    bits = np.unpackbits(packed, count=window.height * window.width)
    return Track(
        **{
            **own,
            "mask": Mask(window, bits.reshape(window.height, window.width).astype(bool)),
            "seen_box": Window(**own["seen_box"]),
            "facing": Facing(**own["facing"]),
        }
    )
