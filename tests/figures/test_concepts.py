"""Concept pictures: the student's answers are what is drawn, and nothing gives them away."""

from __future__ import annotations

import gc
import math
import weakref

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from IPython.display import Pretty

from kit_utils import figures


def softmax(x, beta):
    return (-beta * x).softmax(0)


def forward(x1, x2):
    return torch.sigmoid(x1) + torch.sigmoid(x2)


def backward(x1, x2, dE_dy):
    return 0.125 * dE_dy, -0.375 * dE_dy  # wrong on purpose: the picture must show these


def heights(axes):
    return [bar.get_height() for bar in axes.patches]


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def test_bars_are_the_inputs_and_the_answers_of_the_student():
    figure = figures.softmax_under_beta(softmax, (0.0, 1.0, 3.0), (0.5, 2.0))
    inputs, *panels = figure.axes
    assert heights(inputs) == [0, 1, 3] and len(panels) == 2
    for axes, beta in zip(panels, (0.5, 2.0), strict=True):
        expected = np.exp(-beta * np.array([0, 1, 3]))
        np.testing.assert_allclose(heights(axes), expected / expected.sum())


def test_entropy_is_told():
    figure = figures.softmax_under_beta(softmax, (0.0, 1.0, 2.0, 3.0), (0.0, 100.0))
    uniform, certain = (axes.get_title() for axes in figure.axes[1:])
    assert "entropy 1.39 of 1.39 nat" in uniform and "entropy 0.00 of 1.39 nat" in certain
    assert f"{math.log(4):.2f}" == "1.39"


def test_the_student_gets_a_float64_vector():
    seen = []

    def record(x, beta):
        seen.append((x.dtype, x.shape, type(beta)))
        return x.softmax(0)

    figures.softmax_under_beta(record, (1, 2), (1,))
    assert seen == [(torch.float64, (2,), float)]


def test_a_student_who_changes_x_does_not_change_the_picture():
    def spoil(x, beta):
        x.fill_(9)
        return x.softmax(0)

    figure = figures.softmax_under_beta(spoil, (0.0, 1.0), (1.0, 2.0))
    assert heights(figure.axes[0]) == [0, 1]


def test_what_are_no_probabilities_is_drawn_and_said():
    figure = figures.softmax_under_beta(lambda x, beta: torch.exp(x), (0.0, 1.0), (1.0,))
    assert "sum 3.72: no probabilities" in figure.axes[1].get_title()
    assert figure.axes[1].get_ylim()[1] > math.e


def raises(*_):
    raise IndexError("row 3\nsecond line")


def unwritten(*_):
    raise NotImplementedError


def empty(*_):
    return None


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (unwritten, "^unwritten is not written yet; this figure needs it.$"),
        (empty, "^empty is not written yet; this figure needs it.$"),
        (raises, "^raises raised IndexError: row 3$"),
        (lambda x, beta: x.sum(), r"returned shape \(\), expected \(2,\)"),
        (lambda x, beta: x / 0, "NaN or infinity"),
        (lambda x, beta: "abc", "real numbers"),
        (lambda x, beta: [[1.0], [2.0, 3.0]], "cannot be read"),
    ],
)
def test_softmax_that_gives_no_answer_is_named(function, message):
    with pytest.raises(figures.StudentFunctionError, match=message):
        figures.softmax_under_beta(function, (0.0, 1.0))


def test_graph_shows_the_students_numbers():
    figure = figures.dag_gradient_flow(forward, backward, x1=1, x2=-1, upstream=2.0)
    shown = texts(figure)
    assert "$dE/dx_1$ = 0.25" in shown and "$dE/dx_2$ = -0.75" in shown
    assert "$y$\n1.00" in shown and "$dE/dy$ = 2.00" in shown
    assert "sigmoid\n$i_1$ = 0.73" in shown and "max\n0.73" in shown and "min\n0.27" in shown


def test_the_right_gradient_is_not_given_away():
    figure = figures.dag_gradient_flow(forward, backward, x1=1.0, x2=0.3)
    x1 = torch.tensor(1.0, requires_grad=True)
    right = f"{torch.autograd.grad(torch.sigmoid(x1), x1)[0]:.2f}"
    assert right == "0.20"
    assert not any(right in text for text in [*texts(figure), figure.alt])


