"""The classifier: its network, its file, and what it learns from domains that the test paints."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from classifiers import write_domains, write_published
from known_pairs import GIRAFFE, GRASS, WILLING
from torchvision.models import inception_v3, vgg16

from instagan.data.layout import find_samples
from instagan.errors import ConfigError
from instavid.classifiers.cards import ClassifierCard, load_classifier, save_classifier
from instavid.classifiers.classifier import Classifier
from instavid.classifiers.making import ClassifierSettings, check_output, train_classifier
from instavid.classifiers.published import file_name, find_published
from instavid.classifiers.training import Lessons, start_from_imagenet, teach
from instavid.classifiers.vgg import VggShape, draw_vgg16, last_layer, penultimate, vgg16_skeleton
from instavid.classifiers.views import load_views, object_view
from instavid.errors import InputError, ModelError, OutputError, OutputExistsError, UsageError
from instavid.metrics.inception import Inception
from instavid.metrics.rates import Rate
from instavid.metrics.stills import read_stills

CPU = torch.device("cpu")
TINY = VggShape(width=2, batch_norm=True, size=32)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Networks as small as these lose their time waiting for a second thread."""
    torch.set_num_threads(1)


def settings(data: Path, **changes: object) -> ClassifierSettings:
    quick = ClassifierSettings(
        str(data), hold_out=0.3, imagenet="none", size=32, width=2, steps=60, batch=8, rate=3e-3
    )
    return replace(quick, **changes)


def test_the_full_network_is_torchvisions_but_for_its_one_output() -> None:
    with torch.device("meta"):
        theirs = {name: t.shape for name, t in vgg16().state_dict().items()}
    ours = {name: t.shape for name, t in vgg16_skeleton(VggShape()).state_dict().items()}
    theirs |= {"classifier.6.weight": (1, 4096), "classifier.6.bias": (1,)}
    assert ours == theirs


@pytest.mark.parametrize("shape", [TINY, VggShape(width=1, size=64)], ids=str)
def test_the_last_layer_takes_the_features_to_the_output(shape: VggShape) -> None:
    network = draw_vgg16(shape, seed=3).eval()
    assert [m.stride for m in network.features if isinstance(m, torch.nn.MaxPool2d)] == [2] * 5
    convolutions = [m for m in network.features if isinstance(m, torch.nn.Conv2d)]
    assert [c.out_channels // shape.width for c in convolutions] == [
        *(1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 8, 8, 8)
    ]
    images = torch.randn(3, 3, shape.size, shape.size)
    features = penultimate(network, images)
    assert features.shape == (3, 64 * shape.width)
    assert torch.equal(last_layer(network)(features), network(images))


def test_weights_are_drawn_by_the_seed_alone() -> None:
    torch.manual_seed(1)
    first = draw_vgg16(TINY, seed=5).state_dict()
    torch.manual_seed(2)
    before = torch.get_rng_state()
    again, other = (draw_vgg16(TINY, seed=seed).state_dict() for seed in (5, 6))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["features.0.weight"], other["features.0.weight"])


@pytest.mark.parametrize("wrong", [{"size": 100}, {"size": 0}, {"width": 65}, {"width": 0}])
def test_a_shape_that_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        VggShape(**wrong)


def test_imagenet_weights_are_taken_over_and_only_the_last_layers_learn(tmp_path: Path) -> None:
    state = write_published(tmp_path / "vgg.pth", vgg16)
    network = start_from_imagenet(tmp_path / "vgg.pth", seed=1)
    taken = network.state_dict()
    for name in state.keys() - {"classifier.6.weight", "classifier.6.bias"}:
        assert torch.equal(taken[name].flatten()[:1], state[name].flatten()[:1]), name
    assert taken["classifier.6.weight"].shape == (1, 4096)
    assert taken["classifier.6.weight"].std() > 0
    learning = {name for name, weight in network.named_parameters() if weight.requires_grad}
    layers = {".".join(name.split(".")[:2]) for name in learning}
    assert layers == {"classifier.0", "classifier.3", "classifier.6"}


