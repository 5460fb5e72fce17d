"""The Mask R-CNN adapter, on the whole network with weights that fit on a page."""

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torchvision.models import detection

from instagan.data.layout import find_samples
from instavid.cli import root
from instavid.defaults import MASK_RCNN
from instavid.errors import ModelError, UnavailableError, UsageError
from instavid.segmenters.mask_rcnn import MaskRcnnSegmenter, draw_in_box
from instavid.segmenters.mask_rcnn_model import coco_names, find_mask_rcnn, load_mask_rcnn
from instavid.testing import make_frame, textured
from instavid.types import Frame

SHEEP = next(number for number, name in coco_names().items() if name == "sheep")
HEIGHT, WIDTH = 60, 120


def save_weights(path: Path, *, names: Callable[[str], str] = str) -> Path:
    """Write weights that call every region a sheep; each tensor is one number, repeated."""
    with torch.device("meta"):
        shapes = detection.maskrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None)
    state = {
        names(name): torch.tensor(float(name.endswith("running_var")), dtype=tensor.dtype).expand(
            tensor.shape
        )
        for name, tensor in shapes.state_dict().items()
    }
    likely = torch.zeros(91)
    likely[SHEEP] = 6.0
    state["roi_heads.box_predictor.cls_score.bias"] = likely
    state["roi_heads.mask_predictor.mask_fcn_logits.bias"] = torch.ones(91)
    torch.save(state, path)
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = save_weights(tmp_path_factory.mktemp("weights") / "sheep.pth")
    assert path.stat().st_size < 1 << 20
    return path


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def frame(*, height: int = HEIGHT, width: int = WIDTH) -> Frame:
    return make_frame(textured(height, width))


def test_it_finds_what_torchvisions_own_call_finds(weights: Path) -> None:
    segmenter = MaskRcnnSegmenter(weights, imgsz=32, conf=0.5, classes=["sheep"], iou=1.0)
    (found,) = segmenter.segment([frame()])
    model = load_mask_rcnn(weights, imgsz=32, conf=0.5, max_det=100)
    picture = torch.from_numpy(frame().rgb()).permute(2, 0, 1) / 255
    with torch.inference_mode():
        (theirs,) = model([picture])
    assert set(theirs["labels"].tolist()) == {SHEEP}
    assert set(found.labels) == {"sheep"}
    assert found.scores == pytest.approx(theirs["scores"].tolist()[: len(found)])
    # All regions are full of sheep, so that masks are the boxes.
    windows = [mask.window for mask in found.masks]
    boxes = [[w.left, w.top, w.right, w.bottom] for w in windows]
    assert all(mask.area == mask.window.area for mask in found.masks)
    expected = theirs["boxes"].round().int().tolist()
    assert boxes
    assert all(box in expected for box in boxes)


def test_other_classes_doubles_and_doubts_are_left_out(weights: Path) -> None:
    options = {"imgsz": 32, "max_det": 3}
    assert segment(weights, classes=["giraffe"], **options) == 0
    assert segment(weights, conf=0.999, **options) == 0
    assert 0 < segment(weights, iou=0.0, **options) <= segment(weights, **options) <= 3
    assert MaskRcnnSegmenter(weights).segment([]) == []


def segment(weights: Path, **options) -> int:
    (found,) = MaskRcnnSegmenter(weights, **options).segment([frame()])
    return len(found)


def test_a_drawing_lands_where_its_box_is() -> None:
    upper_left = np.zeros((28, 28), np.float32)
    upper_left[:14, :7] = 1
    full = draw_in_box(
        upper_left, np.array([10, 20, 50, 60], np.float32), height=100, width=80
    ).full(100, 80)
    expected = np.zeros((100, 80), bool)
    expected[20:40, 10:20] = True
    assert np.count_nonzero(full != expected) <= 30 + 1
    beyond = draw_in_box(upper_left, np.array([-20, 90, 20, 130], np.float32), height=100, width=80)
    assert (beyond.area, beyond.window.left) == (0, 0)
    outside = draw_in_box(upper_left, np.array([90, 0, 99, 9], np.float32), height=100, width=80)
    assert outside.area == 0


