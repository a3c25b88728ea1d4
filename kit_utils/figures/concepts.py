"""Figures of single ideas, drawn with the student's functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from IPython.display import Pretty
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from kit_utils.errors import KitError

from .picture import COLOURS, LINES, MARKERS, Picture, to_array, to_vector

BLUE, VERMILLION = COLOURS[:2]
LARGEST_INPUT = 5.0

# Where the boxes of the graph stand, and half their size, in inches.
BOXES = {
    "x1": (0.5, 2.5),
    "x2": (0.5, 0.5),
    "i1": (2.7, 2.5),
    "i2": (2.7, 0.5),
    "max": (5.1, 2.5),
    "min": (5.1, 0.5),
    "sum": (6.7, 1.5),
    "y": (8.65, 1.5),
}
HALF_BOX = np.array([0.44, 0.26])
TEXTS = {
    "x1": "$x_1$\n{:.2f}",
    "x2": "$x_2$\n{:.2f}",
    "i1": "sigmoid\n$i_1$ = {:.2f}",
    "i2": "sigmoid\n$i_2$ = {:.2f}",
    "max": "max\n{:.2f}",
    "min": "min\n{:.2f}",
    "sum": "sum",
    "y": "$y$\n{:.2f}",
}
NAMES = {
    "x1": "$x_1$",
    "x2": "$x_2$",
    "i1": "sigmoid\n$i_1$",
    "i2": "sigmoid\n$i_2$",
    "max": "max\n$o_{\\max}$",
    "min": "min\n$o_{\\min}$",
    "sum": "sum",
    "y": "$y$",
}
EDGES = [
    ("x1", "i1"),
    ("x2", "i2"),
    ("i1", "max"),
    ("i1", "min"),
    ("i2", "max"),
    ("i2", "min"),
    ("max", "sum"),
    ("min", "sum"),
    ("sum", "y"),
]
GRADIENT_NAMES = {"x1": "$dE/dx_1$ = ", "x2": "$dE/dx_2$ = ", "sum": "$dE/dy$ = "}

FORWARD: dict[str, Any] = {"color": BLUE, "linestyle": "-"}
BACKWARD: dict[str, Any] = {"color": VERMILLION, "linestyle": "--"}
NO_GRADIENT: dict[str, Any] = {"color": "0.55", "linestyle": ":", "linewidth": 1.0}
CHOICE: dict[str, Any] = {"color": VERMILLION, "linestyle": "-.", "linewidth": 1.0}
LEGEND = [
    Line2D([], [], **FORWARD, linewidth=2, label="value, forward"),
    Line2D([], [], **BACKWARD, linewidth=2, label="gradient, backward"),
    Line2D([], [], **NO_GRADIENT, label="no gradient"),
    Line2D([], [], **CHOICE, label="gradient undecided (tie)"),
]


class StudentFunctionError(KitError, ValueError):
    """The student's function is not written yet, or its result is unusable; the text says which."""


