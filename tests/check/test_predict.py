"""The claims on `predict` that all labs share."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from kit_utils.check import Outcome, PredictClaims, Test
from kit_utils.handin.predictions import write_predictions

IMAGES = torch.randint(256, (200, 1, 6, 6), generator=torch.Generator().manual_seed(0)).byte()
GOAL = {"floor": 0.5, "benchmark": 0.9}


def by_pixel(images):
    """A label that depends on the image alone."""
    return images[:, 0, 2, 3].long() // 26


def by_batch(images):
    return (by_pixel(images) + images.float().mean().long()) % 10


DATA = SimpleNamespace(
    name="six by six",
    is_standin=True,
    train_images=IMAGES,
    train_labels=by_pixel(IMAGES),
    test_images=IMAGES,
)


def claims_on(predict):
    test = Test(points=1)
    claims = PredictClaims(test, lambda images: predict(images), DATA)
    claims.right_on_validation(torch.arange(50), **GOAL)
    claims.right_on_test(by_pixel(IMAGES), **GOAL)
    claims.match_file()
    claims.same_alone(100)
    claims.same_among_others(100)
    return test.claims


@pytest.fixture(autouse=True)
def handed_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_predictions("predictions.csv", by_pixel(IMAGES))
    (tmp_path / "model.pt").write_bytes(b"weights")


def test_right_labels():
    claims = claims_on(by_pixel)
    assert all(claim.verdict.passed for claim in claims)
    assert [claim.weight for claim in claims] == [0, 0, 1, 2, 1, 1]
    assert "of 50 images right (six by six)" in claims[0].verdict.reason


def test_labels_that_other_images_change(tmp_path):
    (tmp_path / "model.pt").unlink()
    claims = claims_on(by_batch)
    assert [claim.verdict.passed for claim in claims] == [False] * 6
    assert "hand the file in" in claims[1].verdict.reason


def test_predict_that_is_not_defined():
    def cell(images):
        return predict_of_nobody(images)  # noqa: F821

    verdicts = [claim.verdict for claim in claims_on(cell) if "weights" not in claim.text]
    assert {verdict.outcome for verdict in verdicts} == {Outcome.ERROR}
    assert all("Run the cell that defines it" in verdict.hint for verdict in verdicts)


def test_no_line_of_the_test_cell_is_shown():
    program = "claims = PredictClaims(test, lambda images: images.no_such_thing, DATA)"
    names = {"PredictClaims": PredictClaims, "DATA": DATA, "test": Test(points=1)}
    exec(compile(program, "/tmp/ipykernel_1/1.py", "exec"), names)
    verdict = names["claims"].same_alone(100)
    assert verdict.reason.startswith("The test stopped at your answer: AttributeError")
    assert verdict.evidence == {}
