"""What of an input an output cannot hold."""

from instavid.media.carried import CarriedStreams
from instavid.media.containers import HOLD_CHAPTERS, LOSE_TAGS
from instavid.media.encoding_plan import EncodingPlan


def losses(plan: EncodingPlan, carry: CarriedStreams | None, *, is_tagged: bool) -> list[str]:
    """Return a sentence for each thing that the planned file cannot hold.

    Args:
        plan: How the video is encoded, and into which container.
        carry: The other streams, with notes of what became of them.
        is_tagged: Whether tags are to say how it was made.
    """
    said, container = list(plan.warnings), plan.container
    if carry is not None:
        said += [f"Dropped: {note}." for note in carry.dropped]
        said += [f"Lost: {n}." for n in carry.kept if n.converted_to and n.reason]
        said += carry.losses
    if carry is not None and carry.chapters and container not in HOLD_CHAPTERS:
        said.append(f"{container} holds no chapters: they were dropped.")
    if is_tagged and container in LOSE_TAGS:
        said.append(f"{container} holds no tags: nothing says how it was made.")
    return said
