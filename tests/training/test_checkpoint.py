"""Weights and history on disk: whole, safe to load, and refused where they do not fit."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from kit_utils.data.loaded import loaded
from kit_utils.training import evaluate, fit, fit_or_load
from kit_utils.training.checkpoint import (
    CheckpointError,
    History,
    load_checkpoint,
    save_checkpoint,
    trained_on,
)
from tests.small_network import CLASSES, network, weights

HISTORY = History([0.5], [0.25], [0.75], [1.5])


@pytest.fixture(autouse=True)
def not_grading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.fixture
def digits() -> tuple[Tensor, Tensor]:
    """Images of 8 x 8 random pixels, of three classes."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (12, 1, 8, 8), generator=generator, dtype=torch.uint8)
    return images, torch.arange(12) % CLASSES


def test_a_checkpoint_gives_back_weights_and_history(digits, tmp_path):
    path = tmp_path / "new folder" / "weights.pt"
    model, other = network(0), network(1)
    fit(model, *digits, epochs=1)  # so that the statistics of batch normalisation differ too
    save_checkpoint(path, model, HISTORY)
    assert load_checkpoint(path, other) == HISTORY
    assert evaluate(other, *digits) == evaluate(model, *digits)
    assert [file.name for file in path.parent.iterdir()] == ["weights.pt"]


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "weights.pt"
    save_checkpoint(path, network(), HISTORY)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CheckpointError, match=r"cannot write the weights.*No space left"):
        save_checkpoint(path, network(1), HISTORY)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_fit_or_load_trains_and_saves_in_a_session(digits, tmp_path):
    path, model = tmp_path / "weights.pt", network()
    history = fit_or_load(model, path, lambda: fit(model, *digits, epochs=1))
    assert load_checkpoint(path, network(1)) == history
    assert len(history.train_loss) == 1


def test_fit_or_load_loads_and_never_trains_while_grading(tmp_path, monkeypatch):
    path, submitted, model = tmp_path / "weights.pt", network(0), network(1)
    save_checkpoint(path, submitted, HISTORY)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert fit_or_load(model, path, lambda: pytest.fail("it trained")) == HISTORY
    assert torch.equal(weights(model), weights(submitted))


def test_fit_or_load_loads_for_validate_where_the_file_fits(digits, tmp_path, monkeypatch):
    path, model = tmp_path / "weights.pt", network(1)
    save_checkpoint(path, network(0), HISTORY)
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert fit_or_load(model, path, lambda: pytest.fail("it trained")) == HISTORY
    path.write_bytes(b"damaged")
    history = fit_or_load(model, path, lambda: fit(model, *digits, epochs=1))
    assert load_checkpoint(path, network(1)) == history


