"""Too little memory is not the end: less at once, the same result, and it is remembered."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from instagan.memory import is_out_of_memory
from instagan.models.generators import ResnetGenerator, SetGenerator, one_by_one
from instagan.types import SetOutput
from instavid import memory
from instavid.cli import main
from instavid.core.tensors import crops_to_batch
from instavid.errors import LackOfMemoryError
from instavid.segmenters.yolo import YoloSegmenter
from instavid.taming import tamed
from instavid.testing import make_frame, textured
from instavid.translators.instagan import InstaGanTranslator, painting_ways
from instavid.types import Crop, Patch

SIZE = (32, 40)
CUDA = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
CPU = RuntimeError(
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you "
    "tried to allocate 4000000000000 bytes. Error code 12 (Cannot allocate memory)"
)
NUMPY = MemoryError("Unable to allocate 3.00 GiB for an array")


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    memory.forget()
    yield
    memory.forget()


class Small:
    """A generator on a device that holds so many samples."""

    def __init__(self, fault: Exception = CUDA, *, samples: int = 99) -> None:
        torch.manual_seed(0)
        self._generator = SetGenerator(base_width=4, blocks=1).eval()
        self._fault, self._most = fault, samples
        self.tried: list[int] = []

    def __call__(
        self, image: Tensor, masks: Tensor, valid: Tensor | None, *, need_masks: bool
    ) -> SetOutput:
        self.tried.append(len(image))
        if len(image) > self._most:
            raise self._fault
        return self._generator(image, masks, valid, need_masks=need_masks)


def crops(*counts: int) -> list[Crop]:
    return [crop(count, seed=seed) for seed, count in enumerate(counts)]


def crop(count: int, *, seed: int = 0) -> Crop:
    masks = np.zeros((count, 40, 50), bool)
    for n in range(count):
        masks[n, 8:36, 2 + n * 12 : 12 + n * 12] = True
    return Crop(textured(40, 50, seed=seed), masks)


def translator(generator: Small, *, batch: int = 8) -> InstaGanTranslator:
    cpu = torch.device("cpu")
    return InstaGanTranslator(generator, working_size=SIZE, device=cpu, batch=batch)


def assert_same(some: list[Patch], others: list[Patch]) -> None:
    for one, other in zip(some, others, strict=True):
        np.testing.assert_array_equal(one.rgb, other.rgb)
        np.testing.assert_array_equal(one.masks, other.masks)


@pytest.mark.parametrize("fault", [CUDA, CPU, NUMPY], ids=["cuda", "cpu", "numpy"])
def test_fewer_crops_at_once_give_the_same_patches_bit_for_bit(
    fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    given = crops(1, 2, 3, 1, 2, 4, 1)
    wanted = translator(Small()).translate(given)
    memory.forget()
    short = Small(fault, samples=2)
    with caplog.at_level(logging.WARNING):
        assert_same(translator(short).translate(given), wanted)
        assert short.tried[:3] == [7, 4, 2]
        assert max(short.tried[3:]) == 2
        assert [record.getMessage() for record in caplog.records] == [
            "out of memory while translating at 40x32 on cpu: going on with 2 at once"
        ]
        # Remembered, for this run and for the next one on this device.
        for again in (short, Small(fault, samples=2)):
            again.tried.clear()
            assert_same(translator(again).translate(given), wanted)
            assert max(again.tried) == 2
        assert len(caplog.records) == 1


def test_a_gpu_takes_masks_one_by_one_at_last() -> None:
    def ways(device: str) -> list[tuple[int, bool]]:
        found = painting_ways(SIZE, batch=6, device=torch.device(device))
        return [(way.at_once, way.mask_by_mask) for way in found]

    assert ways("cpu") == [(6, False), (3, False), (2, False), (1, False)]
    assert ways("cuda") == [*ways("cpu"), (1, True)]


@pytest.mark.parametrize("kind", [SetGenerator, ResnetGenerator])
def test_masks_one_by_one_give_what_they_give_together(
    kind: type[torch.nn.Module], make_batch: Callable[[], tuple[Tensor, Tensor]]
) -> None:
    rows: list[int] = []
    torch.manual_seed(0)
    generator = kind(base_width=4, blocks=1).eval()
    generator.apply_stack = whole  # as on a GPU
    first = next(part for part in generator.modules() if isinstance(part, torch.nn.Conv2d))
    first.register_forward_pre_hook(lambda _, given: rows.append(len(given[0])))
    image, masks = make_batch()
    together = generator(image, masks)
    with one_by_one(generator):
        apart = generator(image, masks)
    assert rows == [2, 1, 1]
    assert generator.apply_stack is whole
    torch.testing.assert_close(apart.image, together.image, rtol=0, atol=1e-4)
    torch.testing.assert_close(apart.masks, together.masks, rtol=0, atol=1e-4)


def whole(stack: torch.nn.Module, x: Tensor) -> Tensor:
    return stack(x)


@pytest.fixture
def make_batch() -> Callable[[], tuple[Tensor, Tensor]]:
    def make() -> tuple[Tensor, Tensor]:
        batch = crops_to_batch(crops(2, 3), size=SIZE, device=torch.device("cpu"))
        return batch.image, batch.masks

    return make


def test_where_nothing_fits_one_line_says_what_to_try() -> None:
    with pytest.raises(
        LackOfMemoryError,
        match=r"out of memory while translating at 40x32 on cpu, even with 1 at once: .*-d cpu",
    ):
        translator(Small(samples=0)).translate(crops(1))


def test_other_errors_are_not_taken_for_it() -> None:
    fault = RuntimeError("Given groups=1, weight of size [4, 3]")
    assert not is_out_of_memory(fault)
    with pytest.raises(RuntimeError, match="Given groups"):
        translator(Small(fault, samples=0)).translate(crops(1))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("w") / "tiny-seg.pt"
    with tamed():
        from ultralytics.nn.tasks import SegmentationModel

        torch.manual_seed(0)
        model = SegmentationModel("yolov8n-seg.yaml", nc=2, verbose=False)
    torch.save({"model": model, "train_args": {}}, path)
    return path


def limit(segmenter: YoloSegmenter, fault: Exception, *, most: int, tried: list[int]) -> None:
    def check(_: torch.nn.Module, given: tuple[Tensor, ...]) -> None:
        tried.append(len(given[0]))
        if len(given[0]) > most:
            raise fault

    segmenter._model.register_forward_pre_hook(check)


@pytest.mark.parametrize("fault", [CUDA, CPU], ids=["cuda", "cpu"])
def test_fewer_frames_at_once_give_the_same_instances(weights: Path, fault: Exception) -> None:
    def segmenter() -> YoloSegmenter:
        return YoloSegmenter(weights, imgsz=64, conf=1e-5, max_det=5)

    frames = [make_frame(textured(48, 64, seed=n), index=n) for n in range(7)]
    wanted = segmenter().segment(frames)
    tried: list[int] = []
    short = segmenter()
    limit(short, fault, most=2, tried=tried)
    found = short.segment(frames)
    assert tried == [7, 4, 2, 2, 2, 1]
    assert any(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert (one.labels, one.scores) == (other.labels, other.scores)
        for mask, same in zip(one.masks, other.masks, strict=True):
            np.testing.assert_array_equal(mask.full(48, 64), same.full(48, 64))


def test_too_little_memory_for_one_frame_is_said(weights: Path) -> None:
    segmenter = YoloSegmenter(weights, imgsz=64)
    limit(segmenter, CUDA, most=0, tried=[])
    with pytest.raises(LackOfMemoryError, match="segmenting 64x48 at 64 px on cpu"):
        segmenter.segment([make_frame(textured(48, 64))])


@pytest.mark.parametrize("fault", [CUDA, LackOfMemoryError("out of memory while translating")])
def test_the_command_line_ends_with_one_line_and_exit_code_1(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("instavid.transfigurer.Transfigurer.run", fail)
    with pytest.raises(SystemExit) as end:
        main(["run", "x.mp4", "-p", "sheep2giraffe-meadow", "--progress", "none"])
    said = capsys.readouterr().err
    assert end.value.code == 1
    assert said.count("\n") == 1
    assert "out of memory" in said
    assert "unexpected" not in said


REAL = """
import resource, sys, logging
import numpy as np, torch
from instagan.models.generators import SetGenerator
from instavid.testing import textured
from instavid.translators.instagan import InstaGanTranslator
from instavid.types import Crop

