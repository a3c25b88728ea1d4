"""Steps of update rules, and of torch's optimisers."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from kit_utils.check import after_steps, after_torch_steps

START = torch.tensor([1.0, -2.0], dtype=torch.float64)


def gradient(theta, step):
    return step * theta


def momentum(theta, velocity, step):
    velocity.mul_(0.5).sub_(gradient(theta, step), alpha=0.1)
    return theta + velocity, velocity


def test_an_update_rule_goes_where_torch_goes():
    zeros = torch.zeros_like(START)
    theta, velocity = after_steps(momentum, (START, zeros), 4)
    optimiser = partial(torch.optim.SGD, lr=0.1, momentum=0.5)
    parameters, kept = after_torch_steps(optimiser, START, gradient, 4)
    assert torch.allclose(theta, parameters)
    assert torch.allclose(velocity, -0.1 * kept["momentum_buffer"])
    assert zeros.eq(0).all() and START.tolist() == [1, -2]


def test_a_gradient_that_is_changed_in_place_changes_no_parameters():
    optimiser = partial(torch.optim.SGD, lr=0.1)
    parameters, _ = after_torch_steps(optimiser, START, lambda theta, step: theta.mul_(2), 1)
    assert torch.allclose(parameters, 0.8 * START)


@pytest.mark.parametrize("found", [None, START, (START,), (START, None)])
def test_what_is_no_state_is_returned_as_it_is(found):
    steps = []

    def update(theta, velocity, step):
        steps.append(step)
        return found

    assert after_steps(update, (START, START), 3) is found
    assert steps == [1]


def test_numbers_in_the_place_of_tensors_are_a_state():
    assert after_steps(lambda x, step: [x.item() + step], (torch.tensor(0.5),), 3) == (6.5,)
