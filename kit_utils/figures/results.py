"""How training went and what the network confuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from .picture import COLOURS, LINES, MARKERS, Picture, same_length, to_array, to_class_numbers

if TYPE_CHECKING:
    from kit_utils.training import History

LABELS = {
    "train_loss": "training loss",
    "validation_loss": "validation loss",
    "validation_accuracy": "validation accuracy (%)",
}


def curves(history: History, *, title: str | None = None, note: str | None = None) -> Picture:
    """Draw loss and accuracy by epoch; without validation, only the training loss.

    Args:
        history: has the lists `train_loss` (cross-entropy, in nat), `validation_loss` and
            `validation_accuracy` (0..1), one number an epoch. The last two may be empty.
        title: text above the panels.
        note: line at the foot, for example "stand-in digits".

    Raises:
        ValueError: if there is no epoch, a number is not finite, or the lengths differ.
    """
    train_loss = _by_epoch(history, "train_loss")
    panels = 2 if len(history.validation_accuracy) else 1
    picture = Picture(4.2 * panels, 3.2, note=note)
    axes = picture.subplots(1, panels, squeeze=False)[0]
    _line(axes[0], train_loss, 0, "training")
    said = f"Training loss from {train_loss[0]:.3g} to {train_loss[-1]:.3g}"
    if len(history.validation_loss):
        validation_loss = _by_epoch(history, "validation_loss")
        same_length(train_loss=train_loss, validation_loss=validation_loss)
        _line(axes[0], validation_loss, 1, "validation")
        said += f", validation loss {validation_loss[-1]:.3g}"
    axes[0].legend()
    axes[0].set_ylabel("loss (nat per image)")
    if panels == 2:
        accuracy = _by_epoch(history, "validation_accuracy")
        same_length(train_loss=train_loss, validation_accuracy=accuracy)
        _line(axes[1], accuracy, 1, "validation")
        axes[1].set_ylabel("accuracy (%)")
        axes[1].set_title(f"validation accuracy, last epoch {accuracy[-1]:.2f} %", fontsize=10)
        said += f", validation accuracy {accuracy[-1]:.2f} %"
    if title:
        picture.suptitle(title, fontsize=11)
    picture.describe(f"{said} after {len(train_loss)} epochs.")
    return picture


def compare_curves(
    histories: Mapping[str, History],
    *,
    quantity: str = "validation_accuracy",
    title: str | None = None,
    note: str | None = None,
) -> Picture:
    """Draw one quantity of several trainings by epoch, on one axis.

    Args:
        histories: what `curves` takes, by name. The lengths may differ.
        quantity: "train_loss", "validation_loss" or "validation_accuracy".
        title: text above the axis.
        note: line at the foot, for example "stand-in digits".

    Raises:
        ValueError: if there are none or more than six, the quantity is unknown, or a list is empty
            or not finite.
    """
    if not 1 <= len(histories) <= len(COLOURS):
        raise ValueError(f"can compare 1 to {len(COLOURS)} histories, got {len(histories)}")
    if quantity not in LABELS:
        raise ValueError(f"quantity must be one of {', '.join(LABELS)}, got {quantity!r}")
    picture = Picture(6, 3.6, note=note)
    axes = picture.add_subplot()
    last = []
    for style, (name, history) in enumerate(histories.items()):
        values = _by_epoch(history, quantity)
        _line(axes, values, style, name)
        last.append(f"{name} {values[-1]:.4g}")
    axes.set_ylabel(LABELS[quantity])
    axes.legend()
    if title:
        axes.set_title(title, fontsize=11)
    picture.describe(f"{LABELS[quantity]} in the last epoch: {', '.join(last)}.")
    return picture


def confusion_matrix(
    labels: Any,
    predictions: Any,
    *,
    classes: Sequence[str] | None = None,
    title: str | None = None,
    note: str | None = None,
) -> Picture:
    """Draw how often each class was taken for each other one.

    The numbers are counts. The colour of a mistake is its share of the true class (of the row);
    right answers, on the diagonal, are grey, so that they do not drown the mistakes.

    Args:
        labels: true classes, shape (N,).
        predictions: predicted classes, shape (N,).
        classes: names, in order; by default the numbers from 0 to the largest class seen.
        title: text above the matrix; by default the accuracy.
        note: line at the foot, for example "stand-in digits".

    Raises:
        ValueError: if shapes or lengths do not fit, or a class has no name.
    """
    truth = to_class_numbers(labels, "labels")
    said = to_class_numbers(predictions, "predictions")
    same_length(labels=truth, predictions=said)
    largest = max(truth.max(), said.max())
    names = [str(i) for i in range(largest + 1)] if classes is None else list(classes)
    size = len(names)
    if largest >= size:
        raise ValueError(f"class {largest} has no name: classes holds {size} names, from 0")
    counts = np.bincount(truth * size + said, minlength=size * size).reshape(size, size)
    share = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    mistakes = np.ma.masked_array(share, mask=np.eye(size, dtype=bool))
    highest = float(share[~np.eye(size, dtype=bool)].max(initial=0)) or 1.0

    side = min(12.0, max(3.0, 0.5 * size))
    picture = Picture(side + 1.4, side + 0.6, note=note)
    axes = picture.add_subplot(facecolor="0.87")
    image = axes.imshow(mistakes, cmap="Blues", vmin=0, vmax=highest)
    for (row, column), number in np.ndenumerate(counts):
        right = row == column
        pale = "0.6" if number == 0 else "black"
        axes.text(
            column,
            row,
            str(number),
            ha="center",
            va="center",
            fontsize=max(5, 9 - size // 8),
            color="white" if not right and share[row, column] > 0.6 * highest else pale,
            fontweight="bold" if right else "normal",
        )
    axes.set_xticks(range(size), names, rotation=45 if max(map(len, names)) > 3 else 0)
    axes.set_yticks(range(size), names)
    axes.tick_params(length=0)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    accuracy = 100 * np.mean(truth == said)
    axes.set_title(title or f"{accuracy:.2f} % of {len(truth):,} images right", fontsize=11)
    picture.colorbar(image, ax=axes, label="mistakes, share of the true class (%)", shrink=0.8)
    picture.describe(f"Confusion matrix of {size} classes, {accuracy:.2f} % right.")
    return picture


def _by_epoch(history: History, quantity: str) -> np.ndarray:
    """Return one list of a history, accuracy in per cent."""
    values = to_array(getattr(history, quantity), quantity)
    if values.ndim != 1:
        raise ValueError(f"{quantity} must hold one number an epoch, got shape {values.shape}")
    return 100 * values if quantity == "validation_accuracy" else values


def _line(axes: Axes, values: np.ndarray, style: int, label: str) -> None:
    epochs = np.arange(1, len(values) + 1)
    axes.plot(
        epochs,
        values,
        color=COLOURS[style],
        linestyle=LINES[style],
        marker=MARKERS[style],
        markersize=4,
        markevery=max(1, len(values) // 15),
        label=label,
    )
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(color="0.9")
