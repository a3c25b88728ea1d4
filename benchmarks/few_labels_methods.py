"""MNIST with 3,000 labels: the methods of the notebook, an idea a row, over seeds.

    python -m benchmarks.few_labels_methods

Networks, losses and training are those of notebook 3 of lab 2B: its given cells and the reference
solutions. The notebook batch-normalises from the start; here each idea is added to the one before
it, so the first networks have no batch normalisation. The number of epochs is smaller than the
notebook's 60, for all methods alike. What counts is the network after the last epoch; nothing is
chosen by the validation or the test images.

Each run is stored as it ends, and one that is stored for the same number of epochs is not repeated.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import report
from benchmarks.few_labels import Images, spread
from benchmarks.reference_few_labels import reference
from kit_utils.data import load_hidden_labels
from kit_utils.training import evaluate

NAME = "few_labels_methods"
# Each with what it is compared with: the method that differs from it by one idea.
METHODS = {
    "supervised only": None,
    "+ noise": "supervised only",
    "+ noise, augmentation": "+ noise",
    "+ noise, augmentation, batch normalisation": "+ noise, augmentation",
    "+ pseudo-labels": "+ noise, augmentation, batch normalisation",
    "+ Gamma": "+ noise, augmentation, batch normalisation",
    "supervised only, pseudo-labels": "supervised only",
}

# For each method and seed: validation and test accuracy, and the seconds of training.
Runs = dict[str, dict[str, dict[str, float]]]


def experiments(names: dict[str, Any]) -> dict[str, tuple[Callable[[], nn.Module], Callable]]:
    """Return how the network of each method is built, and how it is trained."""
    network, supervised = names["build_network"], names["train_supervised"]
    pseudo, augment = names["train_pseudo_labels"], names["augment"]
    plain = partial(network, noise=0.0, normalise=False)
    noisy = partial(network, normalise=False)
    pairs = [
        (plain, supervised),
        (noisy, supervised),
        (noisy, partial(supervised, augment=augment)),
        (network, partial(supervised, augment=augment)),
        (network, partial(pseudo, change=augment)),
        (network, names["train_gamma"]),
        (plain, pseudo),
    ]
    return dict(zip(METHODS, pairs, strict=True))


def measure(names: dict[str, Any], method: str, seed: int, test_set: Images) -> dict[str, float]:
    """Build and train one network quietly, and evaluate it."""
    build, train = experiments(names)[method]
    names["seed"] = seed
    torch.manual_seed(seed)
    network = build()
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        history = train(network, validation=None)
    processor_seconds = time.process_time() - start
    return {
        "validation": evaluate(network, *names["validation_set"])[1],
        "test": evaluate(network, *test_set)[1],
        "seconds": sum(history.seconds),
        "processor_seconds": processor_seconds,
    }


def gain(runs: Runs, method: str) -> str:
    """Write what a method brings on the test images, over the seeds of both: mean and deviation."""
    before = METHODS[method]
    if before is None:
        return ""
    pairs = [(runs[method][s], runs[before][s]) for s in runs[method] if s in runs.get(before, {})]
    if not pairs:
        return ""
    differences = [100 * (after["test"] - earlier["test"]) for after, earlier in pairs]
    deviation = statistics.stdev(differences) if len(pairs) > 1 else 0.0
    return f"{statistics.mean(differences):+.2f} ± {deviation:.2f} on {before}"


def table(runs: Runs, epochs: int, note: str) -> str:
    """Return the figures as Markdown."""
    rows = []
    for method in runs:
        of_method = list(runs[method].values())
        accuracies = (spread([run[part] for run in of_method]) for part in ("validation", "test"))
        seconds = spread([run["processor_seconds"] for run in of_method], ".0f", 1)
        rows.append((method, len(of_method), *accuracies, gain(runs, method), seconds))
    total = sum(run["processor_seconds"] for seeds in runs.values() for run in seeds.values())
    head = ("MNIST, 3,000 labels", "seeds", "validation (%)", "test (%)")
    lines = [
        report.table((*head, "gain, test (points)", "processor seconds"), rows),
        "",
        f"After {epochs} epochs of the labelled images in batches of 50; ± is the standard "
        "deviation over seeds. The standard error of 99 % of 10,000 images is 0.1 points.",
        "",
        f"Processor time of all runs: {total / 60:.0f} minutes. {note}".strip(),
    ]
    return "\n".join(lines)


def stored(epochs: int) -> Runs:
    """Return the runs of an earlier call, in the order of the methods."""
    path = report.RESULTS / f"{NAME}.json"
    figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return figures["runs"] if figures.get("epochs") == epochs else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--note", default="", help="on the machine, such as its other load")
    options = parser.parse_args()

    names = reference()
    if names["mnist"].is_standin:
        parser.error("this benchmark needs MNIST: run `kit data`, or set KIT_DATA")
    names["epochs"] = options.epochs
    names["GaussianNoise"] = names["Noise"]  # the same noise, drawn eight times faster
    labels: Tensor = load_hidden_labels(names["mnist"].name)
    test_set = names["mnist"].test_images, labels
    for seed in options.seeds:
        for method in METHODS:
            runs = stored(options.epochs)
            if str(seed) in runs.get(method, {}):
                continue
            run = measure(names, method, seed, test_set)
            print(f"seed {seed}, {method}: validation {run['validation']:.2%}", flush=True)
            runs.setdefault(method, {})[str(seed)] = run
            runs = {name: dict(sorted(runs[name].items())) for name in METHODS if name in runs}
            figures = {"epochs": options.epochs, "runs": runs, "note": options.note}
            report.write(NAME, figures, table(runs, options.epochs, options.note))


if __name__ == "__main__":
    main()