def test_classes_and_devices_that_are_not_there_are_named(weights: Path) -> None:
    with pytest.raises(UsageError, match=r"No class 'sheeps' in .*v2. Did you mean 'sheep'\?"):
        MaskRcnnSegmenter(weights, classes=["sheeps"])
    if not torch.cuda.is_available():
        with pytest.raises(UnavailableError, match="cuda:0"):
            MaskRcnnSegmenter(weights, device="cuda:0")


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, ...]:
        return Path.write_text, (self.proof, "executed")


@pytest.mark.parametrize("kind", ["empty", "text", "pickle", "list", "other model", "bomb"])
def test_files_that_hold_no_such_weights_are_refused_and_run_no_code(
    kind: str, tmp_path: Path
) -> None:
    path, proof = tmp_path / "bad.pth", tmp_path / "proof"
    if kind == "other model":
        save_weights(path, names=lambda name: name.replace("fpn", "pan"))
    elif kind in ("list", "bomb"):
        torch.save([1] if kind == "list" else {"weights": Bomb(proof)}, path)
    else:
        path.write_bytes({"empty": b"", "text": b"no", "pickle": pickle.dumps({})}[kind])
    with pytest.raises(ModelError, match=r"bad\.pth holds no weights of .* https://download") as no:
        MaskRcnnSegmenter(path)
    assert "\n" not in str(no.value)
    assert not proof.exists()
    if kind == "bomb":  # it is live
        torch.load(path, weights_only=False)
        assert proof.exists()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere/mine.pth", "No Mask R-CNN weights at nowhere/mine.pth"),
        (MASK_RCNN, "forbids fetching it. Put the file from https://download.pytorch.org/"),
    ],
)
def test_weights_that_cannot_be_had_are_refused_in_one_line(
    name: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTAVID_OFFLINE", "1")
    with pytest.raises(ModelError, match=told) as refused:
        MaskRcnnSegmenter(name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("error", [ConnectionError("unknown host"), RuntimeError("invalid hash")])
def test_a_failing_download_tells_where_to_get_the_file(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(url: str, target: str, *, hash_prefix: str, progress: bool) -> None:
        assert hash_prefix in url
        raise error

    monkeypatch.setattr("torch.hub.download_url_to_file", fail)
    with pytest.raises(ModelError, match=rf"Cannot fetch .* \({error}\)\. Put the file from https"):
        find_mask_rcnn(MASK_RCNN)


def test_a_download_is_kept_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTAVID_CACHE", str(tmp_path))

    def fetch(url: str, target: str, **_: object) -> None:
        Path(target).write_bytes(b"weights")

    monkeypatch.setattr("torch.hub.download_url_to_file", fetch)
    path = find_mask_rcnn(MASK_RCNN)
    assert path.read_bytes() == b"weights"
    monkeypatch.delattr("torch.hub.download_url_to_file")
    assert find_mask_rcnn(MASK_RCNN) == path


def test_photos_can_be_masked_by_it(weights: Path, tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "photos").mkdir()
    Image.fromarray(textured(HEIGHT, WIDTH)).save(tmp_path / "photos" / "a.png")
    asked = ["data", "from-images", str(tmp_path / "photos"), str(tmp_path / "data")]
    asked += ["--domain", "A", "--class", "sheep", "--masks-by", "maskrcnn", "--imgsz", "32"]
    done = CliRunner().invoke(root, [*asked, "--seg-model", str(weights), "-d", "cpu"])
    assert done.exit_code == 0, done.output
    (sample,) = find_samples(tmp_path / "data", "train", domain="A")
    assert len(sample.masks) >= 1
