"""Optimizers with their learning-rate schedules, for `kit_utils.training.fit`."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

# Arguments: the model, the total number of steps, the learning rate and the weight decay.
Recipe = Callable[[nn.Module, int, float, float], tuple[Optimizer, LRScheduler]]


def one_cycle(
    model: nn.Module, steps: int, learning_rate: float, weight_decay: float
) -> tuple[Optimizer, LRScheduler]:
    """AdamW on a one-cycle schedule.

    AdamW is from Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019. The learning
    rate rises to `learning_rate` in the first 30 % of the steps, then falls to zero (Smith and
    Topin, Super-Convergence, 2018). Meanwhile the momentum, AdamW's beta1, falls from 0.95 to 0.85
    and rises again.

    Args:
        model: its parameters are trained.
        steps: total number of steps.
        learning_rate: the highest of the schedule.
        weight_decay: the fraction of each weight that a step with learning rate 1 subtracts.
    """
    optimizer = AdamW(model.parameters(), weight_decay=weight_decay, fused=True)
    return optimizer, OneCycleLR(optimizer, learning_rate, steps)


def sgd(*, momentum: float = 0.5, decay: float = 1e-7, nesterov: bool = False) -> Recipe:
    """Stochastic gradient descent as it was common in 2015, as a recipe for `fit`.

    Step t has the rate `learning_rate / (1 + t * decay)`. Weight decay is added to the gradient.

    Args:
        momentum: the fraction of the last step that is added to the next one.
        decay: how fast the learning rate falls.
        nesterov: evaluate the gradient after the momentum step (Sutskever et al., On the Importance
            of Initialization and Momentum in Deep Learning, 2013, section 2).
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
    """Adam with a learning rate that falls from epoch to epoch, as a recipe for `fit`.

    Kingma and Ba, Adam: a Method for Stochastic Optimization, 2015, with their beta1 = 0.9 and
    beta2 = 0.999. The rate is halved once, and later multiplied by `decay` in each epoch. Weight
    decay is added to the gradient.

    Args:
        steps_per_epoch: number of steps in an epoch.
        halved_after: number of epochs at the full rate.
        decay_after: number of epochs, counted from the start, before the decay begins.
        decay: factor for each later epoch.

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
