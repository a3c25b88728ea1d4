"""Reference gradients against formulas and central differences."""

from __future__ import annotations

import math

import pytest
import torch

from kit_utils.check import derivative, vjp


def test_vjp_of_two_inputs():
    a, b = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [4.0]])
    upstream = torch.tensor([[2.0]])
    grad_a, grad_b = vjp(torch.matmul, (a, b), upstream)
    assert grad_a.tolist() == [[6.0, 8.0]]
    assert grad_b.tolist() == [[2.0], [4.0]]
    assert grad_a.dtype == torch.float64


def test_vjp_leaves_its_inputs_alone_and_works_without_gradients():
    x = torch.tensor([0.5, -1.0], dtype=torch.float64)
    with torch.no_grad():
        (gradient,) = vjp(torch.tanh, (x,), torch.ones(2))
    assert not x.requires_grad
    assert torch.allclose(gradient, 1 - torch.tanh(x) ** 2)


@pytest.mark.parametrize("at", [-2.0, 0.3, 1.7])
def test_derivative_agrees_with_central_differences(at):
    def forward(x, y):
        return torch.sin(x) * torch.exp(y)

    value = derivative(forward, wrt="x", upstream="g")(x=at, y=0.5, g=-3.0, unused=1.0)
    h = 1e-5
    slope = (math.sin(at + h) - math.sin(at - h)) / (2 * h) * math.exp(0.5)
    assert value == pytest.approx(-3.0 * slope, rel=1e-8)
    assert derivative(forward, wrt="y")(x=at, y=0.0) == pytest.approx(math.sin(at))


def test_derivative_without_gradients_on():
    with torch.no_grad():
        assert derivative(lambda x: x**2, wrt="x")(x=3.0) == 6.0
