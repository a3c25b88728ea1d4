"""From stored bytes of colour images to the input of a network.

There are two ways. `to_unit` scales each colour channel, as is usual today. `ColourPreparation` is
the way of the first convolutional networks for such images: it separates brightness from colour,
and normalises the local contrast of brightness (K. Jarrett, K. Kavukcuoglu, M. Ranzato, Y. LeCun,
"What is the best multi-stage architecture for object recognition?", ICCV, 2009).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

# Weights of red, green and blue in the luminance (ITU-R BT.601), and the largest values of U and V
# (ITU-R BT.470-6, the systems of PAL), which together give the matrix of YUV.
RED, GREEN, BLUE = 0.299, 0.587, 0.114
LARGEST_U, LARGEST_V = 0.436, 0.615

KERNEL_SIZE = 7  # pixels
LOWEST_DEVIATION = 1e-4  # below it, a plane of pixels from 0 to 1 counts as constant
SAMPLE, BATCH = 1_000, 100  # images


def to_yuv(images: Tensor) -> Tensor:
    """Return luminance Y, from 0 to 1, and the colour differences U and V, of every pixel.

    Y = 0.299 R + 0.587 G + 0.114 B, U = 0.492 (B - Y), V = 0.877 (R - Y).

    Args:
        images: uint8 (n, 3, H, W), red, green and blue from 0 to 255.

    Returns:
        float32 (n, 3, H, W), contiguous, on the same device.

    Raises:
        TypeError: the images are not a uint8 tensor, so perhaps prepared already.
        ValueError: the images do not have three channels.
    """
    red, green, blue = _unit_interval(images).unbind(1)
    y = RED * red + GREEN * green + BLUE * blue
    u = LARGEST_U / (1 - BLUE) * (blue - y)
    v = LARGEST_V / (1 - RED) * (red - y)
    return torch.stack([y, u, v], 1)


def local_contrast_normalise(planes: Tensor, *, size: int = KERNEL_SIZE) -> Tensor:
    """Give every neighbourhood of a plane mean 0 and equal contrast.

    With Gaussian weights w that sum to 1 (Jarrett et al. 2009, section 2, "local contrast
    normalization layer", for a single feature map):

        v = x - sum of w x              (subtractive)
        y = v / max(c, sigma)           (divisive), sigma = sqrt(sum of w v^2), c = mean of sigma

    The floor c, the mean of sigma over the plane, keeps the noise of flat regions small. At the
    border, weights outside the plane are dropped and the others are scaled to sum to 1.

    Args:
        planes: float (..., H, W), values of about 0 to 1.
        size: of the neighbourhood in pixels, odd; the standard deviation of w is a quarter of it.

    Returns:
        Planes of the same shape, type and device. A constant plane becomes zero.

    Raises:
        ValueError: the size is not odd and positive.
    """
    if size < 1 or size % 2 == 0:
        raise ValueError(f"size must be odd and positive, not {size}")
    centred = planes - _blur(planes, size)
    deviation = _blur(centred.square(), size).sqrt_()
    floor = deviation.mean((-2, -1), keepdim=True).clamp_min_(LOWEST_DEVIATION)
    return centred.div_(torch.maximum(deviation, floor))


@dataclass(frozen=True)
class ColourPreparation:
    """Maps images to YUV with local contrast normalisation of Y, each channel of mean 0 and std 1.

    `ColourPreparation.of(training_images)` measures the constants. Call the object with uint8
    (n, 3, H, W) on any device; it returns float32 of the same shape. Pass it as `prepare=` to the
    functions of `kit_utils.training`.
    """

    mean: tuple[float, ...]  # of Y after local contrast normalisation, of U and of V
    std: tuple[float, ...]

    @classmethod
    def of(cls, images: Tensor) -> ColourPreparation:
        """Measure the constants on training images, uint8 (N, 3, H, W)."""
        return cls(*channel_statistics(images, _normalise_locally))

    def __call__(self, images: Tensor) -> Tensor:
        """Prepare a batch, uint8 (n, 3, H, W), as float32 of the same shape and device."""
        return _standardise(_normalise_locally(images), self.mean, self.std)


def to_unit(images: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Return (images / 255 - mean) / std as float32, contiguous, on the same device.

    Pass `partial(to_unit, mean=mean, std=std)` as `prepare=` to functions of `kit_utils.training`.

    Args:
        images: uint8 (n, 3, H, W), pixels from 0 to 255.
        mean: of each channel of training images scaled to 0..1; `channel_statistics` measures it.
        std: standard deviation of each channel.

    Raises:
        TypeError: the images are not a uint8 tensor, so perhaps prepared already.
        ValueError: the images do not have three channels.
    """
    return _standardise(_unit_interval(images), mean, std)


def channel_statistics(
    images: Tensor, prepare: Callable[[Tensor], Tensor] | None = None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of each channel, over all pixels.

    They are measured in batches, on 1,000 evenly spaced images, or on all if there are fewer.

    Args:
        images: uint8 (N, 3, H, W).
        prepare: maps a batch to float (n, 3, H, W); None scales the pixels to 0..1.

    Raises:
        TypeError: the images are not a uint8 tensor.
        ValueError: the images do not have three channels, or there are none.
    """
    if len(images) == 0:
        raise ValueError("there are no images to measure mean and standard deviation of")
    index = torch.linspace(0, len(images) - 1, min(SAMPLE, len(images))).round().long()
    sums = torch.zeros(2, 3, dtype=torch.float64)
    pixels = 0
    for batch in index.split(BATCH):
        x = (prepare or _unit_interval)(images[batch.to(images.device)])
        pixels += x[:, 0].numel()
        sums += torch.stack([x.sum((0, 2, 3)), x.square().sum((0, 2, 3))]).cpu().double()
    mean, square = sums / pixels
    return tuple(mean.tolist()), tuple((square - mean.square()).sqrt().tolist())


def _normalise_locally(images: Tensor) -> Tensor:
    """YUV with local contrast normalisation of Y."""
    yuv = to_yuv(images)
    yuv[:, 0] = local_contrast_normalise(yuv[:, 0])
    return yuv


def _standardise(x: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Subtract and divide in place, by numbers: tensors would have to be moved to the device."""
    for channel, (m, s) in enumerate(zip(mean, std, strict=True)):
        x[:, channel].sub_(m).div_(s)
    return x


def _unit_interval(images: Tensor) -> Tensor:
    """Check the images, and scale them to 0..1."""
    if not isinstance(images, Tensor) or images.dtype != torch.uint8:
        kind = getattr(images, "dtype", type(images).__name__)
        raise TypeError(f"a uint8 tensor of pixels from 0 to 255 is needed, not {kind}")
    if images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"images must have shape (n, 3, H, W), not {tuple(images.shape)}")
    return images.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def _blur(planes: Tensor, size: int) -> Tensor:
    """Weighted means of all neighbourhoods of (..., H, W).

    A Gaussian is separable: one factor for the rows and one for the columns, each a band matrix.
    Two products of small matrices are as fast as a convolution here, and need no padding.
    """
    height, width = planes.shape[-2:]
    rows, columns = (_band(side, size, planes) for side in (height, width))
    return rows @ planes @ columns.T


def _band(side: int, size: int, like: Tensor) -> Tensor:
    """Return the (side, side) matrix whose row i holds the weights around i, with sum 1."""
    position = torch.arange(side, device=like.device, dtype=like.dtype)
    distance = position[:, None] - position
    weights = torch.exp(-0.5 * (distance / (size / 4)).square()) * (distance.abs() <= size // 2)
    return weights / weights.sum(1, keepdim=True)
