"""The effect of initial weights on activations and gradients in a deep network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from IPython.display import Pretty
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from .concepts import StudentFunctionError, _ask, _numbers
from .picture import COLOURS, LINES, MARKERS, Picture

# Maps n_in and n_out to weights, float (n_out, n_in).
Weights = Callable[[int, int], Any]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": torch.clone,
    "tanh": torch.tanh,
    "ReLU": torch.relu,
}
IMAGES = 100  # rows of the batch
SMALLEST = 1e-30  # smaller values are drawn here, because a logarithmic axis has no zero


def variance_over_depth(
    choices: Mapping[str, Weights],
    *,
    activation: str = "ReLU",
    depth: int = 20,
    width: int = 200,
    title: str | None = None,
    note: str | None = None,
) -> Picture | Pretty:
    """Draw how the variance of the values and of the gradients changes from layer to layer.

    A batch of standard normal inputs passes layers y = W x, each followed by the activation, and
    standard normal gradients flow back from the top. After X. Glorot, Y. Bengio, "Understanding the
    difficulty of training deep feedforward neural networks", 2010, section 4.2.

    Args:
        choices: functions that make weights, by the name of the choice; each is called with n_in
            and n_out for every layer, and returns an array of shape (n_out, n_in).
        activation: "linear", "tanh" or "ReLU".
        depth: number of layers.
        width: units of each layer.
        title: text above the panels.
        note: line at the foot.

    Returns:
        The picture, or one line of text if a choice is not written or its weights are unusable.

    Raises:
        ValueError: there are none or more than six choices, the activation is unknown, or there is
            no layer or no unit.
    """
    if not 1 <= len(choices) <= len(COLOURS):
        raise ValueError(f"can draw 1 to {len(COLOURS)} choices, got {len(choices)}")
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
    if depth < 1 or width < 1:
        raise ValueError(f"depth and width must be at least 1, got {depth} and {width}")
    try:
        weights = {name: _weights(name, make, depth, width) for name, make in choices.items()}
    except StudentFunctionError as problem:
        return Pretty(str(problem))

    picture = Picture(9.0, 4.2, note=note)
    panels = picture.subplots(1, 2, sharex=True)
    layers = np.arange(1, depth + 1)
    said = []
    for style, (name, matrices) in enumerate(weights.items()):
        variances = _variances(matrices, ACTIVATIONS[activation])
        for axes, values in zip(panels, variances, strict=True):
            axes.plot(
                layers,
                np.maximum(values, SMALLEST),
                color=COLOURS[style],
                linestyle=LINES[style],
                marker=MARKERS[style],
                markersize=4,
                label=name,
            )
        said.append(
            f"{name}: values from {variances[0][0]:.2g} to {variances[0][-1]:.2g} in the last "
            f"layer, gradients from {variances[1][-1]:.2g} to {variances[1][0]:.2g} in the first"
        )
    names = "variance of $y$, forward", "variance of $dE/dy$, backward"
    for axes, text in zip(panels, names, strict=True):
        axes.set_yscale("log")
        axes.set_title(text, fontsize=10)
        axes.set_xlabel("layer")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.axhline(1, color="0.4", linewidth=0.8)
        axes.grid(color="0.9")
    handles, labels = panels[0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    title = title or f"{depth} layers of {width} units, {activation}"
    picture.suptitle(title, fontsize=11)
    picture.describe(f"{title}. {'; '.join(said)}.")
    return picture


def _weights(name: str, make: Weights, depth: int, width: int) -> list[Tensor]:
    """Return matrices for all layers; equal in every run if torch draws the random numbers."""

    def choice(n_in: int, n_out: int) -> Any:
        return make(n_in, n_out)

    choice.__name__ = name  # the name in messages
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = [_numbers(choice, _ask(choice, width, width), (width, width)) for _ in range(depth)]
    return [torch.from_numpy(matrix) for matrix in made]


def _variances(
    weights: list[Tensor], activation: Callable[[Tensor], Tensor]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the variances of y and dE/dy in each layer, over units and batch."""
    generator = torch.Generator().manual_seed(0)
    shape = IMAGES, weights[0].shape[1]
    x = torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn(shape, generator=generator, dtype=torch.float64)
    values = []
    for matrix in weights:
        values.append(x @ matrix.T)
        x = activation(values[-1])
    gradients = torch.autograd.grad(x, values, upstream)
    forward, backward = (
        np.array([float(layer.detach().var()) for layer in layers])
        for layers in (values, gradients)
    )
    return forward, backward
