"""Honest submissions that are noisy, busy or slow to start: all of them have full points."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kit_utils.demo.course import Course
from tests.attacks.course import Attack, Attacked

NOISY = """\
import logging
import sys
import warnings

from tqdm import tqdm

warnings.warn("on definition")
logging.error("on definition")


def square(x):
    warnings.warn("in the answer")
    for _ in tqdm(range(1000), desc="squaring"):
        print("still at it", file=sys.stderr)
    sys.stderr.flush()
    return x * x
"""
THREADS = """\
import os
import queue
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import Array, get_context


def squared(x):
    return x * x


shared = Array("d", 1000)
with get_context("fork").Pool(3) as workers:
    assert workers.map(squared, range(50)) == [n * n for n in range(50)]


def square(x):
    with ThreadPoolExecutor(8) as threads, ProcessPoolExecutor(2) as processes:
        in_threads = list(threads.map(squared, [x] * 8))[-1]
        in_processes = processes.submit(squared, x).result()
    assert (in_threads == in_processes).all()
    return in_threads
"""
TRAINING = """\
import matplotlib.pyplot as plt
import torch
from torch.utils.data import DataLoader, TensorDataset

examples = torch.rand(64, 1)
loader = DataLoader(TensorDataset(examples, examples**2), batch_size=16, num_workers=2)
net = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
optimizer = torch.optim.Adam(net.parameters())
losses = []
for epoch in range(2):
    for inputs, targets in loader:
        loss = torch.nn.functional.mse_loss(net(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
torch.save(net.state_dict(), "net.pt")
net.load_state_dict(torch.load("net.pt"))
plt.plot(losses)
plt.show()


def square(x):
    plt.figure()
    plt.plot(losses)
    plt.show()
    return x**2
"""
# Forked workers share the array: it must not count once for each.
LARGE = """\
import time
from multiprocessing import get_context

import numpy as np

images = np.ones((300, 2**20), np.uint8)


def mean(n):
    time.sleep(1)
    return images[n].mean()


with get_context("fork").Pool(4) as workers:
    assert sum(workers.map(mean, range(4))) == 4


def square(x):
    return x * x
"""
OUTSIDE = """\
%matplotlib inline
import asyncio
import getpass
import os
import pwd
import tempfile
from pathlib import Path

import helper

files = !ls
assert "helper.py" in files
assert pwd.getpwuid(os.getuid()).pw_name == getpass.getuser()
assert Path.home().is_dir()
await asyncio.sleep(0.1)
with tempfile.TemporaryDirectory() as folder:
    Path(folder, "notes.txt").write_text("something")
Path("results").mkdir()
Path("results/notes.txt").write_text("something")


def square(x):
    return helper.squared(x)
"""


def _helper(folder: Path) -> None:
    (folder / "helper.py").write_text("def squared(x):\n    return x * x\n")


ATTACKS = [  # on patience only
    Attack("noisy", {"square": NOISY}, {}),
    Attack("threads", {"square": THREADS}, {}),
    Attack("training", {"square": TRAINING}, {}),
    Attack("large", {"square": LARGE}, {}),
    Attack("outside", {"square": OUTSIDE}, {}, files=_helper),
    # The session ends, by hand, in the middle; the cell was fine until there.
    Attack("leaving", {"square": "def square(x):\n    return x * x\n\n\nquit()"}, {}),
]


@pytest.fixture(scope="module")
def released(released: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course with time enough for a busy machine, where torch alone takes seconds to import."""
    folder = tmp_path_factory.mktemp("patient") / "course"
    shutil.copytree(released.folder, folder)
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write("c.JudgedExecute.timeout = c.JudgedExecute.call_timeout = 60\n")
        config.write("c.JudgedExecute.notebook_timeout = 300\n")
    return Course(folder, released.environment)


class TestRun(Attacked):
    def test_what_they_drew_is_there(self, run):
        cell = run.cell(run.student("training"), "square")
        assert any("image/png" in output.get("data", {}) for output in cell.outputs)

    def test_no_kernel_had_to_be_ended(self, run):
        assert not run.log.lines("The kernel")
