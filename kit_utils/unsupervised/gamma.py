"""Noise for a Gamma model, which can be switched off for a clean pass.

The Gamma model is a ladder network that denoises only its topmost layer (A. Rasmus, M. Berglund,
M. Honkala, H. Valpola, T. Raiko, "Semi-Supervised Learning with Ladder Networks", 2015,
arXiv 1507.02672). It works with any network, which runs twice on the same images, with noise and
without.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class GaussianNoise(nn.Module):
    """Add normally distributed noise in training mode, and none in evaluation mode."""

    def __init__(self, deviation: float = 0.3) -> None:
        """Make the layer; `deviation` is the noise's standard deviation, in units of the input."""
        super().__init__()
        if deviation < 0:
            raise ValueError(f"the standard deviation must not be negative, it is {deviation}")
        self.deviation = deviation

    def forward(self, x: Tensor) -> Tensor:
        """Return x, float of any shape, with noise."""
        return x + self.deviation * torch.randn_like(x) if self.training else x

    def extra_repr(self) -> str:
        """Show the standard deviation when the network is printed."""
        return f"deviation={self.deviation}"


@contextmanager
def without_noise(model: nn.Module) -> Iterator[nn.Module]:
    """Switch off only noise and dropout, for a clean pass.

    Batch normalisation still uses the statistics of the batch, so the clean pass differs from the
    noisy one only by the noise.

        noisy = model(images)
        with without_noise(model):
            clean = model(images)
    """
    kinds = (GaussianNoise, nn.Dropout, nn.Dropout2d)
    noisy = [m for m in model.modules() if isinstance(m, kinds) and m.training]
    for module in noisy:
        module.eval()
    try:
        yield model
    finally:
        for module in noisy:
            module.train()
