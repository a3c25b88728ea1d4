"""MNIST with 1,000 labels: the ladder network of the notebook, with augmentation and without.

    python -m benchmarks.ladder

Network and costs are those of notebook 3 of lab 2B: `Ladder` around the reference solutions of its
two functions, 1000-500-250-250-250-10 units, pixels from 0 to 1, noise of standard deviation 0.3.
Of the 50,000 training images 1,000 have a label, every class in proportion, and all are used
without one too. The settings were chosen by the 10,000 validation images; what counts is the
network after the last step.

The paper trains for 150 epochs of 600 steps without augmentation, and reports 99.2 %. Here there
are fewer steps, and every image, labelled or not, is turned, shifted and scaled in each of them.

Each run is stored as it ends, and one that is stored for the same number of steps is not repeated.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import report
from benchmarks.few_labels import Images, spread
from benchmarks.reference_few_labels import reference
from kit_utils.data import few_labels_split, load_hidden_labels
from kit_utils.training import evaluate
from kit_utils.training.augment import random_affine
from kit_utils.unsupervised import Ladder, fit_semi_supervised

LABELS = 1000
STEPS = 6000
EPOCHS = 12  # how often the validation images are looked at
TARGET = 0.985  # test accuracy


def affine(images: Tensor) -> Tensor:
    """Turn, shift and scale each image."""
    return random_affine(images, translate=2, rotate_degrees=15, scale=0.15)


METHODS: dict[str, Callable[[Tensor], Tensor]] = {
    "with augmentation": affine,
    "without augmentation": lambda images: images,
}

# For each method and seed: validation accuracies after each epoch, test accuracy, seconds.
Runs = dict[str, dict[str, dict[str, Any]]]


def measure(
    names: dict[str, Any], method: str, steps: int, seed: int, test_set: Images
) -> dict[str, Any]:
    """Train one ladder network from one seed quietly, and evaluate it."""
    augment, prepare = METHODS[method], names["to_unit_interval"]
    digits = names["mnist"]
    few, many, _ = few_labels_split(digits.train_labels, labelled=LABELS)

    torch.manual_seed(seed)
    ladder = Ladder(names["combine"], names["denoising_cost"]).to(names["device"])

    def loss(_: nn.Module, x: Tensor, y: Tensor, u: Tensor) -> Tensor:
        return ladder.loss(augment(x), y, augment(u))

    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        history = fit_semi_supervised(
            ladder,
            digits.train_images[few],
            digits.train_labels[few],
            digits.train_images[torch.cat([few, many])],
            loss=loss,
            epochs=EPOCHS,
            steps=steps // EPOCHS,
            batch_size=100,
            unlabelled_batch_size=100,
            learning_rate=0.006,
            prepare=prepare,
            validation=names["validation_set"],
            seed=seed,
        )
    return {
        "validation": history.validation_accuracy,
        "test": evaluate(ladder, *test_set, prepare=prepare)[1],
        "seconds": sum(history.seconds),
        "processor_seconds": time.process_time() - start,
    }


def table(runs: Runs, steps: int, note: str) -> str:
    """Return the figures as Markdown."""
    rows = []
    for method, of_method in runs.items():
        found = list(of_method.values())
        validation = spread([run["validation"][-1] for run in found])
        test = spread([run["test"] for run in found])
        seconds = spread([run["processor_seconds"] for run in found], ".0f", 1)
        rows.append((method, len(found), validation, test, seconds))
    head = (f"Ladder network, MNIST, {LABELS:,} labels", "seeds", "validation (%)", "test (%)")
    lines = [report.table((*head, "processor seconds"), rows)]
    lines += ["", f"{steps:,} steps of 100 labelled and 100 unlabelled images; ± is the standard"]
    lines[-1] += f" deviation over seeds. Aim: {TARGET:.1%} of the test images."
    for method, of_method in runs.items():
        shown = ", ".join(f"seed {seed} {run['test']:.2%}" for seed, run in of_method.items())
        lines += ["", f"Test accuracy {method}: {shown}."]
    return "\n".join([*lines, "", note]).strip()


def stored(steps: int) -> Runs:
    """Return the runs of an earlier call, in the order of the methods."""
    path = report.RESULTS / "ladder.json"
    figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return figures["runs"] if figures.get("steps") == steps else {}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--note", default="", help="on the machine, such as its other load")
    options = parser.parse_args(arguments)

    names = reference()
    if names["mnist"].is_standin:
        parser.error("this benchmark needs MNIST: run `kit data`, or set KIT_DATA")
    test_set = names["mnist"].test_images, load_hidden_labels(names["mnist"].name)
    for seed in options.seeds:
        for method in options.methods:
            runs = stored(options.steps)
            if str(seed) in runs.get(method, {}):
                continue
            run = measure(names, method, options.steps, seed, test_set)
            print(f"seed {seed}, {method}: validation {run['validation'][-1]:.2%}", flush=True)
            runs.setdefault(method, {})[str(seed)] = run
            runs = {name: dict(sorted(runs[name].items())) for name in METHODS if name in runs}
            figures = {"steps": options.steps, "runs": runs, "note": options.note}
            report.write("ladder", figures, table(runs, options.steps, options.note))


if __name__ == "__main__":
    main()