def softmax_under_beta(
    softmax: Callable[[torch.Tensor, float], Any],
    logits: Sequence[float] = (-1.0, 0.0, 2.0),
    betas: Sequence[float] = (0.5, 1.0, 4.0),
    *,
    note: str | None = None,
) -> Picture:
    """Draw the inputs of a softmax beside its outputs, with a panel for each beta.

    Args:
        softmax: the student's `softmax(x, beta)`; x is float64 of shape (n,), beta a float, and the
            answer n probabilities, proportional to exp(-beta x_i) (Lab 1, equation 2).
        logits: the n inputs x.
        betas: inverse temperatures.
        note: line at the foot.

    Raises:
        StudentFunctionError: if the function is not written, raises, or does not return n numbers.
        ValueError: if the inputs are empty, not finite, or not a flat list.
    """
    inputs, beta_values = to_vector(logits, "logits"), to_vector(betas, "betas")
    answers = [
        _numbers(softmax, _ask(softmax, torch.tensor(inputs), float(beta)), inputs.shape)
        for beta in beta_values
    ]

    width = max(2.4, 0.5 * len(inputs))
    picture = Picture(width * (1 + len(answers)), 3.0, note=note)
    left, *others = picture.subplots(1, 1 + len(answers))
    limit = max(LARGEST_INPUT, float(np.abs(inputs).max()))
    _bars(left, inputs, BLUE, "$x_i$", (-1.25 * limit, 1.25 * limit))
    left.set_title("inputs", fontsize=10)
    said = []
    for axes, beta, values in zip(others, beta_values, answers, strict=True):
        low, high = min(0.0, values.min()), max(1.0, values.max())
        _bars(axes, values, VERMILLION, "probability of $i$", (1.15 * low, 1.15 * high))
        axes.set_title(f"$\\beta$ = {beta:.3g}\n{_spread(values)}", fontsize=10)
        shown = ", ".join(f"{value:.2f}" for value in values)
        said.append(f"beta {beta:.3g}: {shown}, {_spread(values)}.")
    picture.describe(f"Softmax of {', '.join(f'{x:g}' for x in inputs)}. {' '.join(said)}")
    return picture


def function_and_gradient(
    forward: Callable[[torch.Tensor], Any],
    gradient: Callable[[torch.Tensor], Any],
    *,
    limit: float = 6.0,
    title: str | None = None,
) -> Picture | Pretty:
    """Draw the student's function of one variable and its gradient.

    Args:
        forward: maps inputs, float64 of shape (n,), to outputs of that shape.
        gradient: maps the same inputs to the gradient for an upstream gradient of 1.
        limit: the inputs run from -limit to limit.
        title: text above the panel.

    Returns:
        The picture, or one line of text if a function is not written or returns no numbers.
    """
    x = torch.linspace(-limit, limit, 201, dtype=torch.float64)
    try:
        curves = {
            "output $x_{out}$": _numbers(forward, _ask(forward, x), x.shape),
            "gradient $dE/dx_{in}$": _numbers(gradient, _ask(gradient, x), x.shape),
        }
    except StudentFunctionError as problem:
        return Pretty(str(problem))
    picture = Picture(6.0, 3.4)
    axes = picture.subplots()
    for (name, values), colour, line in zip(curves.items(), COLOURS, LINES, strict=False):
        axes.plot(x.numpy(), values, color=colour, linestyle=line, linewidth=2, label=name)
    axes.set_xlabel("$x_{in}$")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    if title is not None:
        axes.set_title(title)
    picture.describe(
        f"{title or 'Function and gradient'} over -{limit:g} to {limit:g}: "
        + ", ".join(f"{n} from {v.min():.3f} to {v.max():.3f}" for n, v in curves.items())
    )
    return picture


def dag() -> Picture:
    """Draw the graph y = max(i1, i2) + min(i1, i2), i = sigmoid(x), without any values."""
    picture, axes = _empty_graph()
    for start, end in EDGES:
        a, b, _ = _between(start, end)
        _arrow(axes, a, b, FORWARD | {"linewidth": 1.5})
    for box, name in NAMES.items():
        _box(axes, box, name)
    picture.describe(
        "Graph: x1 and x2 each pass a sigmoid; i1 and i2 both go to max and to min; y is the sum."
    )
    return picture


