"""MNIST: the lab's reference training against the conventional loop, in one run.

    python -m benchmarks.mnist

The conventional loop is the one of most tutorials: a data set of PIL images, torchvision
transforms, a DataLoader, and the network and settings of the PyTorch examples' MNIST classifier,
written anew. Both train on the same 50,000 images; evaluation on the 10,000 test images, and
reading the files, is not counted. The runs take turns, so that a change in the machine's load meets
both.

The conventional loop counts as having reached an accuracy after the first epoch that shows it. The
reference has a schedule that ends where it was planned to, so it is trained with schedules of one
epoch, two epochs and so on up to the lab's, each anew, and the first whose end shows the accuracy
counts.

The lab's benchmarks rest on the accuracies of the reference over its seeds, on MNIST and on the
stand-in digits.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from benchmarks import report
from benchmarks.reference_mnist import EPOCHS, STANDIN_EPOCHS, train_reference
from kit_utils.data import MNIST, load_hidden_labels, load_mnist, mnist_split
from kit_utils.training import evaluate

TARGETS = (0.985, 0.99)  # test accuracy

Images = tuple[Tensor, Tensor]

# After one epoch, two and so on: the seconds of training and the test accuracy.
Run = list[tuple[float, float]]


class PILDigits(Dataset):
    """What torchvision.datasets.MNIST does for one image, from arrays in memory."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.images, self.labels = images, labels
        self.transform = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]
        )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = Image.fromarray(self.images[index, 0].numpy())
        return self.transform(image), int(self.labels[index])


def conventional_network() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(64 * 12 * 12, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
        nn.LogSoftmax(dim=1),
    )


def conventional_epochs(train: Images, test: Images, workers: int) -> Iterator[tuple[float, float]]:
    """Train for as long as the caller asks; yield the seconds so far and the test accuracy."""
    torch.manual_seed(0)
    model = conventional_network()
    loader = DataLoader(PILDigits(*train), batch_size=64, shuffle=True, num_workers=workers)
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    seconds = 0.0
    while True:
        start = time.perf_counter()
        model.train()
        for images, labels in loader:
            optimizer.zero_grad()
            F.nll_loss(model(images), labels).backward()
            optimizer.step()
        schedule.step()
        seconds += time.perf_counter() - start
        yield seconds, evaluate(model, *test)[1]


def reference_run(train: Images, test: Images, seed: int) -> Run:
    run: Run = []
    for epochs in range(1, EPOCHS + 1):
        # The test images stand in for validation images: they are measured, nothing is chosen.
        _, history = train_reference(train, test, seed=seed, epochs=epochs)
        run.append((sum(history.seconds), history.validation_accuracy[-1]))
    return run


def standin() -> MNIST:
    """Load the stand-in digits, whatever is there."""
    before = os.environ.get("KIT_STANDIN", "")
    os.environ["KIT_STANDIN"] = "1"
    try:
        return load_mnist()
    finally:
        os.environ["KIT_STANDIN"] = before


def split_and_test(data: MNIST, subset: int | None = None) -> tuple[Images, Images]:
    """Return training and test images with their labels, the training images shuffled."""
    chosen, _ = mnist_split(data.train_labels)
    chosen = chosen[torch.randperm(len(chosen), generator=torch.Generator().manual_seed(0))]
    chosen = chosen[:subset]
    train = data.train_images[chosen], data.train_labels[chosen]
    return train, (data.test_images, load_hidden_labels(data.name))


def standin_accuracies(seeds: int) -> list[float]:
    """Train the reference on the stand-in digits; return the test accuracy of each seed."""
    train, test = split_and_test(standin())
    runs = (train_reference(train, test, seed=seed, epochs=STANDIN_EPOCHS) for seed in range(seeds))
    return [history.validation_accuracy[-1] for _, history in runs]


def reach(run: Run, target: float) -> tuple[int, float] | None:
    """Return the epochs and the seconds until a run first has the target accuracy."""
    return next(((n, s) for n, (s, accuracy) in enumerate(run, 1) if accuracy >= target), None)


def per_epoch(run: Run) -> float:
    return run[-1][0] / len(run)


def spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def accuracies(final: list[float]) -> dict:
    return {
        "final_accuracy_by_seed": final,
        "final_accuracy_percentile_5": float(np.percentile(final, 5)),
    }


