"""Surrogate classes from unlabelled images: a patch and its transformed copies form a class.

A. Dosovitskiy, J. T. Springenberg, M. Riedmiller, T. Brox, "Discriminative unsupervised feature
learning with convolutional neural networks", 2014. A network that distinguishes such classes has
learned features that are invariant to rotation, translation and scale, without labels.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kit_utils.training.augment import random_matrices, warp
from kit_utils.unsupervised.patches import random_patches

SEED_SIZE = 32  # pixels
# Seeds are cut with their surroundings, which rotated, shifted or smaller copies show.
SURROUNDINGS = 2 * SEED_SIZE
CANDIDATES = 8  # candidate patches of each image, of which one is chosen
ROTATION, TRANSLATION, SCALE = 20.0, 0.1 * SEED_SIZE, (0.7, 1.4)  # degrees, pixels, factors


def random_seeds(images: Tensor, *, generator: torch.Generator) -> Tensor:
    """Cut one seed from each image, with its surroundings.

    One of eight random patches is drawn, with a probability proportional to its mean squared
    gradient, because patches of blue sky cannot be told apart. The paper, too, prefers regions with
    large gradients.

    Args:
        images: uint8 (N, C, H, W), at least 64 pixels high and wide.
        generator: source of randomness, on the CPU.

    Returns:
        uint8 (N, C, 64, 64); the seed itself is the inner 32 by 32 pixels, see `seed_itself`.

    Raises:
        ValueError: the images are smaller than that, or not uint8 (N, C, H, W).
    """
    if images.dtype != torch.uint8:
        raise ValueError(f"images must be uint8 (N, C, H, W), not {images.dtype}")
    pieces = [_draw(batch, generator) for batch in images.split(100)]
    return torch.cat(pieces)


def seed_itself(seeds: Tensor) -> Tensor:
    """Return the inner 32 by 32 pixels of (N, C, 64, 64)."""
    margin = (seeds.shape[-1] - SEED_SIZE) // 2
    return seeds[..., margin : margin + SEED_SIZE, margin : margin + SEED_SIZE]


def random_copies(seeds: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
    """Return one randomly transformed copy of each seed.

    Copies are rotated by at most 20 degrees, shifted by at most a tenth of the size along each
    axis, and scaled by a factor from 0.7 to 1.4. Pass this as `augment=` to
    `kit_utils.training.fit`, which then trains with new copies in every epoch.

    Args:
        seeds: float (N, C, 64, 64), with their surroundings.
        generator: source of randomness, on the device of the seeds; None is torch's own.

    Returns:
        float (N, C, 32, 32).

    Raises:
        ValueError: the seeds are not float (N, C, 64, 64).
    """
    if seeds.shape[2:] != (SURROUNDINGS, SURROUNDINGS) or not seeds.is_floating_point():
        raise ValueError(
            f"seeds must be float (N, C, {SURROUNDINGS}, {SURROUNDINGS}), "
            f"not {seeds.dtype} {tuple(seeds.shape)}"
        )
    matrices = random_matrices(
        len(seeds),
        translate=TRANSLATION,
        rotate_degrees=ROTATION,
        scale=SCALE,
        generator=generator,
        device=seeds.device,
    )
    return seed_itself(warp(seeds, matrices))


def _draw(images: Tensor, generator: torch.Generator) -> Tensor:
    """Draw one of the candidate patches of each image in a batch."""
    windows = random_patches(images, SURROUNDINGS, CANDIDATES, generator=generator)
    strength = _mean_squared_gradient(seed_itself(windows).float()).view(len(images), CANDIDATES)
    chosen = torch.multinomial(strength.cpu() + 1e-6, 1, generator=generator)
    every = torch.arange(len(images))[:, None]
    return windows.unflatten(0, (len(images), CANDIDATES))[every, chosen].squeeze(1)


def _mean_squared_gradient(images: Tensor) -> Tensor:
    """Return each image's mean squared gradient, (N,), from differences of neighbouring pixels."""
    down, right = images.diff(dim=2), images.diff(dim=3)
    return down.square().mean((1, 2, 3)) + right.square().mean((1, 2, 3))
