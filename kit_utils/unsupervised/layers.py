"""Centroids as the weights of a convolution, from the first layer upwards.

A centroid of k-means is compared with each patch by a scalar product, and so is the filter of a
convolution: learned without labels, it can be where training with labels begins (Coates, Ng, Lee,
"An analysis of single-layer networks in unsupervised feature learning", 2011).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from kit_utils.unsupervised.patches import random_patches

# Maps flattened patches, float (N, D), to filters of the same length, (k, D).
FiltersOf = Callable[[Tensor], Tensor]


def fold_whitening(centroids: Tensor, matrix: Tensor) -> Tensor:
    """Return filters that give on patches what the centroids give on whitened patches.

    With whitened patches (x - mean) @ matrix, the scalar product with a centroid c is
    (x - mean) @ (matrix @ c): the whitening becomes part of the filter. What the mean takes away is
    the same for all patches and belongs to the bias.

    Args:
        centroids: (k, D), of whitened patches.
        matrix: (D, D), of the whitening.

    Returns:
        Filters, (k, D).
    """
    return centroids @ matrix.T


@torch.no_grad()
def initialise_convolution(layer: nn.Conv2d, filters: Tensor, patches: Tensor) -> None:
    """Set the weights of a convolution, in place.

    Each filter is scaled so that its responses to the patches have standard deviation 1, and the
    bias, if there is one, is set so that their mean is 0 (Krähenbühl, Doersch, Donahue, Darrell,
    "Data-dependent initializations of convolutional neural networks", 2016, section 3.1). The
    directions of the filters are learned, their lengths are not: some centroids are longer than
    others, and images answer much more to smooth filters than to fine ones. Left alone, a few
    filters would carry nearly all of the activation, and the layers above, which expect inputs of
    about the size 1, would learn slowly.

    Args:
        layer: with `groups=1`.
        filters: (out, in * kh * kw) or (out, in, kh, kw).
        patches: float (N, in, kh, kw) or (N, in * kh * kw), windows of the layer's input; some
            thousands are enough.

    Raises:
        ValueError: filters or patches do not fit the layer, or a filter answers to no patch.
    """
    weights = filters.reshape(len(filters), -1).to(layer.weight)
    points = patches.reshape(len(patches), -1).to(layer.weight)
    wanted = layer.weight.shape
    if weights.shape != (wanted[0], wanted[1:].numel()) or points.shape[1] != weights.shape[1]:
        raise ValueError(
            f"the layer's weights are {tuple(wanted)}; filters {tuple(filters.shape)} and "
            f"patches {tuple(patches.shape)} do not fit them"
        )
    responses = points @ weights.T
    std, mean = torch.std_mean(responses, dim=0)
    silent = int((std <= 1e-6 * std.max()).sum())
    if silent or not bool(std.isfinite().all()):
        raise ValueError(f"{silent} of {len(std)} filters give the same for every patch")
    layer.weight.copy_((weights / std[:, None]).view(wanted))
    if layer.bias is not None:
        layer.bias.copy_(-mean / std)


def learn_filters(
    layer: nn.Conv2d,
    images: Tensor,
    filters_of: FiltersOf,
    *,
    per_image: int,
    generator: torch.Generator,
    before: Callable[[Tensor], Tensor] | None = None,
) -> None:
    """Learn the weights of one convolution without labels, in place.

    Windows of its input are cut at random places, `filters_of` makes filters of them, and they
    become the weights. For the second layer `before` is all that comes before it, with the first
    layer already initialised: so one layer after the other is learned, each from what the ones
    below give (Coates, Ng, "Learning feature representations with k-means", 2012).

    Args:
        layer: a convolution with square filters and `groups=1`.
        images: (N, C, H, W), as `before` takes them, such as uint8 from a file.
        filters_of: maps the flattened windows, float (N * per_image, D), to filters (out, D).
        per_image: windows of each image.
        generator: source of randomness, on the CPU.
        before: from the images to the layer's input, applied to a hundred images at a time; modules
            in it should be in evaluation mode. None if the layer gets the images themselves.
    """
    size = layer.kernel_size[0]
    patches = random_patches(images, size, per_image, generator=generator, prepare=before)
    points = patches.flatten(1).float()
    filters = filters_of(points)
    some = torch.randperm(len(points), generator=generator)[:10_000].to(points.device)
    initialise_convolution(layer, filters, points[some])
