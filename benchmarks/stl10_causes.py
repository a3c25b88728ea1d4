"""Why unlabelled images gain or lose in `benchmarks.stl10`: one possible cause at a time.

    python -m benchmarks.stl10_causes

The reduced size of that benchmark: 32 by 32 pixels, narrow networks, 1,000 labelled images. The
other labelled images, 3,000 in number, stand for unlabelled ones here, so that it is known which of
the labels that a teacher gives are wrong, and what the right ones would have brought.

All numbers are accuracies on test images; nothing is chosen by them. Each run is stored as it ends,
and one that is stored is not repeated.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import statistics

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks import report
from benchmarks.reference_stl10 import Reference
from benchmarks.stl10 import spread
from kit_utils.data import load_hidden_labels
from kit_utils.training import fit, predict_logits
from kit_utils.unsupervised import fit_consistent
from kit_utils.unsupervised.surrogate import SURROUNDINGS, random_copies, random_seeds

NAME = "stl10_causes"
LABELS, EPOCHS, THRESHOLD = 1000, 40, 0.8
CONSISTENCY_STEPS = 1600  # as many as 40 epochs of 1,000 images in batches of 25
# Each run with what it is compared with: the one that differs from it by the possible cause.
PSEUDO_LABELS = {
    "+A": None,
    "+A, twice as long": "+A",
    "+A, half as long": "+A",
    "pseudo-labels, as in the notebook": "+A",
    "pseudo-labels, twice as long": "+A, twice as long",
    "the same images, with their true labels": "pseudo-labels, as in the notebook",
    "as many images at random, with their true labels": "the same images, with their true labels",
    "all 3,000 images, as the teacher labels them": "pseudo-labels, as in the notebook",
}
SURROGATE_CLASSES = {
    "surrogate classes, as in the notebook: 300": "+A",
    "300, trained ten times as long": "surrogate classes, as in the notebook: 300",
    "3,000": "300, trained ten times as long",
    "3,000, of whole images": "3,000",
}
CONSISTENCY = {
    "+A +k-means 1 and 2": "+A",
    "going on with labels alone": "+A +k-means 1 and 2",
    "going on with pseudo-labels": "going on with labels alone",
    "going on with consistency": "going on with labels alone",
    "consistency from the start": "+A +k-means 1 and 2",
}
STEPS = PSEUDO_LABELS | SURROGATE_CLASSES | CONSISTENCY

# For each run and seed: the accuracy on test images, and what was counted on the way.
Runs = dict[str, dict[str, dict[str, float]]]


class Trial:
    """The runs of one seed, on the data and with the functions of the notebook."""

    def __init__(self, reference: Reference, seed: int) -> None:
        self.names, self.seed = reference.names, seed
        self.names["seed"] = seed
        self.trained: dict[str, nn.Module] = {}

    def train(self, name: str) -> tuple[nn.Module, dict[str, float]]:
        """Train the network of one run; return it, and what was counted on the way."""
        torch.manual_seed(self.seed)
        if name in PSEUDO_LABELS:
            return self._with_labels(name)
        if name in SURROGATE_CLASSES:
            return self._with_surrogates(name), {}
        return self._consistent(name), {}

    def before(self, name: str) -> nn.Module:
        """Return the network of another run, trained at most once."""
        if name not in self.trained:
            self.trained[name] = self.train(name)[0]
        return self.trained[name]

    def _fit(self, network: nn.Module, images: Tensor, labels: Tensor, epochs: int) -> nn.Module:
        names = self.names
        options = {key: names[key] for key in ("prepare", "augment")} | names["settings"]
        fit(network, images, labels, epochs=epochs, seed=self.seed, **options)
        return network

    def _with_labels(self, name: str) -> tuple[nn.Module, dict[str, float]]:
        images, labels = self.names["train_set"]
        long = {"twice as long": 2 * EPOCHS, "half as long": EPOCHS // 2}
        epochs = long.get(name.rpartition(", ")[2], EPOCHS)
        if name.startswith("+A"):
            return self._fit(self._network(), images, labels, epochs), {}
        pool, truth = self.names["pool"]
        index, given = self._chosen("+A", 0.0 if name.startswith("all") else THRESHOLD)
        counted = {"chosen": len(index), "right": (given == truth[index]).double().mean().item()}
        if name.startswith("as many"):
            index = torch.randperm(len(pool))[: len(index)]
        if "true labels" in name:
            given = truth[index]
        return self._fit_joined(self._network(), pool[index], given, epochs), counted

    def _fit_joined(
        self, network: nn.Module, more: Tensor, given: Tensor, epochs: int
    ) -> nn.Module:
        """Train on the labelled images, repeated, and more; for as many steps as on those alone."""
        images, labels = self.names["train_set"]
        repeats = max(1, round(len(more) / len(images)))
        together = torch.cat([images.repeat(repeats, 1, 1, 1), more])
        targets = torch.cat([labels.repeat(repeats), given])
        return self._fit(network, together, targets, round(epochs * len(images) / len(together)))

    def _network(self) -> nn.Module:
        torch.manual_seed(self.seed)
        network: nn.Module = self.names["build_network"]()
        return network

    def _chosen(self, teacher: str, threshold: float) -> tuple[Tensor, Tensor]:
        pool, _ = self.names["pool"]
        logits = predict_logits(self.before(teacher), pool, prepare=self.names["prepare"])
        index, labels = self.names["pseudo_labels"](logits, threshold)
        return index, labels

    def _with_surrogates(self, name: str) -> nn.Module:
        names, images = self.names, self.names["stl10"].unlabelled_images
        count = 3000 if name.startswith("3,000") else 300
        if name.endswith("whole images"):  # as large as the network will see what they show
            seeds = F.interpolate(images[:count].float(), SURROUNDINGS, mode="area")
            seeds = seeds.round().to(torch.uint8)
        else:
            generator = torch.Generator().manual_seed(self.seed)
            seeds = random_seeds(images[:count], generator=generator)
        network, convolutions = self._network(), 4 * len(names["widths"])
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(names["widths"][-1], count)]
        surrogate = nn.Sequential(*network[:convolutions], *head)
        options = {"prepare": names["colour"], "augment": random_copies} | names["settings"]
        epochs = 80 if "ten times" in name else 8
        fit(surrogate, seeds, torch.arange(count), epochs=epochs, seed=self.seed, **options)
        return self._fit(network, *names["train_set"], EPOCHS)

    def _consistent(self, name: str) -> nn.Module:
        names = self.names
        if name.startswith("going on"):
            network = self._network()
            network.load_state_dict(self.before("+A +k-means 1 and 2").state_dict())
        else:
            network = names["initialise_layers"](self._network(), 2)
        if name.endswith("labels alone"):
            return self._fit(network, *names["train_set"], EPOCHS)
        if name.endswith("pseudo-labels"):
            index, given = self._chosen("+A +k-means 1 and 2", THRESHOLD)
            return self._fit_joined(network, names["pool"][0][index], given, EPOCHS)
        fit_consistent(
            network,
            *names["train_set"],
            names["unlabelled_small"],
            choose=lambda logits: names["pseudo_labels"](logits, 0.95),
            weak=names["weak"],
            strong=names["strong"],
            prepare=names["prepare"],
            epochs=1,
            steps=CONSISTENCY_STEPS,
            batch_size=names["settings"]["batch_size"],
            learning_rate=names["settings"]["learning_rate"],
            seed=self.seed,
        )
        return network


def prepare(reference: Reference) -> None:
    """Divide the labelled images into those with a label, and the pool that stands without."""
    images, labels = reference.names["train_set"]
    reference.names["train_set"] = images[:LABELS], labels[:LABELS]
    reference.names["pool"] = images[LABELS:], labels[LABELS:]
    images = reference.names["stl10"].unlabelled_images
    reference.names["unlabelled_small"] = small(reference, images)


def small(reference: Reference, images: Tensor) -> Tensor:
    """Shrink images part by part, as they lie in a file."""
    return torch.cat([reference.names["shrink"](part) for part in images.split(500)])


def measure(trial: Trial, name: str, test_set: tuple[Tensor, Tensor]) -> dict[str, float]:
    """Train the network of one run quietly, and evaluate it."""
    with contextlib.redirect_stdout(io.StringIO()):
        network, counted = trial.train(name)
    trial.trained[name] = network
    images, labels = test_set
    logits = predict_logits(network, images, prepare=trial.names["prepare"])
    return {
        "accuracy": (logits.argmax(1) == labels).double().mean().item(),
        **counted,
    }


def row(runs: Runs, name: str) -> tuple[str, str, str]:
    """One line of the table: accuracy, and gain on the run before it, over the seeds of both."""
    of_name, before = runs[name], STEPS[name]
    mean, deviation = spread([100 * run["accuracy"] for run in of_name.values()])
    gained = f"{gain(runs, name, before)} on “{before}”" if before else ""
    return name, f"{mean:.1f} ± {deviation:.1f}", gained


def gain(runs: Runs, name: str, before: str) -> str:
    """The gain in points of one run on another, over the seeds of both."""
    pairs = [(runs[name][seed], runs[before][seed]) for seed in runs[name]]
    mean, deviation = spread([100 * (a["accuracy"] - b["accuracy"]) for a, b in pairs])
    return f"{mean:+.1f} ± {deviation:.1f}"


def reasons(runs: Runs) -> list[str]:
    """What the table says about the causes, in words."""
    chosen = runs["pseudo-labels, as in the notebook"].values()
    number = statistics.mean(run["chosen"] for run in chosen)
    right = statistics.mean(run["right"] for run in chosen)
    pseudo, longer = "pseudo-labels, as in the notebook", "pseudo-labels, twice as long"
    true, drawn = (
        "the same images, with their true labels",
        "as many images at random, with their true labels",
    )
    return [
        f"Of the 3,000 images the teacher is sure of {number:,.0f} (probability {THRESHOLD} or "
        f"more), and right for {right:.1%} of these. ± is the standard deviation over seeds.",
        f"Pseudo-labels ({gain(runs, pseudo, '+A')} points on +A): the student makes as many steps "
        f"as +A, half of them with labels. One that is trained twice as long, so that it makes as "
        f"many steps with labels as +A, is better by {gain(runs, longer, pseudo)}, and still at "
        f"{gain(runs, longer, '+A')} on +A. So the smaller number of steps with labels is one "
        "part of the loss, and the labels themselves are the other: with the true ones the same "
        f"images bring {gain(runs, true, pseudo)}, and as many drawn at random "
        f"{gain(runs, drawn, true)} more.",
        f"A network that goes on from the teacher, with the teacher's labels: "
        f"{gain(runs, 'going on with pseudo-labels', 'going on with labels alone')} on one that "
        "goes on with labels alone. Labels that it gives itself in every step, for images that are "
        "strongly augmented (consistency): "
        f"{gain(runs, 'going on with consistency', 'going on with labels alone')}.",
        "Surrogate classes: those of the notebook are at "
        f"{gain(runs, 'surrogate classes, as in the notebook: 300', '+A')} on +A, and trained ten "
        f"times as long at {gain(runs, '300, trained ten times as long', '+A')}: what they learn "
        "in the time is no better a start than chance. Neither more classes nor seeds of the size "
        "in which the network sees things helped.",
    ]


def table(runs: Runs) -> str:
    """Return the figures as Markdown, and what they say."""
    seeds = len(runs["+A"])
    head = (f"32 by 32 pixels, {LABELS:,} labels", f"test accuracy, {seeds} seeds (%)", "gain")
    return "\n\n".join([report.table(head, [row(runs, name) for name in STEPS]), *reasons(runs)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()

    reference = Reference(small=True)
    data = reference.names["stl10"]
    if data.is_standin:
        parser.error("this benchmark needs images: run `kit data stl10`, or set KIT_DATA")
    prepare(reference)
    test_set = small(reference, data.test_images), load_hidden_labels(data.name)
    stored = report.RESULTS / f"{NAME}.json"
    runs: Runs = json.loads(stored.read_text())["runs"] if stored.is_file() else {}
    for seed in map(str, range(options.seeds)):
        trial = Trial(reference, int(seed))
        for name in STEPS:
            if seed in runs.setdefault(name, {}):
                continue
            runs[name][seed] = measure(trial, name, test_set)
            print(f"seed {seed}, {name}: {runs[name][seed]}", flush=True)
            write_runs(runs)
    report.write(NAME, {"data": data.name, "runs": runs}, table(runs))


def write_runs(runs: Runs) -> None:
    """Store what has been measured so far."""
    (report.RESULTS / f"{NAME}.json").write_text(json.dumps({"runs": runs}, indent=2) + "\n")


if __name__ == "__main__":
    main()
