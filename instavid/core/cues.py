"""Subtitles that are on the screen together, as a sequence in which one follows the other."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Cue:
    """A text and when it is shown, in ticks."""

    start: int
    end: int
    text: str


class CueSequencer:
    r"""Cuts overlapping cues where one comes or goes; what is shown at any time stays the same.

    >>> sequencer = CueSequencer(joint=" / ")
    >>> sequencer.push(Cue(0, 10, "a")), sequencer.push(Cue(6, 20, "b"))
    ([], [Cue(start=0, end=6, text='a')])
    >>> sequencer.flush()
    [Cue(start=6, end=10, text='a / b'), Cue(start=10, end=20, text='b')]
    """

    def __init__(self, *, joint: str) -> None:
        """Start with nothing shown.

        Args:
            joint: What to put between two texts that are shown together.
        """
        self._joint = joint
        self._shown: list[Cue] = []
        self._now = 0

    def push(self, cue: Cue) -> list[Cue]:
        """Take a cue, in order of starts; return what is settled by that."""
        settled = self._advance(cue.start)
        begins = cue.start if not self._shown else max(cue.start, self._now)
        self._now = begins
        if cue.end > begins:
            self._shown.append(replace(cue, start=begins))
        return settled

    def flush(self) -> list[Cue]:
        """Return the rest, when no more cues come."""
        return self._advance(max((cue.end for cue in self._shown), default=self._now))

    def _advance(self, to: int) -> list[Cue]:
        settled = []
        while self._shown and self._now < to:
            end = min(to, *(cue.end for cue in self._shown))
            text = self._joint.join(cue.text for cue in self._shown)
            settled.append(Cue(self._now, end, text))
            self._now = end
            self._shown = [cue for cue in self._shown if cue.end > end]
        return settled
