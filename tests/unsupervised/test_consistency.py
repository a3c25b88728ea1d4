from __future__ import annotations

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kit_utils.training import TrainingError
from kit_utils.unsupervised import fit_consistent, fit_semi_supervised

NOBODY = torch.zeros(0, dtype=torch.int64)


def stripes(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Two classes of 6 x 6 images: the left or the right half is brighter, with much noise."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2
    images = 120 + 40 * torch.randn(count, 1, 6, 6, generator=generator)
    images[labels == 0, :, :, :3] += 30
    images[labels == 1, :, :, 3:] += 30
    return images.clamp(0, 255).to(torch.uint8), labels


def prepare(images: Tensor) -> Tensor:
    return images.float() / 100 - 1.3


def leave(images: Tensor) -> Tensor:
    return images


def drop_half(images: Tensor) -> Tensor:
    return images * (torch.rand_like(images) > 0.5)


def linear() -> nn.Module:
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 2))
    nn.init.zeros_(model[1].weight)
    return model


def sure(logits: Tensor) -> tuple[Tensor, Tensor]:
    best, labels = logits.softmax(1).max(1)
    index = (best > 0.8).nonzero().squeeze(1)
    return index, labels[index]


def train(model: nn.Module, choose=sure, unlabelled: Tensor | None = None, **options):
    images, labels = stripes(4, seed=0)
    settings = {"weak": leave, "strong": leave, "epochs": 2, "steps": 40, "batch_size": 4}
    return fit_consistent(
        model,
        images,
        labels,
        stripes(400, seed=1)[0] if unlabelled is None else unlabelled,
        choose=choose,
        prepare=prepare,
        validation=stripes(500, seed=2),
        **settings | options,
    )


def test_unlabelled_images_help_where_labels_are_few():
    options = {"learning_rate": 0.05, "unlabelled_ratio": 16, "strong": drop_half}
    without = train(linear(), choose=lambda logits: (NOBODY, NOBODY), **options)
    with_them = train(linear(), **options)
    # About 98 % and 90 %; two standard errors of 500 images are 3 %.
    assert with_them.validation_accuracy[-1] > without.validation_accuracy[-1] + 0.04
    assert len(with_them.train_loss) == len(with_them.seconds) == 2


def test_labels_come_from_the_weak_version_and_train_the_strong_one():
    seen: dict[str, list[Tensor]] = {"choose": [], "model": []}

    class Watched(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Sequential(nn.Flatten(), nn.Linear(36, 2))

        def forward(self, x: Tensor) -> Tensor:
            if self.training:
                seen["model"].append(x)
            return self.linear(x)

    def choose(logits: Tensor) -> tuple[Tensor, Tensor]:
        seen["choose"].append(logits)
        assert not logits.requires_grad
        return torch.arange(0, 12, 2), logits.argmax(1)[::2]

    model = Watched()
    untrained = copy.deepcopy(model.linear)
    history = train(
        model,
        choose,
        weak=lambda x: x + 10,
        strong=lambda x: x - 10,
        epochs=1,
        steps=1,
        unlabelled_ratio=3,
        unlabelled_weight=1e6,  # so that the labelled images do not count
    )
    (x,), (logits,) = seen["model"], seen["choose"]
    labelled, weak, strong = x.split([4, 12, 12])
    assert len(logits) == 12
    torch.testing.assert_close(strong - weak, torch.full_like(weak, -20.0))
    assert labelled.mean() == pytest.approx(10, abs=1)
    loss = F.cross_entropy(untrained(strong)[::2], untrained(weak).argmax(1)[::2])
    assert history.train_loss[0] == pytest.approx(1e6 * 6 / 12 * loss.item(), rel=1e-3)


def test_the_loss_is_the_mean_over_all_unlabelled_images_not_over_the_sure_ones():
    def first_two(logits: Tensor) -> tuple[Tensor, Tensor]:
        return torch.tensor([0, 1]), torch.tensor([0, 1])

    history = train(
        linear(),
        first_two,
        epochs=1,
        steps=1,
        unlabelled_ratio=2,
        unlabelled_weight=3.0,
    )
    # Before the first step its weights are zero: nearly ln 2 for each image, but for the bias.
    plain = train(linear(), lambda logits: (NOBODY, NOBODY), epochs=1, steps=1)
    extra = history.train_loss[0] - plain.train_loss[0]
    assert extra == pytest.approx(3.0 * 2 / 8 * math.log(2), abs=0.05)


def test_it_is_a_semi_supervised_method_with_a_loss_of_its_own():
    def loss(model: nn.Module, x: Tensor, y: Tensor, u: Tensor) -> Tensor:
        logits, guesses, hard = model(torch.cat([x, u, drop_half(u)])).split([4, 8, 8])
        index, labels = sure(guesses.detach())
        consistent = F.cross_entropy(hard[index], labels, reduction="sum") / len(u)
        return F.cross_entropy(logits, y) + consistent

    (images, labels), unlabelled = stripes(4, seed=0), stripes(400, seed=1)[0]
    torch.manual_seed(0)
    model, other = linear(), linear()
    other.load_state_dict(model.state_dict())
    history = train(model, strong=drop_half, unlabelled_ratio=2)
    expected = fit_semi_supervised(
        other,
        images,
        labels,
        unlabelled,
        loss=loss,
        epochs=2,
        steps=40,
        batch_size=4,
        unlabelled_batch_size=8,
        prepare=prepare,
        validation=stripes(500, seed=2),
    )
    assert history.train_loss == expected.train_loss
    assert history.validation_loss == expected.validation_loss
    assert torch.equal(model[1].weight, other[1].weight)


def test_the_seed_repeats_training():
    def weights() -> Tensor:
        torch.manual_seed(5)
        model = nn.Sequential(nn.Flatten(), nn.Linear(36, 2))
        train(model, epochs=1, steps=5, seed=3)
        return model[1].weight

    assert torch.equal(weights(), weights())


def test_nothing_is_trained_while_grading(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(TrainingError, match="nothing is trained while grading"):
        train(linear())


def test_a_loss_that_is_not_finite_is_told():
    with pytest.raises(TrainingError, match="learning rate"):
        train(linear(), weak=lambda x: x * torch.inf)