class Malice:
    """Unpickling it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path):
    path, touched = tmp_path / "weights.pt", tmp_path / "touched"
    torch.save({"model": Malice(touched), "history": {}}, path)
    with pytest.raises(CheckpointError, match="more than weights"):
        load_checkpoint(path, network())
    assert not touched.exists()


def damaged(model: nn.Module, path: Path) -> None:
    save_checkpoint(path, model, HISTORY)
    path.write_bytes(path.read_bytes()[:-500])


def save_as(change):
    """Write weights that were changed, one by one."""

    def write(model: nn.Module, path: Path) -> None:
        state = {name: change(tensor) for name, tensor in model.state_dict().items()}
        torch.save({"model": state, "history": asdict(HISTORY)}, path)

    return write


OTHER_KINDS = [
    torch.Tensor.int,
    torch.Tensor.bool,
    lambda tensor: tensor.to(torch.complex64),
    torch.Tensor.to_sparse,
    lambda tensor: tensor.to("meta"),
    torch.Tensor.tolist,
]


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda model, path: None, "no weights at .*run the cell that trains"),
        (lambda model, path: path.mkdir(), "no weights at"),
        (lambda model, path: path.write_bytes(b""), "is damaged"),
        (lambda model, path: path.write_text("not weights"), "is damaged"),
        (damaged, "is damaged"),
        (lambda model, path: torch.save(model, path), "more than weights"),
        (lambda model, path: torch.save(model.state_dict(), path), "no model and history"),
        (lambda model, path: torch.save(torch.zeros(3), path), "no model and history"),
        (lambda model, path: torch.save([], path), "no model and history"),
        (
            lambda model, path: torch.save({"model": 3, "history": asdict(HISTORY)}, path),
            "no model and history",
        ),
        (
            lambda model, path: torch.save({"model": {}, "history": {"train_loss": [1]}}, path),
            "no model and history",
        ),
        (
            lambda model, path: torch.save({"model": {}, "history": asdict(HISTORY)}, path),
            r"missing: 0.weight, 0.bias, 1.weight and 6 more",
        ),
        (
            lambda model, path: save_checkpoint(path, nn.Sequential(*model, nn.PReLU()), HISTORY),
            r"another network: unexpected: 6.weight\. Define",
        ),
        (
            lambda model, path: save_checkpoint(path, network(width=4), HISTORY),
            r"kind: 0.weight is float32 \(4, 1, 3, 3\) instead of float32 \(8, 1, 3, 3\)",
        ),
        (
            lambda model, path: torch.save(
                {"model": model.state_dict() | {"0.bias": 3.0}, "history": asdict(HISTORY)}, path
            ),
            "0.bias is float instead of",
        ),
        *((save_as(change), "of another kind: 0.weight is") for change in OTHER_KINDS),
    ],
)
def test_files_that_do_not_fit_are_refused_and_change_nothing(tmp_path, write, message):
    path, model = tmp_path / "weights.pt", network()
    write(network(1), path)
    before = weights(model)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path, model)
    assert torch.equal(weights(model), before)


def test_weights_of_another_precision_are_loaded(tmp_path):
    model, other = network(0), network(1)
    save_as(torch.Tensor.half)(model, tmp_path / "w.pt")
    load_checkpoint(tmp_path / "w.pt", other)
    assert torch.equal(weights(other), weights(model.half().float()))


def test_a_model_with_lazy_layers_is_trained_and_loaded(digits, tmp_path):
    def lazy() -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.LazyLinear(CLASSES))

    model, again = lazy(), lazy()
    save_checkpoint(tmp_path / "w.pt", model, fit(model, *digits, epochs=1))
    load_checkpoint(tmp_path / "w.pt", again)
    assert torch.equal(weights(again), weights(model))


def test_a_forgotten_return_keeps_the_weights(tmp_path):
    path, model = tmp_path / "weights.pt", network(0)
    with pytest.raises(CheckpointError, match="return what fit returned"):
        fit_or_load(model, path, lambda: None)
    other = network(1)
    assert load_checkpoint(path, other) == History()
    assert torch.equal(weights(other), weights(model))


NUMBERS = {
    "of NumPy": [np.float64(0.5), np.float32(0.25)],
    "a whole array": np.array([0.5, 0.25]),
    "arrays of one": [np.array(0.5), np.array([0.25])],
    "tensors": [torch.tensor(0.5, requires_grad=True), torch.tensor([0.25])],
    "a tensor": torch.tensor([0.5, 0.25]),
    "fractions": (Fraction(1, 2), Fraction(1, 4)),
    "decimals": deque([Decimal("0.5"), Decimal("0.25")]),
}


@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=NUMBERS)
def test_numbers_of_every_kind_are_saved_as_plain_ones(tmp_path, monkeypatch, numbers):
    path, model = tmp_path / "weights.pt", network(0)
    history = fit_or_load(model, path, lambda: History(numbers, seconds=[np.int64(3)]))
    assert history == History([0.5, 0.25], seconds=[3.0])
    assert {type(x) for x in history.train_loss + history.seconds} == {float}
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert fit_or_load(network(1), path, lambda: pytest.fail("it trained")) == history


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.5, torch.zeros(2)], r"has no number in place 1: float32 \(2,\)"),
        ([None], "has no number in place 0: NoneType"),
        (["0.5"], "has no number in place 0: str"),
        ([1j], "has no number in place 0: complex"),
        (0.5, "is no list: float"),
        (np.float64(0.5), "is no list: float"),
        (None, "is no list: NoneType"),
        ("0.5", "is no list: str"),
        ([10**400], r"cannot be read \(OverflowError: int too large to convert to float\)"),
        ([torch.zeros((), device="meta")], r"cannot be read \(NotImplementedError: .*\)"),
    ],
)
def test_what_is_no_number_is_refused_and_the_weights_are_kept(tmp_path, values, message):
    path, model, other = tmp_path / "weights.pt", network(0), network(1)
    with pytest.raises(CheckpointError, match=f"^train_loss {message}. Append one number an epoch"):
        History(values, [0.25]).plain()
    with pytest.raises(CheckpointError, match=f"weights are in .*train_loss {message}"):
        fit_or_load(model, path, lambda: History(values, [0.25]))
    assert load_checkpoint(path, other) == History([], [0.25])
    assert torch.equal(weights(other), weights(model))


class Noted(nn.Linear):
    """Its state holds what no plain reader takes."""

    def get_extra_state(self):
        return Path("note")


def test_a_file_that_grading_could_not_load_is_refused_at_once(tmp_path):
    with pytest.raises(CheckpointError, match="state_dict holds more than tensors"):
        save_checkpoint(tmp_path / "weights.pt", Noted(1, 1), HISTORY)


class Counted(Noted):
    """Its state holds what a plain reader takes."""

    def get_extra_state(self):
        return {"epochs": 3}

    def set_extra_state(self, state):
        self.epochs = state["epochs"]


def test_the_extra_state_of_a_module_is_loaded(tmp_path):
    model = Counted(1, 1)
    save_checkpoint(tmp_path / "w.pt", model, HISTORY)
    load_checkpoint(tmp_path / "w.pt", model)
    assert model.epochs == 3


class Wrapped(nn.Module):
    """A network whose own weights are called `module`, and one of whose parts is compiled."""

    def __init__(self) -> None:
        super().__init__()
        self.module = network()
        self.head = torch.compile(nn.Linear(CLASSES, 1))


@pytest.mark.parametrize(
    "wrap", [nn.DataParallel, torch.compile, lambda model: nn.DataParallel(torch.compile(model))]
)
def test_weights_fit_with_and_without_a_wrapper(tmp_path, wrap):
    path, model = tmp_path / "weights.pt", network(0)
    for saved, fresh in [(wrap(model), network(1)), (model, wrap(network(1)))]:
        save_checkpoint(path, saved, HISTORY)
        assert load_checkpoint(path, fresh) == HISTORY
        assert torch.equal(weights(fresh), weights(model))


def test_averaged_weights_are_those_of_the_network(tmp_path):
    path, model, other = tmp_path / "weights.pt", network(0), network(1)
    save_checkpoint(path, AveragedModel(model), HISTORY)
    load_checkpoint(path, other)
    assert torch.equal(weights(other), weights(model))


def test_names_of_a_networks_own_parts_are_left_alone(tmp_path):
    path, model, other = tmp_path / "weights.pt", Wrapped(), Wrapped()
    save_checkpoint(path, model, HISTORY)
    load_checkpoint(path, other)
    assert torch.equal(weights(other), weights(model))
    both = nn.ModuleDict(
        OrderedDict(module=nn.ModuleDict({"a": nn.Linear(1, 1)}), a=nn.Linear(1, 1))
    )
    save_checkpoint(path, both, HISTORY)
    load_checkpoint(path, both)
    with pytest.raises(CheckpointError, match="another network"):
        load_checkpoint(path, nn.ModuleDict({"a": nn.Linear(1, 1)}))


def test_weights_of_a_stand_in_are_named_where_the_data_are_others(tmp_path, monkeypatch, capsys):
    path = tmp_path / "weights.pt"
    monkeypatch.setitem(loaded, "MNIST", "stand-in digits")
    save_checkpoint(path, network(), HISTORY)
    assert "stand-in digits" in trained_on(path)
    load_checkpoint(path, network(1))
    assert capsys.readouterr().out == ""
    monkeypatch.setitem(loaded, "MNIST", "MNIST")
    load_checkpoint(path, network(1))
    assert capsys.readouterr().out.strip() == (
        f"{path} holds weights that were trained on stand-in digits, and this is MNIST. "
        "Train on MNIST, and hand that file in."
    )


def test_a_file_from_before_names_no_data(tmp_path, monkeypatch, capsys):
    path, model = tmp_path / "weights.pt", network(0)
    torch.save({"model": model.state_dict(), "history": asdict(HISTORY)}, path)
    monkeypatch.setitem(loaded, "MNIST", "MNIST")
    assert load_checkpoint(path, network(1)) == HISTORY
    assert trained_on(path) == [] and capsys.readouterr().out == ""


@pytest.mark.parametrize("data", [None, [1, 2], "MNIST"])
def test_a_damaged_record_of_the_data_costs_no_weights(tmp_path, data):
    content = {"model": network(0).state_dict(), "history": asdict(HISTORY), "data": data}
    torch.save(content, tmp_path / "weights.pt")
    assert load_checkpoint(tmp_path / "weights.pt", network(1)) == HISTORY
