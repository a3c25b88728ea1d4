"""Judge whether predicted labels come from the network that was handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kit_utils.check.accuracy import judge_improvement, labels_of
from kit_utils.check.predictions_file import Predict, predict_labels
from kit_utils.check.student_errors import StudentError
from kit_utils.check.verdict import Verdict, failed, passed

BATCH = 250
FOLLOW = 0.5  # smallest share of labels that must change without the weights
WITHOUT = 100  # number of images that are asked for without the weights
AGREE = 0.9  # smallest share of labels that agree with the network's own


def predict_by_network(
    predict: Predict, network: Any, images: Tensor, prepare: Callable[[Tensor], Tensor]
) -> tuple[np.ndarray, ...] | Verdict | None:
    """Get labels from a function, with and without the weights of a network, and from the network.

    Args:
        predict: maps uint8 images (n, C, H, W) to labels (n,).
        network: a `torch.nn.Module`, here or in a student's kernel; its weights are put back.
        images: uint8 (n, C, H, W).
        prepare: maps images to the input of this lab's networks.

    Returns:
        The function's labels, int64 (n,), those of the first images while all weights of the
        network are zero, (100,), and the network's own labels, (n,), -1 if it cannot be called;
        None or a verdict as in `predict_labels`.
    """
    labels = predict_labels(predict, images)
    if not isinstance(labels, np.ndarray):
        return labels
    weights = {name: w.clone() for name, w in network.state_dict().items()}
    network.load_state_dict({name: torch.zeros_like(w) for name, w in weights.items()})
    try:
        without = predict_labels(predict, images[:WITHOUT])
    finally:
        network.load_state_dict(weights)
    if not isinstance(without, np.ndarray):
        return without
    return labels, without, labels_of_network(network, images, prepare)


def judge_by_network(found: tuple[np.ndarray, ...] | Verdict, labels: Tensor, name: str) -> Verdict:
    """Judge whether labels come from a network, and are as good as the network's own.

    A function that loads the weights from a file is recognised by returning the network's labels.

    Args:
        found: the result of `predict_by_network`.
        labels: the true labels, int64 (n,).
        name: of the network in the notebook.
    """
    if isinstance(found, Verdict):
        return found
    predicted, without, of_network = found
    follow = (predicted[: len(without)] != without).mean() >= FOLLOW
    if not follow and (predicted == of_network).mean() < AGREE:
        return failed(
            f"The labels are not those of the network {name}: they hardly change when its weights "
            "are zero."
        )
    if judge_improvement(predicted, of_network, labels, significance=1e-4).passed:
        return failed(
            f"The network {name} itself, called with prepared images, is right for more of them."
        )
    return passed(f"They are those of the network {name}.")


@torch.no_grad()
def labels_of_network(
    network: Any, images: Tensor, prepare: Callable[[Tensor], Tensor]
) -> np.ndarray:
    """Return the network's own labels, or -1 if it does not accept these images.

    Args and shapes as in `predict_by_network`.
    """
    network.eval()
    try:
        scores = [torch.as_tensor(network(prepare(batch))) for batch in images.split(BATCH)]
        found = labels_of(torch.cat(scores).argmax(1), len(images))
    except (StudentError, ValueError, RuntimeError, TypeError, IndexError):
        found = None
    return found if isinstance(found, np.ndarray) else np.full(len(images), -1)


# The name from before, which notebooks of courses still use.
predicted_by_network = predict_by_network
