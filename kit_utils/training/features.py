"""Feature vectors of images from the layers of a network, and t-SNE maps of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

BATCH = 100  # images at a time, so that the feature maps of a wide layer fit into memory
COMPONENTS = 50  # principal components that t-SNE starts from


@torch.no_grad()
def convolution_outputs(model: nn.Module, x: Tensor) -> list[Tensor]:
    """Return the output of each convolution of a network, after normalisation and non-linearity.

    The modules that follow an `nn.Conv2d` are applied as long as they keep the shape: batch
    normalisation and ReLU, but not pooling. Functions that `forward` calls, such as `F.relu`, are
    not modules and are not applied.

    Args:
        model: any network with convolutions.
        x: an input batch for the network, float (n, C, H, W).

    Returns:
        A tensor (n, channels, h, w) for each convolution, in the order of their calls.

    Raises:
        ValueError: the network calls no convolution.
    """
    outputs: list[Tensor] = []

    def keep(module: nn.Module, _: Any, output: Any) -> None:
        if isinstance(module, nn.Conv2d):
            outputs.append(output)
        elif outputs and isinstance(output, Tensor) and output.shape == outputs[-1].shape:
            outputs[-1] = output

    leaves = [module for module in model.modules() if not list(module.children())]
    hooks = [module.register_forward_hook(keep) for module in leaves]
    was_training = model.training
    model.eval()
    try:
        model(x)
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    if not outputs:
        raise ValueError("the network calls no nn.Conv2d, so it has no maps")
    return outputs


def convolution_features(
    model: nn.Module,
    images: Tensor,
    *,
    prepare: Callable[[Tensor], Tensor],
    side: int = 4,
) -> list[Tensor]:
    """Return a vector for each image and convolution: the feature maps averaged over a grid.

    Args:
        model: any network with convolutions.
        images: uint8 (N, C, H, W).
        prepare: maps a uint8 batch to the network's input.
        side: each map is averaged over `side` by `side` fields, or fewer if the map is smaller.

    Returns:
        For each convolution float32 (N, channels * side * side), on the CPU.

    Raises:
        ValueError: the network calls no convolution, or there are no images.
    """
    if len(images) == 0:
        raise ValueError("there are no images")
    device = next(model.parameters()).device
    batches = []
    for batch in images.split(BATCH):
        outputs = convolution_outputs(model, prepare(batch.to(device)))
        batches.append([_pool(maps, side).cpu() for maps in outputs])
    return [torch.cat(layer) for layer in zip(*batches, strict=True)]


def tsne_map(features: Any, *, perplexity: float = 30, seed: int = 0) -> np.ndarray:
    """Return a two-dimensional map of the points in which neighbours stay neighbours.

    It is t-SNE (van der Maaten and Hinton, "Visualizing data using t-SNE", 2008) on the first 50
    principal components, initialised with the first two. The same seed and versions give the same
    map. It takes about 3 s for 1,000 points.

    Args:
        features: (N, D), tensor or array.
        perplexity: about how many neighbours of a point count; below N. Try several.
        seed: of the principal components.

    Returns:
        Coordinates, float32 (N, 2); the axes have no meaning.

    Raises:
        ValueError: the features are not (N, D), hold NaN, or N is not above the perplexity.
    """
    # scikit-learn takes about a second to import.
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    points = torch.as_tensor(features).detach().cpu().float().numpy()
    if points.ndim != 2:
        raise ValueError(f"features must have shape (N, D), got {points.shape}: flatten them")
    if perplexity >= len(points):
        raise ValueError(
            f"perplexity {perplexity} is not below the number of points, {len(points)}"
        )
    components = min(COMPONENTS, *points.shape)
    # One thread: the steps are so short that waiting threads can make it ten times slower
    # beside other processes.
    with threadpool_limits(1):
        reduced = PCA(components, random_state=seed).fit_transform(points)
        return TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(reduced)


def _pool(maps: Tensor, side: int) -> Tensor:
    height, width = maps.shape[2:]
    return F.adaptive_avg_pool2d(maps, (min(side, height), min(side, width))).flatten(1).float()
