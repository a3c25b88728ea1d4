"""The device: which one is chosen, and that all that students use works on an Apple GPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from kit_utils.check import judge_equal
from kit_utils.data import channel_statistics, to_float
from kit_utils.figures import filter_grid
from kit_utils.training import (
    adam,
    convolution_features,
    evaluate,
    fit,
    fit_or_load,
    load_checkpoint,
    one_cycle,
    pick_device,
    predict_labels,
    random_affine,
    sgd,
)
from kit_utils.training.checkpoint import History, save_checkpoint
from kit_utils.training.device import mixed_precision
from kit_utils.unsupervised import (
    Ladder,
    fit_consistent,
    fit_semi_supervised,
    random_patches,
    run_kmeans,
)
from tests.apple_gpu import OnGPU, apple_gpu
from tests.small_network import network, weights


@pytest.fixture
def gpu(monkeypatch):
    with apple_gpu(monkeypatch) as device:
        yield device


@pytest.fixture
def digits() -> tuple[torch.Tensor, torch.Tensor]:
    """12 images of 8 x 8 pixels in three classes, on the CPU as they are loaded."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (12, 1, 8, 8), generator=generator, dtype=torch.uint8)
    return images, torch.arange(12) % 3


def nearest(points, centroids):
    """A step of k-means, on the device of its points."""
    assignment = (points[:, None] - centroids).square().sum(2).argmin(1)
    hot = F.one_hot(assignment, len(centroids)).to(points.dtype)
    counts = hot.sum(0)[:, None]
    return assignment, torch.where(counts > 0, hot.T @ points / counts.clamp(min=1), centroids)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_fastest_device_is_chosen(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device() == torch.device(expected)


def test_an_apple_gpu_computes_in_float32():
    with mixed_precision(torch.device("mps")):
        assert not torch.is_autocast_enabled("mps")


def test_the_stand_in_for_an_apple_gpu_refuses_what_the_gpu_refuses(gpu):
    x = torch.ones(2).to(gpu)
    assert isinstance(x, OnGPU) and x.device == gpu and (x + 1).cpu().tolist() == [2, 2]
    for refused in (x.double, lambda: torch.zeros(2, dtype=torch.float64).to(gpu)):
        with pytest.raises(TypeError, match="MPS framework doesn't support float64"):
            refused()
    with pytest.raises(TypeError, match="float64"):
        torch.zeros(2, device=gpu, dtype=torch.float64)
    with pytest.raises(RuntimeError, match="on the same device"):
        x + torch.ones(2)


@pytest.mark.parametrize("recipe", [one_cycle, sgd(), adam(2)])
def test_fit_gives_what_it_gives_on_the_cpu(gpu, digits, recipe):
    def trained(device):
        model = network().to(device)
        options = {"epochs": 2, "batch_size": 6, "recipe": recipe, "validation": digits}
        history = fit(model, *digits, **options)
        return model, history

    (here, history), (there, expected) = trained(gpu), trained("cpu")
    assert isinstance(next(here.parameters()).data, OnGPU)
    assert history.train_loss == pytest.approx(expected.train_loss, rel=1e-3)
    assert evaluate(here, *digits) == pytest.approx(evaluate(there, *digits), rel=1e-2)
    assert predict_labels(here, digits[0]).tolist() == predict_labels(there, digits[0]).tolist()


# The warning is about tensors on `meta` that hold no numbers.
@pytest.mark.filterwarnings("ignore:for .*meta parameter")
def test_weights_are_kept_and_loaded(gpu, digits, tmp_path: Path, capsys):
    def train(model):
        return fit(model, *digits, epochs=2, augment=lambda x: random_affine(x, translate=1))

    for _ in range(2):
        model = network().to(gpu)
        fit_or_load(model, tmp_path / "model.pt", lambda model=model: train(model))
    assert capsys.readouterr().out.count("epoch 2/2") == 1
    plain = network(1)
    load_checkpoint(tmp_path / "model.pt", plain)
    assert torch.equal(weights(plain), weights(model).cpu())


@pytest.mark.parametrize("place", ["mps", "cuda:0"])
def test_weights_of_a_gpu_load_on_a_cpu(tmp_path: Path, monkeypatch, place):
    written = torch.serialization.location_tag
    monkeypatch.setattr(torch.serialization, "location_tag", lambda storage: place)
    monkeypatch.setattr("kit_utils.training.checkpoint.read_checkpoint", lambda path: None)
    save_checkpoint(tmp_path / "model.pt", network(), History())
    monkeypatch.undo()
    assert torch.serialization.location_tag is written
    assert place.encode() in (tmp_path / "model.pt").read_bytes()
    model = network(1)
    load_checkpoint(tmp_path / "model.pt", model)
    assert torch.equal(weights(model), weights(network()))


def test_unlabelled_images_are_learned_from(gpu, digits):
    def sure(logits):
        return torch.arange(len(logits), device=logits.device), logits.argmax(1)

    def loss(model, x, y, u):
        return F.cross_entropy(model(x), y) + model(u).square().mean()

    settings = {"epochs": 1, "steps": 2, "batch_size": 4}
    model = network().to(gpu)
    history = fit_semi_supervised(model, *digits, digits[0], loss=loss, **settings)
    settings |= {"choose": sure, "weak": torch.clone, "strong": torch.clone, "prepare": to_float}
    consistent = fit_consistent(model, *digits, digits[0], **settings)
    assert len(history.train_loss) == len(consistent.train_loss) == 1


def test_a_ladder_network_learns(gpu, digits):
    sizes = {"widths": (64, 5, 3), "weights": (1.0, 1.0, 1.0)}
    model = Ladder(lambda z, u, a: a[1] * z + u, F.mse_loss, **sizes).to(gpu)
    settings = {"epochs": 1, "steps": 2, "batch_size": 6, "loss": Ladder.loss}
    assert fit_semi_supervised(model, *digits, digits[0], **settings).train_loss
    noisy, estimate = model.denoise(digits[0].float().to(gpu))
    assert noisy.shape == estimate.shape == digits[0].shape


def test_features_and_centroids_are_found(gpu, digits, capsys):
    images = digits[0].to(gpu)
    model = network().to(gpu)
    (features,) = convolution_features(model, digits[0], prepare=to_float, side=2)
    assert features.shape == (12, 8 * 4) and not isinstance(features, OnGPU)
    patches = random_patches(images, 3, 5, generator=torch.Generator()).float().flatten(1)
    here, there = (
        run_kmeans(points, 4, nearest, generator=torch.Generator().manual_seed(0))
        for points in (patches, patches.cpu())
    )
    assert isinstance(here, OnGPU) and torch.allclose(here.cpu(), there, rtol=1e-3)
    assert filter_grid(model[0].weight, title="Filters").alt


def test_channels_are_measured(gpu):
    images = torch.arange(2 * 3 * 16).view(2, 3, 4, 4).to(torch.uint8)
    assert channel_statistics(images.to(gpu)) == channel_statistics(images)


def test_what_a_student_returns_is_judged(gpu):
    x = torch.linspace(0, 1, 4)
    assert judge_equal(x.to(gpu), x.to(gpu)).passed
    assert judge_equal(x.to(gpu), x).passed
    assert not judge_equal(x.to(gpu), x + 0.1).passed
    assert nn.Linear(4, 1).to(gpu)(x.to(gpu)).cpu().isfinite().all()
