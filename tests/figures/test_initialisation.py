"""The picture of variances over depth: what is measured, and what students see of mistakes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from IPython.display import Pretty

from kit_utils import figures


def scaled(factor):
    """Weights that multiply every variance by factor² exactly, forwards and backwards."""

    def rotation(n_in, n_out):
        return factor * torch.linalg.qr(torch.randn(n_out, n_in, dtype=torch.float64))[0]

    return rotation


def normal(deviation):
    return lambda n_in, n_out: deviation * torch.randn(n_out, n_in)


def lines(picture):
    """The variances forwards and backwards, by the name of the choice."""
    forward, backward = picture.axes
    return {
        one.get_label(): (one.get_ydata(), other.get_ydata())
        for one, other in zip(forward.lines, backward.lines, strict=True)
    }


def test_variances_of_linear_layers_follow_the_factor():
    drawn = lines(
        figures.variance_over_depth(
            {"half": scaled(0.5), "same": scaled(1), "double": scaled(2)},
            activation="linear",
            depth=6,
            width=30,
        )
    )
    layers = np.arange(6)
    for name, factor in [("half", 0.5), ("same", 1), ("double", 2)]:
        forward, backward = drawn[name]
        np.testing.assert_allclose(forward / forward[0], factor ** (2.0 * layers), rtol=1e-3)
        np.testing.assert_allclose(
            backward / backward[-1], factor ** (2.0 * layers[::-1]), rtol=0.01
        )
    assert 0.9 < drawn["same"][0][0] < 1.1 and 0.9 < drawn["same"][1][-1] < 1.1


@pytest.mark.parametrize("activation", ["tanh", "ReLU"])
def test_gradients_are_those_of_the_stated_layers(activation):
    weights = [0.7 * torch.randn(5, 5, dtype=torch.float64) for _ in range(3)]
    given = iter(weights)
    picture = figures.variance_over_depth(
        {"choice": lambda n_in, n_out: next(given)}, activation=activation, depth=3, width=5
    )
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(100, 5, generator=generator, dtype=torch.float64)
    g = torch.randn(100, 5, generator=generator, dtype=torch.float64)
    ys = []
    for W in weights:
        ys.append(x @ W.T)
        x = ys[-1].tanh() if activation == "tanh" else ys[-1].clamp(min=0)
    gradients = []
    for W, y in zip(reversed(weights), reversed(ys), strict=True):
        g = g * (1 - y.tanh() ** 2 if activation == "tanh" else (y > 0).double())
        gradients.insert(0, g)
        g = g @ W
    forward, backward = lines(picture)["choice"]
    np.testing.assert_allclose(forward, [float(y.var()) for y in ys])
    np.testing.assert_allclose(backward, [float(gradient.var()) for gradient in gradients])


def test_picture_is_the_same_on_every_run_and_leaves_the_generator_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first, second = (
        lines(figures.variance_over_depth({"a": normal(0.1)}, depth=3, width=20))["a"]
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_zero_weights_can_be_drawn():
    picture = figures.variance_over_depth(
        {"zero": lambda n_in, n_out: torch.zeros(n_out, n_in)}, depth=3, width=4
    )
    picture.draw_without_rendering()
    assert lines(picture)["zero"][0].min() > 0
    assert "zero: values from 0 to 0" in picture.alt


def test_description_has_the_numbers():
    picture = figures.variance_over_depth({"double": scaled(2)}, activation="linear", depth=2)
    assert picture.alt.startswith("2 layers of 200 units, linear. double: values from ")
    assert "gradients from" in picture.alt


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda n_in, n_out: None, "He is not written yet; this figure needs it."),
        (lambda n_in, n_out: 1 / 0, "He raised ZeroDivisionError: division by zero"),
        (lambda n_in, n_out: torch.ones(3), "He returned shape (3,), expected (4, 4)"),
        (lambda n_in, n_out: torch.full((4, 4), torch.nan), "what He returned holds NaN"),
    ],
)
def test_unusable_weights_are_said_in_one_line(make, message):
    shown = figures.variance_over_depth({"zero": normal(0.0), "He": make}, depth=2, width=4)
    assert isinstance(shown, Pretty) and message in shown.data


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"choices": {}}, "1 to 6 choices, got 0"),
        ({"choices": dict.fromkeys("abcdefg", normal(1))}, "1 to 6 choices, got 7"),
        ({"activation": "relu"}, "activation must be one of linear, tanh, ReLU, got 'relu'"),
        ({"depth": 0}, "depth and width must be at least 1, got 0 and 200"),
        ({"width": 0}, "got 20 and 0"),
    ],
)
def test_bad_input_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        figures.variance_over_depth(**{"choices": {"a": normal(1)}} | options)
