"""Random transforms of a whole batch of images at once, on the batch's device.

Every image gets its own random numbers. A geometric transform is a (2, 3) matrix for each image:
`random_matrices` draws them, `warp` applies them. Compose matrices first, and an image is resampled
only once.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def random_affine(
    images: Tensor,
    *,
    translate: float = 0.0,
    rotate_degrees: float = 0.0,
    scale: float | tuple[float, float] = 0.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Shift, turn and scale each image by random amounts, all drawn uniformly.

    Outside an image, the nearest pixel of its edge is repeated.

    Args:
        images: float (N, C, H, W).
        translate: the largest shift, in pixels, along each axis in both directions.
        rotate_degrees: the largest rotation about the centre, in both directions.
        scale: the largest change of size: 0.1 draws factors from 0.9 to 1.1. Or the smallest and
            the largest factor: (0.7, 1.4).
        generator: source of randomness, on the device of the images; None is torch's own, which
            `kit_utils.training.fit` seeds.

    Returns:
        float (N, C, H, W), with the type and device of the images.

    Raises:
        ValueError: the images are not float (N, C, H, W), or a limit is out of range.
    """
    if images.ndim != 4 or not images.is_floating_point():
        raise ValueError(
            f"images must be float (N, C, H, W), not {images.dtype} {tuple(images.shape)}; "
            "convert them with kit_utils.data.to_float first"
        )
    low, high = _factors(scale)
    if translate < 0 or rotate_degrees < 0 or not 0 < low <= high:
        raise ValueError(
            "translate and rotate_degrees must not be negative, and scale must be at least 0 and "
            "below 1, or two positive factors, the smaller one first; "
            f"they are {translate}, {rotate_degrees} and {scale}"
        )
    matrices = random_matrices(
        len(images),
        translate=translate,
        rotate_degrees=rotate_degrees,
        scale=scale,
        generator=generator,
        device=images.device,
    )
    return warp(images, matrices)


def random_matrices(
    count: int,
    *,
    translate: float,
    rotate_degrees: float,
    scale: float | tuple[float, float],
    generator: torch.Generator | None = None,
    device: torch.device | str = "cpu",
) -> Tensor:
    """Draw matrices for `warp`, float32 (count, 2, 3), with the limits of `random_affine`."""
    uniform = torch.rand(4, count, generator=generator, device=device) * 2 - 1  # from -1 to 1
    angle = uniform[0] * math.radians(rotate_degrees)
    low, high = _factors(scale)
    # The matrix maps the result to the image (inverse warp), so enlarging needs a smaller matrix.
    shrink = 1 / ((low + high) / 2 + uniform[1] * (high - low) / 2)
    cos, sin = angle.cos() * shrink, angle.sin() * shrink
    dx, dy = uniform[2] * translate, uniform[3] * translate
    return torch.stack([cos, -sin, dx, sin, cos, dy], dim=1).view(count, 2, 3)


def warp(images: Tensor, matrices: Tensor) -> Tensor:
    """Apply one affine map to each image, with bilinear interpolation.

    This is the inverse warp of Spatial Transformer Networks (Jaderberg et al., 2015, section 3.2),
    with lengths in pixels.

    Args:
        images: float (N, C, H, W).
        matrices: (N, 2, 3); pixel (x, y) of the result, counted from the centre of the image, is
            the image at matrix · (x, y, 1).

    Returns:
        float (N, C, H, W).
    """
    height, width = images.shape[2:]
    # affine_grid uses units of half a width and height: M' = S⁻¹ M S with S = diag(W/2, H/2, 1).
    half = torch.tensor([width / 2, height / 2, 1.0], device=images.device)
    relative = (matrices * half / half[:2, None]).to(images.dtype)
    grid = F.affine_grid(relative, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _factors(scale: float | tuple[float, float]) -> tuple[float, float]:
    """Return the smallest and the largest scale factor."""
    return scale if isinstance(scale, tuple) else (1 - scale, 1 + scale)
