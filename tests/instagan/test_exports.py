"""Exported files do what the pair does, in runtimes that know nothing of it."""

import json
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from instagan import exporting
from instagan.config import GeneratorConfig
from instagan.errors import ExportError, MissingPackageError, PairError
from instagan.exporting import FORMATS, Export, export_pair
from instagan.exports import onnx_file
from instagan.exports.parity import compare, example_cases
from instagan.models.build import build_generator
from instagan.pairs import Card, CropMargins, Domain, Pair, load_generator, save_pair
from instagan.sequential import translate
from instagan.types import SetOutput

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "run_exported.py"
SHAPES = {
    "onnx": GeneratorConfig(base_width=2, mask_width=1, blocks=1, upsampling="resize"),
    "torchscript": GeneratorConfig(base_width=2, blocks=1),
}
CARD = Card(
    name="sheep2giraffe",
    architecture=SHAPES["torchscript"],
    working_size=(24, 32),
    domain_a=Domain("sheep", ("sheep",)),
    domain_b=Domain("giraffe", ("giraffe", "okapi")),
    crop_margins={"AtoB": CropMargins(top=1.1)},
    ins_per=3,
    faces={"AtoB": "right"},
    provenance={"terms": "for research only"},
)


def make_pair(folder: Path, shape: GeneratorConfig) -> Pair:
    network = build_generator(shape, rng=torch.Generator().manual_seed(1))
    return save_pair(folder, replace(CARD, architecture=shape), {"AtoB": network})


