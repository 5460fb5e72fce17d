"""Holding the decoded pictures of a file against those that were encoded."""

from fractions import Fraction

import av

from instavid.core.likeness import COARSE, FINE, Comparison
from instavid.media.coding_loss import has_default_quality, is_lossless
from instavid.media.containers import ISO_MEDIA
from instavid.media.ledger import Ledger, Print, Printer
from instavid.media.rationals import to_fraction
from instavid.media.time_checks import common_shift, knows_times, tolerance


class PictureCheck:
    """Takes the pictures of a file in the order of showing, and says what is wrong with them."""

    def __init__(self, ledger: Ledger) -> None:
        """Prepare to compare with what was encoded."""
        plan = ledger.plan
        self.frames = 0
        """Pictures that were seen."""
        self.is_exact = is_lossless(plan.encoder, plan.pixel_format)
        """Whether every sample is compared."""
        self._plan = plan
        self._entries = ledger.pictures
        self._printer: Printer = ledger.pictures.printer
        self._likeness = Comparison(
            ledger.pictures.means,
            planes=self._printer.colour_planes,
            tolerance=FINE if has_default_quality(plan.encoder) else COARSE,
        )
        self._shift = common_shift(ledger)
        self._knows_times = knows_times(plan.container, is_video=True)
        self._altered: list[int] = []
        self._late: list[tuple[int, Fraction]] = []
        self._corrupt = 0
        self._size = ""
        self._last: av.VideoFrame | None = None

    def see(self, frame: av.VideoFrame) -> None:
        """Compare the next picture."""
        index, self._last = self.frames, frame
        self.frames += 1
        self._corrupt += frame.is_corrupt
        wanted = self._printer.picture
        if (frame.width, frame.height) != (wanted.width, wanted.height):
            self._size = f"{frame.width}x{frame.height}"
        elif index < len(self._entries.stamps):
            self._see_time(index, frame)
            if index >= self._entries.unseen:
                self._see_samples(index, self._printer(frame))

    def _see_samples(self, index: int, taken: Print) -> None:
        if self.is_exact and taken.samples != self._entries.samples[index]:
            self._altered.append(index)
        self._likeness.see(index, taken.means)

    def _see_time(self, index: int, frame: av.VideoFrame) -> None:
        if not self._knows_times or frame.pts is None:
            return
        tick = to_fraction(frame.time_base) or Fraction(1)
        late = frame.pts * tick - self._seconds(index) - self._shift
        # What the muxer moves is rounded, and what it has moved once more.
        twice = tick / 2 if self._shift else 0
        if abs(late) > tolerance(self._plan.container, tick, is_video=True) + twice:
            self._late.append((index, late))

    def _seconds(self, index: int) -> Fraction:
        return self._entries.stamps[index] * self._plan.time_base

    def failures(self, duration: Fraction | None) -> list[str]:
        """Return what is wrong, one sentence each.

        Args:
            duration: Seconds that the stream takes by its header, None where it does not say.
        """
        wanted = len(self._entries.stamps)
        said = []
        if self.frames != wanted:
            said.append(f"{self.frames} frames can be decoded of {wanted} that were written.")
        if self._size:
            said.append(f"Pictures are {self._size}.")
        if self._corrupt:
            said.append(f"{self._corrupt} pictures are decoded with damage in them.")
        said += self._time_failures(duration)
        return said if self.frames != wanted else [*said, *self._picture_failures()]

    def _time_failures(self, duration: Fraction | None) -> list[str]:
        said = []
        if self._late:
            index, late = self._late[0]
            said.append(
                f"{len(self._late)} time stamps are not what was written; the first is that of "
                f"{self._named(index)}, by {float(late):+.6f} s."
            )
        if self._is_cut_short(duration):
            said.append(
                f"The last frame is not shown for {float(self._last_length):.6f} s, as was written."
            )
        return said

    @property
    def _last_length(self) -> Fraction:
        return self._entries.last_duration * self._plan.time_base

    def _is_cut_short(self, duration: Fraction | None) -> bool:
        """Return whether a container that can say how long the last picture is shown, does not.

        MP4 says how far decoding times lie apart, which is another thing where pictures are
        reordered.
        """
        last, length = self._last, self._last_length
        is_reordered = self._entries.first_decoding < 0
        if last is None or not length or is_reordered or self._plan.container not in ISO_MEDIA:
            return False
        tick = to_fraction(last.time_base) or Fraction(1)
        count = len(self._entries.stamps)
        end = self._seconds(count - 1) + length
        told = ((last.duration or 0) * tick, length), (duration, end - self._seconds(0))
        return not any(got is not None and abs(got - due) <= tick / 2 for got, due in told)

    def _picture_failures(self) -> list[str]:
        """Return what is wrong with the samples; one sentence for each kind of fault."""
        likeness, said = self._likeness, []
        if self.is_exact and self._altered:
            said.append(f"{self._listed(self._altered)} not bit-equal to what was encoded.")
        if likeness.shift:
            said.append(f"All pictures are out of place by {-likeness.shift:+d}.")
        elif likeness.misplaced:
            said.append(f"{self._listed(likeness.misplaced)} out of order.")
        if likeness.wrong:
            said.append(f"{self._listed(likeness.wrong)} not the picture that was encoded.")
        tints, limit = (
            likeness.tints(max(1, self.frames - self._entries.unseen)),
            likeness.tolerance.tint,
        )
        if any(abs(tint) > limit for tint in tints):
            levels = ", ".join(f"{tint:+.2f}" for tint in tints)
            said.append(f"Brightness or colours moved by {levels} of 256 levels, plane by plane.")
        return said

    def unchecked(self) -> list[str]:
        """Return what could not be compared, one sentence each."""
        plan, said = self._plan, []
        if self._entries.unseen:
            said.append(
                f"The samples of the first {self._entries.unseen} frames, which an earlier run "
                "encoded."
            )
        if self._shift:
            said.append(
                f"Where zero is: {plan.container} holds nothing before it, so that all streams "
                f"begin {float(self._shift):g} s later."
            )
        if not self._knows_times:
            said.append(f"Time stamps: {plan.container} holds one constant frame rate.")
        if plan.container not in ISO_MEDIA or self._entries.first_decoding < 0:
            said.append(
                f"How long the last frame is shown: {plan.container} does not say it for sure."
            )
        if self._printer.picture.pixel_format.startswith(("yuva", "gbrap")) and not self.is_exact:
            said.append("Transparency: its samples are compared with lossless encoders only.")
        return said

    def _listed(self, frames: list[int]) -> str:
        first = self._named(frames[0])
        if len(frames) == 1:
            return f"{first[:1].upper()}{first[1:]} is"
        return f"{len(frames)} frames, the first of them {first}, are"

    def _named(self, index: int) -> str:
        return f"frame {index} at {float(self._seconds(index)):.3f} s"
