"""Paths of optimisers down a valley, computed with the student's update rules."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes

from .concepts import StudentFunctionError, _ask, _name, _numbers, _parts
from .picture import COLOURS, LINES, MARKERS, Picture, to_vector

CURVATURES = (1.0, 40.0)  # along and across the valley
START = (-4.0, 1.0)  # along and across; the minimum is at (0, 0)
HALF_SIDE = 5.0  # limits of the drawn part of the plane
LOWEST, HIGHEST = 1e-6, 1e4  # limits of the drawn values of f
BETAS, ETA = (0.9, 0.999), 1e-8  # Adam's, as its paper suggests

Update = Callable[..., Any]


def optimiser_race(
    momentum_update: Update,
    gradient_point: Update,
    adam_update: Update | None = None,
    *,
    learning_rate: float = 0.02,
    momentum: float = 0.9,
    adam_rate: float = 0.3,
    angle: float = 0.0,
    steps: int = 60,
    note: str | None = None,
) -> Picture:
    """Draw the paths of gradient descent, momentum, Nesterov and Adam down a long valley.

    The valley is f(theta) = (a^2 + 40 b^2) / 2, where a and b are the coordinates of theta along
    and across the valley. Every step is computed by the student's functions, right or wrong. The
    left panel shows the paths over contour lines of f, each until it leaves the panel; the right
    one shows f after each step.

    Args:
        momentum_update: the student's `momentum_update(theta, velocity, gradient, learning_rate,
            momentum)`, which returns (theta, velocity); tensors are float64 of shape (2,)
            (Sutskever et al. 2013, equations 1 and 2). Gradient descent is momentum 0.
        gradient_point: the student's `gradient_point(theta, velocity, momentum)`, the point at
            which Nesterov's method takes the gradient (ibid., equation 3).
        adam_update: the student's `adam_update(theta, mean, square, gradient, step, learning_rate,
            beta_1, beta_2, eta)`, which returns (theta, mean, square); step counts from 1 (Kingma
            and Ba 2015, algorithm 1). Without it three methods run.
        learning_rate: of the first three methods.
        momentum: mu of momentum and Nesterov.
        adam_rate: the learning rate of Adam.
        angle: rotation of valley and start, in degrees, anticlockwise.
        steps: number of steps of each method.
        note: line at the foot.

    Raises:
        StudentFunctionError: if a function is not written, raises, or returns something else.
        ValueError: if a setting is not finite, or there is no step.
    """
    to_vector([learning_rate, momentum, adam_rate, angle], "settings")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    axes_of_valley = _rotation(angle)
    hessian = axes_of_valley @ torch.diag(torch.tensor(CURVATURES).double()) @ axes_of_valley.T
    start = axes_of_valley @ torch.tensor(START, dtype=torch.float64)

    def travel(method: Iterator[torch.Tensor]) -> np.ndarray:
        return torch.stack([start, *method]).numpy()

    def rolling(mu: float, point: Update | None = None) -> np.ndarray:
        return travel(_rolling(momentum_update, point, hessian, start, steps, learning_rate, mu))

    ways = {
        "gradient descent": rolling(0.0),
        "momentum": rolling(momentum),
        "Nesterov": rolling(momentum, gradient_point),
    }
    if adam_update is not None:
        ways["Adam"] = travel(_adam(adam_update, hessian, start, steps, adam_rate))
    heights = {
        name: np.einsum("ti,ij,tj->t", way, hessian.numpy(), way) / 2 for name, way in ways.items()
    }

    picture = Picture(9.6, 4.4, note=note)
    left, right = picture.subplots(1, 2)
    _contours(left, hessian.numpy())
    for k, (name, way) in enumerate(ways.items()):
        style: dict[str, Any] = {"color": COLOURS[k], "linestyle": LINES[k], "linewidth": 1.4}
        dots = {"marker": MARKERS[k], "markersize": 3.5}
        left.plot(*_until_far(way).T, **style, **dots)
        shown = np.clip(heights[name], LOWEST / 10, HIGHEST * 10)
        right.plot(shown, **style, **dots, markevery=5, label=f"{name}: {heights[name][-1]:.1e}")
    left.set_title(f"the first {steps} steps", fontsize=10)
    right.set(yscale="log", ylim=(LOWEST, HIGHEST), xlabel="step", ylabel="$f$")
    right.grid(alpha=0.3)
    right.legend(title=f"$f$ after {steps} steps", fontsize=8.5, title_fontsize=8.5)
    right.set_title("height above the minimum", fontsize=10)
    picture.describe(
        f"A valley of curvatures {CURVATURES[0]:g} and {CURVATURES[1]:g}, turned by {angle:g} "
        f"degrees. Learning rate {learning_rate:g}, momentum {momentum:g}"
        + (f", rate of Adam {adam_rate:g}" if adam_update is not None else "")
        + f". f falls from {heights['momentum'][0]:.1f}, in {steps} steps, to: "
        + ", ".join(f"{name} {height[-1]:.1e}" for name, height in heights.items())
        + "."
    )
    return picture


def _rotation(angle: float) -> torch.Tensor:
    """Return the directions along and across the valley, as columns."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return torch.tensor([[cos, -sin], [sin, cos]], dtype=torch.float64)


def _rolling(
    update: Update,
    point: Update | None,
    hessian: torch.Tensor,
    theta: torch.Tensor,
    steps: int,
    learning_rate: float,
    momentum: float,
) -> Iterator[torch.Tensor]:
    """Yield theta after each step; the gradient is taken at theta, or at the result of `point`."""
    velocity = torch.zeros_like(theta)
    for _ in range(steps):
        at = theta
        if point is not None:
            at = _vector(point, _ask(point, theta.clone(), velocity.clone(), momentum))
        state = theta.clone(), velocity.clone(), hessian @ at
        answer = _parts(update, _ask(update, *state, learning_rate, momentum), 2)
        theta, velocity = (_vector(update, part) for part in answer)
        yield theta


def _adam(
    update: Update, hessian: torch.Tensor, theta: torch.Tensor, steps: int, learning_rate: float
) -> Iterator[torch.Tensor]:
    mean, square = torch.zeros_like(theta), torch.zeros_like(theta)
    for step in range(1, steps + 1):
        state = theta.clone(), mean.clone(), square.clone(), hessian @ theta
        answer = _parts(update, _ask(update, *state, step, learning_rate, *BETAS, ETA), 3)
        theta, mean, square = (_vector(update, part) for part in answer)
        yield theta


def _vector(function: Update, answer: Any) -> torch.Tensor:
    """Return the result of the student's function as a vector of two numbers, float64."""
    if answer is Ellipsis:
        raise StudentFunctionError(f"{_name(function)} is not written yet; this figure needs it.")
    return torch.from_numpy(_numbers(function, answer, (2,)).copy())


def _until_far(way: np.ndarray) -> np.ndarray:
    """Return the points of a path up to the first one far outside the picture."""
    far = np.flatnonzero(np.abs(way).max(axis=1) > 2 * HALF_SIDE)
    return way[: far[0] + 1] if len(far) else way


def _contours(axes: Axes, hessian: np.ndarray) -> None:
    line = np.linspace(-HALF_SIDE, HALF_SIDE, 121)
    plane = np.stack(np.meshgrid(line, line), axis=-1)
    heights = np.einsum("yxi,ij,yxj->yx", plane, hessian, plane) / 2
    axes.contour(line, line, heights, levels=np.geomspace(0.5, 1024, 12), colors="0.75")
    axes.plot(0, 0, marker="+", color="black", markersize=12, markeredgewidth=2, zorder=5)
    limits = (-HALF_SIDE, HALF_SIDE)
    axes.set(xlim=limits, ylim=limits, aspect="equal", xlabel=r"$\theta_1$", ylabel=r"$\theta_2$")
