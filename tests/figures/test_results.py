"""Curves and confusion: the numbers drawn are the numbers given."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from kit_utils import figures


def history(loss=(1.0, 0.5, 0.25), validation=(1.1, 0.7, 0.6), accuracy=(0.8, 0.9, 0.95)):
    return SimpleNamespace(
        train_loss=list(loss),
        validation_loss=list(validation),
        validation_accuracy=list(accuracy),
    )


def test_curves_draw_what_the_history_holds():
    figure = figures.curves(history(), title="run", note="stand-in digits")
    loss, accuracy = figure.axes
    training, validation = loss.lines
    np.testing.assert_array_equal(training.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(training.get_ydata(), [1.0, 0.5, 0.25])
    np.testing.assert_array_equal(validation.get_ydata(), [1.1, 0.7, 0.6])
    np.testing.assert_allclose(accuracy.lines[0].get_ydata(), [80, 90, 95])
    assert accuracy.get_ylabel() == "accuracy (%)" and loss.get_xlabel() == "epoch"
    assert figure.get_suptitle() == "run" and figure.get_supxlabel() == "stand-in digits"
    assert "95.00 %" in figure.alt


def test_lines_differ_without_colour():
    training, validation = figures.curves(history()).axes[0].lines
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_marker() != validation.get_marker()


def test_without_validation_only_the_loss_is_drawn():
    figure = figures.curves(history(validation=(), accuracy=()))
    assert len(figure.axes) == 1 and len(figure.axes[0].lines) == 1


def test_compare_curves_names_each_history():
    figure = figures.compare_curves(
        {"small": history(), "large": history(accuracy=(0.7, 0.99))}, title="sizes"
    )
    small, large = figure.axes[0].lines
    assert [line.get_label() for line in (small, large)] == ["small", "large"]
    np.testing.assert_allclose(large.get_ydata(), [70, 99])
    assert small.get_linestyle() != large.get_linestyle()
    assert figure.axes[0].get_title() == "sizes"


def cells(figure):
    return {text.get_position(): text for text in figure.axes[0].texts}


def test_cells_hold_the_counts():
    labels = np.array([0, 0, 0, 0, 1, 2, 2])
    predictions = np.array([0, 0, 0, 2, 1, 1, 2])
    figure = figures.confusion_matrix(labels, predictions)
    drawn = {(y, x): int(text.get_text()) for (x, y), text in cells(figure).items()}
    expected = np.zeros((3, 3), dtype=int)
    np.add.at(expected, (labels, predictions), 1)
    assert drawn == {index: count for index, count in np.ndenumerate(expected)}
    assert figure.axes[0].get_title() == "71.43 % of 7 images right"
    assert figure.axes[0].get_ylabel() == "true class"


def test_colour_is_the_share_of_mistakes_and_the_diagonal_has_none():
    figure = figures.confusion_matrix([0, 0, 0, 0, 1, 2, 2], [0, 0, 0, 2, 1, 1, 2])
    image = figure.axes[0].images[0]
    shares = image.get_array()
    assert shares.mask.tolist() == np.eye(3, dtype=bool).tolist()
    assert shares[0, 2] == 25 and shares[2, 1] == 50 and shares[1, 0] == 0
    assert image.get_clim() == (0, 50)


def test_a_number_on_a_dark_cell_is_white():
    figure = figures.confusion_matrix([0] * 10 + [1] * 10, [1] * 9 + [0] + [1] * 9 + [0])
    assert cells(figure)[(1, 0)].get_color() == "white"
    assert cells(figure)[(0, 1)].get_color() == "black"


def test_classes_are_named_and_may_be_unseen():
    figure = figures.confusion_matrix([0], [0], classes=["cat", "dog", "aeroplane"])
    names = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert names == ["cat", "dog", "aeroplane"]
    assert figure.axes[0].images[0].get_clim() == (0, 1)


RUNS = {"baseline": [0.70, 0.72, 0.74], "+A": 0.8, "worse": [0.5, 0.6]}


def bars(figure):
    axes = figure.axes[0]
    texts = [text.get_text() for text in axes.texts if text.get_text()]
    return [patch.get_width() for patch in axes.patches], texts


def test_ablation_bars_are_means_with_standard_deviations():
    figure = figures.ablation_bars(RUNS, title="ablation", note="stand-in")
    widths, texts = bars(figure)
    np.testing.assert_allclose(widths, [72, 80, 55])
    assert texts == ["72.0 ± 2.0", "80.0", "55.0 ± 7.1"]
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == list(RUNS) and figure.axes[0].yaxis_inverted()
    assert figure.axes[0].get_xlim()[0] == 0
    assert figure.axes[0].get_xlabel() == "accuracy (%)"
    assert "baseline 72.0 ± 2.0; +A 80.0" in figure.alt and "stand-in" in figure.alt


def test_ablation_bars_can_show_the_improvement():
    figure = figures.ablation_bars(RUNS, improvement=True)
    widths, texts = bars(figure)
    np.testing.assert_allclose(widths, [8, -17])
    assert texts == ["+8.0", "-17.0 ± 7.1"]
    assert "improvement over baseline (percentage points)" in figure.axes[0].get_xlabel()


def test_numbers_stand_beside_their_bars_and_spreads():
    runs = {"a": 1.0, "b": [0.6, 0.8], "c": 0.0}
    figure = figures.ablation_bars(runs)
    figure.canvas.draw()
    axes = figure.axes[0]
    for text, end in zip(axes.texts, [100, 70 + 100 * 0.02**0.5, 0], strict=True):
        box = text.get_window_extent()
        assert axes.transData.transform((end, 0))[0] < box.x0 and box.x1 <= figure.bbox.x1


def test_separation_is_drawn_for_each_layer():
    scores = {"feature space": [0.1, 0.5, 0.4], "map": [0.2, 0.3, 0.6]}
    figure = figures.separation_over_depth(scores, ["pixels", "layer 1", "layer 2"], chance=0.1)
    space, in_map, chance = figure.axes[0].lines
    np.testing.assert_allclose(space.get_ydata(), [10, 50, 40])
    np.testing.assert_allclose(in_map.get_ydata(), [20, 30, 60])
    assert list(chance.get_ydata()) == [10, 10]
    assert space.get_linestyle() != in_map.get_linestyle() != chance.get_linestyle()
    assert space.get_marker() != in_map.get_marker()
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert ticks == ["pixels", "layer 1", "layer 2"]
    assert "best layer 1 with 50 %" in figure.alt and "best layer 2 with 60 %" in figure.alt


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.ablation_bars({}), "results is empty"),
        (lambda: figures.ablation_bars({"a": 71.4}), "a: accuracies must be from 0 to 1"),
        (lambda: figures.ablation_bars({"a": []}), "a is empty"),
        (lambda: figures.ablation_bars({"a": 0.5}, improvement=True), "nothing to compare"),
        (lambda: figures.separation_over_depth({}, []), "1 to 6 scores, got 0"),
        (lambda: figures.separation_over_depth({"a": [0.1]}, ["x", "y"]), "1 purities for 2"),
        (lambda: figures.separation_over_depth({"a": [50.0]}, ["x"]), "must be from 0 to 1"),
        (lambda: figures.curves(history(loss=())), "train_loss is empty"),
        (lambda: figures.curves(history(loss=(1.0, float("nan")))), r"train_loss.*index \(1,\)"),
        (lambda: figures.curves(history(validation=(1.0,))), "validation_loss has 1"),
        (lambda: figures.curves(history(accuracy=(1.0,))), "validation_accuracy has 1"),
        (lambda: figures.curves(history(loss=([1.0], [2.0]))), "one number an epoch"),
        (lambda: figures.compare_curves({}), "1 to 6 histories, got 0"),
        (lambda: figures.compare_curves({"a": history()}, quantity="speed"), "must be one of"),
        (lambda: figures.compare_curves({"a": history(accuracy=())}), "accuracy is empty"),
        (lambda: figures.confusion_matrix([0, 1], [0]), "labels has 2, predictions has 1"),
        (lambda: figures.confusion_matrix([], []), "labels is empty"),
        (lambda: figures.confusion_matrix([0, 3], [0, 1], classes="abc"), "class 3 has no name"),
        (lambda: figures.confusion_matrix([0, 1], [0.5, 1]), "predictions must be whole"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
