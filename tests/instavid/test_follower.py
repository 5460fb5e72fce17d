"""Following: identities, carrying, births, deaths and cuts, with scripted detections."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from instagan.windows import Window
from instavid.errors import StageError
from instavid.followers.remembering import remember
from instavid.followers.segment_track import SegmentThenTrack
from instavid.followers.tracks import Memory
from instavid.interfaces import Tracker
from instavid.testing import make_frame, textured
from instavid.trackers.bytetrack import ByteTracker
from instavid.types import Frame, Instances, Mask, TrackedFrame

HEIGHT, WIDTH = 90, 160
GROUND, SKIN = textured(HEIGHT, WIDTH, seed=1), textured(HEIGHT, WIDTH, seed=2)


@dataclass(frozen=True)
class Thing:
    """Something found in one frame."""

    left: int
    top: int = 30
    width: int = 24
    height: int = 20
    score: float = 0.9
    label: str = "sheep"

    @property
    def mask(self) -> Mask:
        window = Window(self.left, self.top, self.left + self.width, self.top + self.height)
        seen = window.intersect(Window(0, 0, WIDTH, HEIGHT))
        return Mask(seen, np.ones((seen.height, seen.width), bool))


Script = Callable[[int], Sequence[Thing]]


@dataclass(frozen=True)
class Scripted:
    """Finds what the script says; satisfies `Segmenter`."""

    script: Script

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        return [found(self.script(frame.index)) for frame in frames]


class Silent:
    """Never commits; satisfies `Tracker`, and leaves all to the masks."""

    def update(self, instances: Instances) -> npt.NDArray[np.int64]:
        return np.full(len(instances), -1, np.int64)

    def reset(self) -> None:
        pass


def found(things: Sequence[Thing]) -> Instances:
    return Instances(
        tuple(thing.mask for thing in things),
        tuple(thing.label for thing in things),
        tuple(thing.score for thing in things),
    )


def picture(things: Sequence[Thing], ground: npt.NDArray[np.uint8] = GROUND) -> np.ndarray:
    """Draw things with a texture that moves along with them."""
    rgb = ground.copy()
    for thing in things:
        mask = thing.mask
        inner = mask.window.relative_to(Window(thing.left, thing.top, 0, 0))
        rgb[mask.window.slices] = SKIN[inner.slices]
    return rgb


def film(count: int, drawn: Script) -> Iterator[Frame]:
    return (make_frame(picture(drawn(n)), index=n) for n in range(count))


def follow(
    count: int,
    script: Script,
    *,
    drawn: Script | None = None,
    tracker: Tracker | None = None,
    batch: int = 4,
    **options: object,
) -> list[TrackedFrame]:
    follower = SegmentThenTrack(Scripted(script), tracker or ByteTracker(), batch=batch, **options)
    return list(follower.follow(film(count, drawn or script)))


def ids(tracked: TrackedFrame) -> list[int]:
    return [instance.track_id for instance in tracked.instances]


def walker(n: int) -> Thing:
    return Thing(20 + 3 * n)


@pytest.mark.parametrize("things", [[], [Thing(30)], [Thing(5), Thing(60), Thing(110)]])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_every_frame_comes_out_once_with_what_is_in_it(things: list[Thing], count: int) -> None:
    result = follow(count, lambda n: things)
    assert [tracked.frame.index for tracked in result] == list(range(count))
    assert [len(tracked.instances) for tracked in result] == [len(things)] * count
    assert [tracked.is_cut for tracked in result] == [True, False, False, False, False][:count]


@pytest.mark.parametrize("tracker", [ByteTracker(), Silent()], ids=["ByteTrack", "masks alone"])
def test_identities_survive_a_crossing(tracker: Tracker) -> None:
    def crossing(n: int) -> list[Thing]:
        right, left = Thing(4 + 4 * n, top=26), Thing(130 - 4 * n, top=40, height=26)
        return [right, left] if n % 2 else [left, right]

    result = follow(32, crossing, tracker=tracker)
    tops = [
        {i.track_id: i.mask.window.bottom for i in t.instances} for t in (result[0], result[-1])
    ]
    assert tops[0] == tops[1]
    assert {track_id for tracked in result for track_id in ids(tracked)} == {1, 2}


def test_a_missed_object_is_carried_for_eight_frames_and_then_retired() -> None:
    result = follow(20, lambda n: [walker(n)] if n < 6 else [], drawn=lambda n: [walker(n)])
    assert [ids(tracked) for tracked in result] == [[1]] * 14 + [[]] * 6
    for tracked in result[6:14]:
        (instance,) = tracked.instances
        assert instance.carried
        assert instance.mask.iou(walker(tracked.frame.index).mask) > 0.45  # held still: 0 at last
    scores = [tracked.instances[0].score for tracked in result[5:14]]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 0.9 > scores[-1] > 0


def test_a_gap_is_bridged_under_one_identity() -> None:
    result = follow(20, lambda n: [] if 6 <= n < 12 else [walker(n)], drawn=lambda n: [walker(n)])
    assert [ids(tracked) for tracked in result] == [[1]] * 20
    assert [t.instances[0].carried for t in result] == [6 <= n < 12 for n in range(20)]


def test_what_the_tracker_calls_back_keeps_its_old_id() -> None:
    """Hidden behind a wall for longer than masks are carried."""
    result = follow(40, lambda n: [] if 6 <= n < 20 else [walker(n)])
    assert ids(result[15]) == []
    assert ids(result[-1]) == [1]


@pytest.mark.parametrize(
    ("later", "hidden", "names"),
    [
        pytest.param([Thing(50)], 20, [1], id="near"),
        pytest.param([Thing(50)], 74, [1], id="after long"),
        pytest.param([Thing(50)], 75, [2], id="after too long"),
        pytest.param([Thing(64)], 20, [1], id="within half its size"),
        pytest.param([Thing(66)], 20, [2], id="too far beside"),
        pytest.param([Thing(30, top=62)], 20, [2], id="too far below"),
        pytest.param([Thing(30, label="dog")], 20, [2], id="of another class"),
        pytest.param([], 20, [], id="nobody"),
        pytest.param([Thing(6), Thing(45)], 20, [2, 1], id="the nearer of two"),
    ],
)
def test_who_appears_where_one_was_lost_is_that_one(
    later: list[Thing], hidden: int, names: list[int]
) -> None:
    """The masks are carried for no longer than eight frames, and the tracker knows nobody."""

    def script(n: int) -> list[Thing]:
        return [Thing(30)] if n < 3 else later if n >= 3 + hidden else []

    last = follow(4 + hidden, script, tracker=Silent())[-1]
    by_place = sorted(last.instances, key=lambda instance: instance.mask.window.left)
    assert [instance.track_id for instance in by_place] == names


@pytest.mark.parametrize(
    "lost", [Thing(0), Thing(WIDTH - 24), Thing(70, top=0), Thing(70, top=HEIGHT - 20)]
)
def test_who_was_lost_at_the_edge_of_the_picture_may_have_left_it(lost: Thing) -> None:
    result = follow(24, lambda n: [] if 3 <= n < 20 else [lost], tracker=Silent())
    assert [ids(result[0]), ids(result[-1])] == [[1], [2]]


def test_two_who_were_lost_come_back_as_themselves() -> None:
    def script(n: int) -> list[Thing]:
        both = [Thing(40, width=40), Thing(70, width=30)]
        return both if n < 3 else [] if n < 20 else both[::-1]

    first, *_, last = follow(21, script, tracker=Silent())
    places = [{i.track_id: i.mask.window.right for i in t.instances} for t in (first, last)]
    assert places[0] == places[1]


def test_one_who_comes_back_leaves_the_others_lost() -> None:
    """Two were lost side by side: the one who appears is the nearer of them, whoever is older."""
    result = follow(
        21,
        lambda n: [Thing(40), Thing(66)] if n < 3 else [] if n < 20 else [Thing(56)],
        tracker=Silent(),
    )
    assert ids(result[-1]) == [2]


def test_ids_go_from_large_to_small_at_birth_and_then_up() -> None:
    def script(n: int) -> list[Thing]:
        small, large, late = Thing(10, width=10), Thing(60, width=40), Thing(120, height=50)
        return [small, large] if n < 3 else [late, small, large]

    first, last = follow(5, script)[0], follow(5, script)[-1]
    assert [(i.track_id, i.mask.window.left) for i in first.instances] == [(1, 60), (2, 10)]
    assert [(i.track_id, i.mask.window.left) for i in last.instances] == [
        (1, 60),
        (2, 10),
        (3, 120),
    ]


def test_a_retired_id_is_never_used_again() -> None:
    result = follow(40, lambda n: [Thing(10)] if n < 3 else [Thing(120, top=60)] if n > 30 else [])
    assert ids(result[0]) == [1]
    assert ids(result[-1]) == [2]


def test_weak_detections_keep_alive_but_do_not_give_birth() -> None:
    weak = Thing(110, score=0.15)
    result = follow(12, lambda n: [Thing(20, score=0.9 if n < 2 else 0.15), weak])
    assert [ids(tracked) for tracked in result] == [[1]] * 12
    assert not any(instance.carried for t in result for instance in t.instances)


def test_a_wavering_class_does_not_break_a_track() -> None:
    result = follow(8, lambda n: [Thing(20 + n, label="cow" if n % 2 else "sheep")])
    assert [[(i.track_id, i.label) for i in t.instances] for t in result] == [[(1, "sheep")]] * 8


def test_everything_begins_anew_at_a_cut() -> None:
    other = textured(HEIGHT, WIDTH, seed=9)
    frames = [make_frame(GROUND if n < 5 else other, index=n) for n in range(10)]
    # The same place before and after, and something that is missed right after the cut.
    script = Scripted(lambda n: [Thing(20)] if n >= 5 else [Thing(20), Thing(100)])
    result = list(SegmentThenTrack(script, ByteTracker()).follow(frames))
    assert [tracked.is_cut for tracked in result] == [n in (0, 5) for n in range(10)]
    assert [ids(tracked) for tracked in result] == [[1, 2]] * 5 + [[3]] * 5


@pytest.mark.parametrize("batch", [1, 3, 8, 50])
def test_results_do_not_depend_on_the_batch_size(batch: int) -> None:
    def script(n: int) -> list[Thing]:
        return [thing for k, thing in enumerate((walker(n), Thing(150 - 4 * n))) if (n + k) % 5]

    def summary(batch: int) -> list[object]:
        result = follow(25, script, batch=batch)
        return [[(i.track_id, i.mask.window, i.carried) for i in t.instances] for t in result]

    assert summary(batch) == summary(4)


def test_no_pixel_belongs_to_two() -> None:
    def heap(n: int) -> list[Thing]:
        return [Thing(20 + 5 * k + n, top=30 + 4 * k, width=30 + 6 * k) for k in range(4)]

    for tracked in follow(10, lambda n: heap(n) if n % 3 else heap(n)[1:], drawn=heap):
        masks = [instance.mask for instance in tracked.instances]
        assert len(masks) >= 2
        assert all(a.overlap(b) == 0 for a, b in itertools.combinations(masks, 2))


def test_a_carried_mask_is_dropped_where_something_else_is_seen() -> None:
    behind = Thing(60, width=20)
    result = follow(
        4,
        lambda n: [behind] if n < 2 else [Thing(40, top=10, width=70, height=60)],
        tracker=Silent(),
    )
    assert [ids(tracked) for tracked in result] == [[1], [1], [2], [2]]


def test_a_part_of_what_is_seen_is_not_born() -> None:
    body, head = Thing(40, width=60, height=40), Thing(80, width=18, height=18, score=0.6)
    result = follow(4, lambda n: [body, head] if n else [body])
    assert [ids(tracked) for tracked in result] == [[1]] * 4


def test_the_parts_of_what_is_partly_hidden_are_not_objects() -> None:
    """A post hides the middle: the whole is found, and so is each end, before or after it."""
    whole, ends = Thing(40, width=60, score=0.6), [Thing(40, width=14), Thing(86, width=14)]
    weaker = [Thing(end.left, width=end.width, score=0.5) for end in ends]
    result = follow(6, lambda n: [*weaker, whole] if n % 2 else [whole, *weaker], tracker=Silent())
    assert [ids(tracked) for tracked in result] == [[1]] * 6
    assert all(t.instances[0].mask.window.width == 60 for t in result)


@pytest.mark.parametrize(("score", "born"), [(0.5, []), (0.7, [2])])
def test_within_the_box_of_another_only_the_sure_are_born(score: float, born: list[int]) -> None:
    def ring(n: int) -> Instances:
        """Return a frame-like object and, in its hollow, something that it does not cover."""
        inside = np.zeros((HEIGHT, WIDTH), bool)
        inside[10:80, 20:120] = True
        inside[20:70, 40:100] = False
        hollow = Thing(55, score=score)
        masks = Mask.from_full(inside), hollow.mask
        return Instances(masks, ("sheep", "sheep"), (0.9, score)).only([0, 1] if n else [0])

    class Segmenter:
        def segment(self, frames: Sequence[Frame]) -> list[Instances]:
            return [ring(frame.index) for frame in frames]

    result = list(SegmentThenTrack(Segmenter(), Silent()).follow(film(3, lambda n: [])))
    assert [ids(tracked) for tracked in result] == [[1], [1, *born], [1, *born]]


def test_a_carried_mask_that_leaves_the_frame_is_dropped() -> None:
    def leaving(n: int) -> Thing:
        return Thing(130 + 6 * n)

    result = follow(
        9, lambda n: [leaving(n)] if n < 2 else [], drawn=lambda n: [leaving(n)][: n < 5]
    )
    assert ids(result[1]) == [1]
    assert ids(result[-1]) == []


def test_only_the_wanted_classes_are_followed() -> None:
    things = [Thing(20), Thing(90, label="dog")]
    result = follow(3, lambda n: things, classes=["dog"])
    assert [[i.label for i in tracked.instances] for tracked in result] == [["dog"]] * 3


@pytest.mark.parametrize(("batch", "taken"), [(1, 1), (4, 4)])
def test_it_reads_no_further_ahead_than_a_batch(batch: int, taken: int) -> None:
    source = film(20, lambda n: [])
    follower = SegmentThenTrack(Scripted(lambda n: []), Silent(), batch=batch)
    tracked = follower.follow(source)
    assert next(tracked).frame.index == 0
    assert next(source).index == taken


def test_each_call_starts_with_no_memory() -> None:
    follower = SegmentThenTrack(Scripted(lambda n: [Thing(20)]), ByteTracker())
    for _ in range(2):
        started = follower.follow(film(8, lambda n: [Thing(20)]))
        assert ids(next(started)) == [1]
        started.close()


def film_with_a_cut(n: int) -> Sequence[Thing]:
    """Return two that cross, one that is hidden for long, and, after the cut, somebody else."""
    if n >= 44:
        return [Thing(20 + 2 * n % 50)]
    crossing = [Thing(4 + 4 * (n % 36), top=26), Thing(130 - 4 * (n % 36), top=40, height=26)]
    hidden = [Thing(70, top=66)] if n < 6 or n > 30 else []
    return [thing for k, thing in enumerate([*crossing, *hidden]) if (n + k) % 9]


@pytest.mark.parametrize("start", range(4, 60, 4))
def test_following_goes_on_from_what_was_noted_as_if_it_had_never_stopped(start: int) -> None:
    other = textured(HEIGHT, WIDTH, seed=9)
    film = [
        make_frame(picture(film_with_a_cut(n), other if n >= 44 else GROUND), index=n)
        for n in range(64)
    ]

    def follower() -> SegmentThenTrack:
        return SegmentThenTrack(Scripted(film_with_a_cut), ByteTracker(), batch=4, foresight=6)

    noted = list(follower().follow_on(film, every=4))
    plain = list(follower().follow(film))
    again = list(follower().follow_on(film[start:], since=noted[start].known_before, every=4))
    assert [bool(tracked.known_before) for tracked in noted] == [n % 4 == 0 for n in range(64)]
    for whole, untold, resumed in zip(noted[start:], plain[start:], again, strict=True):
        assert told(whole) == told(untold) == told(resumed)
        assert whole.known_before == resumed.known_before
    assert any(tracked.is_cut for tracked in plain[1:])
    assert any(instance.carried for tracked in plain for instance in tracked.instances)


@pytest.mark.parametrize("seed", range(6))
def test_a_tracker_goes_on_from_its_state_whatever_it_went_through(seed: int) -> None:
    """Things jump about, hide, and come back after they were given up."""
    rng = np.random.default_rng(seed)
    places, steps = rng.uniform(0, 130, (6, 2)), rng.uniform(-4, 4, (6, 2))
    script = []
    for _ in range(120):
        places = (places + steps) % [140, 60]
        hidden = rng.random(6) < 0.35
        script.append(
            found(
                [
                    Thing(int(x), int(y), score=float(rng.choice([0.15, 0.3, 0.9])))
                    for (x, y), gone in zip(places, hidden, strict=True)
                    if not gone
                ]
            )
        )
    tracker, states, names = ByteTracker(buffer_frames=2), [], []
    for instances in script:
        states.append(tracker.state())
        names.append(tracker.update(instances).tolist())
    for start in range(0, 120, 7):
        other = ByteTracker(buffer_frames=2)
        other.restore(states[start])
        assert [other.update(instances).tolist() for instances in script[start:]] == names[start:]


def told(tracked: TrackedFrame) -> object:
    return (
        tracked.frame.index,
        tracked.is_cut,
        [
            (
                i.track_id,
                i.label,
                i.score,
                i.carried,
                i.facing,
                i.mask.window,
                i.mask.inside.tobytes(),
            )
            for i in tracked.instances
        ],
    )


def test_an_error_of_the_source_arrives() -> None:
    def broken() -> Iterator[Frame]:
        yield from film(2, lambda n: [])
        raise OSError("unplugged")

    follower = SegmentThenTrack(Scripted(lambda n: []), Silent(), batch=1)
    seen = []
    with pytest.raises(OSError, match="unplugged"):
        seen.extend(follower.follow(broken()))
    assert len(seen) in (0, 2)


def test_a_segmenter_that_loses_frames_is_caught() -> None:
    class Forgetful:
        def segment(self, frames: Sequence[Frame]) -> list[Instances]:
            return [Instances()] * (len(frames) - 1)

    with pytest.raises(StageError, match="4 frames were segmented into 3"):
        list(SegmentThenTrack(Forgetful(), Silent(), batch=4).follow(film(4, lambda n: [])))


def test_the_memory_does_not_grow_with_the_length_of_the_video() -> None:
    memory = Memory()
    for n in range(1000):
        thing = found([Thing(10 + 60 * (n % 2), top=10 + 30 * (n % 3), label=str(n))])
        memory = remember(
            memory,
            thing,
            np.array([n]),
            carry=lambda mask: mask,
            conf=0.25,
            max_missed_frames=0,
            picture=Window(0, 0, WIDTH, HEIGHT),
        )
    assert memory.next_id == 1001
    assert len(memory.live) + len(memory.retired) <= 303
