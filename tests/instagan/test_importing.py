"""Published .pth files: taken as they are, and anything else named for what it is."""

import os
import pickle
import subprocess
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import nn

from instagan.config import DiscriminatorConfig, GeneratorConfig
from instagan.errors import PairError, WeightsError
from instagan.importing import import_pth
from instagan.models.build import build_discriminator, build_generator
from instagan.pairs import Domain, load_generator
from instagan.pth import read_pth

SHAPE = GeneratorConfig(base_width=2, blocks=2)


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def published(config: GeneratorConfig = SHAPE) -> OrderedDict[str, torch.Tensor]:
    return OrderedDict(build_generator(config, rng=rng()).state_dict())


def put(path: Path, content: object, *, legacy: bool = False) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path


def take(path_a: Path, path_b: Path | None = None, *, folder: Path):
    return import_pth(
        path_a,
        path_b,
        folder=folder,
        domain_a=Domain("sheep", ("sheep",)),
        domain_b=Domain("giraffe", ("giraffe",)),
        working_size=(200, 200),
    )


@pytest.mark.parametrize("legacy", [True, False])
def test_published_weights_of_both_layouts_become_a_pair(tmp_path, legacy):
    state = published()
    a = put(tmp_path / "200_net_G_A.pth", state, legacy=legacy)
    b = put(tmp_path / "200_net_G_B.pth", state, legacy=legacy)
    pair = take(a, b, folder=tmp_path / "pair")
    assert pair.card.architecture == SHAPE
    assert pair.card.directions == ("AtoB", "BtoA")
    assert pair.card.provenance["AtoB_source"] == "200_net_G_A.pth"
    assert len(pair.card.provenance["BtoA_source_sha256"]) == 64
    loaded = load_generator(pair, "BtoA").state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in state.items())


def test_one_direction_is_enough(tmp_path):
    pair = take(put(tmp_path / "a.pth", published()), folder=tmp_path / "pair")
    assert pair.card.directions == ("AtoB",)


def test_leftovers_of_old_instance_norms_and_of_data_parallel_are_dropped(tmp_path):
    state = published()
    old = {f"module.{name}": tensor for name, tensor in state.items()}
    for norm in ("encoder_img.2", "encoder_seg.10.conv_block.2", "decoder_seg.1"):
        old[f"module.{norm}.running_mean"] = torch.zeros(2)
        old[f"module.{norm}.running_var"] = torch.ones(2)
        old[f"module.{norm}.num_batches_tracked"] = torch.tensor(3)
    assert read_pth(put(tmp_path / "a.pth", old)).state.keys() == state.keys()


def test_only_leftovers_of_instance_norms_are_dropped(tmp_path):
    state = {**published(), "encoder_img.3.running_mean": torch.zeros(2)}
    with pytest.raises(WeightsError, match=r"has 'encoder_img\.3\.running_mean', unknown"):
        read_pth(put(tmp_path / "a.pth", state))


def with_nan() -> dict[str, torch.Tensor]:
    state = published()
    state["decoder_img.7.weight"][0, 0, 0, 0] = torch.inf
    return state


def optimiser() -> object:
    adam = torch.optim.Adam([nn.Parameter(torch.ones(1))])
    return adam.state_dict()


FOREIGN = {
    "discriminator": (
        lambda: build_discriminator(DiscriminatorConfig(base_width=2), rng=rng()).state_dict(),
        "is an InstaGAN discriminator",
    ),
    "patch discriminator": (
        lambda: build_discriminator(
            DiscriminatorConfig(kind="patch", base_width=2), rng=rng()
        ).state_dict(),
        "is a discriminator",
    ),
    "cyclegan": (
        lambda: build_generator(
            GeneratorConfig(kind="resnet", base_width=2, blocks=1), rng=rng()
        ).state_dict(),
        "is a CycleGAN generator",
    ),
    "other network": (lambda: nn.Linear(2, 2).state_dict(), "some other network"),
    "optimiser": (optimiser, "is an optimiser's state"),
    "module": (lambda: nn.Sequential(nn.Linear(2, 2)), "is a whole pickled module"),
    "nested": (lambda: {"model": published(), "epoch": 3}, "no plain state dict"),
    "list": (lambda: [torch.zeros(1)], "holds a list"),
    "nothing": (dict, "nothing in it"),
    "infinite": (with_nan, "NaN or infinite"),
    "short": (lambda: dict(list(published().items())[:-1]), r"lacks 'decoder_seg\.7\.bias'"),
    "whole numbers": (
        lambda: {**published(), "decoder_img.7.bias": torch.zeros(4)},
        r"is \(4,\) instead of \(3,\)",
    ),
    "batch norm": (
        lambda: {**published(), "encoder_img.2.weight": torch.zeros(2)},
        "only plain instance norm",
    ),
}


@pytest.mark.parametrize("legacy", [True, False], ids=["legacy", "zip"])
@pytest.mark.parametrize("kind", FOREIGN)
def test_other_contents_are_named(tmp_path, kind, legacy):
    make, told = FOREIGN[kind]
    path = put(tmp_path / "x.pth", make(), legacy=legacy)
    with pytest.raises(WeightsError, match=told) as caught:
        take(path, folder=tmp_path / "pair")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "pair").exists()


def test_other_files_are_named(tmp_path):
    whole = put(tmp_path / "whole.pth", published()).read_bytes()
    old = put(tmp_path / "old.pth", published(), legacy=True).read_bytes()
    from safetensors.torch import save

    files = {
        "empty": (b"", "is empty"),
        "text": (b"not a model at all", "is no PyTorch file"),
        "safetensors": (save(published()), "is a safetensors file"),
        "cut": (whole[: len(whole) // 2], "cut-short"),
        "old cut": (old[: len(old) // 2], "cut short"),
        "old cut early": (old[:40], "cut short"),
        "pickle": (pickle.dumps([1, 2]), "cut short"),
    }
    for name, (data, told) in files.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(WeightsError, match=told):
            read_pth(path)
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    for name, told in {
        "zip": "holds 'readme.txt'",
        "absent": "does not exist",
        ".": "is a folder",
    }.items():
        with pytest.raises(WeightsError, match=told):
            read_pth(tmp_path / name)


class Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.target}",)


@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("protocol", [2, 4])
def test_code_in_a_weight_file_is_refused_and_never_run(tmp_path, legacy, protocol):
    bomb = {**published(), "encoder_img.1.weight": Bomb(tmp_path / "boom")}
    torch.save(
        bomb,
        tmp_path / "x.pth",
        pickle_protocol=protocol,
        _use_new_zipfile_serialization=not legacy,
    )
    with pytest.raises(WeightsError, match=r"wants to run code \((posix|nt)\.system\); refused"):
        take(tmp_path / "x.pth", folder=tmp_path / "pair")
    assert not (tmp_path / "boom").exists()


def test_two_shapes_do_not_make_one_pair(tmp_path):
    a = put(tmp_path / "a.pth", published())
    b = put(tmp_path / "b.pth", published(GeneratorConfig(base_width=3, blocks=2)))
    with pytest.raises(PairError, match="a pair has one shape"):
        take(a, b, folder=tmp_path / "pair")


def test_importing_instagan_and_reading_cards_needs_no_torch():
    code = "import sys, instagan.pairs; assert 'torch' not in sys.modules, 'torch was imported'"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_public_names_resolve_and_unknown_ones_do_not():
    import instagan

    for name in instagan.__all__:
        assert getattr(instagan, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = instagan.nothing
