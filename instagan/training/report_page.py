"""A run's report as one page of HTML that needs nothing from anywhere else."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from instagan.training.report_charts import draw_charts

_STYLE = """
:root { color-scheme: light dark; --a: #2a6fdb; --b: #d9731a; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 1160px; padding: 0 1em; }
h1, h2 { font-weight: 600; line-height: 1.2; }
figure { margin: 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); gap: 1.2em; }
svg { width: 100%; }
svg text { font-size: 10px; fill: currentColor; opacity: .7; }
polyline { fill: none; stroke-width: 1.3; }
.line-0 { stroke: var(--a); color: var(--a); }
.line-1 { stroke: var(--b); color: var(--b); }
.grid { stroke: currentColor; opacity: .15; }
.mark { stroke: currentColor; opacity: .4; stroke-dasharray: 3 3; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .15em 1em .15em 0; }
th { font-weight: 500; white-space: nowrap; }
pre { overflow-x: auto; }
.previews img { width: 100%; max-width: 1024px; image-rendering: pixelated; display: block; }
.previews input { width: min(100%, 700px); }
"""
# The slider moves through the frames, which are kept beside the picture.
_SCRIPT = """
const frames = JSON.parse(document.getElementById("frames").textContent);
const [picture, slider, told] = ["picture", "slider", "told"].map(
  (id) => document.getElementById(id));
slider.oninput = () => {
  const frame = frames[slider.value];
  picture.src = frame.source;
  told.textContent = "step " + frame.step;
};
"""


@dataclass(frozen=True)
class Frame:
    """One preview: the step it was drawn at, and the picture as a `data:` address."""

    step: int
    source: str


@dataclass(frozen=True)
class RunFacts:
    """What a run's folder says.

    settings: all of them, as `config.json` has them.
    card: what the pair's card says so far, None before the first save.
    log: the lines of log.csv, by column.
    frames: previews in order of their steps.
    """

    name: str
    settings: Mapping[str, Any]
    card: Mapping[str, Any] | None
    log: Sequence[Mapping[str, str]]
    frames: Sequence[Frame]


def render_page(facts: RunFacts) -> str:
    """Return the page: where the run is, previews, curves, the card, the settings."""
    body = [
        f"<h1>{escape(facts.name)}</h1>",
        f"<p>{escape(_standing(facts.log))}</p>",
        _section("Previews", _previews(facts.frames)),
        _section("Curves", draw_charts(facts.log)),
        _section("Card", _table(_card_rows(facts.card))),
        _section("Settings", _settings(facts.settings)),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(facts.name)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _standing(log: Sequence[Mapping[str, str]]) -> str:
    if not log:
        return "Nothing is logged yet."
    last = log[-1]
    return f"Step {last['step']}, pictures of {last['height_px']} px, {_seconds(last)} a step."


def _seconds(row: Mapping[str, str]) -> str:
    return f"{float(row['seconds_per_step']):.3g} s"


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{content or '<p>None yet.</p>'}\n</section>"


def _previews(frames: Sequence[Frame]) -> str:
    """Return the last preview, and a slider through all."""
    if not frames:
        return ""
    last = len(frames) - 1
    # Nothing but numbers and base64, in which no tag can end.
    data = json.dumps([{"step": frame.step, "source": frame.source} for frame in frames])
    return (
        "<p>From above: sources A, what they become, sources B, what they become.</p>\n"
        '<figure class="previews">'
        f'<img id="picture" alt="what the pair makes" src="{frames[last].source}">'
        f'<input id="slider" type="range" min="0" max="{last}" value="{last}" aria-label="step"> '
        f'<output id="told">step {frames[last].step}</output></figure>\n'
        f'<script type="application/json" id="frames">{data}</script>\n<script>{_SCRIPT}</script>'
    )


def _card_rows(card: Mapping[str, Any] | None) -> dict[str, str]:
    if card is None:
        return {}
    size = card["working_size"]
    plain = {
        "from A to B": f"{card['domains']['A']['name']} to {card['domains']['B']['name']}",
        "working size": f"{size['height']}x{size['width']}",
        "network": json.dumps(card["architecture"]),
    }
    return plain | dict(card["provenance"])


def _settings(settings: Mapping[str, Any]) -> str:
    text = escape(json.dumps(settings, indent=2))
    return f"<details><summary>all, as in config.json</summary><pre>{text}</pre></details>"


def _table(rows: Mapping[str, str]) -> str:
    if not rows:
        return ""
    lines = (
        f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in rows.items()
    )
    return f"<table>{''.join(lines)}</table>"