def dag_gradient_flow(
    forward: Callable[[torch.Tensor, torch.Tensor], Any],
    backward: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], Any],
    *,
    x1: float = 1.0,
    x2: float = -0.5,
    upstream: float = 1.0,
    note: str | None = None,
) -> Picture:
    """Draw values and gradients in the graph y = max(i1, i2) + min(i1, i2), i = sigmoid(x).

    The values and gradients at max, min and the sum are computed here. The value of y and the
    gradients at x1 and x2 come from the student's functions, right or wrong.

    Args:
        forward: the student's `forward(x1, x2)`, which returns y; all are float64 scalar tensors.
        backward: the student's `backward(x1, x2, dE_dy)`, which returns (dE_dx1, dE_dx2).
        x1: first input.
        x2: second input.
        upstream: dE/dy, the gradient at y.
        note: line at the foot.

    Raises:
        StudentFunctionError: if a function is not written, raises, or returns something else.
        ValueError: if an input is not finite.
    """
    to_vector([x1, x2, upstream], "x1, x2, upstream")
    first, second, error = (torch.tensor(v, dtype=torch.float64) for v in (x1, x2, upstream))
    y = float(_numbers(forward, _ask(forward, first, second), ()))
    dx1, dx2 = _pair(backward, _ask(backward, first, second, error))

    i1, i2 = torch.sigmoid(first).item(), torch.sigmoid(second).item()
    high, low = max(i1, i2), min(i1, i2)
    values = {"x1": x1, "x2": x2, "i1": i1, "i2": i2, "max": high, "min": low, "sum": y, "y": y}
    gradients = {("x1", "i1"): dx1, ("x2", "i2"): dx2} | _routes(i1, i2, upstream)

    picture, axes = _empty_graph(note)
    for (start, end), gradient in gradients.items():
        _edge(axes, start, end, values[start], gradient)
    for box, value in values.items():
        _box(axes, box, TEXTS[box].format(value))
    if i1 == i2:
        message = "Tie: $i_1$ = $i_2$, so max and min can each send the gradient to either input."
        axes.text(4.55, -0.2, message, ha="center", va="center", fontsize=10)
    axes.legend(handles=LEGEND, loc="upper center", ncols=4, frameon=False, fontsize=8.5)
    picture.describe(
        f"Graph of y = max(i1, i2) + min(i1, i2). x1 = {x1:.2f}, x2 = {x2:.2f}, y = {y:.2f}. "
        f"Gradients: dE/dy = {upstream:.2f}, dE/dx1 = {dx1:.3f}, dE/dx2 = {dx2:.3f}."
        + (" A tie: max and min both have a choice." if i1 == i2 else "")
    )
    return picture


def routing(
    forward: Callable[[torch.Tensor, torch.Tensor], Any], backward: Callable[..., Any]
) -> Picture | Pretty:
    """Draw maximum and minimum of two hills, and the gradients at both hills.

    Only the hills x1 and x2 are given; all else comes from the student's functions, right or wrong.

    Args:
        forward: the student's `forward(x1, x2)`, which returns (o_max, o_min, i1, i2, mask) of
            the shape of x1 and x2, float64 (40, 40); i is the sigmoid of x.
        backward: the student's `backward(u, v, i1, i2, mask)`, which returns (dE/dx1, dE/dx2); u
            and v are dE/do_max and dE/do_min, and the others are what `forward` returned.

    Returns:
        The picture, or one line of text if a function is not written or its result is unusable.
    """
    try:
        values, gradients = _route(forward, backward, *_two_hills())
    except StudentFunctionError as problem:
        return Pretty(str(problem))
    picture = Picture(9.2, 4.8)
    rows = picture.subplots(2, 4)
    limit = max(float(np.abs(gradient).max()) for gradient in gradients.values()) or 1.0
    for axes, panels, label, scale in [
        (rows[0], values, "value", {"cmap": "gray", "vmin": 0, "vmax": 1}),
        (rows[1], gradients, "gradient", {"cmap": "cividis", "vmin": -limit, "vmax": limit}),
    ]:
        for panel, (title, tile) in zip(axes, panels.items(), strict=True):
            image = panel.imshow(tile, **scale)
            panel.set_title(title, fontsize=10)
            panel.set_xticks([])
            panel.set_yticks([])
        picture.colorbar(image, ax=list(axes), label=label, shrink=0.9)
    picture.describe(
        "Two hills, their maximum and minimum, and the gradients at both hills for u = 1, v = -1 "
        "and for u = v = 1, from "
        + ", ".join(f"{tile.min():.3f} to {tile.max():.3f}" for tile in gradients.values())
        + "."
    )
    return picture


