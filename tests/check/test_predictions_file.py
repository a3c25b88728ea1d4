"""Predictions against the file, and labels that company or order changes."""

from __future__ import annotations

import pytest
import torch

from kit_utils import check
from kit_utils.check import (
    Outcome,
    judge_predictions_file,
    judge_same_labels,
    predict_alone,
    predict_among_others,
    predict_labels,
)
from kit_utils.check.verdict import Verdict
from kit_utils.handin.predictions import write_predictions

IMAGES = torch.randint(256, (200, 1, 6, 6), generator=torch.Generator().manual_seed(0)).byte()


def by_pixel(images):
    """A label that depends on the image alone."""
    return images[:, 0, 2, 3].long() // 26


def by_batch(images):
    return (by_pixel(images) + images.float().mean().long()) % 10


def by_place(images):
    return torch.arange(len(images)) % 10


def first_is_lost(images):
    return torch.cat([torch.tensor([9]), by_pixel(images)[1:]])


def at_random(images):
    return torch.where(torch.rand(len(images)) < 0.05, 3, by_pixel(images))


def constant(images):
    return torch.full((len(images),), 4)


def test_predicted_asks_in_batches_and_hands_over_copies():
    asked = []

    def predict(images):
        asked.append(len(images))
        images.zero_()
        return torch.zeros(len(images), dtype=torch.int32)

    before = IMAGES.clone()
    assert predict_labels(predict, IMAGES, batch_size=90).shape == (200,)
    assert asked == [90, 90, 20]
    assert torch.equal(IMAGES, before)


@pytest.mark.parametrize("form", [torch.Tensor.numpy, torch.Tensor.tolist, torch.Tensor.byte])
def test_predicted_takes_every_form_of_labels(form):
    labels = predict_labels(lambda images: form(by_pixel(images)), IMAGES)
    assert labels.tolist() == by_pixel(IMAGES).tolist()


def test_predicted_says_where_there_are_no_labels():
    assert predict_labels(lambda images: None, IMAGES) is None
    scores = predict_labels(lambda images: torch.rand(len(images), 10), IMAGES)
    assert isinstance(scores, Verdict) and "argmax" in scores.hint
    names = predict_labels(lambda images: ["seven"] * len(images), IMAGES)
    assert isinstance(names, Verdict) and names.outcome is Outcome.ERROR


@pytest.mark.parametrize("seed", range(5))
def test_a_label_by_the_image_alone_passes(seed: int):
    assert judge_same_labels(predict_alone(by_pixel, IMAGES)).passed
    assert judge_same_labels(predict_among_others(by_pixel, IMAGES, seed=seed)).passed


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("predict", [by_batch, by_place, first_is_lost, at_random])
def test_a_label_by_company_place_or_chance_is_refused(predict, seed: int):
    torch.manual_seed(seed)
    verdict = judge_same_labels(predict_among_others(predict, IMAGES, seed=seed))
    assert verdict.outcome is Outcome.FAILED
    assert "labels changed" in verdict.reason


@pytest.mark.parametrize("ask", [predict_alone, lambda p, i: predict_among_others(p, i, seed=0)])
def test_constant_labels_show_no_consistency(ask):
    verdict = judge_same_labels(ask(constant, IMAGES))
    assert "hardly vary" in verdict.reason and not verdict.passed


def test_the_order_of_images_comes_from_the_seed_alone():
    def seen(seed):
        batches = []

        def predict(images):
            batches.append(images)
            return by_pixel(images)

        predict_among_others(predict, IMAGES, seed=seed)
        return torch.cat(batches)

    assert torch.equal(seen(3), seen(3))
    assert not torch.equal(seen(3), seen(4))


def test_file_and_labels_are_compared(tmp_path):
    path, labels = tmp_path / "predictions.csv", predict_labels(by_pixel, IMAGES)
    assert "is not there" in judge_predictions_file(labels, path).reason
    write_predictions(path, labels)
    assert judge_predictions_file(labels, path).passed
    changed = labels.copy()
    changed[0] = (changed[0] + 1) % 10
    assert judge_predictions_file(changed, path).passed  # by rounding
    changed[1] = (changed[1] + 1) % 10
    assert not judge_predictions_file(changed, path).passed
    assert judge_predictions_file(changed, path, may_differ=0.01).passed


def test_a_file_of_constant_labels_is_no_match(tmp_path):
    write_predictions(tmp_path / "predictions.csv", constant(IMAGES))
    verdict = judge_predictions_file(predict_labels(constant, IMAGES), tmp_path / "predictions.csv")
    assert "hardly vary" in verdict.reason and not verdict.passed


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("predicted", "predict_labels"),
        ("predicted_alone", "predict_alone"),
        ("predicted_among_others", "predict_among_others"),
        ("predicted_by_network", "predict_by_network"),
        ("held_out_of", "validation_indices"),
    ],
)
def test_notebooks_with_names_from_before_still_run(before, now):
    assert getattr(check, before) is getattr(check, now)
