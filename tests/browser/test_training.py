"""Training in a real JupyterLab: a curve that grows, the stop button, and going on."""

from __future__ import annotations

import re

from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.browser.test_lab import SLOW, run

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
HOLD = "from pathlib import Path\n\nPath('hold').touch()"
TRAIN = """\
import time
from pathlib import Path

import torch
from torch import nn

from kit_utils import training

images, labels = torch.zeros(8, 1, 4, 4, dtype=torch.uint8), torch.arange(8) % 2


def wait_in_epoch_3(batch):
    while training.steps_taken() == 2 and Path("hold").exists():
        time.sleep(0.05)
    return batch


torch.manual_seed(0)
model = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
settings = {"validation": (images, labels), "epochs": 4, "batch_size": 8}
history = training.fit_or_load(
    model,
    "model.pt",
    lambda: training.fit(model, images, labels, augment=wait_in_epoch_3, **settings),
)"""


def test_a_curve_grows_and_a_stopped_training_goes_on(lab, page):
    sources = HOLD, TRAIN, "Path('hold').unlink()", "print(len(history.train_loss), 'epochs')"
    cells = [new_code_cell(source) for source in sources]
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    lab.open(page, notebook)
    hold, train, release, shown = map(page.locator(".jp-CodeCell").nth, range(4))
    loss = train.get_by_role("img", name="training loss").locator("polyline")
    run(page, hold)
    train.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(loss).to_have_attribute("points", re.compile(r"^\S+ \S+$"), timeout=SLOW)
    expect(train).to_contain_text("epoch 2/4: training loss")

    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.keyboard.press("i")
    expect(train).to_contain_text("Interrupted after epoch 2", timeout=SLOW)
    expect(train).not_to_contain_text("Traceback")

    run(page, release)
    expect(run(page, train).first).to_contain_text("goes on after epoch 2 of 4")
    expect(loss).to_have_attribute("points", re.compile(r"^(\S+ ){3}\S+$"))
    expect(train.get_by_role("img", name="validation accuracy")).to_be_visible()
    expect(run(page, shown)).to_contain_text("4 epochs")
    expect(run(page, train)).to_contain_text("model.pt: loaded, because nothing has changed")
