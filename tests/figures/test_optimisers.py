"""The race of optimisers: every step is the student's, and the picture shows where it led."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kit_utils import figures
from kit_utils.figures.optimisers import CURVATURES, START


def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    velocity = momentum * velocity - learning_rate * gradient
    return theta + velocity, velocity


def gradient_point(theta, velocity, momentum):
    return theta + momentum * velocity


def adam_update(theta, mean, square, gradient, step, learning_rate, beta_1, beta_2, eta):
    mean = beta_1 * mean + (1 - beta_1) * gradient
    square = beta_2 * square + (1 - beta_2) * gradient**2
    m, s = mean / (1 - beta_1**step), square / (1 - beta_2**step)
    return theta - learning_rate * m / (s.sqrt() + eta), mean, square


def ways(figure):
    """The points of each way, by name; the first line of the left panel marks the minimum."""
    lines = figure.axes[0].lines[1:]
    names = [line.get_label().split(":")[0] for line in figure.axes[1].lines]
    return {n: np.stack(line.get_data(), 1) for n, line in zip(names, lines, strict=True)}


def heights(figure):
    return {line.get_label().split(":")[0]: line.get_ydata() for line in figure.axes[1].lines}


def race(adam=adam_update, **options):
    return figures.optimiser_race(momentum_update, gradient_point, adam, **options)


def by_torch(optimiser, steps, **options):
    """The way of an optimiser of torch on the valley, without a turn."""
    theta = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    curvatures = torch.tensor(CURVATURES, dtype=torch.float64)
    stepping = optimiser([theta], **options)
    points = [theta.detach().clone()]
    for _ in range(steps):
        stepping.zero_grad()
        ((curvatures * theta**2).sum() / 2).backward()
        stepping.step()
        points.append(theta.detach().clone())
    return torch.stack(points).numpy()


def test_right_updates_go_where_torch_goes():
    found = ways(race(learning_rate=0.015, momentum=0.8, adam_rate=0.2, steps=40))
    assert list(found) == ["gradient descent", "momentum", "Nesterov", "Adam"]
    expected = {
        "gradient descent": by_torch(torch.optim.SGD, 40, lr=0.015),
        "momentum": by_torch(torch.optim.SGD, 40, lr=0.015, momentum=0.8),
        "Adam": by_torch(torch.optim.Adam, 40, lr=0.2),
    }
    for name, way in expected.items():
        np.testing.assert_allclose(found[name], way, atol=1e-10)


def test_nesterov_goes_by_its_closed_form():
    way = ways(race(None, learning_rate=0.02, momentum=0.9, steps=30))["Nesterov"]
    for k, curvature in enumerate(CURVATURES):
        shrink = 1 - 0.02 * curvature
        step = np.array([[shrink, 0.9 * shrink], [shrink - 1, 0.9 * shrink]])
        for t in (1, 7, 30):
            expected = np.linalg.matrix_power(step, t)[0, 0] * START[k]
            np.testing.assert_allclose(way[t, k], expected, atol=1e-12)


def test_heights_are_those_of_the_points_and_are_told():
    figure = race(steps=25)
    for name, way in ways(figure).items():
        expected = (np.array(CURVATURES) * way**2).sum(1) / 2
        np.testing.assert_allclose(heights(figure)[name], expected)
        assert f"{name} {expected[-1]:.1e}" in figure.alt
    assert "f falls from 28.0, in 25 steps" in figure.alt


def test_turning_the_valley_changes_the_way_of_adam_only():
    straight, turned = heights(race()), heights(race(angle=45))
    for name in ("gradient descent", "momentum", "Nesterov"):
        np.testing.assert_allclose(straight[name], turned[name], rtol=1e-6)
    assert turned["Adam"][-1] > 3 * straight["Adam"][-1]
    quarter = ways(race(angle=90))["momentum"]
    x, y = ways(race())["momentum"].T
    np.testing.assert_allclose(quarter, np.stack([-y, x], 1), atol=1e-12)


def test_a_wrong_answer_is_drawn_as_it_is():
    def uphill(theta, velocity, gradient, learning_rate, momentum):
        return theta + learning_rate * gradient, velocity

    figure = figures.optimiser_race(uphill, gradient_point, steps=3)
    np.testing.assert_allclose(ways(figure)["momentum"][1], [-4.08, 1.8])
    assert heights(figure)["momentum"][1] > 28


def test_a_way_ends_where_it_is_far_outside():
    figure = race(None, learning_rate=0.04)  # Nesterov leaves the valley, the others do not
    found = ways(figure)
    assert len(found["momentum"]) == 61 and len(found["Nesterov"]) < 20
    assert np.abs(found["Nesterov"][-1]).max() > 10 >= np.abs(found["Nesterov"][:-1]).max()
    assert figure.axes[1].get_ylim()[1] < heights(figure)["Nesterov"][-1] < 1e6


def test_without_adam_three_methods_run():
    figure = race(None)
    assert list(ways(figure)) == ["gradient descent", "momentum", "Nesterov"]
    assert "Adam" not in figure.alt


def test_ways_differ_without_colour():
    lines = race().axes[0].lines[1:]
    assert len({line.get_marker() for line in lines}) == 4
    assert len({str(line.get_linestyle()) for line in lines}) == 4


def test_functions_that_change_their_arguments_do_no_harm():
    def in_place(theta, velocity, gradient, learning_rate, momentum):
        velocity.mul_(momentum).sub_(learning_rate * gradient)
        return theta.add_(velocity), velocity

    figure = figures.optimiser_race(in_place, gradient_point)
    for name, way in ways(race(None)).items():
        np.testing.assert_allclose(ways(figure)[name], way, atol=1e-12)


def unwritten(*_):
    raise NotImplementedError


def empty(*_):
    return None


@pytest.mark.parametrize(
    ("functions", "message"),
    [
        ((unwritten, gradient_point), "^unwritten is not written yet; this figure needs it.$"),
        ((empty, gradient_point), "^empty is not written yet"),
        ((momentum_update, empty), "^empty is not written yet"),
        ((momentum_update, lambda *_: ...), "is not written yet"),
        ((momentum_update, gradient_point, empty), "^empty is not written yet"),
        ((lambda theta, *_: theta, gradient_point), "must return 2 values"),
        ((lambda theta, *_: (theta, None), gradient_point), "is not written yet"),
        ((momentum_update, lambda theta, *_: theta.sum()), r"returned shape \(\), expected \(2,\)"),
        ((momentum_update, gradient_point, lambda *_: (1, 2)), "must return 3 values"),
        ((lambda theta, v, *_: (theta / 0, v), gradient_point), "NaN or infinity"),
    ],
)
def test_a_function_that_gives_no_answer_is_named(functions, message):
    with pytest.raises(figures.StudentFunctionError, match=message):
        figures.optimiser_race(*functions)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"angle": float("nan")}, "settings holds NaN"), ({"steps": 0}, "steps must be at least 1")],
)
def test_bad_settings_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        race(**options)
