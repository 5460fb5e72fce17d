"""What is done to pixels before and after the networks."""

import torch

from instagan.pixels import sharpened


def test_sharpening_enlarges_detail_and_leaves_even_ground_and_means() -> None:
    torch.manual_seed(0)
    image = torch.nn.functional.interpolate(torch.rand(1, 3, 8, 8) - 0.5, scale_factor=8)[0]
    image[:, :20] = 0.25
    crisp = sharpened(image, 1.0)
    assert crisp.std() > 1.05 * image.std()
    assert (crisp.mean() - image.mean()).abs() < 0.01
    assert torch.allclose(crisp[:, :10], image[:, :10], atol=1e-6)
    assert torch.equal(sharpened(image, 0.0), image)


def test_an_edge_gets_steeper_by_the_amount_and_stays_in_range() -> None:
    edge = torch.full((3, 32, 32), -0.2)
    edge[:, :, 16:] = 0.2
    steps = [float((s := sharpened(edge, a))[0, 16, 16] - s[0, 16, 15]) for a in (0.0, 1.0, 2.0)]
    # Either side is blurred by the same part of the step.
    assert abs((steps[2] - steps[0]) - 2 * (steps[1] - steps[0])) < 1e-5
    assert steps[1] > 1.5 * steps[0] > 0
    assert sharpened(edge * 5, 5.0).abs().max() == 1


def test_colours_stay_as_they_are() -> None:
    torch.manual_seed(1)
    image = torch.rand(3, 32, 32) * 0.2
    crisp = sharpened(image, 1.5)
    assert (crisp != image).any()
    assert torch.allclose(crisp[0] - crisp[2], image[0] - image[2], atol=1e-6)
