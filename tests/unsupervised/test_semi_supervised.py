from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kit_utils.training import TrainingError
from kit_utils.training.recipes import sgd
from kit_utils.unsupervised import fit_semi_supervised


def numbered(count: int, first: int) -> Tensor:
    """Images of 2 x 2 pixels, image n all of the value first + n."""
    values = torch.arange(first, first + count, dtype=torch.uint8)
    return values[:, None, None, None].repeat(1, 1, 2, 2)


IMAGES, LABELS = numbered(12, 0), torch.arange(12) % 3
UNLABELLED = numbered(100, 100)


def prepare(images: Tensor) -> Tensor:
    return images.float() / 10


def linear() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(4, 3))


def supervised(model: nn.Module, x: Tensor, y: Tensor, u: Tensor) -> Tensor:
    return F.cross_entropy(model(x), y)


def train(model: nn.Module | None = None, loss=supervised, data=None, **options):
    images, labels, unlabelled = data or (IMAGES, LABELS, UNLABELLED)
    settings = {"epochs": 1, "steps": 3, "batch_size": 5, "prepare": prepare}
    model = model or linear()
    return fit_semi_supervised(model, images, labels, unlabelled, loss=loss, **settings | options)


def test_the_loss_gets_a_labelled_and_an_unlabelled_batch_of_prepared_images():
    seen = []

    def loss(model: nn.Module, x: Tensor, y: Tensor, u: Tensor) -> Tensor:
        assert model.training
        assert x.shape == (5, 1, 2, 2) and u.shape == (7, 1, 2, 2)
        numbers = (10 * x[:, 0, 0, 0]).round().long()
        assert torch.equal(y, LABELS[numbers]), "the labels are those of the images"
        assert u.min() >= 10
        seen.append((numbers, u))
        return supervised(model, x, y, u)

    train(loss=loss, epochs=2, steps=20, unlabelled_batch_size=7)
    assert len(seen) == 40
    assert torch.cat([numbers for numbers, _ in seen]).unique().tolist() == list(range(12))
    assert not torch.equal(seen[0][1], seen[1][1])


def test_each_step_goes_against_the_gradient_of_the_loss():
    model, rate = linear(), 0.25
    before = model[1].bias.detach().clone()
    history = train(
        model,
        lambda model, x, y, u: 3 * model[1].bias[0] + 0 * model(u).sum(),
        steps=4,
        epochs=2,
        learning_rate=rate,
        weight_decay=0.0,
        recipe=sgd(momentum=0.0, decay=0.0),
    )
    torch.testing.assert_close(before - model[1].bias, torch.tensor([8 * 3 * rate, 0, 0]))
    first = [3 * (before[0].item() - step * 3 * rate) for step in range(4)]
    assert history.train_loss[0] == pytest.approx(sum(first) / 4, rel=1e-5)
    assert len(history.train_loss) == len(history.seconds) == 2
    assert history.validation_accuracy == []


def test_it_is_the_loop_that_one_would_write():
    """The same weights and losses, to the last bit, as the plainest code with the same seed."""

    def loss(model: nn.Module, x: Tensor, y: Tensor, u: Tensor) -> Tensor:
        return supervised(model, x, y, u) + model(u + torch.randn_like(u)).square().mean()

    model, plain = linear(), linear()
    history = train(model, loss, epochs=2, unlabelled_batch_size=7, recipe=sgd(), seed=4)

    optimizer, rates = sgd()(plain, 6, 0.01, 0.01)
    torch.manual_seed(4)
    losses = []
    for _ in range(2):
        total = torch.zeros(())
        for _ in range(3):
            some, others = torch.randint(12, (5,)), torch.randint(100, (7,))
            value = loss(plain, prepare(IMAGES[some]), LABELS[some], prepare(UNLABELLED[others]))
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            rates.step()
            total += value.detach()
        losses.append(total.item() / 3)
    assert history.train_loss == losses
    assert torch.equal(model[1].weight, plain[1].weight)


def test_validation_follows_each_epoch_and_the_remark_ends_its_line(capsys):
    remarks = iter(["one", "two"])
    data = IMAGES, LABELS
    history = train(epochs=2, validation=data, remark=lambda: next(remarks))
    assert len(history.validation_loss) == len(history.validation_accuracy) == 2
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(", ")[-1] for line in lines] == ["one", "two"]
    assert lines[0].startswith("epoch 1/2: training loss")


def test_the_seed_repeats_training_and_leaves_the_random_state_alone():
    def weights(seed: int) -> Tensor:
        model = linear()
        torch.manual_seed(7)
        train(model, lambda model, x, y, u: (model(u) * torch.rand(50, 3)).mean(), seed=seed)
        assert torch.equal(torch.rand(3), expected)
        return model[1].weight

    torch.manual_seed(7)
    expected = torch.rand(3)
    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((IMAGES.float(), LABELS, UNLABELLED), "labelled images must be uint8"),
        ((IMAGES, LABELS, UNLABELLED[:, 0]), "unlabelled images must be uint8"),
        ((IMAGES, LABELS, UNLABELLED[:0]), "there are no unlabelled images"),
        ((IMAGES, LABELS.float(), UNLABELLED), r"labels must be int64 \(N,\), not float32"),
        ((IMAGES, LABELS[:5], UNLABELLED), "12 labelled images but 5 labels"),
    ],
)
def test_data_of_another_kind_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        train(data=data)


@pytest.mark.parametrize("name", ["epochs", "steps", "batch_size", "unlabelled_batch_size"])
def test_numbers_that_are_not_positive_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be positive, not 0"):
        train(**{name: 0})


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (lambda model, x, y, u: model(x).sum(1), r"not float32 \(5,\)"),
        (lambda model, x, y, u: model(x).sum().item(), "not float"),
        (lambda model, x, y, u: model(x).sum().detach(), "depends on the model"),
        (lambda model, x, y, u: None, "not NoneType"),
    ],
)
def test_a_loss_that_is_no_number_of_the_model_is_refused(loss, said):
    with pytest.raises(ValueError, match=f"the loss must be a tensor without axes.*{said}"):
        train(loss=loss)


def test_a_loss_that_is_not_finite_is_told():
    with pytest.raises(TrainingError, match="the loss is inf in epoch 1"):
        train(loss=lambda model, x, y, u: model(x).sum() * 0 + torch.inf)


def test_nothing_is_trained_while_grading(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(TrainingError, match="nothing is trained while grading"):
        train()
