"""Measure how a student's function transforms images, by images whose pixels hold coordinates.

After the transform, the value of a pixel tells from which position in the old image it was taken.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from kit_utils.check.verdict import Verdict, failed, passed


class Movements(NamedTuple):
    """The transforms of images from `place_images`, measured in the middle of each.

    Attributes:
        flipped: whether it is mirrored, bool (n,).
        angle: in degrees, float64 (n,); positive turns x towards y.
        scale: above 1 the content is enlarged, float64 (n,).
        shift: along x and y, in pixels of the new image, float64 (n, 2).
        shear: 0 if the image was only flipped, rotated, scaled and shifted, float64 (n,).
        error: largest distance of a pixel from its position by the fitted affine map, in pixels of
            the old image, float64 (n,).
    """

    flipped: Tensor
    angle: Tensor
    scale: Tensor
    shift: Tensor
    shear: Tensor
    error: Tensor


def place_images(count: int, side: int, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return images whose pixels hold their coordinates, (count, 3, side, side).

    The first two channels hold x (to the right) and y (down), in pixels from the centre. The third
    holds the number of the image, from 0.
    """
    line = torch.arange(side, dtype=dtype) - (side - 1) / 2
    y, x = torch.meshgrid(line, line, indexing="ij")
    number = torch.arange(count, dtype=dtype).view(-1, 1, 1)
    maps = [x.expand(count, -1, -1), y.expand(count, -1, -1), number.expand(-1, side, side)]
    return torch.stack(maps, dim=1)


def movements(images: Tensor, *, middle: int) -> Movements:
    """Measure transforms of images from `place_images`: fit q = A p + t, which maps p to q.

    Args:
        images: float (n, 2 or more, H, W), transformed; H and W may have changed, the centre not.
        middle: side of the measured square in the centre; its content must have been inside the
            old image.
    """
    place = place_images(1, middle, dtype=torch.float64)[0, :2]
    here = torch.cat([place, torch.ones(1, middle, middle)]).flatten(1).T
    top, left = ((size - middle) // 2 for size in images.shape[2:])
    seen = images.detach().cpu().double()[:, :2, top : top + middle, left : left + middle]
    seen = seen.flatten(2).mT
    fit = torch.linalg.pinv(here) @ seen
    back = fit.mT  # p = back (q, 1)
    A = torch.linalg.pinv(back[:, :, :2])
    scale = torch.linalg.det(A).abs().sqrt()
    orthogonal = A @ A.mT / scale[:, None, None].clamp(min=1e-9) ** 2
    return Movements(
        flipped=torch.linalg.det(A) < 0,
        angle=torch.rad2deg(torch.atan2(-A[:, 0, 1], A[:, 1, 1])),
        scale=scale,
        shift=-(A @ back[:, :, 2:])[:, :, 0],
        shear=(orthogonal - torch.eye(2)).abs().amax((1, 2)),
        error=(here @ fit - seen).abs().amax((1, 2)),
    )


def judge_image_order(images: Tensor, *, middle: int = 2) -> Verdict:
    """Judge whether image n of the result comes from image n of `place_images`.

    Args:
        images: float (n, 3, H, W), transformed.
        middle: side of the square in the centre that is compared.
    """
    top, left = ((size - middle) // 2 for size in images.shape[2:])
    number = images[:, 2, top : top + middle, left : left + middle]
    if (number - torch.arange(len(images)).view(-1, 1, 1)).abs().max() < 0.01:
        return passed("Image n of the result is a version of image n.")
    return failed("Image n of the result is no version of image n: the labels would be wrong.")
