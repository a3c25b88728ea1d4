"""A ladder network with a given combinator function and denoising cost.

A. Rasmus, M. Berglund, M. Honkala, H. Valpola, T. Raiko, "Semi-Supervised Learning with Ladder
Networks", 2015, arXiv 1507.02672. Names and order follow its Algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Maps z_noisy (n, m), u (n, m) and the parameters a (10, m) to the estimate z_hat (n, m).
Combine = Callable[[Tensor, Tensor, Tensor], Tensor]
# Maps z_pre of the clean path (n, m), before it is normalised, and z_hat (n, m) to a scalar.
Cost = Callable[[Tensor, Tensor], Tensor]

WIDTHS = (784, 1000, 500, 250, 250, 250, 10)  # widths in the paper's network for MNIST
# Weights of the denoising costs, from the image upwards.
WEIGHTS = (
    1000.0,
    10.0,
    0.1,
    0.1,
    0.1,
    0.1,
    0.1,
)


class Ladder(nn.Module):
    """Fully connected layers with a decoder that denoises each of them.

    The encoder runs twice with the same weights, with noise and without. The decoder estimates each
    clean layer, from the topmost one down to the image, from the noisy layer and the estimate
    above. The cost of these estimates needs no labels.
    """

    def __init__(
        self,
        combine: Combine,
        cost: Cost,
        *,
        widths: Sequence[int] = WIDTHS,
        weights: Sequence[float] = WEIGHTS,
        noise: float = 0.3,
    ) -> None:
        """Make a network with random weights, drawn from torch's global random state.

        Args:
            combine: the combinator function g.
            cost: the denoising cost of one layer; the image has the mean squared error instead.
            widths: number of units in each layer, from the image to the classes.
            weights: of the denoising costs, one for each layer.
            noise: standard deviation of the noise added to the image and each normalised layer.

        Raises:
            ValueError: the numbers of weights and widths differ, or are below two.
        """
        super().__init__()
        if not len(widths) == len(weights) >= 2:
            raise ValueError(
                f"there are {len(widths)} layers and {len(weights)} weights of their costs; as "
                "many are needed, two or more"
            )
        self.combine, self.cost = combine, cost
        self.weights, self.noise = tuple(weights), noise
        layers = list(pairwise(widths))
        # W and V of the paper; normalisation would remove a bias.
        self.up = nn.ModuleList(nn.Linear(below, above, bias=False) for below, above in layers)
        self.down = nn.ModuleList(nn.Linear(above, below, bias=False) for below, above in layers)
        for linear in [*self.up, *self.down]:
            nn.init.normal_(linear.weight, std=linear.in_features**-0.5)
        # Only the clean path updates the statistics, which are later used for new images.
        self.statistics = nn.ModuleList(nn.BatchNorm1d(m, affine=False) for m in widths[1:])
        self.beta = nn.ParameterList(torch.zeros(m) for m in widths[1:])
        self.gamma = nn.ParameterList(torch.ones(m) for m in widths[1:])
        self.a = nn.ParameterList(_combinator_parameters(m) for m in widths)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of the clean path, (n, classes), for float images (n, ...)."""
        h = x.flatten(1)
        for layer in range(len(self.up)):
            h = self._activation(layer, self.statistics[layer](self.up[layer](h)))
        return h

    def loss(self, x: Tensor, y: Tensor, u: Tensor) -> Tensor:
        """Return the cost C of the paper for a labelled batch and an unlabelled one.

        Pass `Ladder.loss` as `loss=` to `fit_semi_supervised`.

        Args:
            x: float images (n, ...).
            y: their classes, int64 (n,).
            u: float images (m, ...).
        """
        # Not in bfloat16: its rounding errors would exceed the differences that matter here.
        with torch.autocast(u.device.type, enabled=False):
            classification = F.cross_entropy(self._corrupt(x)[-1], y)
            costs = zip(self.weights, self.denoising_costs(u), strict=True)
            return classification + sum(weight * cost for weight, cost in costs)

    def denoising_costs(self, images: Tensor) -> list[Tensor]:
        """Return the unweighted cost of each layer, from the image upwards."""
        z_pre = self._clean(images)
        *z_noisy, logits = self._corrupt(images)
        z_hat = self._decode(z_noisy, logits)
        above = [self.cost(*pair) for pair in zip(z_pre[1:], z_hat[1:], strict=True)]
        return [F.mse_loss(z_hat[0], z_pre[0]), *above]

    @torch.no_grad()
    def denoise(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return noisy images, and the decoder's estimates of the images, of the same shape."""
        *z_noisy, logits = self._corrupt(images)
        z_hat = self._decode(z_noisy, logits)
        return z_noisy[0].view_as(images), z_hat[0].view_as(images)

    def _corrupt(self, images: Tensor) -> list[Tensor]:
        """Run the noisy path: return z of each layer from the image upwards, and the logits."""
        h = self._noisy(images.flatten(1))
        z = [h]
        for layer, linear in enumerate(self.up):
            z.append(self._noisy(_normalise(linear(h))))
            h = self._activation(layer, z[-1])
        return [*z, h]

    def _clean(self, images: Tensor) -> list[Tensor]:
        """Run the clean path: return the image, and each layer above it before normalisation."""
        h = images.flatten(1)
        z_pre = [h]
        for layer, linear in enumerate(self.up):
            z_pre.append(linear(h))
            h = self._activation(layer, self.statistics[layer](z_pre[-1]))
        return z_pre

    def _decode(self, z_noisy: list[Tensor], logits: Tensor) -> list[Tensor]:
        """Estimate each layer from the top down; return the estimates from the image upwards."""
        u = _normalise(logits.softmax(1))
        z_hat = [self.combine(z_noisy[-1], u, self.a[-1])]
        for layer in reversed(range(len(self.down))):
            u = _normalise(self.down[layer](z_hat[0]))
            z_hat.insert(0, self.combine(z_noisy[layer], u, self.a[layer]))
        return z_hat

    def _activation(self, layer: int, z: Tensor) -> Tensor:
        """Scale, shift and rectify a layer; the topmost one, the logits, is not rectified."""
        h = self.gamma[layer] * (z + self.beta[layer])
        return h if layer == len(self.up) - 1 else h.relu()

    def _noisy(self, z: Tensor) -> Tensor:
        return z + self.noise * torch.randn_like(z)


def _normalise(z: Tensor) -> Tensor:
    """Normalise by the statistics of this batch, without scale and shift."""
    return F.batch_norm(z, None, None, training=True)


def _combinator_parameters(width: int) -> nn.Parameter:
    """Return the initial a1 to a10 of each unit, (10, width), as in the code of the paper."""
    a = torch.zeros(10, width)
    a[[1, 6]] = 1.0  # the slopes inside both sigmoids
    return nn.Parameter(a)
