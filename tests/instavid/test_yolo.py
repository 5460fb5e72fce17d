"""The YOLO adapter, with a tiny random network and, where there are any, real weights."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from instavid.errors import ModelError, UnavailableError, UsageError
from instavid.meadow.sampling import sample_scene
from instavid.meadow.source import MeadowSource
from instavid.metrics.segmentation import compare_frame
from instavid.segmenters.letterbox import Letterbox
from instavid.segmenters.weights import find_weights
from instavid.segmenters.yolo import YoloSegmenter
from instavid.segmenters.yolo_output import read_dense, read_ranked
from instavid.sources.file import FileSource
from instavid.taming import tamed
from instavid.testing import make_frame, textured
from instavid.types import Frame, Mask

CLASSES = ("sheep", "horse", "zebra")


def save_random_model(path: Path, config: str) -> Path:
    """Write an untrained network of ultralytics' smallest scale, as its trainer would."""
    with tamed():
        from ultralytics.nn import tasks

        kind = tasks.SegmentationModel if "-seg" in config else tasks.DetectionModel
        torch.manual_seed(0)
        model = kind(config, nc=len(CLASSES), verbose=False)
        model.names = dict(enumerate(CLASSES))
        torch.save({"model": model.half(), "train_args": {}}, path)
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("it's here")  # ultralytics drops quotes from paths
    return save_random_model(folder / "tiny-seg.pt", "yolov8n-seg.yaml")


@pytest.fixture(scope="module")
def ranked_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_random_model(tmp_path_factory.mktemp("w") / "end-to-end-seg.pt", "yolo26n-seg.yaml")


def frames(count: int, height: int = 90, width: int = 160) -> list[Frame]:
    return [make_frame(textured(height, width, seed=n), index=n) for n in range(count)]


@pytest.fixture(scope="module")
def sheep(shared: Path) -> list[Frame]:
    with FileSource(shared / "data" / "clips" / "sheep_flock.mp4") as source:
        return [frame for frame, _ in zip(source, range(3), strict=False)]


@pytest.mark.parametrize("kind", ["weights", "ranked_weights"])
def test_any_segmentation_model_gives_masks_inside_the_frame(
    kind: str, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(kind)
    segmenter = YoloSegmenter(path, imgsz=96, conf=1e-5, max_det=5)
    assert segmenter.class_names == CLASSES
    found = segmenter.segment(frames(3) + frames(1, height=64, width=48))
    assert len(found) == 4
    assert any(found)
    for instances, (height, width) in zip(found, [(90, 160)] * 3 + [(64, 48)], strict=True):
        assert len(instances) <= 5
        assert set(instances.labels) <= set(CLASSES)
        assert list(instances.scores) == sorted(instances.scores, reverse=True)
        for mask in instances.masks:
            assert mask.full(height, width).sum() == mask.area > 0


def test_no_frames_and_nothing_found_are_fine(weights: Path) -> None:
    segmenter = YoloSegmenter(weights, imgsz=96, conf=0.99)
    assert segmenter.segment([]) == []
    assert [len(instances) for instances in segmenter.segment(frames(2))] == [0, 0]


def test_only_the_classes_asked_for_are_reported(weights: Path) -> None:
    segmenter = YoloSegmenter(weights, imgsz=96, conf=1e-6, classes=["zebra"])
    (found,) = segmenter.segment(frames(1))
    assert set(found.labels) == {"zebra"}


def test_an_unknown_class_is_refused_with_the_nearest_one(weights: Path) -> None:
    with pytest.raises(
        UsageError, match=r"No class 'sheeps' in tiny-seg.pt. Did you mean 'sheep'\?"
    ):
        YoloSegmenter(weights, classes=["sheeps"])


def test_a_model_without_masks_is_refused(tmp_path: Path) -> None:
    path = save_random_model(tmp_path / "boxes.pt", "yolov8n.yaml")
    with pytest.raises(ModelError, match="task 'detect' and draws no masks"):
        YoloSegmenter(path)


def half_of(weights: bytes) -> bytes:
    return weights[: len(weights) // 2]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda weights: b"", id="empty"),
        pytest.param(lambda weights: b"no network at all", id="text"),
        pytest.param(half_of, id="cut off"),
        pytest.param(lambda weights: pickle.dumps({"model": 1}), id="bare pickle"),
    ],
)
def test_damaged_weights_are_refused(
    damage: Callable[[bytes], bytes], weights: Path, tmp_path: Path
) -> None:
    path = tmp_path / "bad-seg.pt"
    path.write_bytes(damage(weights.read_bytes()))
    with pytest.raises(ModelError, match=r"bad-seg\.pt"):
        YoloSegmenter(path)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, ...]:
        return Path.write_text, (self.proof, "executed")


