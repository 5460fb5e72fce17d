"""PSNR, SSIM and L1 outside masks, against values computed by hand."""

import math

import numpy as np
import pytest

from instavid.metrics.context import ContextFigures, context_difference, mean_difference


def gray(level: int, height: int = 24, width: int = 31) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def everywhere(rgb: np.ndarray) -> np.ndarray:
    return np.ones(rgb.shape[:2], bool)


def figures(before: np.ndarray, after: np.ndarray, outside: np.ndarray) -> ContextFigures:
    found = context_difference(before, after, outside)
    assert found is not None
    means = mean_difference([found])
    assert means is not None
    return means


def test_noise_of_known_size_has_its_psnr() -> None:
    rng = np.random.default_rng(3)
    before = rng.integers(40, 200, (48, 64, 3), dtype=np.uint8)
    signs = rng.choice([-10, 10], before.shape)
    found = figures(before, (before + signs).astype(np.uint8), everywhere(before))
    assert found.psnr_db == pytest.approx(20 * math.log10(255 / 10))
    assert found.l1 == 10.0


def test_equal_pictures_differ_by_nothing() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (24, 31, 3), dtype=np.uint8)
    found = figures(picture, picture.copy(), everywhere(picture))
    assert (found.psnr_db, found.ssim, found.l1) == (math.inf, pytest.approx(1.0), 0.0)


def test_flat_pictures_have_the_ssim_of_their_levels() -> None:
    # Without variance only the luminance term is left, (2 a b + c1) / (a^2 + b^2 + c1).
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 150 + c1) / (100**2 + 150**2 + c1)
    found = figures(gray(100), gray(150), everywhere(gray(0)))
    assert found.ssim == pytest.approx(expected)


def test_one_window_has_the_ssim_that_the_paper_defines() -> None:
    rng = np.random.default_rng(5)
    before = np.repeat(rng.integers(0, 256, (11, 11, 1), dtype=np.uint8), 3, axis=2)
    after = np.repeat(rng.integers(0, 256, (11, 11, 1), dtype=np.uint8), 3, axis=2)
    steps = np.arange(-5, 6)
    weights = np.exp(-(steps[:, None] ** 2 + steps[None, :] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    x, y = before[..., 0].astype(float), after[..., 0].astype(float)
    mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
    var_x, var_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
    covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    expected = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    expected /= (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    assert figures(before, after, everywhere(before)).ssim == pytest.approx(expected, abs=1e-6)


def test_what_lies_under_a_mask_does_not_count() -> None:
    before = np.random.default_rng(2).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    outside = everywhere(before)
    outside[15:25, 15:25] = False
    after = before.copy()
    after[15:25, 15:25] = 255 - after[15:25, 15:25]
    found = figures(before, after, outside)
    # Windows that reach the mask are left out: one of them would bring the mean below 1.
    assert (found.psnr_db, found.ssim, found.l1) == (math.inf, pytest.approx(1.0, abs=1e-12), 0.0)
    # A pixel between masks: it counts for the PSNR, but has no window of its own.
    outside[20, 20] = True
    seen = figures(before, after, outside)
    assert seen.psnr_db < math.inf
    assert seen.ssim == pytest.approx(1.0, abs=1e-12)
    after[2, 2] = 255 - after[2, 2]
    assert (figures(before, after, outside).ssim or 1.0) < 1 - 1e-6


def test_where_no_window_fits_there_is_no_ssim() -> None:
    before, after = gray(9, height=10), gray(12, height=10)
    found = figures(before, after, everywhere(before))
    assert (found.ssim, found.l1) == (None, 3.0)
    assert context_difference(before, after, np.zeros((10, 31), bool)) is None


def test_every_picture_counts_the_same() -> None:
    small, large = gray(0, 12, 12), gray(0, 60, 60)
    found = [
        context_difference(small, gray(6, 12, 12), everywhere(small)),
        context_difference(large, large, everywhere(large)),
    ]
    means = mean_difference([each for each in found if each])
    assert means is not None
    assert (means.l1, means.pictures) == (3.0, 2)
    assert means.psnr_db == pytest.approx(10 * math.log10(255**2 / 18))
    assert mean_difference([]) is None
