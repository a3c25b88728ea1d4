from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from scipy import ndimage

from kit_utils.data import (
    ColourPreparation,
    channel_statistics,
    local_contrast_normalise,
    to_unit,
    to_yuv,
)


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(256, shape, generator=torch.Generator().manual_seed(seed)).byte()


def colour(red: int, green: int, blue: int) -> torch.Tensor:
    return torch.tensor([red, green, blue], dtype=torch.uint8).view(1, 3, 1, 1).expand(1, 3, 8, 8)


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((255, 255, 255), (1, 0, 0)),
        # The columns of the matrix as it is published, cut after five digits.
        ((255, 0, 0), (0.299, -0.14713, 0.615)),
        ((0, 255, 0), (0.587, -0.28886, -0.51499)),
        ((0, 0, 255), (0.114, 0.436, -0.10001)),
    ],
)
def test_yuv_of_pure_colours(rgb, yuv):
    pixel = to_yuv(colour(*rgb))[0, :, 3, 5]
    assert pixel.tolist() == pytest.approx(yuv, abs=1e-5)


def test_local_contrast_normalisation_is_that_of_the_paper():
    """Against the equations as sums over each neighbourhood, in float64."""
    planes = noise(2, 12, 17).double() / 255
    result = local_contrast_normalise(planes)
    offsets = np.arange(-3, 4)
    weights = np.exp(-0.5 * (offsets[:, None] ** 2 + offsets**2) / 1.75**2)

    def local_mean(x):
        sums, masses = (
            ndimage.correlate(y, weights, mode="constant") for y in (x, np.ones_like(x))
        )
        return sums / masses

    for plane, found in zip(planes.numpy(), result.numpy(), strict=True):
        v = plane - local_mean(plane)
        sigma = np.sqrt(local_mean(v**2))
        np.testing.assert_allclose(found, v / np.maximum(sigma.mean(), sigma), atol=1e-12)


def test_neighbourhoods_come_out_with_mean_zero_and_equal_contrast():
    contrast = torch.ones(96, 96)
    contrast[:, 48:] = 10
    plane = 100 + contrast * torch.randn(96, 96, generator=torch.Generator().manual_seed(0))
    found = local_contrast_normalise(plane.double() / 255)
    left, right = found[:, :40], found[:, 56:]
    assert left.mean().abs() < 0.01 and right.mean().abs() < 0.01
    # The floor, the mean deviation, is 5.5; so the flat half keeps 1 / 5.5 of its contrast.
    assert right.std().item() == pytest.approx(1, abs=0.1)
    assert left.std().item() == pytest.approx(1 / 5.5, abs=0.03)


@pytest.mark.parametrize("value", [0, 77, 255])
def test_a_constant_image_becomes_zero_not_noise(value):
    plane = to_yuv(colour(value, value, value))[:, 0]
    assert local_contrast_normalise(plane).abs().max() < 5e-3


@pytest.mark.parametrize("size", [0, -1, 4])
def test_a_neighbourhood_without_a_centre_is_refused(size):
    with pytest.raises(ValueError, match=f"odd and positive, not {size}"):
        local_contrast_normalise(torch.zeros(1, 8, 8), size=size)


def test_the_preparation_gives_training_images_mean_0_and_deviation_1():
    images = noise(30, 3, 24, 24) // 2 + 40
    prepare = ColourPreparation.of(images)
    x = prepare(images)
    assert x.dtype == torch.float32 and x.shape == images.shape and x.is_contiguous()
    assert x.mean((0, 2, 3)).abs().max() < 1e-4
    assert x.std((0, 2, 3)).sub(1).abs().max() < 1e-3


def test_the_constants_are_those_of_the_training_images():
    training, test = noise(30, 3, 16, 16), noise(10, 3, 16, 16, seed=1) // 4
    prepare = ColourPreparation.of(training)
    yuv = to_yuv(test)
    for channel in (1, 2):
        expected = (yuv[:, channel] - prepare.mean[channel]) / prepare.std[channel]
        assert torch.allclose(prepare(test)[:, channel], expected, atol=1e-6)
    y = local_contrast_normalise(yuv[:, 0])
    assert torch.allclose(prepare(test)[:, 0], (y - prepare.mean[0]) / prepare.std[0], atol=1e-5)
    assert prepare(test)[:, 1].std() < 0.5, "measured anew it would be 1"


def test_an_image_is_prepared_alike_in_any_batch():
    images = noise(12, 3, 16, 16)
    prepare = ColourPreparation.of(images)
    assert torch.allclose(prepare(images)[5:7], prepare(images[5:7]), atol=1e-6)


def test_to_unit_scales_each_channel():
    images = colour(0, 255, 51)
    mean, std = (0.5, 0.25, 0.1), (0.5, 0.25, 0.2)
    assert to_unit(images, mean, std)[0, :, 0, 0].tolist() == pytest.approx([-1, 3, 0.5])
    images = noise(20, 3, 16, 16)
    prepare = partial(to_unit, mean=(0.5,) * 3, std=(0.25,) * 3)
    expected = (images.double() / 255 - 0.5) / 0.25
    assert torch.allclose(prepare(images).double(), expected, atol=1e-6)


def test_images_as_they_lie_in_the_file_come_out_contiguous():
    images = noise(4, 3, 16, 16)
    columns = images.transpose(2, 3).contiguous().transpose(2, 3)
    assert not columns.is_contiguous() and torch.equal(columns, images)
    prepare = ColourPreparation.of(images)
    for function in (to_yuv, prepare, partial(to_unit, mean=(0.5,) * 3, std=(0.2,) * 3)):
        assert function(columns).is_contiguous()
        assert torch.equal(function(columns), function(images))
        assert torch.equal(columns, images), "the images are left alone"


def test_statistics_are_those_of_all_pixels():
    images = noise(250, 3, 8, 8) // torch.tensor([1, 2, 3], dtype=torch.uint8).view(3, 1, 1)
    mean, std = channel_statistics(images)
    unit = images.double() / 255
    assert mean == pytest.approx(unit.mean((0, 2, 3)).tolist(), abs=1e-6)
    assert std == pytest.approx(unit.std((0, 2, 3), correction=0).tolist(), abs=1e-5)


def test_statistics_of_many_images_are_of_a_sample_of_all_parts():
    images = torch.arange(3000).floor_divide(12).byte().view(-1, 1, 1, 1).expand(-1, 3, 2, 2)
    mean, _ = channel_statistics(images)
    assert mean == pytest.approx([124.5 / 255] * 3, abs=1e-3)


FUNCTIONS = [
    to_yuv,
    channel_statistics,
    ColourPreparation.of,
    ColourPreparation((0,) * 3, (1,) * 3),
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_not_colour_bytes_is_refused(function):
    with pytest.raises(TypeError, match=r"uint8 tensor of pixels .* not torch.float32"):
        function(torch.zeros(2, 3, 8, 8))
    with pytest.raises(ValueError, match=r"shape \(n, 3, H, W\), not \(2, 1, 8, 8\)"):
        function(torch.zeros(2, 1, 8, 8, dtype=torch.uint8))


def test_statistics_of_nothing_are_refused():
    with pytest.raises(ValueError, match="no images"):
        channel_statistics(torch.zeros(0, 3, 8, 8, dtype=torch.uint8))