@pytest.fixture(scope="module", params=FORMATS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Export:
    """Return a small pair exported to each format that can be had here."""
    if request.param == "onnx":
        for name in ("onnx", "onnxruntime", "onnxscript"):
            pytest.importorskip(name, reason=f"{name} is absent: pip install 'instavid[onnx]'")
    folder = tmp_path_factory.mktemp(request.param)
    pair = make_pair(folder / "pair", SHAPES[request.param])
    return export_pair(pair, folder / f"s2g{FORMATS[request.param].suffix}", to=request.param)


def run_plainly(path: Path, *given: Tensor) -> tuple[list[Tensor], dict]:
    """Do what someone without instavid does."""
    if path.suffix == ".onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        names = ("image", "masks", "valid")
        fed = {name: tensor.numpy() for name, tensor in zip(names, given, strict=True)}
        results = session.run(["new_image", "new_masks"], fed)
        facts = session.get_modelmeta().custom_metadata_map["instavid.json"]
        return [torch.from_numpy(result) for result in results], json.loads(facts)
    extra = {"instavid.json": ""}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        module = torch.jit.load(path, _extra_files=extra)
    return list(module(*given)), json.loads(extra["instavid.json"])


@pytest.mark.parametrize(
    ("counts", "slots", "size"),
    [
        ([1], 1, (24, 32)),
        ([4], 4, (24, 32)),
        ([2, 0, 5], 6, (21, 22)),  # odd sizes, empty slots, a sample without any
        ([1], 1, (41, 19)),
    ],
    ids=["one", "many", "empty slots", "odd"],
)
def test_any_batch_set_and_size_comes_out_as_from_the_pair(made, make_set, counts, slots, size):
    given = make_set(counts, slots=slots, size=size)
    generator = load_generator(made.path.parent / "pair")
    with torch.no_grad():
        wanted = generator(*given)
    (image, masks), _ = run_plainly(made.path, *given)
    assert image.shape == wanted.image.shape
    assert not image.requires_grad
    assert (image - wanted.image).abs().max() < 1e-3
    assert (masks - wanted.masks).abs().max() < 1e-3
    assert torch.equal(masks[~given[2]], given[1][~given[2]])


def test_the_file_says_what_it_is_and_how_to_call_it(made, make_set):
    _, facts = run_plainly(made.path, *make_set([1], slots=1))
    assert facts == json.loads(json.dumps(made.facts))
    card = json.loads((made.path.parent / "pair" / "card.json").read_text())
    assert facts["pair_sha256"] == card["sha256"]
    assert facts["weights_sha256"] == card["weights"]["AtoB"]["sha256"]
    assert facts["source"] == {"name": "sheep", "classes": ["sheep"]}
    assert facts["target"] == {"name": "giraffe", "classes": ["giraffe", "okapi"]}
    assert facts["working_size"] == {"height": 24, "width": 32}
    assert facts["crop_margins"]["top"] == 1.1
    assert (facts["direction"], facts["ins_per"], facts["faces"]) == ("AtoB", 3, "right")
    assert facts["provenance"]["terms"] == "for research only"
    assert list(facts["inputs"]) == ["image", "masks", "valid"]
    assert facts["inputs"]["image"]["range"] == [-1, 1]


def test_the_check_covers_what_users_do(made):
    names = " ".join(one.case for one in made.differences)
    for told in ("1 mask, 24x32", "2 masks", "4 masks", "27x33", "a slot empty", "3 at a time"):
        assert told in names
    assert made.largest <= exporting.TOLERANCE


def test_nothing_in_the_file_tells_where_it_was_made(made):
    data = made.path.read_bytes()
    for place in (Path(exporting.__file__).parents[1], Path(torch.__file__).parents[1]):
        assert str(place).encode() not in data
    assert b"debug_pkl" not in data


def test_the_example_paints_what_the_pair_paints_without_instavid(made, tmp_path):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (64, 80, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "in.png")
    # With the pair's margins the first makes a window of just the working size.
    boxes = [(40, 40, 50, 67), (42, 45, 48, 60), (41, 50, 44, 55), (45, 41, 50, 46)]
    masks = np.zeros((4, 64, 80), bool)
    for mask, (top, left, bottom, right) in zip(masks, boxes, strict=True):
        mask[top:bottom, left:right] = True
    files = [tmp_path / f"mask{n}.png" for n in range(4)]
    for file, mask in zip(files, masks, strict=True):
        Image.fromarray(mask).save(file)
    alone = (
        "import runpy, sys; sys.modules['instavid'] = sys.modules['instagan'] = None; "
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    arguments = [EXAMPLE, made.path, tmp_path / "in.png", tmp_path / "out.png", *files]
    subprocess.run([sys.executable, "-c", alone, *arguments], check=True, timeout=300)

    window = np.s_[29:53, 38:70]
    image = torch.tensor(picture[window]).permute(2, 0, 1)[None] / 127.5 - 1
    given = torch.where(torch.tensor(masks[:, *window])[None], 1.0, -1.0)
    with torch.no_grad():
        wanted = translate(
            load_generator(made.path.parent / "pair"), image, given, ins_per=CARD.ins_per
        )
    painted = ((wanted.image[0].permute(1, 2, 0) + 1) * 127.5).numpy()
    changed = ((given > 0) | (wanted.masks > 0)).any(1)[0, :, :, None].numpy()
    expected = picture.astype(float)
    expected[window] = np.where(changed, painted, picture[window])
    result = np.asarray(Image.open(tmp_path / "out.png")).astype(float)
    assert 0.1 < changed.mean() < 1
    assert np.abs(result - expected).max() <= 1
    assert len(EXAMPLE.read_text().splitlines()) <= 60


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path / "pair", SHAPES["torchscript"])


def test_tracing_warns_of_nothing_and_binds_the_file_to_no_device(pair, tmp_path, recwarn):
    path = export_pair(pair, tmp_path / "new.pt", to="torchscript").path
    assert [str(warning.message) for warning in recwarn] == []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        graph = str(torch.jit.load(path).inlined_graph)
    assert "aten::instance_norm" in graph
    assert "Device = prim::Constant" not in graph


def wrong(self, image, masks, valid):
    return image, masks


def test_a_file_that_does_something_else_is_not_left(pair, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting.StraightGenerator, "forward", wrong)
    (tmp_path / "old.pt").write_bytes(b"old")
    for name in ("new.pt", "old.pt"):
        with pytest.raises(ExportError, match=r"is not written: on .* it differs by .* more than"):
            export_pair(pair, tmp_path / name, to="torchscript")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.pt", "pair"]
    assert (tmp_path / "old.pt").read_bytes() == b"old"


def test_a_file_that_does_not_run_is_not_left(pair, tmp_path, monkeypatch):
    def bound_to_one_size(self, image, masks, valid):
        return image + torch.zeros(45, 38), masks

    monkeypatch.setattr(exporting.StraightGenerator, "forward", bound_to_one_size)
    with pytest.raises(ExportError, match=r"is not written: it does not run \(.*size.*\); try"):
        export_pair(pair, tmp_path / "new.pt", to="torchscript")
    assert [path.name for path in tmp_path.iterdir()] == ["pair"]


def test_a_larger_tolerance_lets_it_pass(pair, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting.StraightGenerator, "forward", wrong)
    made = export_pair(pair, tmp_path / "new.pt", to="torchscript", tolerance=2.0)
    assert 0.1 < made.largest <= 2


def test_an_interrupted_check_leaves_nothing(pair, tmp_path, monkeypatch):
    def stop(*_: object) -> None:
        assert len(list(tmp_path.iterdir())) == 2
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "compare", stop)
    with pytest.raises(KeyboardInterrupt):
        export_pair(pair, tmp_path / "new.pt", to="torchscript")
    assert [path.name for path in tmp_path.iterdir()] == ["pair"]


