"""Optimizers with their schedules: what `kit_utils.training.fit` steps by."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer
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


def sgd(*, momentum: float = 0.5, decay: float = 1e-7, nesterov: bool = False) -> Recipe:
    """Stochastic gradient descent as it was common in 2015, as a recipe for `fit`.

    Step t has the rate `learning_rate / (1 + t * decay)`. Weight decay is part of the gradient.

    Args:
        momentum: share of the last step that the next one repeats.
        decay: how fast the rate falls.
        nesterov: take the gradient where the momentum leads (Sutskever et al., On the Importance of
            Initialization and Momentum in Deep Learning, 2013, section 2).
    """

    def recipe(
        model: nn.Module, steps: int, learning_rate: float, weight_decay: float
    ) -> tuple[Optimizer, LRScheduler]:
        optimizer = SGD(
            model.parameters(),
            learning_rate,
            momentum=momentum,
            weight_decay=weight_decay,
            nesterov=nesterov,
        )
        return optimizer, LambdaLR(optimizer, lambda step: 1 / (1 + step * decay))

    return recipe


def adam(
    steps_per_epoch: int, *, halved_after: int = 100, decay_after: int = 200, decay: float = 0.99
) -> Recipe:
    """Adam with a rate that falls from epoch to epoch, as a recipe for `fit`.

    Kingma and Ba, Adam: a Method for Stochastic Optimization, 2015, with their momenta 0.9 and
    0.999. The rate is halved once, and later multiplied by `decay` in each epoch. Weight decay is
    part of the gradient.

    Args:
        steps_per_epoch: number of steps after which the next epoch begins.
        halved_after: number of epochs at the full rate.
        decay_after: number of epochs, those included, after which the decay begins.
        decay: factor of each epoch from then on.

    Raises:
        ValueError: the decay would begin before the rate is halved, or an epoch has no step.
    """
    if steps_per_epoch < 1 or not 0 <= halved_after <= decay_after:
        raise ValueError(
            "steps_per_epoch must be positive, and halved_after at least 0 and at most "
            f"decay_after; they are {steps_per_epoch}, {halved_after} and {decay_after}"
        )

    def factor(step: int) -> float:
        epoch = step // steps_per_epoch + 1
        if epoch <= halved_after:
            return 1.0
        return 0.5 * decay ** max(0, epoch - decay_after)

    def recipe(
        model: nn.Module, steps: int, learning_rate: float, weight_decay: float
    ) -> tuple[Optimizer, LRScheduler]:
        optimizer = Adam(model.parameters(), learning_rate, weight_decay=weight_decay, fused=True)
        return optimizer, LambdaLR(optimizer, factor)

    return recipe
