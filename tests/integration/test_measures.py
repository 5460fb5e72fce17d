"""instavid eval and instavid compare as users call them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from classifiers import write_domains, write_published
from clips import Clip, write_clip
from known_pairs import GIRAFFE, WILLING, write_picture
from torchvision.models import inception_v3
from world import World

from instavid.cli import main
from instavid.core.composite import NEW_MASK, OLD_MASK, TOUCHED
from instavid.mattes import matte_format, matte_frame
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """Return a function that runs instavid: its exit code, stdout and stderr."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return int(str(ended.value.code)), out, err

    return run


@pytest.fixture
def refused(call: Call) -> Callable[..., str]:
    """Return a function that runs what must fail with a code, in one line, which it returns."""

    def run(code: int, *arguments: str | Path) -> str:
        got, out, err = call(*arguments)
        lines = [line for line in err.splitlines() if line]
        assert (got, out, len(lines)) == (code, "", 1), err
        assert "unexpected" not in err
        return err

    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return two pictures of either side."""
    for stem in "ab":
        write_picture(tmp_path / "data", stem, [(WILLING, (8, 30, 28, 50))], domain="A")
        write_picture(tmp_path / "data", stem, [(GIRAFFE, (40, 4, 50, 44))], domain="B")
    return tmp_path / "data"


def pair_options(
    world: World, data: Path, pair: str | Path = "sheep2giraffe"
) -> tuple[str | Path, ...]:
    judge = ("--judge", world.segmenter, "--imgsz", "64", "-d", "cpu")
    return ("eval", "pair", pair, "--data", data, *judge)


def import_pair(world: World, cache: Path, name: str, *generators: Path) -> Path:
    """Import a pair where no other test sees it, and return its folder."""
    arguments = ("pairs", "import", *generators, "--name", name, "--size", "32x32")
    assert world.run(*arguments, INSTAVID_CACHE=str(cache)).returncode == 0
    return cache / "pairs" / name


def test_a_pair_is_measured_in_a_process_of_its_own(world: World, data: Path) -> None:
    sheet = data / "sheet.png"
    done = world.run(*pair_options(world, data), "--json", "--sheet", sheet)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert (report["schema"], report["pictures"], report["samples_changed_outside"]) == (1, 2, 0)
    for name in ("target_rate", "still_source_rate", "copy_floor", "real_ceiling", "collapsed"):
        rate = report[name]
        assert 0 <= rate["low"] <= rate["share"] <= rate["high"] <= 1
        assert rate["n"] == 2
    assert report["height_over_width"]["source"]["median"] == 1.0
    assert report["settings"]["direction"] == "AtoB"
    assert sheet.read_bytes()[1:4] == b"PNG"


@pytest.fixture(scope="session")
def classifier(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a classifier of the kind of `data`, made in a process of its own."""
    folder = tmp_path_factory.mktemp("classifier")
    domains, path = write_domains(folder / "domains", pictures=8), folder / "vgg.safetensors"
    done = world.run(
        *("train-classifier", "--data", domains, "-o", path, "--imagenet", "none"),
        *("--size", "32", "--width", "2", "--steps", "40", "--batch", "8", "--lr", "0.003"),
        *("--hold-out", "0.3", "--threads", "1", "-d", "cpu"),
    )
    assert done.returncode == 0, done.stderr
    assert "VGG-16 at 2/64 of its width with batch norm, 32 px, from scratch" in done.stdout
    assert "held-out objects" in done.stdout
    return path


