"""Between frame pixels and the pixels of a network that wants a fixed size and a stride."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from instagan.windows import Window
from instavid.types import BoolArray, ByteArray

FloatArray = npt.NDArray[np.float32]

_PADDING_GRAY = 114  # what the YOLO models were trained with


@dataclass(frozen=True)
class Letterbox:
    """A frame scaled to fit a square, its sides then padded to multiples of the stride."""

    frame_height: int
    frame_width: int
    inner_height: int
    """Height of the picture inside the padding, px of the network."""
    inner_width: int
    left: int
    """Padding before the picture, px of the network."""
    top: int
    height: int
    """Padded height, px of the network."""
    width: int

    @staticmethod
    def fit(frame_height: int, frame_width: int, *, longest: int, stride: int) -> "Letterbox":
        """Return the geometry that ultralytics' predictor uses (LetterBox with auto=True).

        Args:
            frame_height: Height of the frame, px.
            frame_width: Width of the frame, px.
            longest: What the longer side becomes, a multiple of the stride.
            stride: Coarsest step of the network, px.

        >>> box = Letterbox.fit(360, 640, longest=640, stride=32)
        >>> (box.height, box.width, box.top, box.left)
        (384, 640, 12, 0)
        """
        scale = min(longest / frame_height, longest / frame_width)
        height, width = max(1, round(frame_height * scale)), max(1, round(frame_width * scale))
        pad_down, pad_across = -height % stride, -width % stride
        return Letterbox(
            frame_height=frame_height,
            frame_width=frame_width,
            inner_height=height,
            inner_width=width,
            left=round(pad_across / 2 - 0.1),
            top=round(pad_down / 2 - 0.1),
            height=height + pad_down,
            width=width + pad_across,
        )

    def apply(self, rgb: ByteArray) -> ByteArray:
        """Return a frame, (H, W, 3) uint8, as the network wants it, (height, width, 3) uint8."""
        size = (self.inner_width, self.inner_height)
        inner = rgb if rgb.shape[1::-1] == size else cv2.resize(rgb, size)
        padded = np.full((self.height, self.width, 3), _PADDING_GRAY, np.uint8)
        padded[self.top : self.top + size[1], self.left : self.left + size[0]] = inner
        return padded

    def window(self, box_xyxy: FloatArray) -> Window:
        """Return the frame pixels under a box, (4,) in px of the network, clipped to the frame."""
        across, down = self.frame_width / self.inner_width, self.frame_height / self.inner_height
        x0, y0, x1, y1 = (float(v) for v in box_xyxy)
        return Window(
            max(0, round((x0 - self.left) * across)),
            max(0, round((y0 - self.top) * down)),
            min(self.frame_width, round((x1 - self.left) * across)),
            min(self.frame_height, round((y1 - self.top) * down)),
        )

    def draw(self, logits: FloatArray, window: Window) -> BoolArray:
        """Return where mask logits are positive, at frame size, within a window of the frame.

        Logits are interpolated and then thresholded: the other way round gives stairs.

        Args:
            logits: (h, w) float32 over the padded picture, coarser than it.
            window: What to draw, px of the frame.

        Returns:
            (window.height, window.width) bool.
        """
        cell_height, cell_width = self.height / logits.shape[0], self.width / logits.shape[1]
        across = self.inner_width / self.frame_width / cell_width
        down = self.inner_height / self.frame_height / cell_height
        # Pixel (0, 0) of the window, at its centre, in indices of `logits` (centres at integers).
        x = (window.left + 0.5) * across + self.left / cell_width - 0.5
        y = (window.top + 0.5) * down + self.top / cell_height - 0.5
        fine = cv2.warpAffine(
            logits,
            np.array([[across, 0, x], [0, down, y]]),
            (window.width, window.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        positive: BoolArray = fine > 0
        return positive