@pytest.mark.parametrize(
    ("spoil", "image", "masks"),
    [
        (lambda out: SetOutput(out.image + 0.25, out.masks), 0.25, 0.0),
        (lambda out: SetOutput(out.image, out.masks - 0.5), 0.0, 0.5),
        (lambda out: SetOutput(out.image * torch.nan, out.masks), torch.inf, 0.0),
    ],
    ids=["image", "masks", "nan"],
)
def test_differences_are_measured(spoil, image, masks):
    def given(image, masks, valid, *, need_masks):
        return SetOutput(image, masks)

    def spoilt(image, masks, valid, *, need_masks):
        return spoil(SetOutput(image, masks))

    cases = example_cases((24, 32), ins_per=4)
    for one in compare(given, spoilt, cases):
        assert one.image == pytest.approx(image)
        assert one.masks == pytest.approx(masks)


def test_mini_batches_of_instances_go_one_after_the_other():
    seen = []

    def generator(image, masks, valid, *, need_masks):
        seen.append(masks.shape[1])
        return SetOutput(image, masks)

    last = example_cases((24, 32), ins_per=1)[-1]
    translate(generator, last.given.image, last.given.masks, last.given.valid, ins_per=last.ins_per)
    assert seen == [1, 1, 1, 1]


def test_a_direction_without_weights_is_refused(pair, tmp_path):
    with pytest.raises(PairError, match="no direction 'BtoA'; use AtoB"):
        export_pair(pair, tmp_path / "new.pt", direction="BtoA", to="torchscript")


def test_a_generator_of_another_kind_is_refused(tmp_path):
    pair = make_pair(tmp_path / "pair", GeneratorConfig(kind="resnet", base_width=2, blocks=1))
    with pytest.raises(PairError, match="has 'resnet' generators"):
        export_pair(pair, tmp_path / "new.pt", to="torchscript")


def test_missing_packages_are_named_with_what_to_install(pair, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_file, "_PACKAGES", ("json", "onnx_of_nowhere"))
    with pytest.raises(
        MissingPackageError, match=r"onnx_of_nowhere; pip install 'instavid\[onnx\]"
    ):
        export_pair(pair, tmp_path / "new.onnx", to="onnx")
