from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from kit_utils.training.augment import random_affine, random_matrices, warp


def blob(height: int = 21, width: int = 21, *, x: int, y: int) -> torch.Tensor:
    """One image with a 3 x 3 blob of ones whose centre is `x` right and `y` below the middle."""
    image = torch.zeros(1, 1, height, width)
    row, column = height // 2 + y, width // 2 + x
    image[0, 0, row - 1 : row + 2, column - 1 : column + 2] = 1
    return image


def centre_of_mass(image: torch.Tensor) -> tuple[float, float]:
    """Of a (1, 1, H, W) image, in pixels right of and below its middle."""
    height, width = image.shape[2:]
    mass = image[0, 0] / image.sum()
    x = torch.arange(width) - (width - 1) / 2
    y = torch.arange(height) - (height - 1) / 2
    return (mass.sum(0) @ x).item(), (mass.sum(1) @ y).item()


def matrix(*rows: list[float]) -> torch.Tensor:
    return torch.tensor([rows])


def test_warp_by_the_identity_changes_nothing():
    images = torch.rand(3, 2, 7, 5)
    identity = torch.eye(2, 3).expand(3, 2, 3)
    torch.testing.assert_close(warp(images, identity), images)


def test_warp_shifts_by_whole_pixels_along_the_right_axis():
    images = torch.rand(1, 1, 6, 9)
    shifted = warp(images, matrix([1, 0, 2.0], [0, 1, 1.0]))
    torch.testing.assert_close(shifted[..., :-1, :-2], images[..., 1:, 2:])


def test_warp_repeats_the_edge():
    images = torch.rand(1, 1, 6, 9)
    shifted = warp(images, matrix([1, 0, 3.0], [0, 1, 0.0]))
    torch.testing.assert_close(shifted[..., -3:], images[..., -1:].expand(1, 1, 6, 3))


def test_warp_turns_without_shearing_an_oblong_image():
    # A quarter turn: the result at (x, y) is the image at (-y, x).
    turned = warp(blob(21, 31, x=0, y=-6), matrix([0, -1.0, 0], [1.0, 0, 0]))
    assert centre_of_mass(turned) == pytest.approx((-6, 0), abs=1e-4)
    assert turned.sum().item() == pytest.approx(9, abs=1e-3)


def test_matrices_stay_within_their_limits_and_fill_them():
    matrices = random_matrices(4000, translate=3, rotate_degrees=20, scale=0.25)
    factor = 1 / torch.linalg.det(matrices[:, :, :2]).sqrt()
    angle = torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0]).rad2deg()
    for values, low, high in [
        (factor, 0.75, 1.25),
        (angle, -20, 20),
        (matrices[:, 0, 2], -3, 3),
        (matrices[:, 1, 2], -3, 3),
    ]:
        margin = (high - low) / 100
        assert low - 1e-4 <= values.min() < low + margin
        assert high - margin < values.max() <= high + 1e-4


def test_two_factors_bound_the_size():
    matrices = random_matrices(4000, translate=0, rotate_degrees=0, scale=(0.7, 1.4))
    factor = 1 / torch.linalg.det(matrices[:, :, :2]).sqrt()
    assert 0.7 - 1e-4 <= factor.min() < 0.71
    assert 1.39 < factor.max() <= 1.4 + 1e-4
    assert factor.mean().item() == pytest.approx(1.05, abs=0.01)


def test_a_change_of_size_is_short_for_two_factors():
    one, two = (
        random_matrices(
            9,
            translate=1,
            rotate_degrees=5,
            scale=scale,
            generator=torch.Generator().manual_seed(0),
        )
        for scale in (0.2, (0.8, 1.2))
    )
    torch.testing.assert_close(one, two)


def test_shifts_turns_and_scales_are_independent():
    matrices = random_matrices(4000, translate=3, rotate_degrees=20, scale=0.25)
    angle = torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0])
    drawn = torch.stack([torch.linalg.det(matrices[:, :, :2]), angle, *matrices[:, :, 2].T])
    torch.testing.assert_close(torch.corrcoef(drawn), torch.eye(4), atol=0.1, rtol=0)


def test_matrices_turn_and_scale_but_do_not_shear():
    linear = random_matrices(100, translate=1, rotate_degrees=40, scale=0.3)[:, :, :2]
    gram = linear.mT @ linear
    torch.testing.assert_close(gram[:, 0, 0], gram[:, 1, 1])
    torch.testing.assert_close(gram[:, 0, 1], torch.zeros(100), atol=1e-6, rtol=0)


def test_scale_above_one_enlarges_the_picture():
    matrices = random_matrices(50, translate=0, rotate_degrees=0, scale=0.5)
    sizes = warp(blob(x=0, y=0).expand(50, 1, 21, 21), matrices).sum((1, 2, 3))
    enlarged = matrices[:, 0, 0] < 1
    assert enlarged.any()
    assert (sizes[enlarged] > 9).all()
    assert (sizes[~enlarged] < 9).all()


def test_each_image_is_moved_by_its_own_amount_and_keeps_its_brightness():
    images = blob(x=0, y=0).expand(20, 1, 21, 21)
    moved = random_affine(images, translate=5)
    centres = {centre_of_mass(image[None]) for image in moved}
    assert len(centres) == 20
    assert all(math.hypot(x, y) <= 5 * math.sqrt(2) + 1e-3 for x, y in centres)
    torch.testing.assert_close(moved.sum((1, 2, 3)), torch.full((20,), 9.0))


def test_random_affine_without_limits_changes_nothing():
    images = torch.randn(4, 3, 8, 8)
    torch.testing.assert_close(random_affine(images), images)


def test_colours_move_together():
    images = blob(x=2, y=1).expand(5, 3, 21, 21)
    moved = random_affine(images, translate=3, rotate_degrees=30, scale=0.2)
    assert torch.equal(moved[:, 0], moved[:, 1])
    assert torch.equal(moved[:, 0], moved[:, 2])


def test_a_generator_decides_and_its_seed_repeats():
    images = torch.rand(4, 1, 8, 8)

    def moved(seed: int) -> torch.Tensor:
        return random_affine(images, translate=2, generator=torch.Generator().manual_seed(seed))

    assert torch.equal(moved(1), moved(1))
    assert not torch.equal(moved(1), moved(2))


def test_the_type_of_the_images_is_kept():
    images = torch.rand(2, 1, 8, 8, dtype=torch.float64)
    assert random_affine(images, translate=1).dtype == torch.float64


@pytest.mark.parametrize(
    "images", [torch.zeros(2, 1, 8, 8, dtype=torch.uint8), torch.zeros(1, 8, 8)]
)
def test_images_that_are_not_a_float_batch_are_refused(images: torch.Tensor):
    with pytest.raises(ValueError, match=r"float \(N, C, H, W\).*to_float"):
        random_affine(images, translate=1)


@pytest.mark.parametrize(
    "limits",
    [
        {"translate": -1},
        {"rotate_degrees": -5},
        {"scale": 1},
        {"scale": (1.4, 0.7)},
        {"scale": (0.0, 1.4)},
    ],
)
def test_limits_out_of_range_are_refused(limits: dict[str, Any]):
    with pytest.raises(ValueError, match="scale must be at least 0"):
        random_affine(torch.zeros(1, 1, 8, 8), **limits)