def test_a_classifier_is_trained_and_asked_in_processes_of_their_own(
    world: World, data: Path, classifier: Path
) -> None:
    plots = data.parent / "plots"
    done = world.run(
        *("eval", "pair", "sheep2giraffe", "--data", data, "--classifier", classifier, "--json"),
        *("-d", "cpu", "--threads", "1", "--crops", "--plots", plots),
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["target_rate"] is None
    for view in ("objects", "pictures"):
        scores = report["classifier"][view]
        assert (scores["copy_floor"]["share"], scores["real_ceiling"]["share"]) == (0.0, 1.0)
        assert scores["score"]["n"] == 2
    assert report["context"]["crops"]["pictures"] == 2
    assert report["settings"]["classifier"] == str(classifier)
    assert len(list(plots.iterdir())) == 3


def test_figures_must_stay_within_their_limits(call: Call, data: Path, classifier: Path) -> None:
    ask = ("eval", "pair", "sheep2giraffe", "--data", data, "--limit", "1", "-d", "cpu")
    ask = (*ask, "--threads", "1", "--classifier", classifier)
    code, out, err = call(*ask, "--fail-over", "crop_l1=0", "--fail-under", "crop_psnr_db=99")
    assert code == 8
    assert "crop_l1 is " in err
    assert "more than 0" in err
    assert "less than 99" in err
    assert "classifier, pictures" in out
    assert (
        call(*ask, "--fail-under", "object_score_ceiling=1", "--fail-over", "crop_l1=255")[0] == 0
    )
    # One real picture is too few for a distance: that is no pass.
    code, _, err = call(*ask, "--fail-over", "object_classifier_feature_mmd=9")
    assert (code, "could not be measured" in err) == (8, True)


def test_kid_is_measured_where_inception_s_weights_are(
    call: Call, data: Path, classifier: Path
) -> None:
    for number in range(3):
        for domain in ("A", "B"):
            boxes = [(WILLING, (8, 30 + number, 28, 50 + number))]
            write_picture(data, f"{number}", boxes, domain=domain)
    write_published(data.parent / "i.pth", lambda: inception_v3(init_weights=False))
    code, out, _ = call(
        *("eval", "pair", "sheep2giraffe", "--data", data, "--classifier", classifier),
        *("--inception", data.parent / "i.pth", "-d", "cpu", "--threads", "1", "--json"),
        *("--fail-over", "object_kid=1e9"),
    )
    report = json.loads(out)
    assert code == 0
    assert "torchvision's Inception v3" in report["kid"]["network"]
    assert report["kid"]["objects"]["translated"]["subset_size"] == 2
    assert report["figures"]["object_kid"] == report["kid"]["objects"]["translated"]["mean"]
    assert report["classifier_feature_mmd"]["pictures"]["translated"]["subset_size"] == 2


def test_a_rate_that_is_too_low_is_told_by_the_exit_code(
    call: Call, world: World, data: Path
) -> None:
    options = (*pair_options(world, data), "--limit", "1", "--direction", "BtoA", "--crops")
    code, out, err = call(*options, "--fail-under", "target_rate=1.1")
    assert code == 8
    assert "less than 1.1" in err
    assert "copy floor" in out
    assert call(*options, "--fail-under", "target_rate=0")[0] == 0


@pytest.mark.parametrize(
    ("code", "change", "said"),
    [
        (2, ("--data", "{tmp}/none"), "No folder"),
        (2, ("--data", "{tmp}/bare"), "No pictures"),
        (2, ("--split", "train"), "No folder"),
        (2, ("--fail-under", "speed=3"), "target_rate"),
        (2, ("--split", "test", "--hold-out", "0.0001"), "leaves no picture"),
        (2, ("--hold-out", "0.5"), "trainA"),
        (2, ("--fail-under", "target_rate=high"), "NAME=VALUE"),
        (4, ("--sheet", "{tmp}/sheet.jpg"), ".png"),
        (4, ("--sheet", "{tmp}/data/testA/a.png"), "exists"),
        (5, ("-d", "cuda:77"), "cuda"),
        (6, ("--judge", "{tmp}/none.pt"), "none.pt"),
        (6, ("--classifier", "{tmp}/none.safetensors"), "none.safetensors"),
        (6, ("--classifier", "{tmp}/data/testA/a.png"), "a.png"),
        (6, ("--inception", "{tmp}/none.pth"), "inception_v3_google-0cc3c7bd.pth"),
        (2, ("--fail-under", "object_score=0.5"), "not measured without --classifier"),
        (2, ("--fail-over", "object_kid=0.5"), "not measured without --inception"),
        (4, ("--plots", "{tmp}/data/testA/a.png"), "a.png"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_what_cannot_be_measured_is_one_line(
    refused: Callable[..., str],
    world: World,
    data: Path,
    code: int,
    change: tuple[str, ...],
    said: str,
) -> None:
    (data.parent / "bare" / "testA").mkdir(parents=True)
    filled = [text.format(tmp=data.parent) for text in change]
    assert said in refused(code, *pair_options(world, data), *filled)


def test_somebody_must_be_asked(refused: Callable[..., str], data: Path) -> None:
    assert "--judge, --classifier" in refused(2, "eval", "pair", "sheep2giraffe", "--data", data)


@pytest.mark.parametrize(
    ("code", "change", "said"),
    [
        (2, ("--data", "{tmp}/none"), "No folder"),
        (2, ("--size", "50"), "multiple of 32"),
        (2, ("--batch", "5"), "multiple of 4"),
        (3, ("--hold-out", "0.00001"), "held out"),
        (4, ("-o", "{tmp}/c.pth"), ".safetensors"),
        (4, ("-o", "{tmp}/old.safetensors"), "exists"),
        (6, ("--imagenet", "{tmp}/none.pth"), "vgg16-397923af.pth"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_a_classifier_that_cannot_be_trained_is_one_line(
    refused: Callable[..., str], tmp_path: Path, code: int, change: tuple[str, ...], said: str
) -> None:
    write_domains(tmp_path / "domains", pictures=3)
    (tmp_path / "old.safetensors").write_bytes(b"")
    train = ("train-classifier", "--data", tmp_path / "domains", "-o", tmp_path / "c.safetensors")
    filled = [text.format(tmp=tmp_path) for text in change]
    assert said in refused(code, *train, "-d", "cpu", *filled)


def test_a_judge_that_knows_other_classes_is_refused(
    refused: Callable[..., str], world: World, data: Path
) -> None:
    pair = import_pair(world, data, "cup2bottle", *world.generators)
    assert "knows no class 'bottle'" in refused(2, *pair_options(world, data, pair))


def write_matte(path: Path, source: Path, *, stray: int = 0) -> Path:
    """Write a matte that says an object in the middle was changed and grew upward."""
    with FileSource(source) as frames:
        height, width = frames.info.picture.upright_size
        matte = np.zeros((height, width), np.uint8)
        matte[height // 3 : -9, 20:44] = OLD_MASK | NEW_MASK | TOUCHED
        matte[4 : height // 3, 20:44] = NEW_MASK | TOUCHED
        matte[0, 0] = stray
        like = replace(frames.info, picture=matte_format(frames.info.picture))
        with FileSink(path, like=like, codec="ffv1") as sink:
            for frame in frames:
                sink.write(matte_frame(frame, matte))
    return path


def test_a_video_against_itself_is_as_steady_and_as_sharp(
    call: Call, world: World, tmp_path: Path
) -> None:
    masks = write_matte(tmp_path / "m.mkv", world.clip)
    code, out, err = call("eval", "video", world.clip, world.clip, "--masks", masks, "--json")
    report = json.loads(out)
    assert (code, err, report["schema"], report["frames"]) == (0, "", 1, 40)
    assert report["region"] == "object"
    assert report["warping_error"]["ratio"] == report["sharpness"]["kept"] == 1.0
    assert report["difference"] == {"luma_max": 0, "luma_mean": 0.0, "max": 0, "mean": 0.0}
    assert 0 < report["mask_flicker"]["mean"] <= report["mask_flicker"]["p95"]
    assert report["frames_lost"] == 0


def test_without_masks_the_figures_are_of_the_whole_frame(call: Call, world: World) -> None:
    code, out, _ = call("eval", "video", world.clip, world.clip, "--reference", world.clip)
    assert code == 0
    for words in ("whole frame", "difference, all over", str(world.clip)):
        assert words in out
    assert "mask" not in out.replace(str(world.clip), "")


def test_files_that_do_not_belong_together_are_refused(
    refused: Callable[..., str], world: World, tmp_path: Path
) -> None:
    alike, short = Clip(size=(160, 96), pts=range(40)), Clip(size=(160, 96), pts=range(9))
    fine, less = (
        write_clip(tmp_path / name, clip) for name, clip in (("a.mkv", alike), ("b.mkv", short))
    )
    small = write_clip(tmp_path / "c.mkv")
    lossy = write_matte(tmp_path / "lossy.mkv", fine, stray=7)
    measure = ("eval", "video", fine)
    assert "ends after 9 frames" in refused(2, *measure, less)
    assert "is 64x48 but" in refused(2, *measure, small)
    assert "no matte" in refused(2, *measure, fine, "--masks", fine)
    assert "grey levels" in refused(2, *measure, fine, "--masks", lossy)
    assert "no.mkv" in refused(3, *measure, tmp_path / "no.mkv")


def test_videos_are_compared_in_a_process_of_its_own(world: World, tmp_path: Path) -> None:
    side, sheet = tmp_path / "side.mp4", tmp_path / "sheet.png"
    done = world.run(
        *("compare", world.clip, world.clip, "-o", side, "--sheet", sheet),
        *("--labels", "before,after", "--preset", "ultrafast"),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{side}: 40 frames compared",
        f"{sheet}: 40 frames compared",
    ]
    with FileSource(side) as source:
        assert source.info.picture.upright_size == (96, 324)


def test_a_comparison_that_cannot_be_is_one_line(
    refused: Callable[..., str], world: World, tmp_path: Path
) -> None:
    side = tmp_path / "side.mp4"
    assert "nothing to write" in refused(2, "compare", world.clip, world.clip)
    assert "beside it" in refused(2, "compare", world.clip, "-o", side)
    assert "labels" in refused(2, "compare", world.clip, "--sheet", "x.png", "--labels", "a,b")
    assert "no.mp4" in refused(3, "compare", world.clip, tmp_path / "no.mp4", "-o", side)
    assert "input" in refused(4, "compare", world.clip, world.clip, "-o", world.clip, "-y")
    assert not side.exists()


def test_damage_is_told_and_what_there_is_compared(call: Call, tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mkv", Clip(codec="ffv1", pts=range(50)))
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    sheet = tmp_path / "sheet.png"
    code, out, err = call("compare", whole, cut, "--sheet", sheet)
    assert code == 10
    assert "stopped there" in err
    assert "cut.mkv: The file ends before its header says so" in err
    assert str(sheet) in out
    assert call("eval", "video", cut, cut)[0] == 10


def test_a_pair_without_that_direction_is_refused(
    refused: Callable[..., str], world: World, data: Path
) -> None:
    pair = import_pair(world, data, "sheep2giraffe", world.generators[0])
    assert "BtoA" in refused(6, *pair_options(world, data, pair), "--direction", "BtoA")
