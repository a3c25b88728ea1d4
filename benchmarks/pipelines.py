"""Images a second through augmentation and training: the lab's way against the usual one.

    python -m benchmarks.pipelines

The same network is trained on images of 96 by 96 pixels that come in three ways: augmented as one
batch on the device, as in lab 2; augmented one by one with torchvision's transforms in the workers
of a DataLoader; and not at all, the same batch again and again, which is the limit. The ways take
turns. On a processor the network is the narrow one that the notebook uses on its stand-in.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, RandomSampler
from torchvision.transforms import v2

from benchmarks import report
from benchmarks.reference_stl10 import Reference
from kit_utils.data import channel_statistics
from kit_utils.training import mixed_precision, pick_device
from kit_utils.training.recipes import one_cycle

ROUNDS, STEPS, BATCH = 5, 40, 64
NARROW = (16, 32, 32, 48, 64)
WORKERS = os.cpu_count() or 1
Batches = Iterator[tuple[Tensor, Tensor]]
LAB, USUAL, LIMIT = "a batch on the device", "single images in workers", "one fixed batch"


class SingleImages(Dataset):
    """Images with labels, each augmented by itself; the ranges are those of the lab."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.images, self.labels = images, labels
        mean, std = channel_statistics(images)
        self.transform = v2.Compose(
            [
                v2.RandomHorizontalFlip(),
                v2.RandomAffine(
                    15, (0.2, 0.2), (1, 1.4), interpolation=v2.InterpolationMode.BILINEAR
                ),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize(list(mean), list(std)),
            ]
        )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.transform(self.images[index]), self.labels[index]


def in_batches(reference: Reference, images: Tensor, labels: Tensor) -> Batches:
    """Batches prepared and augmented as in the notebook."""
    prepare, augment = reference.names["prepare"], reference.names["augment"]
    while True:
        index = torch.randint(len(images), (BATCH,), device=images.device)
        yield augment(prepare(images[index])), labels[index]


def by_workers(images: Tensor, labels: Tensor, device: torch.device) -> Batches:
    """Batches put together from single images; the workers are ready before the first is used."""
    data = SingleImages(images, labels)
    sampler = RandomSampler(data, replacement=True, num_samples=10**8)
    loader = DataLoader(
        data, BATCH, sampler=sampler, num_workers=WORKERS, pin_memory=device.type == "cuda"
    )
    for x, y in loader:
        yield x.to(device, non_blocking=True), y.to(device, non_blocking=True)


def images_a_second(reference: Reference, batches: Batches, device: torch.device) -> float:
    """Train a fresh network on some batches, and return its speed."""
    network = reference.names["build_network"]().to(memory_format=torch.channels_last).train()
    optimizer, schedule = one_cycle(network, STEPS + 1, 0.005, 0.01)
    start = 0.0
    for step in range(STEPS + 1):
        x, y = next(batches)
        with mixed_precision(device):
            loss = F.cross_entropy(network(x.contiguous(memory_format=torch.channels_last)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step in (0, STEPS):  # the first one warms up
            if device.type == "cuda":
                torch.cuda.synchronize()
            start, seconds = time.perf_counter(), time.perf_counter() - start
    return STEPS * BATCH / seconds


def main() -> None:
    device = pick_device()
    reference = Reference(small=False)
    if device.type == "cpu":
        reference.names["widths"] = NARROW
    images, labels = reference.names["train_set"]
    here = images.contiguous().to(device), labels.to(device)
    ways = {
        LAB: in_batches(reference, *here),
        USUAL: by_workers(images.contiguous(), labels, device),
    }
    x, y = next(ways[LAB])
    ways[LIMIT] = iter(lambda: (x, y), None)
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, batches in ways.items():
            speeds[name].append(images_a_second(reference, batches, device))
            print(f"{name}: {speeds[name][-1]:.0f} images/s", flush=True)

    medians = {name: statistics.median(values) for name, values in speeds.items()}
    rows = [
        (name, f"{speed:.0f}", f"{speed / medians[LIMIT]:.2f}", f"{speed / medians[USUAL]:.2f}")
        for name, speed in medians.items()
    ]
    lines = [
        f"{reference.names['stl10'].name}, 96 by 96 pixels, batches of {BATCH}, convolutions of "
        f"{', '.join(map(str, reference.names['widths']))} filters, {WORKERS} workers; medians of "
        f"{ROUNDS} alternating runs.",
        "",
        report.table(
            ("images come", "images/s", "of the fixed batch", "of single images in workers"), rows
        ),
    ]
    report.write("pipelines", {"images_per_second": speeds, "batch": BATCH}, "\n".join(lines))


if __name__ == "__main__":
    main()
