"""Which pixel format to encode in: that of the pictures, or the nearest that an encoder takes."""

import av
from av.codec.codec import PixFmtLoss, find_best_pix_fmt_of_list

from instavid.errors import UsageError
from instavid.media.containers import CONTAINER_FORMATS
from instavid.media.encoders import supported_formats
from instavid.picture import PictureFormat

_TAKE_ODD_SIZES = (
    "libvpx",
    "libvpx-vp9",
    "libsvtav1",
    "libaom-av1",
    "ffv1",
    "mpeg4",
    "mjpeg",
    "rawvideo",
)
# Same samples, only packed: formats to prefer over a deeper or converted one.
_REPACKED = {"gbrp": ("bgr0", "rgb24", "bgr24"), "gbrap": ("bgra", "rgba")}


def choose_pixel_format(
    picture: PictureFormat, encoder: str, *, container: str = "", asked: str | None = None
) -> tuple[str, list[str]]:
    """Return the pixel format to encode in, and what is lost by it in sentences.

    Args:
        picture: The pictures that are to come.
        encoder: Name of the encoder.
        container: FFmpeg's name of the muxer.
        asked: The format that the user wants, None for the nearest.

    Raises:
        UsageError: The encoder does not take the format that was asked for.
    """
    supported = list(CONTAINER_FORMATS.get(container, ())) or supported_formats(encoder)
    if asked is not None:
        if supported and asked not in supported:
            names = " ".join(supported)
            raise UsageError(f"Encoder {encoder} cannot take {asked}. It takes: {names}.")
        return asked, []
    own = picture.pixel_format
    fitting = [name for name in supported if _fits(name, picture, encoder)]
    if not supported or own in fitting:
        return own, []
    repacked = next((name for name in _REPACKED.get(own, ()) if name in fitting), None)
    if repacked is not None:
        return repacked, []
    best, loss = find_best_pix_fmt_of_list(fitting or supported, own, has_alpha=True)
    name = best.name if best is not None else supported[0]
    what = _loss_in_words(loss)
    return name, [
        f"{encoder} cannot encode {own} {picture.width}x{picture.height}: encoded as {name}{what}."
    ]


def _fits(name: str, picture: PictureFormat, encoder: str) -> bool:
    """Return whether the size is whole in chroma samples, or the encoder does not mind."""
    if name.startswith("yuvj"):
        return False  # the old way to say full range; the tags say it
    if encoder in _TAKE_ODD_SIZES:
        return True
    step = av.VideoFormat(name, 64, 64)
    if len(step.components) < 3 or step.is_rgb:
        return True
    across, down = 64 // step.chroma_width(64), 64 // step.chroma_height(64)
    return picture.width % across == 0 and picture.height % down == 0


def _loss_in_words(loss: PixFmtLoss) -> str:
    words = {
        PixFmtLoss.RESOLUTION: "less colour resolution",
        PixFmtLoss.DEPTH: "fewer bits",
        PixFmtLoss.COLORSPACE: "another colour space",
        PixFmtLoss.ALPHA: "no transparency",
        PixFmtLoss.CHROMA: "no colour",
    }
    said = [word for flag, word in words.items() if loss & flag]
    return f", with {' and '.join(said)}" if said else ""
