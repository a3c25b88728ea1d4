"""The ablation of lab 2: what each step brings, over seeds, at a reduced size.

    python -m benchmarks.stl10

The experiments of the notebook, on the images of the data folder (STL-10, or other images in its
format), so small that two processor cores can do it: 32 by 32 pixels, the narrow networks that the
notebook uses on its stand-in, and 1,000 labelled images, as in each fold of STL-10's own protocol.
All numbers are accuracies on test images; nothing is chosen by them. A step is compared with the
one before it on the same seeds.

The bar of the stand-in, in the notebook's hidden tests, rests on the accuracies of the lab's
reference model, k-means in the first two layers, over its seeds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

import numpy as np
import torch
from torch import Tensor

from benchmarks import report
from benchmarks.reference_stl10 import Reference
from kit_utils.check import judge_improvement
from kit_utils.data import load_hidden_labels
from kit_utils.training import predict_labels

# Each with what it is compared with: the experiment that differs from it by one step.
STEPS = {
    "baseline 2015": None,
    "baseline": "baseline 2015",
    "+A": "baseline",
    "+A +k-means 1": "+A",
    "+A +k-means 1 and 2": "+A +k-means 1",
    "+A +surrogate classes": "+A",
    "+A +pseudo-labels": "+A",
    "+A +k-means +pseudo-labels": "+A +k-means 1 and 2",
}
SUPERVISED, MODEL = "+A", "+A +k-means 1 and 2"


def predictions(reference: Reference, name: str, seed: int) -> tuple[Tensor, float]:
    """Train one experiment from one seed; return its labels of the test images, and the seconds."""
    start = time.perf_counter()
    network, _ = reference.run(name, seed=seed)
    seconds = time.perf_counter() - start
    images, prepare = reference.names["stl10"].test_images, reference.names["prepare"]
    parts = [predict_labels(network, part, prepare=prepare) for part in images.split(1000)]
    return torch.cat(parts), seconds


def ablation(reference: Reference, seeds: int) -> dict[str, dict[str, list[float]]]:
    """Return for each experiment the accuracy and the seconds of each seed."""
    labels = load_hidden_labels(reference.names["stl10"].name)
    found: dict[str, dict[str, list[float]]] = {
        name: {"accuracy": [], "seconds": []} for name in STEPS
    }
    for seed in range(seeds):
        for name, of_name in found.items():
            guesses, seconds = predictions(reference, name, seed)
            of_name["accuracy"].append((guesses == labels).double().mean().item())
            of_name["seconds"].append(seconds)
            print(
                f"seed {seed}, {name}: {of_name['accuracy'][-1]:.2%}, {seconds:.0f} s", flush=True
            )
    return found


def on_standin(seeds: int) -> dict:
    """Return the accuracies of both models that are handed in, and how sure the improvement is."""
    before = os.environ.get("KIT_STANDIN", "")
    os.environ["KIT_STANDIN"] = "1"
    try:
        reference = Reference(small=True)
    finally:
        os.environ["KIT_STANDIN"] = before
    labels = load_hidden_labels(reference.names["stl10"].name)
    accuracies: dict[str, list[float]] = {SUPERVISED: [], MODEL: []}
    helped = 0
    for seed in range(seeds):
        pair = [predictions(reference, name, seed)[0] for name in accuracies]
        for name, guesses in zip(accuracies, pair, strict=True):
            accuracies[name].append((guesses == labels).double().mean().item())
        helped += judge_improvement(*pair, labels).passed
    return {
        "epochs": reference.names["epochs"],
        "accuracy_by_seed": accuracies,
        "percentile_5": {k: float(np.percentile(v, 5)) for k, v in accuracies.items()},
        "seeds_on_which_unlabelled_images_helped": helped,
    }


def gain(found: dict, name: str) -> tuple[float, float] | None:
    """Mean and standard deviation, over seeds, of the gain on the step before, in points."""
    if STEPS[name] is None:
        return None
    pairs = zip(found[name]["accuracy"], found[STEPS[name]]["accuracy"], strict=True)
    return spread([100 * (after - before) for after, before in pairs])


def spread(values: list[float]) -> tuple[float, float]:
    """Mean, and standard deviation of a sample."""
    return statistics.mean(values), statistics.stdev(values) if len(values) > 1 else 0.0


def table(result: dict) -> str:
    """Return the figures as Markdown."""
    found, seeds = result["ablation"], result["seeds"]
    rows = []
    for name, of_name in found.items():
        mean, deviation = spread([100 * accuracy for accuracy in of_name["accuracy"]])
        step = gain(found, name)
        gained = f"{step[0]:+.1f} ± {step[1]:.1f} on {STEPS[name]}" if step else ""
        seconds = statistics.mean(of_name["seconds"])
        rows.append((name, f"{mean:.1f} ± {deviation:.1f}", gained, f"{seconds:.0f}"))
    standin = result["standin"]
    head = (f"{result['data']}, 32 by 32 pixels", f"test accuracy, {seeds} seeds (%)")
    lines = [
        report.table((*head, "gain on the step before (points)", "seconds"), rows),
        "",
        f"{result['training_images']:,} labelled images, {result['epochs']} epochs; ± is the "
        "standard deviation over seeds. Why some steps lose is in stl10_causes.md.",
        "",
        f"On the stand-in shapes after {standin['epochs']} epochs, seed by seed:",
    ]
    for name, values in standin["accuracy_by_seed"].items():
        shown = ", ".join(f"{accuracy:.1%}" for accuracy in values)
        lines.append(f"{name} {shown}; 5th percentile {standin['percentile_5'][name]:.1%}.")
    count = standin["seeds_on_which_unlabelled_images_helped"]
    of_all = len(standin["accuracy_by_seed"][MODEL])
    lines.append(f"The second is better than the first (McNemar) on {count} of {of_all} seeds.")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--labels", type=int, default=1000, help="labelled images for training")
    parser.add_argument("--standin-seeds", type=int, default=10)
    options = parser.parse_args()

    reference = Reference(small=True)
    data = reference.names["stl10"]
    if data.is_standin:
        parser.error("this benchmark needs images: run `kit data stl10`, or set KIT_DATA")
    reference.names["epochs"] = options.epochs
    images, labels = reference.names["train_set"]
    reference.names["train_set"] = images[: options.labels], labels[: options.labels]
    result = {
        "data": data.name,
        "training_images": len(reference.names["train_set"][0]),
        "seeds": options.seeds,
        "epochs": options.epochs,
        "ablation": ablation(reference, options.seeds),
        "standin": on_standin(options.standin_seeds),
    }
    report.write("stl10", result, table(result))


if __name__ == "__main__":
    main()
