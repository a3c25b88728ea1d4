"""Optimizers with their schedules: what `kit_utils.training.fit` steps by."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

# Maps the model, the number of all steps, the learning rate and the weight decay.
Recipe = Callable[[nn.Module, int, float, float], tuple[Optimizer, LRScheduler]]


def one_cycle(
    model: nn.Module, steps: int, learning_rate: float, weight_decay: float
) -> tuple[Optimizer, LRScheduler]:
    """AdamW on a one-cycle schedule.

    The optimizer is that of Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019. The
    learning rate rises to `learning_rate` in the first 30 % of all steps and then falls to zero
    (Smith and Topin, Super-Convergence, 2018). While it rises the momentum, AdamW's beta1, falls
    from 0.95 to 0.85, and then rises again.

    Args:
        model: whose parameters are trained.
        steps: number of all steps.
        learning_rate: the highest of the schedule.
        weight_decay: share of each weight that a step of rate 1 takes away.
    """
    optimizer = AdamW(model.parameters(), weight_decay=weight_decay, fused=True)
    return optimizer, OneCycleLR(optimizer, learning_rate, steps)


def sgd(*, momentum: float = 0.5, decay: float = 1e-7) -> Recipe:
    """Stochastic gradient descent as it was common in 2015, as a recipe for `fit`.

    Step t has the rate `learning_rate / (1 + t * decay)`. Weight decay is part of the gradient.

    Args:
        momentum: share of the last step that the next one repeats.
        decay: how fast the rate falls.
    """

    def recipe(
        model: nn.Module, steps: int, learning_rate: float, weight_decay: float
    ) -> tuple[Optimizer, LRScheduler]:
        optimizer = SGD(
            model.parameters(), learning_rate, momentum=momentum, weight_decay=weight_decay
        )
        return optimizer, LambdaLR(optimizer, lambda step: 1 / (1 + step * decay))

    return recipe
