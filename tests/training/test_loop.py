from __future__ import annotations

import io
import itertools
import math
import os
import subprocess
import sys
from dataclasses import asdict

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kit_utils.data import to_float
from kit_utils.training import (
    Schedule,
    TrainingError,
    evaluate,
    fit,
    pick_device,
    predict_labels,
    random_affine,
    sgd,
    train,
)
from tests.small_network import CLASSES, network, weights


@pytest.fixture(autouse=True)
def not_grading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.fixture
def stripes() -> tuple[Tensor, Tensor]:
    """Noisy 8 x 8 images with a bright row; its third of the height is the class."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(90) % CLASSES
    images = torch.randint(0, 100, (90, 1, 8, 8), generator=generator, dtype=torch.uint8)
    for image, label in zip(images, labels, strict=True):
        image[0, 3 * label] = 255
    return images, labels


def shaken(batch: Tensor) -> Tensor:
    return random_affine(batch, translate=0.5)


def test_fit_learns_and_measures_every_epoch(stripes, capsys):
    model = network()
    before = evaluate(model, *stripes)
    history = fit(model, *stripes, validation=stripes, epochs=4, batch_size=16)
    loss, accuracy = evaluate(model, *stripes)
    assert accuracy == 1
    assert loss < before[0] / 5
    assert history.train_loss[-1] < history.train_loss[0]
    assert (history.validation_loss[-1], history.validation_accuracy[-1]) == (loss, accuracy)
    assert {len(numbers) for numbers in asdict(history).values()} == {4}
    assert all(seconds > 0 for seconds in history.seconds)
    output = capsys.readouterr()
    assert output.err == ""
    assert [line.split(":")[0] for line in output.out.splitlines()] == [
        f"epoch {n}/4" for n in (1, 2, 3, 4)
    ]
    assert "validation accuracy 100.00%" in output.out.splitlines()[-1]


def test_without_validation_only_training_is_measured(stripes, capsys):
    history = fit(network(), *stripes, epochs=2)
    assert (len(history.train_loss), len(history.seconds)) == (2, 2)
    assert history.validation_loss == history.validation_accuracy == []
    assert "validation" not in capsys.readouterr().out


def test_the_same_seed_gives_the_same_weights(stripes):
    def trained(seed: int) -> Tensor:
        model = network()
        torch.rand(seed + 1)  # the random state outside must not matter
        fit(model, *stripes, epochs=2, batch_size=16, augment=shaken, seed=seed)
        return weights(model)

    assert torch.equal(trained(1), trained(1))
    assert not torch.equal(trained(1), trained(2))


def test_fit_leaves_the_random_state_outside_alone(stripes):
    model = network()
    state = torch.get_rng_state()
    fit(model, *stripes, epochs=1, seed=5)
    assert torch.equal(torch.get_rng_state(), state)


def test_each_image_is_used_once_an_epoch_in_a_new_order(stripes):
    images = torch.arange(90, dtype=torch.uint8).view(90, 1, 1, 1).repeat(1, 1, 8, 8)
    seen: list[Tensor] = []

    def spy(batch: Tensor) -> Tensor:
        seen.append((batch[:, 0, 0, 0] * 0.3081 + 0.1307).mul(255).round().int())
        return batch

    fit(network(), images, stripes[1], epochs=2, batch_size=40, augment=spy)
    assert [len(batch) for batch in seen] == [30] * 6
    first, second = torch.cat(seen[:3]), torch.cat(seen[3:])
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(90))
    assert not torch.equal(first, second)


def test_fit_is_the_loop_that_one_would_write(stripes):
    """The same weights and losses, to the last bit, as the plainest code with the same seed."""
    images, labels = stripes
    model, plain = network(), network()
    options = {"epochs": 2, "batch_size": 40, "learning_rate": 0.1, "seed": 3}
    history = fit(model, images, labels, recipe=sgd(momentum=0.5), augment=shaken, **options)

    plain.to(memory_format=torch.channels_last)
    optimizer, rates = sgd(momentum=0.5)(plain, 6, 0.1, 0.01)
    torch.manual_seed(3)
    losses = []
    for _ in range(2):
        plain.train()
        total = torch.zeros(())
        for batch in torch.randperm(90).tensor_split(3):
            x = shaken(to_float(images[batch])).contiguous(memory_format=torch.channels_last)
            loss = F.cross_entropy(plain(x), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rates.step()
            total += loss.detach() * len(batch)
        losses.append(total.item() / 90)
    assert history.train_loss == losses
    assert torch.equal(weights(model), weights(plain))


def test_the_weight_of_a_batch_is_its_share_of_the_mean():
    class Batches:
        def __len__(self) -> int:
            return 2

        def __iter__(self):
            yield (torch.tensor(1.0),), 1
            yield (torch.tensor(5.0),), 3

    model = nn.Linear(1, 1)
    schedule = Schedule(epochs=2, learning_rate=0.1)
    history = train(model, Batches(), lambda x: x + 0 * model.bias.sum(), schedule)
    assert history.train_loss == [4.0, 4.0]


@pytest.mark.parametrize("name", ["epochs", "learning_rate"])
def test_a_schedule_of_nothing_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be positive, not 0"):
        Schedule(**{"epochs": 1} | {name: 0})


def test_labels_stay_with_their_images(stripes):
    model = network()
    fit(model, *stripes, epochs=4, batch_size=16)
    assert torch.equal(predict_labels(model, stripes[0]), stripes[1])


def test_the_learning_rate_rises_and_then_falls_to_zero(stripes):
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, CLASSES))
    at_step: list[Tensor] = [weights(model)]
    model.register_forward_pre_hook(
        lambda module, _: at_step.append(weights(model)) if module.training else None
    )
    fit(model, *stripes, epochs=10, batch_size=9, weight_decay=0)
    steps = [(b - a).abs().max().item() for a, b in itertools.pairwise(at_step[1:])]
    assert steps[0] < 0.1 * max(steps)
    assert steps[-1] < 0.01 * max(steps)
    assert 15 < steps.index(max(steps)) < 60


def test_the_loss_function_is_what_is_minimised(stripes):
    history = fit(
        network(), *stripes, epochs=1, loss_function=lambda logits, y: 7 + 0 * logits.sum()
    )
    assert history.train_loss == [7]


@pytest.mark.parametrize("count", [1, 2, 3, 17])
def test_few_images_are_enough(count: int):
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, CLASSES))
    images = torch.zeros(count, 1, 8, 8, dtype=torch.uint8)
    history = fit(model, images, torch.zeros(count, dtype=torch.int64), epochs=1, batch_size=2)
    assert history.train_loss[0] > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": torch.zeros(90, 1, 8, 8)}, r"training images must be uint8.*float32"),
        ({"images": torch.zeros(90, 8, 8, dtype=torch.uint8)}, r"\(N, C, H, W\).*\(90, 8, 8\)"),
        ({"images": torch.zeros(0, 1, 8, 8, dtype=torch.uint8)}, "no training images"),
        ({"images": [1, 2]}, "not list"),
        ({"labels": torch.zeros(89, dtype=torch.int64)}, "90 training images but 89 labels"),
        ({"labels": torch.zeros(90)}, r"labels must be int64 \(N,\), not float32"),
        ({"labels": torch.full((90,), CLASSES)}, "labels run from 3 to 3.*from 0 to 2"),
        ({"labels": torch.full((90,), -1)}, "labels run from -1"),
        ({"model": nn.Flatten()}, "no parameters"),
        ({"model": nn.Conv2d(1, 3, 8)}, r"gives \(2, 3, 1, 1\) for 2 images"),
        ({"epochs": 0}, "epochs must be positive, not 0"),
        ({"batch_size": -1}, "batch_size must be positive"),
        ({"learning_rate": 0}, "learning_rate must be positive"),
        (
            {"validation": (torch.zeros(5, 1, 8, 8), torch.zeros(5, dtype=torch.int64))},
            "validation images must be uint8",
        ),
    ],
)
def test_bad_arguments_are_refused(stripes, change, message):
    arguments = {"model": network(), "images": stripes[0], "labels": stripes[1], "epochs": 1}
    with pytest.raises(ValueError, match=message):
        fit(**(arguments | change))


def test_a_loss_that_is_not_finite_stops_training(stripes):
    with pytest.raises(TrainingError, match=r"loss is nan in epoch 1.*learning rate"):
        fit(network(), *stripes, epochs=2, loss_function=lambda logits, y: logits.sum() * torch.nan)


def test_nothing_is_trained_while_grading(stripes, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    model = network()
    before = weights(model)
    with pytest.raises(TrainingError, match="fit_or_load"):
        fit(model, *stripes, epochs=1)
    assert torch.equal(weights(model), before)


def test_evaluate_is_exact_and_independent_of_the_batch_size(stripes):
    images, labels = stripes
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, CLASSES))
    nn.init.zeros_(model[1].weight)
    model[1].bias.data = torch.tensor([1.0, 0.0, 0.0])  # always class 0, with e / (e + 2)
    loss, accuracy = evaluate(model, images[:80], labels[:80], batch_size=7)
    assert accuracy == 27 / 80
    assert loss == pytest.approx(math.log(1 + 2 / math.e) + 53 / 80, rel=1e-6)


def test_predictions_are_made_without_dropout_and_leave_the_mode(stripes):
    model = network().train()
    first, second = (predict_labels(model, stripes[0], batch_size=n) for n in (90, 7))
    assert torch.equal(first, second)
    assert (first.dtype, first.shape) == (torch.int64, (90,))
    assert model.training
    predict_labels(model.eval(), stripes[0])
    assert not model.training


def test_predictions_need_uint8_images():
    with pytest.raises(ValueError, match="prediction images must be uint8"):
        predict_labels(network(), torch.zeros(3, 1, 8, 8))


def test_a_bar_is_shown_on_a_terminal_and_removed(stripes, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    fit(network(), *stripes, epochs=1)
    shown = terminal.getvalue()
    assert "epoch 1/1:   0%" in shown
    assert shown.rsplit("\r", 1)[-1].startswith("epoch 1/1: training loss")


def test_the_device_can_compute():
    device = pick_device()
    assert device.type in {"cuda", "mps", "cpu"}
    assert torch.ones(2, device=device).sum().item() == 2


ASKS_FOR_A_GPU = """
import os
import torch
from torch import nn
import kit_utils.training.loop

for move in (
    lambda: torch.zeros(1).cuda(),
    lambda: nn.Linear(1, 1).cuda(),
    lambda: nn.Linear(1, 1).to("cuda"),
    lambda: torch.zeros(1, device="cuda:0"),
):
    for grading in (True, False):
        os.environ.pop("NBGRADER_EXECUTION", None)
        if grading:
            os.environ["NBGRADER_EXECUTION"] = "autograde"
        try:
            move()
        except (AssertionError, RuntimeError) as error:
            print(grading, "grading has no GPU: use `device`" in str(error))
"""


def test_while_grading_code_that_asks_for_a_gpu_is_told_what_to_write():
    hidden = dict.fromkeys(("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"), "")  # if there is one
    command = [sys.executable, "-c", ASKS_FOR_A_GPU]
    done = subprocess.run(
        command, env={**os.environ, **hidden}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["True True", "False False"] * 4
