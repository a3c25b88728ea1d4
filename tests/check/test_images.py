"""Images that show where their pixels went."""

from __future__ import annotations

import pytest
import torch

from kit_utils.check import judge_image_order, movements, place_images
from kit_utils.training import warp

FLIPPED = torch.tensor([False, False, True, True])
ANGLE = torch.tensor([0.0, 12.0, -15.0, 8.0])
SCALE = torch.tensor([1.0, 1.3, 0.8, 1.1])
SHIFT = torch.tensor([[0.0, 0.0], [3.0, -2.0], [-1.5, 0.5], [0.0, 4.0]])


def there():
    """A of q = A p + t: first the flip, then the rotation, then the scale."""
    theta = torch.deg2rad(ANGLE)
    rows = [theta.cos(), -theta.sin(), theta.sin(), theta.cos()]
    rotation = torch.stack(rows, 1).view(-1, 2, 2)
    flip = torch.eye(2).repeat(4, 1, 1)
    flip[FLIPPED, 0, 0] = -1
    return SCALE[:, None, None] * rotation @ flip


def moved(side=32, count=4):
    back = torch.linalg.inv(there())
    matrices = torch.cat([back, -back @ SHIFT[:, :, None]], 2)
    return warp(place_images(count, side), matrices)


def test_a_pixel_holds_its_place_and_the_number_of_its_image():
    images = place_images(3, 4, dtype=torch.float64)
    assert images.shape == (3, 3, 4, 4) and images.dtype == torch.float64
    assert images[2, :, 0, 3].tolist() == [1.5, -1.5, 2.0]


def test_movements_are_those_that_were_made():
    found = movements(moved(), middle=10)
    assert found.flipped.tolist() == FLIPPED.tolist()
    for measured, made in [(found.angle, ANGLE), (found.scale, SCALE), (found.shift, SHIFT)]:
        torch.testing.assert_close(measured, made.double(), atol=1e-4, rtol=0)
    assert found.shear.max() < 1e-4 and found.error.max() < 1e-4


def test_a_cut_from_the_middle_has_the_same_movements():
    found = movements(moved(side=48)[:, :, 12:36, 12:36], middle=10)
    torch.testing.assert_close(found.shift, SHIFT.double(), atol=1e-4, rtol=0)


def test_an_image_stretched_along_one_axis_is_sheared():
    images = place_images(1, 32)
    images[:, 0] *= 1.5
    assert movements(images, middle=10).shear > 0.3


def test_pixels_that_no_affine_map_moved_make_an_error():
    images = place_images(2, 32)
    images[1, 0, 16] += 2
    assert (movements(images, middle=10).error > 1).tolist() == [False, True]


def test_images_that_hold_no_places_are_measured_without_an_error():
    found = movements(torch.zeros(2, 3, 32, 32), middle=10)
    assert (found.scale == 0).all()


@pytest.mark.parametrize(("order", "right"), [([0, 1, 2, 3], True), ([1, 0, 2, 3], False)])
def test_the_order_of_images_is_seen(order, right):
    assert judge_image_order(moved()[order]).passed is right
