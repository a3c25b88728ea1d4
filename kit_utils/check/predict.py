"""The claims on a student's `predict` that all labs share.

Labs differ in their data and benchmarks only. The tests of a lab that must stay hidden are those
that its cell makes behind the line of hidden tests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from torch import Tensor

from kit_utils.check.claims import Test
from kit_utils.check.predictions_file import (
    Predict,
    judge_predictions_file,
    judge_same_labels,
    predict_alone,
    predict_among_others,
    predict_labels,
)
from kit_utils.check.verdict import Verdict
from kit_utils.data.registry import Images


class PredictClaims:
    """Claims on a function that labels images.

    Args:
        test: to which the claims are added.
        predict: calls the student's function, as in `lambda images: predict(images)`.
        data: the images of the lab, and the labels of the training images.
    """

    def __init__(self, test: Test, predict: Predict, data: Images) -> None:
        self.test = test
        self.predict = predict
        self.data = data

    def right_on_validation(self, held_out: Tensor, *, floor: float, benchmark: float) -> Verdict:
        """Claim that labels of validation images are right, for information.

        Args:
            held_out: indices of the validation images, int64 (n,).
            floor: see `judge_accuracy`.
            benchmark: see `judge_accuracy`.
        """
        return self.test.accuracy(
            "predict gives a label for each of the validation images, and they are right",
            self._asked(lambda predict: predict_labels(predict, self.data.train_images[held_out])),
            self.data.train_labels[held_out],
            floor=floor,
            benchmark=benchmark,
            dataset=self.data.name,
            weight=0,
        )

    def right_on_test(self, labels: Tensor, *, floor: float, benchmark: float) -> Verdict:
        """Claim that the weights are there, for information, and that test labels are right.

        Args:
            labels: of the test images, int64 (n,).
            floor: see `judge_accuracy`.
            benchmark: see `judge_accuracy`.
        """
        self.test.true(
            "the weights are in the file model.pt",
            lambda: Path("model.pt").is_file(),
            otherwise="model.pt is not there: run the cell that trains, and hand the file in too.",
            weight=0,
        )
        return self.test.accuracy(
            "on the test images the labels are right",
            self._asked(lambda predict: predict_labels(predict, self.data.test_images)),
            labels,
            floor=floor,
            benchmark=benchmark,
            dataset=self.data.name,
        )

    def match_file(self, path: str = "predictions.csv", *, may_differ: float = 0.001) -> Verdict:
        """Claim that a file holds the labels of the test images: see `judge_predictions_file`."""
        return self.test.judge(
            f"{path} holds what predict gives for the test images",
            self._asked(lambda predict: predict_labels(predict, self.data.test_images)),
            lambda labels: judge_predictions_file(labels, path, may_differ=may_differ),
            weight=2,
        )

    def same_alone(self, count: int) -> Verdict:
        """Claim that images keep their labels one by one, among `count`: see `predict_alone`."""
        return self.test.judge(
            "the label of an image is the same when it comes alone",
            self._asked(lambda predict: predict_alone(predict, self.data.test_images[:count])),
            judge_same_labels,
        )

    def same_among_others(self, count: int) -> Verdict:
        """Claim that `count` images keep their labels: see `predict_among_others`."""
        images, seed = self.data.test_images[:count], self.test.seed
        return self.test.judge(
            "the label of an image is the same among other images, in another order",
            self._asked(lambda predict: predict_among_others(predict, images, seed=seed)),
            judge_same_labels,
        )

    def _asked(self, ask: Callable[[Predict], Any]) -> Callable[[], Any]:
        """Return an answer that counts as a line of the test cell, where `predict` stands."""

        @wraps(self.predict)
        def answer() -> Any:
            return ask(self.predict)

        return answer