logging.basicConfig(format="%(message)s")
torch.set_num_threads(1)
torch.manual_seed(0)
generator = SetGenerator(base_width=8, blocks=1).eval()
generator.apply_stack = lambda module, x: module(x)  # all samples at once, as on a GPU
masks = np.zeros((1, 64, 64), bool)
masks[0, 9:50, 9:50] = True
crops = [Crop(textured(64, 64, seed=n), masks) for n in range(64)]

def patches(batch):
    cpu, size = torch.device("cpu"), (192, 192)
    painter = InstaGanTranslator(generator, working_size=size, device=cpu, batch=batch)
    return painter.translate(crops)

wanted = patches(2)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (400 << 20),) * 2)
found = patches(64)
print(all((a.rgb == b.rgb).all() for a, b in zip(found, wanted)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_a_real_lack_of_memory_is_survived() -> None:
    done = subprocess.run([sys.executable, "-c", REAL], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "True"
    assert "going on with" in done.stderr


@pytest.mark.needs_cuda
def test_a_full_gpu_is_survived(caplog: pytest.LogCaptureFixture) -> None:
    given = crops(*[3] * 32)
    device = torch.device("cuda")
    torch.manual_seed(0)
    generator = SetGenerator(base_width=32, blocks=2).eval().to(device)
    painter = InstaGanTranslator(generator, working_size=(256, 256), device=device, batch=32)
    wanted = painter.translate(given)
    whole_bytes = torch.cuda.mem_get_info()[1]
    used = torch.cuda.max_memory_reserved()
    torch.cuda.empty_cache()
    try:
        torch.cuda.set_per_process_memory_fraction(used / 3 / whole_bytes)
        found = painter.translate(given)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert "going on with" in caplog.text
    for one, other in zip(found, wanted, strict=True):
        assert np.abs(one.rgb.astype(int) - other.rgb).mean() < 2
        assert (one.masks != other.masks).mean() < 0.02
