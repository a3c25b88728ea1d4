"""The optimizers and schedules that `fit` steps by."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW

from kit_utils.training import evaluate, fit, predict_labels
from kit_utils.training.recipes import adam, one_cycle, sgd


def rates(recipe, steps):
    """The learning rate of each step, and the optimizer."""
    optimizer, schedule = recipe(nn.Linear(2, 2), steps, 0.5, 0.01)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found, optimizer


def test_one_cycle_rises_to_the_rate_and_falls_to_zero():
    found, optimizer = rates(one_cycle, 100)
    assert isinstance(optimizer, AdamW)
    assert max(found) == pytest.approx(0.5) and 25 <= found.index(max(found)) <= 30
    assert found[0] < 0.05 and found[-1] < 1e-3


def test_sgd_decays_as_one_over_the_number_of_steps():
    found, optimizer = rates(sgd(momentum=0.25, decay=0.1), 5)
    assert isinstance(optimizer, SGD)
    assert found == pytest.approx([0.5 / (1 + 0.1 * step) for step in range(5)])
    group = optimizer.param_groups[0]
    assert group["momentum"] == 0.25 and group["weight_decay"] == 0.01


def test_nesterov_takes_the_gradient_where_the_momentum_leads():
    """One weight on E = w²/2, by the equations of 2013: v' = mu v - rate (w + mu v)."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.ones_(model.weight)
    mu, rate, steps = 0.8, 0.1, 5
    recipe = sgd(momentum=mu, decay=0.0, nesterov=True)
    optimizer, _ = recipe(model, steps, rate, 0.0)
    place, velocity = 1.0, 0.0
    for _ in range(steps):
        optimizer.zero_grad()
        (model.weight.square().sum() / 2).backward()
        optimizer.step()
        velocity = mu * velocity - rate * (place + mu * velocity)
        place += velocity
    # torch's parameter is the place to which the momentum leads.
    assert model.weight.item() == pytest.approx(place + mu * velocity, rel=1e-5)


def test_adam_halves_its_rate_once_and_then_lets_it_decay():
    recipe = adam(3, halved_after=2, decay_after=4, decay=0.9)
    found, optimizer = rates(recipe, 21)
    epochs = [1, 1, 0.5, 0.5, 0.5 * 0.9, 0.5 * 0.9**2, 0.5 * 0.9**3]
    assert found == pytest.approx([0.5 * factor for factor in epochs for _ in range(3)])
    assert type(optimizer) is Adam
    group = optimizer.param_groups[0]
    assert group["betas"] == (0.9, 0.999) and group["weight_decay"] == 0.01


def test_adam_has_the_epochs_of_the_lab():
    found, _ = rates(adam(1), 250)
    assert found[99] == 0.5 and found[100] == found[199] == 0.25
    assert found[200] == pytest.approx(0.25 * 0.99) and found[249] == pytest.approx(0.25 * 0.99**50)


@pytest.mark.parametrize(("steps", "halved", "decay"), [(0, 1, 2), (5, 3, 2), (5, -1, 2)])
def test_adam_refuses_epochs_in_the_wrong_order(steps, halved, decay):
    with pytest.raises(ValueError, match="steps_per_epoch must be positive"):
        adam(steps, halved_after=halved, decay_after=decay)


def test_every_use_of_a_model_prepares_its_images():
    """Two classes that differ by one grey value: only the preparation tells them apart."""
    images = torch.arange(4, dtype=torch.uint8).repeat(16)[:, None, None, None].repeat(1, 1, 2, 2)
    labels = (images[:, 0, 0, 0] % 2).long()

    def parity(batch):
        return (batch % 2).float() - 0.5

    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    settings = {"epochs": 20, "batch_size": 16, "recipe": sgd(), "learning_rate": 1.0}
    fit(model, images, labels, validation=(images, labels), prepare=parity, **settings)
    assert evaluate(model, images, labels, prepare=parity)[1] == 1.0
    assert torch.equal(predict_labels(model, images, prepare=parity), labels)
    assert evaluate(model, images, labels)[1] < 1.0
