"""Reference gradients, by automatic differentiation of the forward function in float64."""

from __future__ import annotations

from collections.abc import Callable

import torch


def vjp(
    forward: Callable[..., torch.Tensor],
    inputs: tuple[torch.Tensor, ...],
    grad_output: torch.Tensor,
) -> tuple[torch.Tensor, ...]:
    """Return the vector-Jacobian product of a forward function.

    Args:
        forward: maps the inputs to one tensor, in torch operations.
        inputs: tensors of any shape; they are differentiated in float64.
        grad_output: dE/d(output), the shape of the output.

    Returns:
        dE/d(input) for each input, float64, each the shape of its input.
    """
    leaves = tuple(x.detach().double().requires_grad_() for x in inputs)
    with torch.enable_grad():
        output = forward(*leaves)
    return torch.autograd.grad(output, leaves, grad_output.double())


def derivative(
    forward: Callable[..., torch.Tensor], *, wrt: str, upstream: str = ""
) -> Callable[..., float]:
    """Return a derivative as a reference for symbolic answers, computed by autodiff.

    Args:
        forward: maps named numbers (0-dim tensors) to a 0-dim tensor.
        wrt: name of the argument of the derivative.
        upstream: name of dE/d(output), by which the derivative is multiplied; empty for none.

    Returns:
        A function of the symbols' values by name; names that `forward` does not take are ignored.
    """
    code = forward.__code__
    names = code.co_varnames[: code.co_argcount]

    def value(**values: float) -> float:
        leaves = {name: torch.tensor(values[name], dtype=torch.float64) for name in names}
        leaves[wrt].requires_grad_()
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(forward(**leaves), leaves[wrt])
        return float(gradient) * (values[upstream] if upstream else 1.0)

    return value
