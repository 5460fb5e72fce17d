"""instavid.recipe: what a result tells of its run, and what is taken up of it."""

import json
from types import SimpleNamespace

import pytest

from instavid.castings import choose_pairs
from instavid.core.timespan import WHOLE, TimeSpan, parse_moment
from instavid.errors import InputError
from instavid.media.encoders import EncoderChoice
from instavid.recipe import Recipe, find, record
from instavid.selection import parse_selection

PAIR = "sheep2giraffe-meadow"


def recorded(spec=f"{PAIR}:AtoB", *, span=WHOLE, encoding=None, **arguments) -> str:
    from instavid.results import Encoding

    choice = EncoderChoice("libx264", {"crf": "18", "preset": "medium", "stats": "x", "bf": "0"})
    plan = SimpleNamespace(encoder=choice, container="matroska", joint=None)
    given = {
        "plan": plan,
        "input": "gone.mp4",
        "classes": (),
        "seg_model": "meadow",
        "seg_sha256": "",
    }
    return record(
        chosen=choose_pairs([parse_selection(spec)]),
        span=span,
        encoding=encoding or Encoding(),
        **(given | arguments),
    )


def comment(options: object) -> str:
    return f"Summer; tool=instavid 1; options={json.dumps(options)}"


def test_defaults_are_recorded_with_their_values():
    found = json.loads(recorded(conf=0.25, feather=4, batch=8, imgsz=None, sharpen=None))
    assert {key: found[key] for key in found if key not in ("pair", "pair_sha256")} == {
        "seg_model": "meadow",
        **{"conf": 0.25, "feather": 4, "batch": 8},
        **{"deinterlace": "false", "audio": "copy", "subs": "true", "metadata": "true"},
        **{"codec": "libx264", "container": "matroska", "crf": "18", "preset": "medium"},
        "encoder_option": ["bf=0"],
    }


def test_old_results_tell_less_and_are_still_read():
    found = find(f"a; tool=instavid 0; {comment({'pair': ['a:AtoB'], 'crf': 14.5})}")
    assert found == Recipe({"pair": ("a:AtoB",), "crf": "14.5"}, version="1")


def test_everything_comes_back_as_the_command_line_takes_it():
    from instavid.results import Encoding

    plan = SimpleNamespace(
        encoder=EncoderChoice("libx264", {"crf": "14.5", "preset": "fast", "tune": "film"}),
        container="mp4",
        joint=None,
    )
    text = recorded(
        f"{PAIR}@class:sheep,cow:BtoA",
        span=TimeSpan(parse_moment("12.5"), duration=parse_moment("00:01:00.04")),
        encoding=Encoding("libx264", 14.5, "fast", "yuv444p", {"tune": "film"}),
        plan=plan,
        classes=("dog", "cat"),
        conf=0.125,
        imgsz=320,
        sharpen=0.0,
    )
    found = find(f"; options=not this; options={text}")
    assert found is not None
    assert found.options == {
        "pair": (f"{PAIR}@class:sheep,cow:BtoA",),
        "classes": "dog,cat",
        "seg_model": "meadow",
        "imgsz": "320",
        "conf": "0.125",
        "sharpen": "0.0",
        **{"deinterlace": "false", "audio": "copy", "subs": "true", "metadata": "true"},
        "start": "12.5s",
        "duration": "60.04s",
        "codec": "libx264",
        "crf": "14.5",
        "preset": "fast",
        "pix_fmt": "yuv444p",
        "encoder_option": ("tune=film",),
    }
    assert len(found.pairs[0]) == 64


def test_no_folder_gets_into_a_result(tmp_path):
    from instavid.results import Encoding

    own = {"x264-params": "stats=/tmp/x", "tune": f"{tmp_path}"}
    clip, weights = tmp_path / 'a; options={"b":1}.mp4', tmp_path / "own.pt"
    clip.touch()
    text = recorded(
        input=clip,
        seg_model=weights,
        encoding=Encoding(options=own),
        plan=SimpleNamespace(encoder=EncoderChoice("libx264", own), container="mp4", joint=None),
    )
    assert str(tmp_path) not in text
    assert "/tmp" not in text
    found = find(f"tool=x; options={text}")
    assert found is not None
    assert (found.input, found.options["seg_model"]) == (clip.name, "own.pt")


@pytest.mark.parametrize("text", ["", "Summer", "options=", "options=[1]", "xoptions={}"])
def test_other_comments_have_no_options(text):
    assert find(text) is None


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"pair": ["/home/x/pair"]}, "/home/x/pair"),
        ({"pair": ["../pair:AtoB"]}, "../pair"),
        ({"pair": [7, {}]}, "pair"),
        ({"pair": ""}, "empty pair"),
        ({"seg_model": "//host/evil.pt"}, "evil.pt"),
        ({"seg_model": "a/b.pt"}, "a/b.pt"),
        ({"conf": [1]}, "conf"),
        ({"conf": True}, "conf"),
        ({"encoder_option": ["stats=x.log"]}, "stats"),
        ({"encoder_option": ["x264-params=stats=x"]}, "x264-params"),
        ({"encoder_option": ["tune=/etc/passwd"]}, "passwd"),
    ],
)
def test_options_that_name_files_or_make_no_sense_are_refused(options, word):
    with pytest.raises(InputError, match=word) as refused:
        find(comment(options))
    assert "\n" not in str(refused.value)


def test_what_is_unknown_or_no_name_is_left_out():
    found = find(comment({"input": "../../etc/passwd", "device": "cuda", "pair_sha256": "x"}))
    assert found == Recipe({}, version="1")


def test_what_was_copied_in_part_is_copied_in_part_again():
    from instavid.results import Encoding

    choice = EncoderChoice("libx264", {"crf": "18", "x264-params": "sps-id=1"})
    plan = SimpleNamespace(encoder=choice, container="mp4", joint=object())
    text = recorded(PAIR, plan=plan, encoding=Encoding("copy-like"))
    options = find(f"options={text}").options
    assert options["codec"] == "copy-like"
    assert "x264-params=sps-id=1" not in options.get("encoder_option", ())
