"""The form of a result: parts, shapes and types, before anything else is judged."""

from __future__ import annotations

import pytest
import torch

from kit_utils.check import Outcome, Test, passed
from kit_utils.check.student_errors import UnfitAnswer

PAIR = {"images": (2, None), "classes": (2,)}
IMAGES, CLASSES = torch.zeros(2, 3), torch.tensor([0, 1])


def verdict_of(result, judge=None, **form):
    """The verdict on a result, by its form."""
    return Test(points=1).judge("the form is right", lambda: result, judge, **form)


@pytest.mark.parametrize(
    "result", [torch.ones(2, 3, requires_grad=True), [[0.0] * 3] * 2, IMAGES.numpy()]
)
def test_the_judge_gets_a_tensor_of_the_shape(result):
    def judge(found):
        assert isinstance(found, torch.Tensor)
        assert not found.requires_grad
        return passed(f"It is {tuple(found.shape)}.")

    assert verdict_of(result, judge, shape=(2, 3)).reason == "It is (2, 3)."


def test_a_mask_in_place_of_indices_is_named():
    mask = verdict_of(CLASSES > 0, shape=(2,), dtype=torch.int64)
    assert mask.hint == "Is it a mask? mask.nonzero().squeeze(1) makes indices of it."
    assert verdict_of(CLASSES > 0, shape=(3,), dtype=torch.int64).hint == ""


def test_the_judge_gets_each_part():
    verdict = verdict_of(
        (IMAGES, CLASSES), lambda images, classes: passed(f"{len(images)} of {classes}"), shape=PAIR
    )
    assert verdict.reason == "2 of tensor([0, 1])"


@pytest.mark.parametrize(
    ("result", "form", "reason"),
    [
        (IMAGES, {"shape": (2, 4)}, "The shape is (2, 3); it should be (2, 4)."),
        (IMAGES, {"shape": (2,)}, "The shape is (2, 3); it should be (2,)."),
        (IMAGES, {"shape": (None, 2)}, "The shape is (2, 3); it should be (any, 2)."),
        (
            IMAGES,
            {"shape": (2, 3), "dtype": torch.int64},
            "The dtype is torch.float32; it should be torch.int64.",
        ),
        (
            (IMAGES, CLASSES[:1]),
            {"shape": PAIR},
            "The shape of the classes is (1,); it should be (2,).",
        ),
        (
            (IMAGES, IMAGES[:, 0]),
            {"shape": PAIR, "dtype": {"classes": torch.int64}},
            "The dtype of the classes is torch.float32; it should be torch.int64.",
        ),
    ],
)
def test_another_form_fails_with_what_is_wrong(result, form, reason):
    verdict = verdict_of(result, lambda *parts: passed("It is."), **form)
    assert (verdict.outcome, verdict.reason) == (Outcome.FAILED, reason)


@pytest.mark.parametrize("result", [IMAGES, (IMAGES,), (IMAGES, CLASSES, CLASSES), {"images": 1}])
def test_another_number_of_parts_is_an_error(result):
    verdict = verdict_of(result, shape=PAIR)
    assert verdict.outcome is Outcome.ERROR
    assert verdict.reason == "Return a tuple of 2: images, classes."


@pytest.mark.parametrize("placeholder", [None, ...])
def test_a_part_that_is_missing_is_not_attempted(placeholder):
    verdict = verdict_of((IMAGES, placeholder), shape=PAIR)
    assert verdict.outcome is Outcome.NOT_ATTEMPTED


def test_a_part_that_cannot_be_judged_says_why():
    verdict = verdict_of((IMAGES, UnfitAnswer("it is a generator")), shape=PAIR)
    assert verdict.outcome is Outcome.ERROR
    assert "it is a generator" in verdict.reason


def test_the_form_may_be_all_that_is_asked():
    form = {"shape": PAIR, "dtype": {"classes": torch.int64}}
    assert verdict_of((IMAGES, CLASSES), **form).passed


def test_a_claim_without_anything_asked_is_refused():
    with pytest.raises(TypeError, match="a judge of the answer, or a shape"):
        verdict_of(IMAGES)