@pytest.mark.parametrize("wrap", [torch.save, lambda o, p: p.write_bytes(pickle.dumps(o))])
def test_code_in_weights_is_never_run(wrap: Callable[..., object], tmp_path: Path) -> None:
    path, proof = tmp_path / "evil-seg.pt", tmp_path / "proof"
    wrap({"model": Bomb(proof), "train_args": {}}, path)
    with pytest.raises(ModelError):
        YoloSegmenter(path)
    assert not proof.exists()
    with path.open("rb") as file:  # the bomb is live
        torch.load(path, weights_only=False) if wrap is torch.save else pickle.load(file)
    assert proof.exists()


def test_an_absent_device_is_named(weights: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(UnavailableError, match="cuda:0"):
        YoloSegmenter(weights, device="cuda:0")


def test_the_number_of_threads_stays_as_it_was(weights: Path) -> None:
    torch.set_num_threads(2)
    YoloSegmenter(weights, imgsz=96).segment(frames(1))
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere/x-seg.pt", "No segmentation weights at nowhere/x-seg.pt"),
        ("https://example.org/x-seg.pt", "No segmentation weights at https:"),
        ("yolo11nn-seg", r"'yolo11nn-seg.pt'. Did you mean 'yolo11n-seg.pt'\?"),
        ("yolo11n-seg", "INSTAVID_OFFLINE forbids fetching"),
    ],
)
def test_weights_that_cannot_be_had_are_refused_in_one_line(
    name: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTAVID_OFFLINE", "1")
    with pytest.raises(ModelError, match=message) as refused:
        find_weights(name)
    assert "\n" not in str(refused.value)


def test_a_failing_download_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(name: str, folder: Path) -> Path:
        raise ConnectionError("host unknown\nand much more")

    monkeypatch.setattr("instavid.segmenters.ultralytics_models.download_weights", no_network)
    with pytest.raises(ModelError, match=r"Cannot fetch yolo11n-seg\.pt") as refused:
        find_weights("yolo11n-seg")
    assert "\n" not in str(refused.value)


def test_a_name_in_the_cache_is_found_without_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTAVID_CACHE", str(tmp_path))
    (tmp_path / "seg").mkdir()
    (tmp_path / "seg" / "yolo11n-seg.pt").write_bytes(b"x")
    assert find_weights("yolo11n-seg") == tmp_path / "seg" / "yolo11n-seg.pt"


def test_meadow_comes_with_instavid_and_finds_animals_at_the_size_of_its_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "meadow").mkdir()
    monkeypatch.chdir(tmp_path)  # a folder of that name is not what is meant
    monkeypatch.setenv("INSTAVID_OFFLINE", "1")
    source = MeadowSource(sample_scene(7, kinds=("sheep", "giraffe"), count=3), 1, 360, 640)
    ((frame, truth),) = source.with_truth()
    (found,) = YoloSegmenter("meadow").segment([frame])
    counts = compare_frame(truth.instances(), found)
    assert counts.found == counts.objects > 0
    (same,) = YoloSegmenter("meadow.pt", imgsz=512).segment([frame])
    assert same.scores == found.scores