def test_what_is_frozen_stays(tmp_path: Path) -> None:
    views = {
        letter: load_views(
            find_samples(write_domains(tmp_path, pictures=3), "train", domain=letter), size=32
        )
        for letter in ("A", "B")
    }
    network = draw_vgg16(VggShape(width=2, size=32), seed=1)
    network.features.requires_grad_(False)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    losses: list[float] = []
    teach(
        network,
        views,
        Lessons(steps=3, batch=4),
        size=32,
        device=CPU,
        on_step=lambda step, loss: losses.append(loss),
    )
    changed = {name for name, t in network.state_dict().items() if not torch.equal(t, before[name])}
    assert changed == {f"classifier.{n}.{what}" for n in (0, 3, 6) for what in ("weight", "bias")}
    assert len(losses) == 3
    assert not network.training


@pytest.mark.parametrize("broken", ["inception", "cut", "nan", "code"])
def test_a_file_of_other_weights_is_refused_by_name(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "given.pth"
    if broken == "inception":
        write_published(path, lambda: inception_v3(init_weights=False))
    else:
        state = dict(write_published(path, vgg16))
        bomb = type("Bomb", (), {"__reduce__": lambda self: (os.mkdir, (str(tmp_path / "boom"),))})
        state["features.0.bias"] = bomb() if broken == "code" else torch.full((64,), torch.nan)
        torch.save(state, path)
    if broken == "cut":
        path.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(ModelError, match=r"given\.pth") as refusal:
        start_from_imagenet(path, seed=0)
    assert len(str(refusal.value)) < 400
    assert not (tmp_path / "boom").exists()


def test_weights_are_found_in_torchs_cache_or_where_they_are_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert find_published("vgg16", None) is None
    cached = tmp_path / "hub" / "checkpoints" / file_name("vgg16")
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"x")
    assert find_published("vgg16", None) == cached
    assert find_published("vgg16", "none") is None
    assert find_published("inception_v3", None) is None
    assert find_published("vgg16", str(cached)) == cached
    with pytest.raises(ModelError, match=r"none\.pth.*vgg16-397923af\.pth"):
        find_published("vgg16", "none.pth")


def test_inception_computes_what_torchvisions_does(tmp_path: Path) -> None:
    state = write_published(tmp_path / "i.pth", lambda: inception_v3(init_weights=False))
    assert any(name.startswith("AuxLogits.") for name in state)
    ours = Inception.load(tmp_path / "i.pth", device=CPU)
    assert ours.embed([]).shape == (0, 2048)
    picture = np.random.default_rng(1).integers(0, 256, (299, 299, 3), dtype=np.uint8)
    found = ours.embed([picture, picture[:50, :70]])
    assert found.shape == (2, 2048)
    theirs = inception_v3(init_weights=False, transform_input=True)
    theirs.load_state_dict(state)
    theirs.fc = torch.nn.Identity()
    # The transform that torchvision ships with these weights.
    mean, std = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    given = (torch.from_numpy(picture).float() / 255 - torch.tensor(mean)) / torch.tensor(std)
    with torch.inference_mode():
        expected = theirs.eval()(given.permute(2, 0, 1)[None])
    np.testing.assert_allclose(found[0], expected[0].numpy(), rtol=1e-3, atol=1e-6)


def test_domains_are_told_apart_and_the_card_says_how(tmp_path: Path) -> None:
    data = write_domains(tmp_path / "data", pictures=12)
    steps: list[tuple[int, int]] = []
    card = train_classifier(
        settings(data), tmp_path / "c.safetensors", on_step=lambda *step: steps.append(step)
    )
    assert steps[0] == (1, 60)
    assert steps[-1] == (60, 60)
    assert card.start == "scratch"
    assert str(card) == "VGG-16 at 2/64 of its width with batch norm, 32 px, from scratch"
    assert {view: (rate.share, rate.n > 2) for view, rate in card.held_out.items()} == {
        "objects": (1.0, True),
        "pictures": (1.0, True),
    }
    network, read = load_classifier(tmp_path / "c.safetensors")
    assert read == card
    facts = read.provenance
    assert (facts["data"], facts["seed"], facts["imagenet_sha256"]) == ("data", 0, None)
    assert sum(facts["trained_on"]["objects"]) + card.held_out["objects"].n == 24
    assert str(tmp_path) not in json.dumps(dict(facts))

    shown = []
    for colour, (left, top, right, bottom) in (
        (WILLING, (9, 8, 22, 21)),
        (GIRAFFE, (14, 1, 19, 30)),
    ):
        rgb = np.full((32, 32, 3), GRASS, np.uint8)
        rgb[top:bottom, left:right] = colour
        shown.append(rgb)
    classifier = Classifier(network, size=read.shape.size, device=CPU, batch=1)
    looks = classifier.look([*shown, shown[0]])
    assert looks.is_b.tolist() == [False, True, False]
    assert looks.features.shape == (3, 128)
    np.testing.assert_array_equal(looks.features[0], looks.features[2])
    assert classifier.look([]).features.shape == (0, 128)