def edge_labels(figure):
    boxes = 8
    return texts(figure)[:-boxes]


@pytest.mark.parametrize(
    ("x1", "x2", "routed"),
    [(2.0, 1.0, ["1.00", "0", "0", "1.00"]), (1.0, 2.0, ["0", "1.00", "1.00", "0"])],
)
def test_max_and_min_route_the_gradient(x1, x2, routed):
    # in order: i1-max, i1-min, i2-max, i2-min
    assert edge_labels(figures.dag_gradient_flow(forward, backward, x1=x1, x2=x2))[2:6] == routed


def test_a_tie_leaves_a_choice():
    figure = figures.dag_gradient_flow(forward, backward, x1=0.5, x2=0.5)
    assert texts(figure)[-1].startswith("Tie: $i_1$ = $i_2$")
    assert texts(figure)[2:6] == ["?"] * 4
    assert "tie" in figure.alt


def test_gradient_arrows_differ_in_style_not_only_in_colour():
    def styles(figure):
        arrows = [t.arrow_patch for t in figure.axes[0].texts if getattr(t, "arrow_patch", None)]
        return [arrow.get_linestyle() for arrow in arrows]

    split = styles(figures.dag_gradient_flow(forward, backward, x1=1, x2=0))
    tie = styles(figures.dag_gradient_flow(forward, backward, x1=1, x2=1))
    assert split.count("solid") + split.count("-") == 9
    assert {split[1], split[7]} == {"--", ":"} and tie[5] == "-."


@pytest.mark.parametrize(
    ("bad_forward", "bad_backward", "message"),
    [
        (empty, backward, "^empty is not written yet"),
        (forward, unwritten, "^unwritten is not written yet"),
        (forward, lambda *_: (None, None), "not written yet"),
        (forward, raises, "raised IndexError"),
        (forward, lambda *_: 1.0, "must return two values"),
        (forward, lambda *_: (1.0, 2.0, 3.0), "must return two values"),
        (forward, lambda *_: (1.0, torch.zeros(1)), r"shape \(1,\), expected \(\)"),
        (lambda *_: float("nan"), backward, "NaN"),
    ],
)
def test_graph_functions_that_give_no_answer_are_named(bad_forward, bad_backward, message):
    with pytest.raises(figures.StudentFunctionError, match=message):
        figures.dag_gradient_flow(bad_forward, bad_backward)


def route(x1, x2):
    return x1 * 0 + 0.25, x2 * 0 + 0.75, x1 * 0, x2 * 0 + 1, x1 > x2  # wrong on purpose


def route_back(u, v, i1, i2, mask):
    return torch.where(mask, u, v), 0.5 * v


def tiles(figure):
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes if axes.images]


def test_routing_shows_what_the_student_returned():
    figure = figures.routing(route, route_back)
    values, gradients = tiles(figure)[:4], tiles(figure)[4:]
    assert [float(tile.mean()) for tile in values] == [0, 1, 0.25, 0.75]  # i1, i2, max, min
    assert set(np.unique(gradients[0])) == {-1, 1} and set(np.unique(gradients[1])) == {-0.5}
    assert set(np.unique(gradients[2])) == {1} and set(np.unique(gradients[3])) == {0.5}
    assert "from -1.000 to 1.000, -0.500 to -0.500, 1.000 to 1.000" in figure.alt
    titles = [axes.get_title() for axes in figure.axes[4:8]]
    assert titles[:2] == ["$dE/dx_1$\n$u = 1, v = -1$", "$dE/dx_2$\n$u = 1, v = -1$"]


def test_the_hills_are_apart_without_a_tie():
    seen = []

    def record(x1, x2):
        seen.append((x1, x2))
        return route(x1, x2)

    figures.routing(record, route_back)
    x1, x2 = seen[0]
    assert x1.shape == x2.shape == (40, 40) and x1.dtype == torch.float64
    assert not (x1 == x2).any() and 0.4 < (x1 > x2).double().mean() < 0.6


def test_gradients_of_zero_are_drawn_too():
    figure = figures.routing(route, lambda u, v, *stored: (0 * u, 0 * v))
    assert not np.any(tiles(figure)[4:])


