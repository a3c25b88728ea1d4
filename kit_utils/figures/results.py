"""Results: training curves, ablations, separation of classes, and confusion matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from .picture import (
    COLOURS,
    LINES,
    MARKERS,
    Picture,
    same_length,
    to_array,
    to_class_numbers,
    to_vector,
)

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
    """Draw one quantity of several training runs by epoch, on one axis.

    Args:
        histories: histories as for `curves`, by name; their lengths may differ.
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


def ablation_bars(
    results: Mapping[str, float | Sequence[float]],
    *,
    improvement: bool = False,
    title: str | None = None,
    note: str | None = None,
) -> Picture:
    """Draw the accuracy of each method as a bar, with the standard deviation over its seeds.

    Args:
        results: accuracies from 0 to 1 by the name of the method; one number, or one for each
            seed. The standard deviation is that of a sample (divided by n - 1).
        improvement: draw differences from the mean of the first method, in percentage points.
        title: text above the bars.
        note: line at the foot, for example "stand-in shapes".

    Raises:
        ValueError: if there is no method, or an accuracy is not from 0 to 1.
    """
    if not results:
        raise ValueError("results is empty: give at least one method")
    runs = {name: np.atleast_1d(to_array(values, name)) for name, values in results.items()}
    for name, values in runs.items():
        if values.ndim != 1 or values.min() < 0 or values.max() > 1:
            raise ValueError(f"{name}: accuracies must be from 0 to 1, got {values.tolist()}")
    start = next(iter(runs.values())).mean() if improvement else 0.0
    shown = {name: v for i, (name, v) in enumerate(runs.items()) if i or not improvement}
    if not shown:
        raise ValueError("results holds one method: there is nothing to compare it with")
    means = {name: 100 * (values.mean() - start) for name, values in shown.items()}
    spreads = {name: 100 * v.std(ddof=1) for name, v in shown.items() if len(v) > 1}

    picture = Picture(6.5, 0.9 + 0.36 * len(shown) + 0.3 * bool(title), note=note)
    axes = picture.add_subplot()
    texts = []
    for row, (name, mean) in enumerate(means.items()):
        first = row == 0 and not improvement
        axes.barh(row, mean, color="0.6" if first else COLOURS[0], height=0.7)
        text = f"{mean:+.1f}" if improvement else f"{mean:.1f}"
        spread = spreads.get(name, 0.0)
        if name in spreads:
            axes.errorbar(mean, row, xerr=spread, color="black", capsize=3)
            text += f" ± {spread:.1f}"
        axes.annotate(
            text, (max(mean + spread, 0), row), (4, 0), textcoords="offset points", va="center"
        )
        texts.append(f"{name} {text}")
    axes.set_yticks(range(len(means)), list(means))
    axes.invert_yaxis()
    low, high = min(0.0, *axes.get_xlim()), axes.get_xlim()[1]
    axes.set_xlim(low, high + 0.16 * (high - low))  # room for the numbers
    axes.axvline(0, color="black", linewidth=0.8)
    unit = "percentage points" if improvement else "%"
    quantity = f"improvement over {next(iter(runs))}" if improvement else "accuracy"
    axes.set_xlabel(f"{quantity} ({unit})")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if title:
        axes.set_title(title, fontsize=11)
    picture.describe(f"{title or quantity} in {unit}: {'; '.join(texts)}.")
    return picture


def separation_over_depth(
    scores: Mapping[str, Sequence[float]],
    layers: Sequence[str],
    *,
    chance: float | None = None,
    title: str | None = None,
    note: str | None = None,
) -> Picture:
    """Draw how well the classes are separated after each layer of a network.

    Args:
        scores: purities from 0 to 1, one for each layer, by the space in which they were measured,
            such as "feature space" and "map".
        layers: names of the layers, from the image upwards.
        chance: purity of random points, drawn as a line; 0.1 for ten classes of equal size.
        title: text above the axis.
        note: line at the foot, for example "stand-in shapes".

    Raises:
        ValueError: if there are none or more than six scores, a length differs, or a purity is not
            from 0 to 1.
    """
    if not 1 <= len(scores) <= len(COLOURS):
        raise ValueError(f"can draw 1 to {len(COLOURS)} scores, got {len(scores)}")
    picture = Picture(6.5, 3.6, note=note)
    axes = picture.add_subplot()
    said = []
    for style, (name, values) in enumerate(scores.items()):
        purities = to_vector(values, name)
        if len(purities) != len(layers):
            raise ValueError(f"{name} holds {len(purities)} purities for {len(layers)} layers")
        if purities.min() < 0 or purities.max() > 1:
            raise ValueError(f"{name}: purities must be from 0 to 1, got {purities.tolist()}")
        axes.plot(
            100 * purities,
            color=COLOURS[style],
            linestyle=LINES[style],
            marker=MARKERS[style],
            label=name,
        )
        best = int(purities.argmax())
        said.append(
            f"{name} from {100 * purities[0]:.0f} %, best {layers[best]} with "
            f"{100 * purities[best]:.0f} %"
        )
    if chance is not None:
        axes.axhline(100 * chance, color="0.4", linestyle=":", label="chance")
    axes.set_xticks(range(len(layers)), layers, rotation=30 if len(layers) > 4 else 0)
    axes.set_ylabel("purity of the neighbours (%)")
    axes.set_ylim(bottom=0)
    axes.grid(color="0.9")
    axes.legend()
    if title:
        axes.set_title(title, fontsize=11)
    picture.describe(f"{title or 'Separation of the classes over depth'}: {'; '.join(said)}.")
    return picture


def confusion_matrix(
    labels: Any,
    predictions: Any,
    *,
    classes: Sequence[str] | None = None,
    title: str | None = None,
    note: str | None = None,
) -> Picture:
    """Draw how often each class was mistaken for each other one.

    The numbers are counts. The colour of a mistake shows its share of the true class (the row);
    right answers, on the diagonal, are grey, so that the mistakes stand out.

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