def test_the_same_seed_makes_the_same_weights(tmp_path: Path) -> None:
    data = write_domains(tmp_path / "data", pictures=8)

    def weights(seed: int) -> dict[str, torch.Tensor]:
        path = tmp_path / f"{seed}.safetensors"
        torch.rand(1)  # dropout must not depend on what the caller's random state happens to be
        train_classifier(settings(data, steps=3, seed=seed), path)
        return load_classifier(path)[0].state_dict()

    first, again, other = weights(1), weights(1), weights(2)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["features.0.weight"], other["features.0.weight"])


def test_an_object_is_shown_in_training_as_it_is_asked_of(tmp_path: Path) -> None:
    samples = find_samples(write_domains(tmp_path, pictures=3), "train", domain="B")
    learnt = load_views(samples, size=64)["objects"]
    for still, crop in zip(read_stills(samples), learnt, strict=True):
        asked = object_view(still.frame, still.masks[0])
        inner = crop.image[:, *crop.windows[0].slices].permute(1, 2, 0).numpy()
        np.testing.assert_array_equal(asked, inner)
        assert asked.shape == (48, 48, 3)  # 40 px high, a tenth more on each side


def test_an_interrupted_training_leaves_no_file(tmp_path: Path) -> None:
    data = write_domains(tmp_path / "data", pictures=8)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_classifier(settings(data), tmp_path / "c.safetensors", on_step=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_settings_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    data = write_domains(tmp_path / "data", pictures=8)
    write_published(tmp_path / "vgg.pth", vgg16)
    with pytest.raises(UsageError, match="--size"):
        train_classifier(
            settings(data, imagenet=str(tmp_path / "vgg.pth")), tmp_path / "c.safetensors"
        )
    with pytest.raises(UsageError, match="multiple of 4"):
        settings(data, batch=6)
    with pytest.raises(InputError, match="held out"):
        train_classifier(settings(data, hold_out=1e-6), tmp_path / "c.safetensors")


def test_where_it_cannot_be_written_is_told_before_anything(tmp_path: Path) -> None:
    (tmp_path / "c.safetensors").write_bytes(b"")
    with pytest.raises(OutputError, match=r"\.safetensors file"):
        check_output(tmp_path / "c.pth", overwrite=False)
    with pytest.raises(OutputError, match="no folder"):
        check_output(tmp_path / "no" / "c.safetensors", overwrite=False)
    with pytest.raises(OutputExistsError, match="-y"):
        check_output(tmp_path / "c.safetensors", overwrite=False)
    assert check_output(tmp_path / "c.safetensors", overwrite=True).name == "c.safetensors"


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("absent", "Cannot read"),
        ("cut", "Cannot read"),
        ("foreign", "holds no classifier"),
        ("schema", "schema is 9"),
        ("shape", "width is 700"),
        ("weights", "does not fit"),
        ("nan", "NaN"),
    ],
)
def test_a_damaged_classifier_is_one_line(tmp_path: Path, damage: str, told: str) -> None:
    path = tmp_path / "c.safetensors"
    held_out = {"objects": Rate(1, 2), "pictures": Rate(2, 2)}
    network = draw_vgg16(TINY, seed=1)
    save_classifier(path, network, ClassifierCard(TINY, "scratch", held_out))
    with safetensors.safe_open(path, framework="pt") as file:
        (key, text), *_ = file.metadata().items()
    state, card = network.state_dict(), json.loads(text)
    if damage == "schema":
        card["schema"] = 9
    if damage == "shape":
        card["shape"]["width"] = 700
    if damage == "weights":
        card["shape"]["width"] = 3
    if damage == "nan":
        state["features.0.bias"][0] = torch.nan
    metadata = {"format": "pt"} if damage == "foreign" else {key: json.dumps(card)}
    safetensors.torch.save_file(state, path, metadata=metadata)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-10])
    if damage == "absent":
        path.unlink()
    with pytest.raises(ModelError, match=told) as refusal:
        load_classifier(path)
    assert "c.safetensors" in str(refusal.value)
