"""Random patches of images."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

# Images at a time, so that memory-mapped images and their features fit into memory.
IMAGES_AT_A_TIME = 100
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
    """Cut square patches from each image at random positions, all equally likely.

    A hundred images are read at a time, so the tensor may be memory-mapped.

    Args:
        images: (N, C, H, W), uint8 or float.
        size: side of a patch, in pixels.
        per_image: number of patches from each image.
        generator: source of randomness, on the CPU.
        prepare: applied to the images before cutting, a hundred at a time; it may change the number
            and size of the channels. Pass the first layers of a network to get patches of their
            feature maps. None cuts the images themselves.

    Returns:
        (N * per_image, C, size, size), with the type and device of the (prepared) images. Patches
        of one image are adjacent.

    Raises:
        ValueError: the images are not (N, C, H, W), there are none, or the patch is larger.
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
            # Filled in pieces, because torch.cat would need the memory twice.
            patches = cut.new_empty(len(images) * per_image, *cut.shape[1:])
        patches[first * per_image :][: len(cut)] = cut
    assert patches is not None
    return patches


def map_rows(function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
    """Return `function(rows.float())`, computed 10,000 rows at a time.

    This bounds the memory for intermediate results. The function must treat each row separately.

    Args:
        function: maps float32 (n, ...) to float (n, D).
        rows: (N, ...), any type.

    Returns:
        (N, D), with the type of the function's results.
    """
    pieces = rows.split(ROWS_AT_A_TIME)
    first = function(pieces[0].float())
    result = first.new_empty(len(rows), *first.shape[1:])
    result[: len(first)] = first
    for number, piece in enumerate(pieces[1:], start=1):
        result[number * ROWS_AT_A_TIME :][: len(piece)] = function(piece.float())
    return result


def _cut(images: Tensor, size: int, per_image: int, generator: torch.Generator) -> Tensor:
    """Cut from a few images; `unfold` is a view, so only the chosen patches are copied."""
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
