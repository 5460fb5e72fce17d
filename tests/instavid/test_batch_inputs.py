"""Which files a list of arguments stands for, and where each result goes."""

from pathlib import Path

import pytest
from clips import Clip, write_clip

from instavid.batch.inputs import find_inputs, is_one_video
from instavid.batch.naming import is_pattern, plan_tasks
from instavid.errors import InputError, InputNotFoundError, OutputError, UsageError
from instavid.paths import default_output


@pytest.fixture
def films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with films (empty files), and what is none."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.mp4", "a.MKV", "notes.txt", ".hidden.mp4", "deep/c.mp4", "deep/er/d.webm"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def names(*arguments: str, recursive: bool = False) -> list[str]:
    return [Path(name).as_posix() for name in find_inputs(arguments, recursive=recursive).inputs]


@pytest.mark.usefixtures("films")
def test_folders_patterns_and_lists_are_expanded() -> None:
    assert names("b.mp4") == ["b.mp4"]
    assert names(".") == ["a.MKV", "b.mp4"]
    assert names(".", recursive=True) == ["a.MKV", "b.mp4", "deep/c.mp4", "deep/er/d.webm"]
    assert names("*.mp4") == ["b.mp4"]
    assert names("*") == ["a.MKV", "b.mp4"]
    assert names("**/*.mp4") == ["b.mp4", "deep/c.mp4"]
    assert names("https://x.org/a*.mp4?b", "lavfi:testsrc") == [
        "https:/x.org/a*.mp4?b",
        "lavfi:testsrc",
    ]


@pytest.mark.usefixtures("films")
def test_a_file_is_taken_once_however_often_it_is_named() -> None:
    assert names("b.mp4", "./b.mp4", "*.mp4", ".") == ["b.mp4", "a.MKV"]


def test_a_list_names_what_lies_beside_it(films: Path) -> None:
    Path("deep/list.txt").write_text("# films\n\nc.mp4\n  er  \nhttp://x.org/y\n@more.txt\n")
    Path("deep/more.txt").write_text(str(films / "b.mp4"))
    assert names("@deep/list.txt") == [
        "deep/c.mp4",
        "deep/er/d.webm",
        "http:/x.org/y",
        str(films / "b.mp4"),
    ]


def test_what_exists_is_meant_as_it_is_called(films: Path) -> None:
    for name in ("@list.mp4", "a[1].mp4", "star*.mp4"):
        assert not is_one_video(name)
        (films / name).touch()
        assert is_one_video(name)
        assert names(name) == [name]


@pytest.mark.parametrize(
    ("argument", "kind", "word"),
    [
        ("empty", InputError, "-r looks"),
        ("no*.mp4", InputNotFoundError, "no video file matches"),
        ("*.txt", InputNotFoundError, "no video file matches"),
        ("@gone.txt", InputNotFoundError, "gone.txt"),
        ("@notes.txt", InputError, "names nothing"),
    ],
)
def test_what_holds_no_video_is_refused(
    films: Path, argument: str, kind: type[InputError], word: str
) -> None:
    (films / "empty").mkdir()
    with pytest.raises(kind, match=word):
        find_inputs([argument])


def test_results_of_earlier_runs_are_left_out_unless_they_are_named(tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "field.mp4")
    for ending in (".mp4", ".mkv", ".webm", ".avi"):
        codec = "libvpx-vp9" if ending == ".webm" else "libx264"
        tags = {"comment": "Summer; tool=instavid 0.1.0; pairs=x"}
        write_clip(tmp_path / f"other{ending}", Clip(codec=codec, tags=tags))
    found = find_inputs([str(tmp_path)])
    assert found.inputs == (str(plain),)
    assert len(found.own_results) == 4
    named = str(tmp_path / "other.mkv")
    assert find_inputs([str(tmp_path), named]).inputs == (str(plain), named)


def plan(*inputs: str, **options: object) -> list[str]:
    tasks = plan_tasks(
        inputs,
        default=lambda name: default_output(name, "s2g", codec="auto"),
        pair="s2g",
        **options,  # type: ignore[arg-type]
    )
    return [task.output.as_posix() for task in tasks]


@pytest.mark.parametrize(
    ("output", "wanted"),
    [
        (None, ["in/a_s2g.mp4", "b_s2g.mkv", "http-x-org-c-mp4_s2g.mkv"]),
        ("out/", ["out/a_s2g.mp4", "out/b_s2g.mkv", "out/http-x-org-c-mp4_s2g.mkv"]),
        ("{parent}/x/{stem}-{pair}{ext}", ["in/x/a-s2g.mp4", "x/b-s2g.mkv"]),
        ("{n:03}.mkv", ["001.mkv", "002.mkv", "003.mkv"]),
    ],
)
def test_outputs_follow_the_template(output: str | None, wanted: list[str]) -> None:
    made = plan("in/a.mp4", "b.flv", "http://x.org/c.mp4", output=output)
    assert made[: len(wanted)] == wanted


def test_a_folder_that_exists_needs_no_slash(tmp_path: Path) -> None:
    assert plan("a.mp4", output=str(tmp_path)) == [f"{tmp_path.as_posix()}/a_s2g.mp4"]
    assert not is_pattern(str(tmp_path / "none"))


@pytest.mark.parametrize("output", ["{stem}{extension}", "{stem}{", "{}", "{n:q}", "{stem.x}"])
def test_a_template_that_makes_no_sense_is_refused(output: str) -> None:
    with pytest.raises(UsageError, match=r"template|unknown field"):
        plan("a.mp4", output=output)


def test_two_inputs_for_one_output_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"x/a\.mp4 and y/a\.mp4"):
        plan("x/a.mp4", "y/a.mp4", output="{stem}{ext}")
    with pytest.raises(UsageError, match=r"a\.flv and a\.mkv"):
        plan("a.flv", "a.mkv")
    with pytest.raises(UsageError, match=r"a\.mp4 and b\.mp4"):
        plan("a.mp4", "b.mp4", masks="masks.mkv")


def test_an_input_is_never_an_output() -> None:
    with pytest.raises(OutputError, match=r"a_s2g\.mp4 for a\.mp4"):
        plan("a.mp4", "a_s2g.mp4")


def test_an_expanded_input_that_is_an_output_is_left_out() -> None:
    found = frozenset({"a.ts", "a_s2g.ts"})
    assert plan("a.ts", "a_s2g.ts", expanded=found) == ["a_s2g.ts"]


def test_what_an_interrupted_run_left_is_no_input_unless_it_is_named(films: Path) -> None:
    (films / "b.partial.mp4").touch()
    assert names("*.mp4") == ["b.mp4"]
    assert find_inputs(["."]).own_results == ("b.partial.mp4",)
    assert names("b.partial.mp4") == ["b.partial.mp4"]
