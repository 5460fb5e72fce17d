"""Windows: pixel rectangles, and the one rule by which training and inference cut crops."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """A rectangle of whole pixels, half open: left <= x < right, top <= y < bottom.

    >>> Window(2, 1, 5, 3).width, Window(2, 1, 5, 3).height
    (3, 2)
    """

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return max(0, self.right - self.left)

    @property
    def height(self) -> int:
        return max(0, self.bottom - self.top)

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def is_empty(self) -> bool:
        return self.area == 0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Return the (rows, columns) that select this window from an (H, W, ...) array."""
        return slice(self.top, max(self.top, self.bottom)), slice(
            self.left, max(self.left, self.right)
        )

    def intersect(self, other: "Window") -> "Window":
        """Return what both share; empty windows have no width or no height."""
        return Window(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def unite(self, other: "Window") -> "Window":
        """Return the smallest window that holds both; an empty one adds nothing."""
        if self.is_empty or other.is_empty:
            return other if self.is_empty else self
        return Window(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def relative_to(self, other: "Window") -> "Window":
        """Return the same pixels in coordinates whose origin is the other's corner."""
        return Window(
            self.left - other.left,
            self.top - other.top,
            self.right - other.left,
            self.bottom - other.top,
        )


def crop_window(
    boxes: Sequence[Window],
    *,
    margins: tuple[float, float, float, float],
    aspect: float,
    frame_width: int,
    frame_height: int,
) -> Window:
    """Return the window to cut around one object or a group of overlapping ones.

    The union of the boxes is grown by margins in units of the tallest box (shape-changing targets
    outgrow their source: sheep to giraffe by 1.1 object heights upward), widened to the aspect of
    the pair's working size, and moved, not shrunk, to lie in the frame where that is possible.

    Args:
        boxes: Boxes of the objects, at least one.
        margins: Fractions of the tallest box to add at (top, bottom, left, right).
        aspect: Width over height that the window should have, in pixels of the frame.
        frame_width: Width of the frame, px.
        frame_height: Height of the frame, px.

    Returns:
        A window inside the frame that holds every box (clipped to the frame).

    >>> crop_window([Window(40, 40, 60, 60)], margins=(0.5, 0.5, 0.5, 0.5), aspect=1.0,
    ...             frame_width=200, frame_height=100)
    Window(left=30, top=30, right=70, bottom=70)
    """
    union = boxes[0]
    for box in boxes[1:]:
        union = union.unite(box)
    unit = max(box.height for box in boxes)
    top, bottom, left, right = (fraction * unit for fraction in margins)
    height = union.height + top + bottom
    x0, x1 = _stretch(union.left - left, union.right + right, height * aspect)
    y0, y1 = _stretch(union.top - top, union.bottom + bottom, (x1 - x0) / aspect)
    left_px, right_px = _place(x0, x1, frame_width)
    top_px, bottom_px = _place(y0, y1, frame_height)
    return Window(left_px, top_px, right_px, bottom_px)


def _stretch(low: float, high: float, length: float) -> tuple[float, float]:
    """Widen an interval about its middle until it has at least this length."""
    missing = max(0.0, length - (high - low)) / 2
    return low - missing, high + missing


def _place(low: float, high: float, limit: int) -> tuple[int, int]:
    """Round an interval to whole pixels and move it into 0..limit; cut only what is too long."""
    length = min(limit, max(1, round(high - low)))
    start = min(max(0, round(low)), limit - length)
    return start, start + length
