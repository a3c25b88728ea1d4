"""Judge `predict`: whether its labels match the file, and do not depend on the rest of a batch.

The order and the batches in which a student's function gets images depend on a seed and on the
images, never on a hidden label: a function can print the order of its inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kit_utils.check.accuracy import labels_of
from kit_utils.check.verdict import Verdict, failed, passed
from kit_utils.handin.predictions import PredictionsError, read_predictions

Predict = Callable[[Tensor], Any]

BATCH = 1000  # while grading, a call may take 60 seconds
ALONE = 20
OWN_IMAGES = (1, 1, 1, 1, 2, 3, 7, 20, 60)  # batch sizes; the last batch holds the rest
FEWEST_OTHERS, MOST_OTHERS = 8, 64
WRITE_AGAIN = "If the model was trained again after the file was written, run the cell above."
IMAGE_ALONE = (
    "An image's label may depend on that image alone. Noise, dropout and batch normalisation need "
    "model.eval()."
)


def predict_labels(
    predict: Predict, images: Tensor, *, batch_size: int = BATCH
) -> np.ndarray | Verdict | None:
    """Get the labels of images, in batches.

    Args:
        predict: maps uint8 images (n, C, H, W) to labels (n,).
        images: uint8 (n, C, H, W), n at least 1.
        batch_size: number of images in a call.

    Returns:
        The labels, int64 (n,); None if the function returns None; a verdict if its results are not
        labels.
    """
    parts = []
    for batch in images.split(batch_size):
        part = predict(batch.clone())
        if part is None or part is Ellipsis:
            return None
        labels = labels_of(part, len(batch))
        if isinstance(labels, Verdict):
            return labels
        parts.append(labels)
    return np.concatenate(parts)


def judge_predictions_file(
    labels: np.ndarray | Verdict, path: str | Path, *, may_differ: float = 0.001
) -> Verdict:
    """Judge whether a predictions file holds the labels of `predict`.

    Args:
        labels: the result of `predict_labels` for all test images, int64 (n,).
        path: of the submitted file.
        may_differ: share of the labels that may differ, because machines round differently; one
            label always may.
    """
    if isinstance(labels, Verdict):
        return labels
    try:
        handed_in = read_predictions(path, rows=len(labels)).numpy()
    except PredictionsError as problem:
        return failed(str(problem))
    different = int((labels != handed_in).sum())
    if different > max(1, may_differ * len(labels)):
        return failed(
            f"predict gives another label than the file for {different:,} of {len(labels):,} "
            "images.",
            hint=WRITE_AGAIN,
        )
    return _unless_varied(labels) or passed(
        f"{different} of {len(labels):,} labels differ; up to {may_differ:.1%} may."
    )


def predict_alone(
    predict: Predict, images: Tensor
) -> tuple[np.ndarray, np.ndarray] | Verdict | None:
    """Get the labels of all images at once, and of the first twenty one by one.

    Args and errors as in `predict_labels`.

    Returns:
        Labels of all images, and of the images that came alone, both int64.
    """
    first = predict_labels(predict, images)
    return _pair(first, images, lambda: predict_labels(predict, images[:ALONE], batch_size=1))


def predict_among_others(
    predict: Predict, images: Tensor, *, seed: int
) -> tuple[np.ndarray, np.ndarray] | Verdict | None:
    """Get the labels of images twice, the second time in another order and in other batches.

    Mixtures of two images are added: noise changes their labels first, because they are near a
    decision boundary. The second time all come in batches of several sizes, among black, white and
    random images and copies of one image, which change the batch's means and variances.

    Args:
        predict: as in `predict_labels`.
        images: uint8 (n, C, H, W), n at least 100.
        seed: for the order and the other images.

    Returns:
        The labels of both times, int64 (2 n,), in the same order, with the mixtures after the
        images; None or a verdict as in `predict_labels`.
    """
    generator = torch.Generator().manual_seed(seed)
    asked = torch.cat([images, images // 2 + images.roll(1, 0) // 2])
    order = torch.randperm(len(asked), generator=generator)

    def among_others() -> np.ndarray | Verdict | None:
        again = np.empty(len(asked), dtype=np.int64)
        for number, own in enumerate(_parts(order)):
            others = _others(images, number, len(own), generator)
            places = _places(number, len(own) + len(others), generator)
            labels = predict_labels(predict, torch.cat([asked[own], others])[places])
            if not isinstance(labels, np.ndarray):
                return labels
            again[own.numpy()] = labels[places.argsort()[: len(own)].numpy()]
        return again

    return _pair(predict_labels(predict, asked), images, among_others)


def judge_same_labels(pair: tuple[np.ndarray, np.ndarray] | Verdict) -> Verdict:
    """Judge whether two sets of labels of the same images agree, except one in 300 for rounding.

    Args:
        pair: labels of images, int64 (n,), and second labels of the first m of them, (m,).
    """
    if isinstance(pair, Verdict):
        return pair
    first, second = pair
    different = int((first[: len(second)] != second).sum())
    if different > max(1, len(second) // 300):
        return failed(f"{different} of {len(second)} labels changed.", hint=IMAGE_ALONE)
    return passed("The same labels.")


def _pair(
    first: np.ndarray | Verdict | None,
    images: Tensor,
    ask_again: Callable[[], np.ndarray | Verdict | None],
) -> tuple[np.ndarray, np.ndarray] | Verdict | None:
    """Return both sets of labels, or the first verdict; the labels of the images must vary."""
    if not isinstance(first, np.ndarray):
        return first
    if constant := _unless_varied(first[: len(images)]):
        return constant
    second = ask_again()
    return (first, second) if isinstance(second, np.ndarray) else second


def _unless_varied(labels: np.ndarray) -> Verdict | None:
    """Return an error if over half of the labels are equal: they would agree for any images."""
    values, counts = np.unique(labels, return_counts=True)
    if counts.max() <= len(labels) / 2:
        return None
    return failed(
        f"predict gives the label {values[counts.argmax()]} to {counts.max():,} of "
        f"{len(labels):,} images: labels that hardly vary show nothing here."
    )


def _parts(order: Tensor) -> Iterator[Tensor]:
    start = 0
    for size in OWN_IMAGES:
        yield order[start : start + size]
        start += size
    yield from order[start:].split(BATCH)


def _places(number: int, count: int, generator: torch.Generator) -> Tensor:
    """Return the order within a batch: the images come first, last or at random places."""
    if number % 3 == 2:
        return torch.randperm(count, generator=generator)
    return torch.arange(count) if number % 3 == 0 else torch.arange(count).flip(0)


def _others(images: Tensor, number: int, own: int, generator: torch.Generator) -> Tensor:
    """Return the other images of a batch: another kind in each batch."""
    count = min(max(own, FEWEST_OTHERS), MOST_OTHERS)
    shape = (count, *images.shape[1:])
    kinds = [
        lambda: torch.zeros(shape, dtype=torch.uint8),
        lambda: torch.full(shape, 255, dtype=torch.uint8),
        lambda: torch.randint(256, shape, generator=generator, dtype=torch.uint8),
        lambda: images[number : number + 1].expand(shape),
    ]
    return kinds[number % len(kinds)]()


# Names from before, which notebooks of courses still use.
predicted = predict_labels
predicted_alone = predict_alone
predicted_among_others = predict_among_others