@pytest.mark.parametrize(
    ("bad_forward", "bad_backward", "message"),
    [
        (unwritten, route_back, "unwritten is not written yet; this figure needs it."),
        (route, empty, "empty is not written yet; this figure needs it."),
        (lambda x1, x2: x1, route_back, "must return 5 values"),
        (lambda x1, x2: (x1, x2, x1, x2, None), route_back, "is not written yet"),
        (route, lambda *_: (1.0, 2.0, 3.0), "must return 2 values"),
        (route, lambda u, *_: (u.sum(), u), r"returned shape (), expected (40, 40)"),
        (route, raises, "raises raised IndexError: row 3"),
    ],
)
def test_routing_that_gives_no_answer_is_one_line(bad_forward, bad_backward, message):
    shown = figures.routing(bad_forward, bad_backward)
    assert isinstance(shown, Pretty) and message in shown.data


def times_two(x, gamma, epsilon, eta):
    return 2 * gamma * x + epsilon, None, None  # wrong on purpose


def points(axes):
    return axes.collections[0].get_offsets().data


def test_the_batch_after_is_the_answer_of_the_student():
    figure = figures.batch_normalisation(times_two, scale=(1.0, -0.5), shift=(3.0, 0.0))
    before, after = (points(axes) for axes in figure.axes)
    assert before.shape == after.shape == (60, 2)
    np.testing.assert_allclose(after, before * [2, -1] + [3, 0])
    mean, spread = after.mean(axis=0), after.std(axis=0)
    said = f"feature 1: mean {mean[0]:.2f}, standard deviation {spread[0]:.2f}"
    assert said in figure.axes[1].get_title() and said in figure.alt


def test_both_batches_stand_on_the_same_axes():
    def far(x, gamma, epsilon, eta):
        return x + 100

    left, right = figures.batch_normalisation(far).axes
    for axes in (left, right):
        low, high = axes.get_xlim()
        assert axes.get_ylim() == (low, high) == left.get_xlim()
        assert low < points(axes).min() and points(axes).max() < high


def test_a_mean_of_zero_has_no_minus_sign():
    def centred(x, gamma, epsilon, eta):
        return x - x.mean(0) - 1e-9, None, None

    assert "mean 0.00" in figures.batch_normalisation(centred).axes[1].get_title()


def test_a_batch_that_the_student_changes_is_drawn_as_it_was():
    def spoil(x, gamma, epsilon, eta):
        return (x.zero_(),)

    assert points(figures.batch_normalisation(spoil).axes[0]).any()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (unwritten, "^unwritten is not written yet"),
        (lambda *_: (None, None, None), "is not written yet"),
        (lambda x, *_: x.mean(0), r"returned shape \(2,\), expected \(60, 2\)"),
        (lambda x, *_: (x / 0, None, None), "NaN or infinity"),
        (lambda x, *_: (), "is empty"),
    ],
)
def test_batch_normalisation_that_gives_no_answer_is_named(function, message):
    with pytest.raises(figures.StudentFunctionError, match=message):
        figures.batch_normalisation(function)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: figures.batch_normalisation(times_two, scale=(1.0,)),
            "scale must hold two numbers, one a feature, got 1",
        ),
        (lambda: figures.batch_normalisation(times_two, shift=(1.0, math.nan)), "shift holds NaN"),
        (lambda: figures.softmax_under_beta(softmax, [[1.0]]), r"logits must have shape \(n,\)"),
        (lambda: figures.softmax_under_beta(softmax, []), "logits is empty"),
        (lambda: figures.softmax_under_beta(softmax, betas=[]), "betas is empty"),
        (lambda: figures.dag_gradient_flow(forward, backward, x1=math.inf), "infinity"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_pictures_are_forgotten_when_no_longer_used():
    figure = figures.softmax_under_beta(softmax)
    figure.png()
    gone = weakref.ref(figure)
    del figure
    gc.collect()
    assert gone() is None and plt.get_fignums() == []


def test_a_notebook_gets_png_and_a_text_in_its_place():
    figure = figures.softmax_under_beta(softmax, note="stand-in digits")
    data, metadata = figure._repr_mimebundle_()
    assert data["image/png"].startswith("iVBOR") and data["text/plain"] == figure.alt
    assert metadata["image/png"] == {"width": 960, "alt": figure.alt}
    assert figure.alt.startswith("Softmax of -1, 0, 2. beta 0.5: 0.55, 0.33, 0.12,")