def _two_hills(size: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    """Return x1 and x2: a hill on the left and one on the right, without a tie."""
    line = torch.linspace(-1, 1, size, dtype=torch.float64)
    up, across = torch.meshgrid(line, line, indexing="ij")
    left, right = (5 * torch.exp(-((across - c) ** 2 + up**2) / 0.3) - 2 for c in (-0.35, 0.35))
    return left, right


def _route(
    forward: Callable[..., Any], backward: Callable[..., Any], x1: torch.Tensor, x2: torch.Tensor
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the panels of `routing` by their titles: values, and gradients for two errors."""
    shape = tuple(x1.shape)
    results = _parts(forward, _ask(forward, x1.clone(), x2.clone()), 5)
    o_max, o_min, i1, i2 = (_numbers(forward, part, shape) for part in results[:4])
    values = {"$i_1$": i1, "$i_2$": i2, "$o_{\\max}$": o_max, "$o_{\\min}$": o_min}
    gradients = {}
    for v, case in [(-1.0, "u = 1, v = -1"), (1.0, "u = v = 1")]:
        upstream = torch.ones_like(x1), torch.full_like(x1, v)
        answer = _parts(backward, _ask(backward, *upstream, *results[2:]), 2)
        for k, part in enumerate(answer, start=1):
            gradients[f"$dE/dx_{k}$\n${case}$"] = _numbers(backward, part, shape)
    return values, gradients


def batch_normalisation(
    forward: Callable[[torch.Tensor, torch.Tensor, torch.Tensor, float], Any],
    *,
    scale: Sequence[float] = (1.0, 1.0),
    shift: Sequence[float] = (0.0, 0.0),
    note: str | None = None,
) -> Picture:
    """Draw a batch of two features before and after its normalisation, on the same axes.

    The left panel shows the batch, the right one the student's result, right or wrong. A cross
    marks the mean; its arms are one standard deviation long. One image is marked in both panels.

    Args:
        forward: the student's `forward(x, gamma, epsilon, eta)`; x is float64 of shape (60, 2),
            gamma and epsilon have shape (2,), eta is a float (Ioffe and Szegedy 2015, algorithm 1,
            where the shift epsilon is called beta). It returns y of the shape of x, or a tuple that
            starts with y.
        scale: gamma, one number for each feature.
        shift: epsilon, one number for each feature.
        note: line at the foot.

    Raises:
        StudentFunctionError: if the function is not written, raises, or returns something else.
        ValueError: if scale or shift are not two finite numbers.
    """
    gamma, epsilon = to_vector(scale, "scale"), to_vector(shift, "shift")
    for name, values in [("scale", gamma), ("shift", epsilon)]:
        if len(values) != 2:
            raise ValueError(f"{name} must hold two numbers, one a feature, got {len(values)}")
    before = _slanted_batch()
    answer = _ask(forward, before.clone(), torch.tensor(gamma), torch.tensor(epsilon), 1e-5)
    y = answer[0] if isinstance(answer, (tuple, list)) and len(answer) else answer
    if y is None:
        raise StudentFunctionError(f"{_name(forward)} is not written yet; this figure needs it.")
    after = _numbers(forward, y, tuple(before.shape))

    picture = Picture(8.4, 4.7, note=note)
    limit = max(8.0, 1.1 * float(np.abs(after).max()))
    said = []
    for axes, title, points, colour, marker in zip(
        picture.subplots(1, 2),
        ("before", "after"),
        (before.numpy(), after),
        (BLUE, VERMILLION),
        MARKERS,
        strict=False,
    ):
        mean, spread = points.mean(axis=0), points.std(axis=0)
        _cloud(axes, points, mean, spread, colour, marker)
        axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
        axes.locator_params(nbins=5)
        numbers = [
            f"feature {k}: mean {round(m, 2) + 0.0:.2f}, standard deviation {s:.2f}"  # no "-0.00"
            for k, (m, s) in enumerate(zip(mean, spread, strict=True), start=1)
        ]
        axes.set_title("\n".join([title, *numbers]), fontsize=9.5)
        said.append(f"{title}: {'; '.join(numbers)}.")
    chosen = ", ".join(f"{g:g} and {e:g}" for g, e in zip(gamma, epsilon, strict=True))
    picture.describe(
        f"A batch of {len(before)} images, two features. Scale and shift of each: {chosen}. "
        + " ".join(said)
    )
    return picture


def _slanted_batch(size: int = 60) -> torch.Tensor:
    """Return a batch (size, 2) whose features differ in mean and spread and are correlated."""
    noise = torch.randn(size, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mixing = torch.tensor([[2.0, 0.6], [0.0, 0.4]], dtype=torch.float64)
    return noise @ mixing + torch.tensor([3.0, -4.0], dtype=torch.float64)


def _cloud(
    axes: Axes, points: np.ndarray, mean: np.ndarray, spread: np.ndarray, colour: str, marker: str
) -> None:
    x, y = points.T
    axes.scatter(x, y, s=16, color=colour, marker=marker, alpha=0.75, linewidths=0)
    arms = {"xerr": spread[0], "yerr": spread[1], "capsize": 4}
    axes.errorbar(mean[0], mean[1], color="black", linewidth=2, **arms)
    axes.scatter(x[0], y[0], s=90, facecolor="none", edgecolor="black", linewidth=1.5, marker="D")
    axes.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    axes.axvline(0, color="0.6", linewidth=0.8, zorder=0)
    axes.set_xlabel("feature 1")
    axes.set_ylabel("feature 2")


def _routes(i1: float, i2: float, upstream: float) -> dict[tuple[str, str], float | None]:
    """Return the gradient along each edge; None where a tie leaves it open."""
    tie = i1 == i2
    return {
        ("i1", "max"): None if tie else upstream * (i1 > i2),
        ("i1", "min"): None if tie else upstream * (i1 < i2),
        ("i2", "max"): None if tie else upstream * (i2 > i1),
        ("i2", "min"): None if tie else upstream * (i2 < i1),
        ("max", "sum"): upstream,
        ("min", "sum"): upstream,
        ("sum", "y"): upstream,
    }


def _empty_graph(note: str | None = None) -> tuple[Picture, Axes]:
    picture = Picture(9.2, 3.7, note=note)
    axes = picture.add_subplot(xlim=(0, 9.15), ylim=(-0.35, 3.2), aspect="equal")
    axes.set_axis_off()
    return picture, axes


def _between(start: str, end: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the start and end of an arrow between two boxes, and its normal direction."""
    a, b = np.array(BOXES[start]), np.array(BOXES[end])
    along = (b - a) / np.linalg.norm(b - a)
    trim = 0.05 + np.min(HALF_BOX / np.maximum(np.abs(along), 1e-9))  # to the edge of the box
    return a + trim * along, b - trim * along, np.array([-along[1], along[0]])


def _box(axes: Axes, box: str, text: str) -> None:
    across, up = BOXES[box]
    width, height = 2 * HALF_BOX
    corner = (across - width / 2, up - height / 2)
    axes.add_patch(Rectangle(corner, width, height, facecolor="white", edgecolor="black"))
    axes.text(across, up, text, ha="center", va="center", fontsize=10)


def _edge(axes: Axes, start: str, end: str, value: float, gradient: float | None) -> None:
    """Draw the value's arrow from start to end and, beside it, the gradient's arrow back."""
    tail, head, across = _between(start, end)
    tail, head = tail + 0.07 * across, head + 0.07 * across
    _arrow(axes, tail, head, FORWARD | {"linewidth": _thickness(value)})
    if gradient is None:
        style, text = CHOICE, "?"
    elif gradient == 0:
        style, text = NO_GRADIENT, "0"
    else:
        style, text = BACKWARD | {"linewidth": _thickness(gradient)}, f"{gradient:.2f}"
    _arrow(axes, head - 0.14 * across, tail - 0.14 * across, style)
    # On a sloping edge, the label is near the gradient's source, away from crossings.
    share = 0.5 if tail[1] == head[1] else 0.3
    x, y = head - share * (head - tail) - 0.28 * across
    axes.text(
        x,
        y,
        GRADIENT_NAMES.get(start, "") + text,
        ha="center",
        va="center",
        fontsize=9,
        color="0.35" if gradient == 0 else "#8a3c00",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )


def _arrow(axes: Axes, tail: np.ndarray, head: np.ndarray, style: dict[str, Any]) -> None:
    arrow = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "mutation_scale": 12}
    axes.annotate("", xy=tuple(head), xytext=tuple(tail), arrowprops=arrow | style)


def _thickness(value: float) -> float:
    return 0.8 + min(abs(value), 4.0)


def _bars(
    axes: Axes, values: np.ndarray, colour: str, label: str, limits: tuple[float, float]
) -> None:
    bars = axes.bar(range(len(values)), values, color=colour, edgecolor="black", linewidth=0.6)
    axes.bar_label(bars, [f"{value:.2f}" for value in values], fontsize=9, padding=2)
    axes.set_xticks(range(len(values)), [str(i + 1) for i in range(len(values))])
    axes.set_xlabel("$i$")
    axes.set_ylabel(label)
    axes.set_ylim(*limits)
    axes.axhline(0, color="black", linewidth=0.8)


def _spread(values: np.ndarray) -> str:
    """Say how spread out the values are, or that they are no probabilities."""
    if values.min() < 0 or abs(values.sum() - 1) > 1e-4:
        return f"sum {values.sum():.3g}: no probabilities"
    positive = values[values > 0]
    entropy = abs(float(np.sum(positive * np.log(positive))))  # abs: no "-0.00"
    return f"entropy {entropy:.2f} of {math.log(len(values)):.2f} nat"


def _ask(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the student's function; any error becomes a StudentFunctionError with one line."""
    name = _name(function)
    try:
        answer = function(*arguments)
    except NotImplementedError:
        answer = None
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0][:200]
        raise StudentFunctionError(f"{name} raised {type(error).__name__}: {reason}") from error
    if answer is None:
        raise StudentFunctionError(f"{name} is not written yet; this figure needs it.")
    return answer


def _numbers(function: Callable[..., Any], answer: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Check and convert what the student's function returned."""
    try:
        values = to_array(answer, f"what {_name(function)} returned").astype(np.float64)
    except ValueError as error:
        raise StudentFunctionError(str(error)) from error
    if values.shape != shape:
        raise StudentFunctionError(
            f"{_name(function)} returned shape {values.shape}, expected {shape}"
        )
    return values


def _pair(function: Callable[..., Any], answer: Any) -> tuple[float, float]:
    try:
        first, second = answer
    except (TypeError, ValueError) as error:
        raise StudentFunctionError(
            f"{_name(function)} must return two values, (dE_dx1, dE_dx2)"
        ) from error
    if first is None or second is None:
        raise StudentFunctionError(f"{_name(function)} is not written yet; this figure needs it.")
    return float(_numbers(function, first, ())), float(_numbers(function, second, ()))


def _parts(function: Callable[..., Any], answer: Any, count: int) -> list[Any]:
    """Check that the student's function returned `count` values, none of them a placeholder."""
    if not isinstance(answer, (tuple, list)) or len(answer) != count:
        raise StudentFunctionError(f"{_name(function)} must return {count} values")
    if any(part is None or part is Ellipsis for part in answer):
        raise StudentFunctionError(f"{_name(function)} is not written yet; this figure needs it.")
    return list(answer)


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)