def test_a_name_like_meadow_is_told_of_it() -> None:
    with pytest.raises(ModelError, match=r"Did you mean 'meadow.pt'\?"):
        find_weights("meadows")


def test_a_likelier_unwanted_class_halves_the_score() -> None:
    prediction = torch.tensor([[50.0], [40.0], [20.0], [10.0], [0.4], [0.6], [0.1], [7.0]])
    (everything,) = read_dense(prediction, 3).scores.tolist()
    found = read_dense(prediction, 3, wanted=torch.tensor([0, 2]))
    assert everything == pytest.approx(0.6)
    assert (found.scores.item(), found.classes.item()) == (pytest.approx(0.2), 0)
    assert found.boxes_xyxy.tolist() == [[40.0, 35.0, 60.0, 45.0]]


def test_a_ranked_head_is_read_as_it_stands() -> None:
    prediction = torch.tensor([[1.0, 2.0, 3.0, 4.0, 0.9, 2.0, 7.0], [1, 2, 3, 4, 0.8, 1, 7]])
    found = read_ranked(prediction, wanted=torch.tensor([2]))
    assert (found.scores.tolist(), found.classes.tolist()) == ([pytest.approx(0.9)], [2])


@pytest.mark.parametrize(("height", "width"), [(90, 160), (160, 90), (720, 1280), (33, 400)])
def test_what_is_drawn_through_the_letterbox_lies_where_it_was(height: int, width: int) -> None:
    box = Letterbox.fit(height, width, longest=320, stride=32)
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[height // 4 : height // 2, width // 5 : width // 2] = 255
    logits = box.apply(rgb)[..., 0].astype(np.float32) - 127
    frame = box.window(np.array([0, 0, box.width, box.height], np.float32))
    assert (frame.width, frame.height) == (width, height)
    drawn = Mask.from_full(box.draw(logits, frame))
    assert drawn.iou(Mask.from_full(rgb[..., 0] > 0)) > 0.93


def test_it_agrees_with_ultralytics_own_predictor(seg_weights: Path, sheep: list[Frame]) -> None:
    (ours,) = YoloSegmenter(seg_weights, conf=0.3).segment(sheep[:1])
    bgr = np.ascontiguousarray(sheep[0].rgb()[..., ::-1])
    with tamed():
        from ultralytics import YOLO

        options = {"conf": 0.3, "agnostic_nms": True, "retina_masks": True, "verbose": False}
        (theirs,) = YOLO(seg_weights).predict(bgr, **options)
    assert len(ours) == len(theirs) >= 3
    assert ours.scores == pytest.approx(theirs.boxes.conf.tolist(), abs=1e-4)
    for mask, full in zip(ours.masks, theirs.masks.data.numpy(), strict=True):
        assert mask.iou(Mask.from_full(full > 0)) > 0.95


def test_batches_do_not_change_results(seg_weights: Path, sheep: list[Frame]) -> None:
    together = YoloSegmenter(seg_weights, conf=0.3).segment(sheep)
    alone = YoloSegmenter(seg_weights, conf=0.3, batch=1).segment(sheep)
    for one, other in zip(together, alone, strict=True):
        assert one.scores == pytest.approx(other.scores, abs=1e-4)
        assert all(a.iou(b) > 0.99 for a, b in zip(one.masks, other.masks, strict=True))


@pytest.mark.needs_cuda
@pytest.mark.parametrize("half", [False, True])
def test_the_gpu_finds_the_same(weights: Path, half: bool) -> None:
    options = {"imgsz": 96, "conf": 1e-5, "max_det": 1}
    (expected,) = YoloSegmenter(weights, **options).segment(frames(1))
    (found,) = YoloSegmenter(weights, device="cuda:0", half=half, **options).segment(frames(1))
    assert found.scores == pytest.approx(expected.scores, rel=0.1)
