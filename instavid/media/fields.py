"""Telling an encoder which field of an interlaced frame comes first."""

import av
import av.filter

from instavid.media.encoding_plan import EncodingPlan


class FieldMarker:
    """Marks frames as interlaced; PyAV cannot set the flag, but a filter of FFmpeg's can."""

    def __init__(self, plan: EncodingPlan) -> None:
        self._graph = av.filter.Graph()
        source = self._graph.add_buffer(
            width=plan.picture.width,
            height=plan.picture.height,
            format=av.VideoFormat(plan.pixel_format, plan.picture.width, plan.picture.height),
            time_base=plan.time_base,
        )
        mark = self._graph.add("setfield", plan.info.field_order)
        sink = self._graph.add("buffersink")
        source.link_to(mark)
        mark.link_to(sink)
        self._graph.configure()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the same picture, marked."""
        self._graph.push(frame)
        marked = self._graph.pull()
        assert isinstance(marked, av.VideoFrame), "setfield gives one picture per picture"
        return marked
