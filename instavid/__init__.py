"""instavid: turn the animals in a video into other animals, and nothing else in the picture."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from instavid.api import open_sink, open_source, transfigure
    from instavid.core.timespan import TimeSpan, parse_moment
    from instavid.followers.segment_track import SegmentThenTrack
    from instavid.painting import Casting
    from instavid.pipeline import Pipeline
    from instavid.segmenters.yolo import YoloSegmenter
    from instavid.selection import Selection
    from instavid.trackers.bytetrack import ByteTracker
    from instavid.transfigurer import Transfigurer
    from instavid.translators.instagan import InstaGanTranslator

__version__ = "0.1.0"

# Where each public name lives. Importing instavid stays light (no torch, no av): a module is
# imported when one of its names is first asked for.
_HOMES = {
    "ByteTracker": "instavid.trackers.bytetrack",
    "Casting": "instavid.painting",
    "InstaGanTranslator": "instavid.translators.instagan",
    "Pipeline": "instavid.pipeline",
    "SegmentThenTrack": "instavid.followers.segment_track",
    "Selection": "instavid.selection",
    "TimeSpan": "instavid.core.timespan",
    "Transfigurer": "instavid.transfigurer",
    "YoloSegmenter": "instavid.segmenters.yolo",
    "open_sink": "instavid.api",
    "open_source": "instavid.api",
    "parse_moment": "instavid.core.timespan",
    "transfigure": "instavid.api",
}

__all__ = [
    "ByteTracker",
    "Casting",
    "InstaGanTranslator",
    "Pipeline",
    "SegmentThenTrack",
    "Selection",
    "TimeSpan",
    "Transfigurer",
    "YoloSegmenter",
    "__version__",
    "open_sink",
    "open_source",
    "parse_moment",
    "transfigure",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'instavid' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
