"""Small windows of images, cut at random places."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

IMAGES_AT_A_TIME = 100  # so that images on disk, and what is made of them, stay small in memory
ROWS_AT_A_TIME = 10_000


@torch.no_grad()
def random_patches(
    images: Tensor,
    size: int,
    per_image: int,
    *,
    generator: torch.Generator,
    prepare: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """Cut square windows from each image, each at a place of its own, all places equally likely.

    A hundred images at a time are read, so they may lie in a file that is mapped into memory.

    Args:
        images: (N, C, H, W), uint8 or float.
        size: side of a window, in pixels.
        per_image: how many windows of each image.
        generator: source of randomness, on the CPU.
        prepare: applied to the images before the cut, a hundred at a time; it may change number and
            size of the channels. With the first layers of a network, windows of their feature maps
            are cut. None cuts the images as they are.

    Returns:
        (N * per_image, C, size, size), of the type and on the device of the images, or of what
        `prepare` makes of them. Windows of one image stand side by side.

    Raises:
        ValueError: the images are not (N, C, H, W), there are none, or the window is larger.
    """
    if images.ndim != 4 or len(images) == 0:
        raise ValueError(f"images must be (N, C, H, W) and not empty, not {tuple(images.shape)}")
    if per_image < 1:
        raise ValueError(f"per_image must be at least 1, not {per_image}")
    patches: Tensor | None = None
    for first in range(0, len(images), IMAGES_AT_A_TIME):
        batch = images[first : first + IMAGES_AT_A_TIME]
        cut = _cut(batch if prepare is None else prepare(batch), size, per_image, generator)
        if patches is None:
            # Filled piece by piece: torch.cat would need the memory twice.
            patches = cut.new_empty(len(images) * per_image, *cut.shape[1:])
        patches[first * per_image :][: len(cut)] = cut
    assert patches is not None
    return patches


def map_rows(function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    """Return `function(rows.float())`, computed 10,000 rows at a time.

    What the function needs beside its result is then small. It must treat every row by itself.

    Args:
        function: maps float32 (n, ...) to float (n, D).
        rows: (N, ...), any type.

    Returns:
        Of the type of the results, (N, D).
    """
    pieces = rows.split(ROWS_AT_A_TIME)
    first = function(pieces[0].float())
    result = first.new_empty(len(rows), *first.shape[1:])
    result[: len(first)] = first
    for number, piece in enumerate(pieces[1:], start=1):
        result[number * ROWS_AT_A_TIME :][: len(piece)] = function(piece.float())
    return result


def _cut(images: Tensor, size: int, per_image: int, generator: torch.Generator) -> Tensor:
    """Cut from a few images; `unfold` is a view of all windows, so only the chosen are copied."""
    count, _, height, width = images.shape
    if not 1 <= size <= min(height, width):
        raise ValueError(f"a window of {size} pixels does not fit into {height} by {width}")
    windows = images.unfold(2, size, 1).unfold(3, size, 1)  # (n, C, rows, columns, size, size)
    places = [
        torch.randint(windows.shape[axis], (count, per_image), generator=generator)
        for axis in (2, 3)
    ]
    row, column = (place.to(images.device) for place in places)
    image = torch.arange(count, device=images.device)[:, None]
    # Indices on both sides of a slice put the slice last: (n, per_image, C, size, size).
    return windows[image, :, row, column].flatten(0, 1)
