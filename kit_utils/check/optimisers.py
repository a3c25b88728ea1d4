"""Update rules, repeated: a student's, and those of torch's optimisers on the same gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from kit_utils.check.family import copied


def after_steps(
    update: Callable[..., Any], start: Sequence[torch.Tensor], steps: int
) -> tuple[torch.Tensor, ...] | Any:
    """The state of an optimiser after some steps of an update rule.

    Args:
        update: maps copies of the tensors of the state, and the number of the step from 1, to the
            next state, a tuple of as many tensors.
        start: the state before the first step, such as parameters and velocity.
        steps: how many are made.

    Returns:
        The last state. Where an update gives something else, such as None, that is returned.
    """
    state = tuple(start)
    for step in range(1, steps + 1):
        found = update(*copied(state), step)
        complete = isinstance(found, (tuple, list)) and len(found) == len(state)
        if not complete or any(part is None for part in found):
            return found
        state = tuple(map(torch.as_tensor, found))
    return state


def after_torch_steps(
    optimiser: Callable[[list[torch.Tensor]], torch.optim.Optimizer],
    start: torch.Tensor,
    gradient: Callable[[torch.Tensor, int], torch.Tensor],
    steps: int,
) -> tuple[torch.Tensor, dict[str, Any]]:
    """The state of one of torch's optimisers after some steps.

    Args:
        optimiser: makes it for a list of parameters, such as
            `functools.partial(torch.optim.SGD, lr=0.1)`.
        start: the parameters before the first step, any shape.
        gradient: maps the parameters and the number of the step from 1 to a gradient of that shape.
        steps: how many are made.

    Returns:
        The parameters, and what the optimiser keeps of them, by its name in torch.
    """
    parameters = start.clone().requires_grad_()
    rule = optimiser([parameters])
    for step in range(1, steps + 1):
        parameters.grad = gradient(parameters.detach().clone(), step).clone()
        rule.step()
    return parameters.detach(), dict(rule.state[parameters])
