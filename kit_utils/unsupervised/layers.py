"""Centroids as the weights of a convolution, from the first layer upwards.

k-means compares a centroid with each patch by a scalar product; a convolution does the same with
its filter. So centroids, which are learned without labels, can be the initial weights for training
with labels (Coates, Ng, Lee, "An analysis of single-layer networks in unsupervised feature
learning", 2011).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from kit_utils.unsupervised.patches import random_patches

# Maps flattened patches, float (N, D), to filters of the same length, (k, D).
FiltersOf = Callable[[Tensor], Tensor]


def fold_whitening(centroids: Tensor, matrix: Tensor) -> Tensor:
    """Return filters whose responses to patches are those of the centroids to whitened patches.

    For whitened patches (x - mean) @ matrix, the scalar product with a centroid c is
    (x - mean) @ (matrix @ c): the whitening becomes part of the filter. The term of the mean is the
    same for all patches and belongs to the bias.

    Args:
        centroids: (k, D), of whitened patches.
        matrix: (D, D), the whitening matrix.

    Returns:
        Filters, (k, D).
    """
    return centroids @ matrix.T


@torch.no_grad()
def initialise_convolution(layer: nn.Conv2d, filters: Tensor, patches: Tensor) -> None:
    """Set the weights of a convolution, in place.

    Each filter is scaled so that its responses to the patches have standard deviation 1, and the
    bias, if there is one, is set so that their mean is 0 (Krähenbühl, Doersch, Donahue, Darrell,
    "Data-dependent initializations of convolutional neural networks", 2016, section 3.1). Only the
    directions of centroids are useful as filters, not their lengths. Without scaling, a few long or
    smooth filters would produce nearly all of the activation, and the layers above, which expect
    inputs of about size 1, would learn slowly.

    Args:
        layer: with `groups=1`.
        filters: (out, in * kh * kw) or (out, in, kh, kw).
        patches: float (N, in, kh, kw) or (N, in * kh * kw), patches of the layer's input; a few
            thousand suffice.

    Raises:
        ValueError: filters or patches do not fit the layer, or a filter has constant responses.
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

    `filters_of` makes filters from random patches of the layer's input, and they become the
    weights. For the second layer, `before` is the part of the network below it, with the first
    layer already initialised. So layers are learned one after the other, each from the outputs of
    those below (Coates, Ng, "Learning feature representations with k-means", 2012).

    Args:
        layer: a convolution with square filters and `groups=1`.
        images: (N, C, H, W), in the form that `before` needs, such as uint8 from a file.
        filters_of: maps the flattened patches, float (N * per_image, D), to filters (out, D).
        per_image: number of patches from each image.
        generator: source of randomness, on the CPU.
        before: maps images to the layer's input, a hundred images at a time; its modules should be
            in evaluation mode. None if the images are the layer's input.
    """
    size = layer.kernel_size[0]
    patches = random_patches(images, size, per_image, generator=generator, prepare=before)
    points = patches.flatten(1).float()
    filters = filters_of(points)
    some = torch.randperm(len(points), generator=generator)[:10_000].to(points.device)
    initialise_convolution(layer, filters, points[some])
