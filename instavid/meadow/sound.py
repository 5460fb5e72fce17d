"""What is to be heard: wind, footsteps where the animals are, a bleat now and then.

Every sample follows from the scene and its number alone, so sound can be made in pieces.
"""

from functools import lru_cache
from math import floor, pi

import numpy as np
import numpy.typing as npt

from instavid.meadow.gait import GAITS, cycle
from instavid.meadow.geometry import FloatArray
from instavid.meadow.stage import rig_of
from instavid.meadow.world import Animal, Scene

SAMPLE_RATE = 48_000
CHANNELS = 2
Samples = npt.NDArray[np.int16]
"""(samples, CHANNELS) int16."""

_WIND_S = 7
_STEP_S = 0.16
_CALL_S = 0.9
_CALL_EVERY_S = 4.0
_STEP_SEARCH_S = 0.01


def sound(scene: Scene, *, start: int, count: int) -> Samples:
    """Return part of the sound track of a scene, (count, 2) int16 at 48 kHz.

    Args:
        scene: What there is.
        start: Number of the first sample, from 0 at time 0.
        count: How many samples.
    """
    mixed = _wind(scene.seed, start, count)
    for animal in scene.animals:
        for begins_s, wave in (*_steps(animal, start, count), *_calls(animal, start, count)):
            _add(mixed, wave * _pan(animal, begins_s), round(begins_s * SAMPLE_RATE) - start)
    samples: Samples = (np.tanh(mixed) * 32000).astype(np.int16)
    return samples


def _add(mixed: FloatArray, wave: FloatArray, at: int) -> None:
    """Mix a wave in, as much of it as falls within."""
    first, last = max(0, at), min(len(mixed), at + len(wave))
    if first < last:
        mixed[first:last] += wave[first - at : last - at]


def _pan(animal: Animal, seconds: float) -> FloatArray:
    """Return the loudness left and right of an animal, (1, 2): nearer is louder."""
    z = animal.z_m(seconds)
    side = np.clip(animal.x_m(seconds) / z, -1, 1) * 0.8
    loudness: FloatArray = np.array([[1 - side, 1 + side]], np.float32) * (3.0 / z)
    return loudness


@lru_cache(maxsize=4)
def _wind_loop(seed: int) -> FloatArray:
    """Return wind that ends as it began, (samples, 2): noise with most of its power far down."""
    rng = np.random.default_rng([seed, 4])
    count = _WIND_S * SAMPLE_RATE
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    share = np.where(hertz > 25, 1 / (1 + (hertz / 240) ** 1.4), 0)
    phases = np.exp(1j * rng.uniform(0, 2 * pi, (2, len(hertz))))
    waves = np.fft.irfft(share * phases, count).T
    loop: FloatArray = (0.05 * waves / waves.std()).astype(np.float32)
    return loop


def _wind(seed: int, start: int, count: int) -> FloatArray:
    """Return the wind, in gusts whose length has nothing to do with that of the loop."""
    number = start + np.arange(count)
    gust = 1 + 0.5 * np.sin(2 * pi * number / SAMPLE_RATE / 5.3 + seed % 7)
    blown: FloatArray = _wind_loop(seed)[number % (_WIND_S * SAMPLE_RATE)] * gust[:, None]
    return blown.astype(np.float32)


def _steps(animal: Animal, start: int, count: int) -> list[tuple[float, FloatArray]]:
    """Return when feet come down within a piece or so shortly before that they are still heard."""
    first = floor((start / SAMPLE_RATE - _STEP_S) / _STEP_SEARCH_S)
    last = floor((start + count) / SAMPLE_RATE / _STEP_SEARCH_S) + 1
    stride = rig_of(animal.kind, animal.seed).stride
    times = np.arange(first, last + 1) * _STEP_SEARCH_S
    cycles = np.array([cycle(animal, float(t), stride=stride) for t in times])
    wave = _step_wave(animal.kind == "giraffe")
    # A foot comes down when its leg is farthest to the front, a quarter into its cycle.
    heard: list[tuple[float, FloatArray]] = []
    for offset in GAITS[animal.kind].offsets:
        down = np.flatnonzero(np.diff(np.floor(cycles + offset - 0.25)))
        heard += [(float(times[i + 1]), wave) for i in down]
    return heard


@lru_cache(maxsize=2)
def _step_wave(heavy: bool) -> FloatArray:
    """Return a thud and the rustle of grass, (samples, 1)."""
    t = np.arange(round(_STEP_S * SAMPLE_RATE)) / SAMPLE_RATE
    thud = np.sin(2 * pi * (55 if heavy else 95) * t) * np.exp(-t * 40) * (0.30 if heavy else 0.16)
    noise = np.random.default_rng(5).standard_normal(len(t))
    rustle = np.convolve(noise, np.ones(6) / 6, "same") * np.exp(-t * 30) * t * 1.2
    wave: FloatArray = (thud + rustle).astype(np.float32)[:, None]
    return wave


def _calls(animal: Animal, start: int, count: int) -> list[tuple[float, FloatArray]]:
    """Return the bleats that are heard within a piece; giraffes keep silent."""
    if animal.kind != "sheep":
        return []
    first = floor((start / SAMPLE_RATE - _CALL_S) / _CALL_EVERY_S)
    last = floor((start + count) / SAMPLE_RATE / _CALL_EVERY_S)
    heard: list[tuple[float, FloatArray]] = []
    for number in range(max(0, first), last + 1):
        rng = np.random.default_rng([animal.seed, number, 6])
        if rng.random() < 0.3:
            begins_s = (number + rng.uniform(0, 0.7)) * _CALL_EVERY_S
            heard.append((begins_s, _bleat(rng.uniform(260, 420), rng.uniform(6.5, 9))))
    return heard


def _bleat(pitch_hz: float, quaver_hz: float) -> FloatArray:
    """Return a bleat, (samples, 1): a buzz that quavers, strongest at the vowel of "meh"."""
    t = np.arange(round(_CALL_S * SAMPLE_RATE)) / SAMPLE_RATE
    quaver = np.sin(2 * pi * quaver_hz * t)
    hertz = pitch_hz * (1 - 0.12 * t / _CALL_S) * (1 + 0.03 * quaver)
    phase = 2 * pi * np.cumsum(hertz) / SAMPLE_RATE
    voice = np.zeros_like(t)
    for overtone in range(1, 14):
        tone = overtone * pitch_hz
        vowel = sum(np.exp(-(((tone - f) / w) ** 2)) for f, w in ((650, 260), (1850, 420)))
        voice += (vowel + 0.08) / overtone**0.5 * np.sin(overtone * phase)
    rise = np.minimum(1, t / 0.06) * np.minimum(1, (_CALL_S - t) / 0.25)
    wave: FloatArray = (0.10 * voice * rise * (0.65 + 0.35 * quaver)).astype(np.float32)[:, None]
    return wave
