"""What `instavid eval video` found, for people and for programs."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class WarpingError:
    """Mean squared difference to the frame before, brought here; 0 to 1, mean over frames."""

    result: float
    source: float

    @property
    def ratio(self) -> float | None:
        """Return result over source; None where the source does not change at all."""
        return self.result / self.source if self.source else None


@dataclass(frozen=True)
class Sharpness:
    """Variance of the Laplacian of grey, mean over frames."""

    result: float
    reference: float

    @property
    def kept(self) -> float | None:
        """Return result over reference; None where the reference is flat."""
        return self.result / self.reference if self.reference else None


@dataclass(frozen=True)
class MaskFlicker:
    """1 - IoU of each mask and the one before, moved with its object."""

    mean: float
    p95: float

    def __str__(self) -> str:
        return f"{self.mean:.4f} mean, {self.p95:.4f} p95"


@dataclass(frozen=True)
class Difference:
    """Absolute differences between source and result, in levels of their samples."""

    luma_max: int
    luma_mean: float
    max: int
    """Over all components."""
    mean: float


@dataclass(frozen=True)
class VideoReport:
    """All that was measured of one result; None is what could not be."""

    source: str
    result: str
    masks: str | None
    reference: str | None
    """What sharpness is compared with; None: the source."""
    frames: int
    pairs: int
    """Frames that were compared with the one before."""
    cuts: int
    """Frames that were not, since a scene begins there."""
    region: Literal["object", "frame"]
    """Where: in both the old and the new silhouette, or all over the picture."""
    warping_error: WarpingError | None
    grown_warping_error: float | None
    """Of the result where the new silhouette leaves the old one, moved with the object."""
    sharpness: Sharpness | None
    mask_flicker: MaskFlicker | None
    """Of the new silhouettes."""
    old_mask_flicker: MaskFlicker | None
    """Of the old ones: what walking legs and the segmenter make of it."""
    frames_lost: int | None
    """Frames with an old silhouette but no new one."""
    difference: Difference | None
    """Outside what was touched; with region "frame" everywhere."""
    warnings: tuple[str, ...]
    """What is damaged in the files."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON object; `schema` counts incompatible changes."""
        content = asdict(self)
        if self.warping_error:
            content["warping_error"]["ratio"] = self.warping_error.ratio
        if self.sharpness:
            content["sharpness"]["kept"] = self.sharpness.kept
        flow = "Farneback on the source, both ways, at most 640 px wide"
        return {"schema": 1, **content, "flow": flow}

    def table(self) -> str:
        """Return what a person wants to see."""
        where = "inside the mask" if self.region == "object" else "over the whole frame"
        return "\n".join(
            [
                f"{self.result} against {self.source}: {self.frames} frames, "
                f"{self.pairs} compared with the one before, {self.cuts} cuts",
                *(f"  {name:<32} {found}" for name, found in self._rows(where)),
            ]
        )

    def _rows(self, where: str) -> list[tuple[str, str]]:
        error, sharp, flicker, apart = (
            self.warping_error,
            self.sharpness,
            self.mask_flicker,
            self.difference,
        )
        against = self.reference or "the source"
        rows = [
            (
                f"warping error {where}",
                f"{_number(error.ratio)} of the source's ({error.result:.2e} of {error.source:.2e})"
                if error
                else "none",
            ),
            (f"sharpness {where}", f"{_number(sharp.kept)} of {against}" if sharp else "none"),
        ]
        if self.region == "object":
            rows += [
                ("warping error where it grew", _number(self.grown_warping_error, ".2e")),
                ("mask flicker", str(flicker or "none")),
                ("  of the old masks", str(self.old_mask_flicker or "none")),
                ("frames without a new mask", str(self.frames_lost)),
            ]
        name = "difference outside the mask" if self.region == "object" else "difference, all over"
        found = (
            f"luma {apart.luma_mean:.4f} mean, {apart.luma_max} max; "
            f"all {apart.mean:.4f} mean, {apart.max} max"
            if apart
            else "none: the pixel formats differ"
        )
        return [*rows, (name, found)]


def _number(value: float | None, style: str = ".3f") -> str:
    return "none" if value is None else format(value, style)
