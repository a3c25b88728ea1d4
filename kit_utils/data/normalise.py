"""From stored bytes to the input of a network."""

from __future__ import annotations

import torch
from torch import Tensor

# Mean and standard deviation of all pixels of MNIST's training images, scaled to 0..1.
MEAN, STD = 0.1307, 0.3081


def to_float(images: Tensor) -> Tensor:
    """Return (images / 255 - mean) / std as float32, of the same shape and on the same device.

    Args:
        images: uint8, any shape, pixels from 0 (black) to 255 (white).

    Raises:
        TypeError: the images are not a uint8 tensor; they may be normalised already.
    """
    if not isinstance(images, Tensor) or images.dtype != torch.uint8:
        kind = getattr(images, "dtype", type(images).__name__)
        raise TypeError(f"to_float needs a uint8 tensor of pixels from 0 to 255, not {kind}")
    return images.float().div_(255).sub_(MEAN).div_(STD)
