"""What changes a training changes its fingerprint, and what does not, does not."""

from __future__ import annotations

import functools
import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from kit_utils.training.fingerprint import NETWORK, WHOLE_BYTES, Fingerprint, digest, fingerprint

CELL = """
import functools
import numpy as np
import torch
from torch import nn
from kit_utils.data import ColourPreparation
from kit_utils.training import fit, random_affine, sgd

rate = 0.1
images = torch.zeros(20, 1, 8, 8, dtype=torch.uint8)
weights = np.ones(3)
recipe = sgd(momentum=0.5)
unused = 1

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, x):
        return torch.relu(self.layer(x))

class Options:
    limit: int = 3

    @staticmethod
    def of(x):
        return x + 1

def shift(x, by=1):
    # one pixel
    return x + by

@functools.lru_cache
def table():
    return rate

def augment(x):
    "Shift."
    return shift(x) + random_affine(x, translate=rate)

def train_model(model, seed=0):
    steps = [augment(images) for _ in range(3)]
    return fit(model, images, recipe=recipe, seed=seed), weights, Options.of(1), table(), steps

torch.manual_seed(0)
model = Net()
"""


def of(cell: str = CELL, call: str = "train_model(model)") -> Fingerprint:
    names: dict[str, object] = {}
    exec(cell, names)
    return fingerprint(names["model"], eval(f"lambda: {call}", names))


@pytest.fixture(scope="module")
def before() -> Fingerprint:
    return of()


CHANGES = {
    "rate = 0.1": ("rate = 0.2", ["rate"]),
    "(20, 1, 8, 8, dtype=torch.uint8)": ("(21, 1, 8, 8, dtype=torch.uint8)", ["images"]),
    "weights = np.ones(3)": ("weights = np.zeros(3)", ["weights"]),
    "momentum=0.5": ("momentum=0.9", ["recipe"]),
    "torch.relu": ("torch.tanh", [NETWORK]),
    "x + by": ("x - by", ["shift"]),
    "by=1": ("by=2", ["shift"]),
    "return rate": ("return 2 * rate", ["table"]),
    "range(3)": ("range(4)", ["train_model"]),
    "seed=seed": ("seed=1", ["train_model"]),
    "return x + 1": ("return x + 2", ["Options"]),
    "limit: int = 3": ("limit: int = 4", ["Options"]),
    "manual_seed(0)": ("manual_seed(1)", [NETWORK]),
    "nn.Linear(4, 2)": ("nn.Linear(4, 2, bias=False)", [NETWORK]),
    "shift(x) +": ("2 * shift(x) +", ["augment"]),
}


@pytest.mark.parametrize("old", CHANGES)
def test_a_change_is_seen_and_named(before, old):
    new, names = CHANGES[old]
    assert CELL.count(old) == 1
    assert of(CELL.replace(old, new)).changes(before.parts) == names


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# one pixel", "# two pixels"),
        ('"Shift."', '"Shift, and rotate."'),
        ("unused = 1", "unused = 2"),
        ("rate = 0.1", "\n\n\nrate = 0.1"),
    ],
)
def test_what_does_not_matter_is_not_seen(before, old, new):
    assert of(CELL.replace(old, new)).changes(before.parts) == []
    assert of().unknown == []


def test_the_arguments_of_the_training_count(before):
    assert of(call="train_model(model, 1)").changes(before.parts) == ["the training function"]


@pytest.mark.parametrize(
    "value",
    [(x for x in "abc"), sys.stdout, sys._getframe()],
    ids=["generator", "file", "frame"],
)
def test_what_cannot_be_followed_is_named(value):
    found = fingerprint(nn.Linear(1, 1), lambda: value)
    assert len(found.unknown) == 1 and found.unknown[0].startswith("value (")
    with pytest.raises(TypeError, match="cannot be followed"):
        digest(value)


def test_a_module_beside_the_notebook_is_followed(tmp_path):
    path = tmp_path / "helpers_of_a_student.py"
    found = []
    for factor in (2, 3):
        code = f"def change(x):\n    return {factor} * x\n"
        exec(compile(code, str(path), "exec"), names := {"__name__": path.stem})
        found.append(fingerprint(nn.Identity(), lambda change=names["change"]: change(1)).parts)
    assert found[0] != found[1]


def test_the_device_does_not_count():
    assert digest(torch.device("cpu")) == digest(torch.device("meta"))


def test_objects_are_compared_by_what_they_hold():
    once, again = ({"a": [1, 2.0, {3}], "p": Path("x"), "c": itertools.count(3)} for _ in range(2))
    assert digest(once) == digest(again)
    next(once["c"])
    assert digest(once) != digest(again)
    assert digest(functools.partial(max, 1)) != digest(functools.partial(max, 2))
    assert digest(1) != digest(1.0) != digest("1.0")
    loop: list[object] = []
    loop.append(loop)
    assert digest(loop)


def test_tensors_are_compared_by_their_numbers_alone():
    images = torch.rand(4, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    assert digest(images) == digest(images.to(memory_format=torch.channels_last))
    assert digest(images) == digest(images.clone().requires_grad_())
    assert digest(images) != digest(images.half())
    assert digest(images) != digest(images.flatten())
    assert digest(torch.tensor(1)) != digest(torch.tensor(2))
    generator = torch.Generator().manual_seed(0)
    before = digest(generator)
    torch.rand(1, generator=generator)
    assert digest(generator) != before
    assert digest(np.array([{}], dtype=object)) != digest(np.array([{1: 2}], dtype=object))


def test_of_a_large_tensor_some_rows_are_compared():
    large = torch.zeros(2000, WHOLE_BYTES // 1000, dtype=torch.uint8)
    before = digest(large)
    large[-1, 0] = 1
    assert digest(large) != before


def test_without_weights_only_the_rest_of_a_network_counts():
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.2))
    before = digest(model, weights=False)
    nn.init.zeros_(model[0].weight)
    assert digest(model.eval(), weights=False) == before
    model[1].p = 0.3
    assert digest(model, weights=False) != before