def figures(ours: list[Run], conventional: Run, on_standin: list[float]) -> dict:
    """Return what was measured; a target that was not reached in time is null."""
    result: dict = {
        "reference": {
            "seconds_per_epoch": spread([per_epoch(run) for run in ours]),
            "seconds_total": spread([run[-1][0] for run in ours]),
            **accuracies([run[-1][1] for run in ours]),
            "runs_seconds_and_accuracy": ours,
        },
        "conventional": {
            "seconds_per_epoch": per_epoch(conventional),
            "run_seconds_and_accuracy": conventional,
        },
        "standin": {"epochs": STANDIN_EPOCHS, **accuracies(on_standin)},
        "targets": {},
    }
    result["ratio_per_epoch"] = (
        per_epoch(conventional) / result["reference"]["seconds_per_epoch"]["median"]
    )
    for target in TARGETS:
        reached = [reach(run, target) for run in ours]
        theirs = reach(conventional, target)
        all_reached = all(reached)
        seconds = spread([r[1] for r in reached if r]) if all_reached else None
        # A target that the conventional loop missed took it longer than all its epochs.
        spent = theirs[1] if theirs else conventional[-1][0]
        result["targets"][str(target)] = {
            "reference_epochs": spread([r[0] for r in reached if r]) if all_reached else None,
            "reference_seconds": seconds,
            "conventional_reached": theirs is not None,
            "conventional_epochs": theirs[0] if theirs else len(conventional),
            "conventional_seconds": spent,
            "ratio": spent / seconds["median"] if seconds else None,
        }
    return result


def table(result: dict) -> str:
    """Return the figures as a Markdown table."""
    ours, theirs = result["reference"], result["conventional"]
    seeds = len(ours["final_accuracy_by_seed"])
    rows = [
        ("seconds an epoch", _range(ours["seconds_per_epoch"], ".2f"),
         f"{theirs['seconds_per_epoch']:.1f}", f"{result['ratio_per_epoch']:.0f}"),
    ]  # fmt: skip
    for target, r in result["targets"].items():
        more = "" if r["conventional_reached"] else "> "
        ratio = f"{more}{r['ratio']:.0f}" if r["ratio"] else "–"
        name = f"to {float(target):.1%} test accuracy"
        rows.append((f"epochs {name}", _range(r["reference_epochs"], "g"),
                     f"{more}{r['conventional_epochs']}", ""))  # fmt: skip
        rows.append((f"seconds {name}", _range(r["reference_seconds"], ".1f"),
                     f"{more}{r['conventional_seconds']:.0f}", ratio))  # fmt: skip
    last_seconds, last_accuracy = theirs["run_seconds_and_accuracy"][-1]
    epochs = len(theirs["run_seconds_and_accuracy"])
    lines = [
        report.table(
            (
                *("MNIST", f"reference, median of {seeds} seeds (min to max)", "conventional"),
                "ratio",
            ),
            rows,
        ),
        "",
        f"Test accuracy of the reference after {EPOCHS} epochs "
        f"({_range(ours['seconds_total'], '.1f')} s), {_by_seed(ours)}",
        "",
        f"On the stand-in digits after {STANDIN_EPOCHS} epochs, {_by_seed(result['standin'])}",
        "",
        f"Conventional after {epochs} epochs ({last_seconds:.0f} s): {last_accuracy:.2%}.",
    ]
    return "\n".join(lines)


def _by_seed(result: dict) -> str:
    final = ", ".join(f"{accuracy:.2%}" for accuracy in result["final_accuracy_by_seed"])
    return f"seed by seed: {final}; 5th percentile {result['final_accuracy_percentile_5']:.2%}."


def _range(values: dict[str, float] | None, style: str) -> str:
    if values is None:
        return "not reached"
    median, low, high = (format(values[key], style) for key in ("median", "min", "max"))
    return f"{median} ({low} to {high})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10, help="runs of the reference")
    parser.add_argument("--conventional-epochs", type=int, default=6)
    parser.add_argument("--workers", type=int, default=0, help="of the conventional DataLoader")
    parser.add_argument("--subset", type=int, help="training images; a try that writes no results")
    options = parser.parse_args()

    data = load_mnist()
    if data.is_standin:
        parser.error("this benchmark needs MNIST: run `kit data`, or set KIT_DATA")
    train, test = split_and_test(data, options.subset)

    ours: list[Run] = []
    conventional: Run = []
    slow_epochs = conventional_epochs(train, test, options.workers)
    for turn in range(max(options.seeds, options.conventional_epochs)):
        if turn < options.seeds:
            ours.append(reference_run(train, test, seed=turn))
        if turn < options.conventional_epochs:
            seconds, accuracy = next(slow_epochs)
            conventional.append((seconds, accuracy))
            print(f"conventional, epoch {turn + 1}: {accuracy:.2%}, {seconds:.0f} s", flush=True)

    result = figures(ours, conventional, standin_accuracies(options.seeds)) | {
        "training_images": len(train[0]),
        "conventional_workers": options.workers,
    }
    if options.subset:
        print(table(result))
    else:
        report.write("mnist", result, table(result))


if __name__ == "__main__":
    main()
