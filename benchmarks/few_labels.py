"""MNIST with 3,000 labels: what each idea of the reference recipe brings, over seeds.

    python -m benchmarks.few_labels

Measured after each round of self-training, on the 10,000 validation and the 10,000 test images: one
network alone (the mean over the members of the ensemble), the ensemble, which labels the images of
the next round, and the ensemble averaged over small shifts, which is what `predict` uses. Nothing
is chosen by the test images. Seconds are those of training and labelling; evaluation, and reading
the files, is not counted. A seed is measured and stored by itself: `--seeds 2` measures seed 2 and
keeps the others.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import statistics
import time
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import report
from benchmarks.reference_few_labels import reference
from kit_utils.data import load_hidden_labels
from kit_utils.training import evaluate

TARGET = 0.9948  # mean test accuracy over seeds
IDEAS = ("one network", "ensemble", "ensemble, shifts")

Images = tuple[Tensor, Tensor]  # uint8 (N, 1, 28, 28) with labels, int64 (N,)

# For each round the seconds so far, and for each idea the validation and the test accuracy.
Run = list[dict]


def accuracies(model: nn.Module, shifted: nn.Module, images: Images) -> dict[str, float]:
    """Return the accuracy of each idea; `shifted` is the model, averaged over shifts."""
    members = model.get_submodule("members").children()
    alone = [evaluate(member, *images)[1] for member in members]
    found = statistics.mean(alone), evaluate(model, *images)[1], evaluate(shifted, *images)[1]
    return dict(zip(IDEAS, found, strict=True))


def measure(names: dict[str, Any], parts: dict[str, Images], seed: int) -> Run:
    """Train from one seed, and measure after each round on each of the parts."""
    torch.manual_seed(seed)
    model = names["build_model"]()
    run: Run = []
    steps = names["rounds"](model, seed)
    seconds = processor_seconds = 0.0
    while True:
        start, start_processor = time.perf_counter(), time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            if next(steps, None) is None:
                return run
        seconds += time.perf_counter() - start
        processor_seconds += time.process_time() - start_processor
        shifted = names["Shifted"](model)
        of_round = {name: accuracies(model, shifted, images) for name, images in parts.items()}
        run.append({"seconds": seconds, "processor_seconds": processor_seconds, **of_round})
        best = of_round["validation"][IDEAS[-1]]
        print(f"seed {seed}, round {len(run)}: {seconds:.0f} s, validation {best:.2%}", flush=True)


def spread(values: list[float], style: str = ".2f", factor: float = 100) -> str:
    """Write mean and standard deviation of a sample."""
    mean = format(factor * statistics.mean(values), style)
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{mean} ± {format(factor * deviation, style)}"


def table(runs: dict[str, Run], note: str) -> str:
    """Return the figures as Markdown."""
    rows = []
    all_runs = list(runs.values())
    for number in range(len(all_runs[0])):
        of_round = [run[number] for run in all_runs]
        for idea in IDEAS:
            name = "teachers, labelled images only" if number == 0 else f"students, round {number}"
            of_each = [r["processor_seconds"] for r in of_round]
            seconds = spread(of_each, ".0f", 1) if idea == IDEAS[0] else ""
            cells = (spread([r[part][idea] for r in of_round]) for part in ("validation", "test"))
            rows.append((f"{name}: {idea}", seconds, *cells))
    final = {seed: run[-1]["test"][IDEAS[-1]] for seed, run in runs.items()}
    by_seed = ", ".join(f"{accuracy:.2%}" for accuracy in final.values())
    head = (f"MNIST, 3,000 labels, {len(runs)} seeds", "processor seconds so far")
    lines = [
        report.table((*head, "validation (%)", "test (%)"), rows),
        "",
        "± is the standard deviation over seeds.",
        "",
        f"Test accuracy of the last line, seeds {', '.join(final)}: {by_seed}; "
        f"mean {statistics.mean(final.values()):.2%} (aim: {TARGET:.2%}).",
        "",
        f"Training and labelling are counted, evaluation is not. {note}".strip(),
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--note", default="", help="on the machine, such as its other load")
    options = parser.parse_args()

    names = reference()
    data = names["mnist"]
    if data.is_standin:
        parser.error("this benchmark needs MNIST: run `kit data`, or set KIT_DATA")
    test_set = data.test_images, load_hidden_labels(data.name)
    parts = {"validation": names["validation_set"], "test": test_set}
    for seed in options.seeds:
        run = measure(names, parts, seed)
        stored = report.RESULTS / "few_labels.json"
        runs = json.loads(stored.read_text(encoding="utf-8"))["runs"] if stored.exists() else {}
        runs = dict(sorted((runs | {str(seed): run}).items()))
        report.write("few_labels", {"runs": runs, "note": options.note}, table(runs, options.note))


if __name__ == "__main__":
    main()
