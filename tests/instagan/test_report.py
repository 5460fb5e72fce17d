"""The report of a run: all that its folder says, in one file that needs nothing else."""

import base64
import csv
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from instagan.errors import ConfigError
from instagan.training.curves import draw_curves, thinned
from instagan.training.outcome import preview_path
from instagan.training.report import write_report

COLUMNS = ("step", "height_px", "seconds_per_step", "AtoB_cycle", "BtoA_cycle", "AtoB_mirror")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a run whose losses fall by known amounts; it has no pair yet."""
    (tmp_path / "config.json").write_text(json.dumps({"name": "a<b", "seed": 0}))
    with (tmp_path / "log.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerow((10, 32, 0.5, 4, 2, 0))
        writer.writerow((20, 32, 0.5, 3, "nan", 0))
        writer.writerow((30, 64, 1.5, 0, 1, 0))
    for step in (10, 20, 30):
        write_preview(tmp_path, step)
    return tmp_path


def write_preview(run: Path, step: int, *, width: int = 60) -> None:
    path = preview_path(run, step)
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (width, 40), (step % 256, 0, 0)).save(path)


def frames(page: str) -> list[dict]:
    found = re.search(r'<script type="application/json" id="frames">(.*?)</script>', page)
    return json.loads(found[1]) if found else []


def picture(source: str) -> Image.Image:
    head, _, data = source.partition(",")
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")


def test_the_page_holds_everything_and_asks_for_nothing(run):
    page = write_report(run).read_text()
    assert [frame["step"] for frame in frames(page)] == [10, 20, 30]
    shades = [np.asarray(picture(frame["source"]))[..., 0].mean() for frame in frames(page)]
    assert shades == pytest.approx([10, 20, 30], abs=3)
    assert "Step 30, pictures of 64 px, 1.5 s a step." in page
    assert '<input id="slider" type="range" min="0" max="2" value="2"' in page
    assert re.findall(r"https?:|url\(|@import|<link", page) == []
    assert set(re.findall(r'src="([^:"]*):', page)) == {"data"}


def test_names_are_text_and_never_markup(run):
    page = write_report(run).read_text()
    assert "<h1>a&lt;b</h1>" in page
    assert "a<b" not in page


def test_curves_lie_where_the_numbers_say(run):
    page = write_report(run).read_text()
    titles = re.findall(r"<figcaption>([\w ]+)", page)
    assert [title.strip() for title in titles] == ["cycle", "seconds per step"]
    (falling, gap), _ = (
        [
            [tuple(map(float, place.split(","))) for place in line.split()]
            for line in re.findall(r'points="([^"]*)"', drawn)
        ]
        for drawn in re.findall(r"<svg.*?</svg>", page)
    )
    (left, top), (middle, between), (right, bottom) = falling
    assert middle == pytest.approx((left + right) / 2)
    assert (between - top) / (bottom - top) == pytest.approx(1 / 4, abs=0.01)
    assert [x for x, _ in gap] == [left, right], "what is no number leaves a gap"
    assert gap[0][1] == pytest.approx((top + bottom) / 2, abs=0.1)
    assert page.count(">64 px</text>") == 2


def test_a_constant_and_a_single_point_can_be_drawn():
    for points in ([(1, 2.0)], [(1, 2.0), (2, 2.0)]):
        assert "nan" not in draw_curves({"x": points})
    assert draw_curves({"x": []}) == draw_curves({"x": [(1, float("nan"))]}) == ""


def test_long_curves_are_thinned_and_keep_their_mean():
    points = [(float(n), float(n % 7)) for n in range(10_000)]
    few = thinned(points, 300)
    assert len(few) <= 300
    assert np.mean([y for _, y in few]) == pytest.approx(3, abs=0.05)


def test_many_large_previews_are_few_and_small(run):
    for step in range(100, 3100, 100):
        write_preview(run, step, width=2048)
    shown = frames(write_report(run).read_text())
    assert len(shown) == 24
    assert (shown[0]["step"], shown[-1]["step"]) == (10, 3000)
    assert picture(shown[-1]["source"]).width == 1024


def test_previews_of_steps_that_were_cut_back_are_left_out(run):
    assert [frame["step"] for frame in frames(write_report(run, step=20).read_text())] == [10, 20]


def test_a_preview_that_was_cut_off_is_left_out(run):
    path = preview_path(run, 20)
    path.write_bytes(path.read_bytes()[:40])
    assert [frame["step"] for frame in frames(write_report(run).read_text())] == [10, 30]


def test_a_run_that_has_only_begun_says_so(tmp_path):
    (tmp_path / "config.json").write_text('{"name": "new"}')
    page = write_report(tmp_path).read_text()
    assert "Nothing is logged yet." in page
    assert page.count("<p>None yet.</p>") == 3
    assert "<script" not in page


@pytest.mark.parametrize("text", [None, "{", "[]", "{}"], ids=["absent", "cut", "list", "nameless"])
def test_a_folder_without_a_run_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    with pytest.raises(ConfigError, match="No run in"):
        write_report(tmp_path)
    assert not (tmp_path / "report.html").exists()


def test_the_slider_shows_the_step_it_is_moved_to(run):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium to look at the page with")
    move = "<script>slider.value = 1; slider.oninput();</script></body>"
    moved = run / "moved.html"
    moved.write_text(write_report(run).read_text().replace("</body>", move))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={run / 'browser'}"]
    done = subprocess.run(
        [browser, *flags, "--dump-dom", moved.as_uri()], capture_output=True, text=True, timeout=120
    )
    assert ">step 20</output>" in done.stdout
    shown = re.search(r'<img id="picture"[^>]*src="([^"]*)"', done.stdout)
    assert shown
    assert shown[1] == frames(moved.read_text())[1]["source"]
