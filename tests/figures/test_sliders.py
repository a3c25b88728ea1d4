"""Widgets: a slider changes the picture, and there is always something to see without widgets."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import matplotlib.image
import nbformat
import numpy as np
import pytest
import torch
from IPython.display import Pretty
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from kit_utils import figures
from kit_utils.figures import sliders

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def ungraded(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def softmax(x, beta):
    return (-beta * x).softmax(0)


def forward(x1, x2):
    return torch.sigmoid(x1) + torch.sigmoid(x2)


def backward(x1, x2, dE_dy):
    return 0.1 * x1 * dE_dy, 0.2 * x2 * dE_dy


def scaled_and_shifted(x, gamma, epsilon, eta):
    return gamma * (x - x.mean(0)) / 4 + epsilon, None, None  # wrong on purpose, and shown


def rolling(theta, velocity, gradient, learning_rate, momentum):
    velocity = momentum * velocity - learning_rate * gradient
    return theta + velocity, velocity


def ahead(theta, velocity, momentum):
    return theta + momentum * velocity


def signs(theta, mean, square, gradient, step, learning_rate, beta_1, beta_2, eta):
    return theta - learning_rate * gradient.sign(), mean, square  # wrong on purpose, and shown


def unwritten(*_):
    raise NotImplementedError


def pixels(widget):
    png = re.search(r"base64,([^\"]+)", widget.view.value)[1]
    return matplotlib.image.imread(io.BytesIO(base64.b64decode(png)))


def test_moving_beta_changes_the_picture():
    widget = sliders.softmax_under_beta(softmax)
    before = pixels(widget)
    widget.sliders[0].value = 5.0
    assert "beta 5:" in widget.view.value
    changed = (pixels(widget) != before).any(axis=(0, 2))
    middle = len(changed) // 2
    assert changed[middle:].any() and not changed[: middle // 2].any()  # inputs stay


def test_beta_can_be_zero_and_ten():
    values = [value for _, value in sliders.softmax_under_beta(softmax).sliders[0].options]
    assert values[0] == 0 and values[-1] == 10 and values == sorted(values)


def test_beta_can_be_negative_where_the_exercise_says_so():
    widget = sliders.softmax_under_beta(softmax, negative=True)
    values = [value for _, value in widget.sliders[0].options]
    assert values == sorted({-value for value in values}) and values[0] == -10
    widget.sliders[0].value = -1.5
    assert "beta -1.5:" in widget.view.value
    still = sliders.softmax_under_beta(softmax, negative=True, static=True)
    assert "beta -1: " in still.alt and "beta 0: " in still.alt


@pytest.mark.parametrize("index", [1, 2, 3])
def test_moving_an_input_changes_the_picture(index):
    widget = sliders.softmax_under_beta(softmax)
    before = pixels(widget)
    widget.sliders[index].value = 4.0
    assert (pixels(widget) != before).any()


def test_there_is_a_named_slider_for_every_input():
    made = sliders.softmax_under_beta(softmax, logits=(1, 2)).sliders
    assert [slider.description for slider in made] == ["beta", "x1", "x2"]
    assert [slider.value for slider in made[1:]] == [1, 2]
    assert all(slider.readout for slider in made)


def test_an_input_beyond_five_is_kept():
    slider = sliders.softmax_under_beta(softmax, logits=(0.0, -8.5)).sliders[2]
    assert (slider.value, slider.min, slider.max) == (-8.5, -8.5, 8.5)


@pytest.mark.parametrize("logits", [[], [[1.0]], [float("nan")]])
@pytest.mark.parametrize("static", [False, True])
def test_bad_inputs_are_named(logits, static):
    with pytest.raises(ValueError, match="logits"):
        sliders.softmax_under_beta(softmax, logits=logits, static=static)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_moving_a_graph_slider_changes_the_picture(index):
    widget = sliders.dag_gradient_flow(forward, backward)
    before = pixels(widget)
    widget.sliders[index].value = -1.5
    assert (pixels(widget) != before).any()


@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_moving_a_slider_of_the_batch_changes_the_picture_after_it_only(index):
    widget = sliders.batch_normalisation(scaled_and_shifted)
    before = pixels(widget)
    widget.sliders[index].value = -1.5
    changed = (pixels(widget) != before).any(axis=(0, 2))
    middle = len(changed) // 2
    assert changed[middle:].any() and not changed[: middle // 2].any()


def test_the_sliders_of_a_batch_reach_the_function_in_their_order():
    widget = sliders.batch_normalisation(scaled_and_shifted)
    assert [s.description for s in widget.sliders] == ["scale 1", "scale 2", "shift 1", "shift 2"]
    assert [s.value for s in widget.sliders] == [1, 1, 0, 0]
    for slider, value in zip(widget.sliders, (0.5, -2.0, 3.0, -1.0), strict=True):
        slider.value = value
    assert "Scale and shift of each: 0.5 and 3, -2 and -1." in widget.view.value


def test_a_batch_normalisation_that_is_not_written_gives_one_plain_line():
    widget = sliders.batch_normalisation(unwritten)
    assert widget.view.value == "<p>unwritten is not written yet; this figure needs it.</p>"
    shown = sliders.batch_normalisation(unwritten, static=True)
    assert isinstance(shown, Pretty) and "unwritten is not written yet" in shown.data


@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_moving_a_slider_of_the_race_changes_the_picture(index):
    widget = sliders.optimiser_race(rolling, ahead, signs)
    before = pixels(widget)
    widget.sliders[index].value = widget.sliders[index].max / 2
    assert (pixels(widget) != before).any()


def test_the_sliders_of_the_race_reach_the_functions_in_their_order():
    widget = sliders.optimiser_race(rolling, ahead, signs)
    for slider, value in zip(widget.sliders, (0.03, 0.5, 0.7, 45.0), strict=True):
        slider.value = value
    assert "Learning rate 0.03, momentum 0.5, rate of Adam 0.7" in widget.view.value
    assert "turned by 45 degrees" in widget.view.value


def test_a_race_without_adam_has_two_sliders_and_starts_as_the_figure_does():
    widget = sliders.optimiser_race(rolling, ahead)
    assert [s.description for s in widget.sliders] == ["learning rate", "momentum"]
    assert widget.fallback["text/plain"] == figures.optimiser_race(rolling, ahead).alt


def test_a_race_with_an_unwritten_adam_gives_one_plain_line():
    line = "unwritten is not written yet; this figure needs it."
    assert sliders.optimiser_race(rolling, ahead, unwritten).view.value == f"<p>{line}</p>"
    shown = sliders.optimiser_race(rolling, ahead, unwritten, static=True)
    assert isinstance(shown, Pretty) and line in shown.data


def test_a_function_that_is_not_written_gives_one_plain_line():
    widget = sliders.softmax_under_beta(unwritten)
    line = "unwritten is not written yet; this figure needs it."
    assert widget.view.value == f"<p>{line}</p>"
    assert widget._repr_mimebundle_()["text/plain"] == line


def test_the_line_cannot_hold_markup():
    def spoil(x, beta):
        raise RuntimeError("<script>")

    assert "&lt;script&gt;" in sliders.softmax_under_beta(spoil).view.value


def test_the_picture_comes_back_when_the_function_works_again():
    def picky(x, beta):
        if beta == 0:
            raise ZeroDivisionError("division by zero")
        return softmax(x, beta)

    widget = sliders.softmax_under_beta(picky)
    widget.sliders[0].value = 0.0
    assert widget.view.value == "<p>picky raised ZeroDivisionError: division by zero</p>"
    assert "image/png" not in widget._repr_mimebundle_()
    widget.sliders[0].value = 1.0
    assert pixels(widget).shape[2] == 4


def test_widget_brings_the_present_picture_along():
    widget = sliders.dag_gradient_flow(forward, backward)
    widget.sliders[0].value = 2.5
    data = widget._repr_mimebundle_()
    assert VIEW in data and "x1 = 2.50" in data["text/plain"]
    np.testing.assert_array_equal(
        matplotlib.image.imread(io.BytesIO(base64.b64decode(data["image/png"]))), pixels(widget)
    )


@pytest.mark.parametrize("graded", [False, True])
def test_static_and_graded_runs_get_a_picture(graded, monkeypatch):
    if graded:
        monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    options = {} if graded else {"static": True}
    for shown in (
        sliders.softmax_under_beta(softmax, **options),
        sliders.dag_gradient_flow(forward, backward, **options),
        sliders.batch_normalisation(scaled_and_shifted, **options),
        sliders.optimiser_race(rolling, ahead, signs, **options),
    ):
        assert isinstance(shown, figures.Picture)


def test_static_run_of_an_unwritten_function_gives_the_line():
    shown = sliders.dag_gradient_flow(forward, unwritten, static=True)
    assert isinstance(shown, Pretty) and "unwritten is not written yet" in shown.data


CELLS = [
    "from kit_utils import figures\nfrom kit_utils.figures import sliders",
    "sliders.softmax_under_beta(lambda x, beta: (-beta * x).softmax(0))",
    "sliders.softmax_under_beta(lambda x, beta: None)",
    "import matplotlib.pyplot as plt\nfigures.image_grid([[[0, 1]]], title='t')",
]


@pytest.mark.parametrize("mode", ["", "autograde"])
def test_a_notebook_shows_each_figure_exactly_once(mode, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", mode)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    client = NotebookClient(notebook, store_widget_state=False, kernel_name="python3")
    client.execute(cwd=str(Path(sliders.__file__).parents[2]))
    _, interactive, line, grid = ([o.data for o in cell.outputs] for cell in notebook.cells)
    assert [len(outputs) for outputs in (interactive, line, grid)] == [1, 1, 1]
    assert "image/png" in interactive[0] and "image/png" in grid[0]
    assert "is not written yet" in line[0]["text/plain"]
    assert (VIEW in interactive[0]) == (mode == "")

    page, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    images = re.findall(r"<img[^>]*>", page)
    assert len(images) == 2 and all("data:image/png;base64" in image for image in images)
    assert 'alt="t: a grid of 1 images.' in images[1]
    assert "is not written yet" in page
