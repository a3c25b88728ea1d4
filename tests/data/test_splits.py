from __future__ import annotations

import numpy as np
import pytest
import torch

from kit_utils.data import few_labels_split, mnist_split, read_idx, stl10_split
from kit_utils.data.mnist import TRAIN_LABELS


@pytest.fixture(scope="module")
def full_labels() -> torch.Tensor:
    """60,000 labels, the classes as uneven as MNIST's."""
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    ordered = torch.arange(10).repeat_interleave(torch.tensor(counts))
    return ordered[torch.randperm(60_000, generator=torch.Generator().manual_seed(0))]


@pytest.fixture
def file_labels(mnist_files, tmp_path) -> torch.Tensor:
    """The labels of the real training images, or of the stand-in's."""
    path = tmp_path / TRAIN_LABELS.name
    path.write_bytes(mnist_files[TRAIN_LABELS.name])
    return torch.from_numpy(read_idx(path)).long()


def assert_divides(parts, labels):
    assert all(part.dtype == torch.int64 and part.ndim == 1 for part in parts)
    assert all((part.diff() > 0).all() for part in parts), "sorted"
    assert torch.cat(parts).sort().values.equal(torch.arange(len(labels))), "disjoint, complete"
    for part in parts:
        expected = labels.bincount() * len(part) / len(labels)
        assert (labels[part].bincount(minlength=10) - expected).abs().max() <= 2, "stratified"


def test_the_sizes_are_those_of_the_lab(full_labels):
    assert [len(part) for part in mnist_split(full_labels)] == [50_000, 10_000]
    assert [len(part) for part in few_labels_split(full_labels)] == [3_000, 47_000, 10_000]


def test_the_sizes_of_stl10_are_those_of_the_lab():
    labels = torch.arange(10).repeat_interleave(500)
    training, validation = stl10_split(labels)
    assert_divides((training, validation), labels)
    assert labels[validation].bincount().tolist() == [100] * 10
    assert labels[training].bincount().tolist() == [400] * 10
    shapes = stl10_split(labels[::10])
    assert [len(part) for part in shapes] == [400, 100], "in proportion for the stand-in"


@pytest.mark.parametrize("split", [mnist_split, few_labels_split, stl10_split])
def test_parts_are_sorted_disjoint_complete_and_stratified(split, full_labels, file_labels):
    for labels in (full_labels, file_labels):
        assert_divides(split(labels), labels)


def test_sizes_shrink_in_proportion_for_the_standin():
    labels = torch.arange(1297) % 10
    assert [len(part) for part in mnist_split(labels)] == [1081, 216]
    assert [len(part) for part in few_labels_split(labels)] == [65, 1016, 216]


def test_sizes_do_not_grow_for_a_larger_set():
    assert len(mnist_split(torch.arange(120_000) % 10)[1]) == 10_000


@pytest.mark.parametrize("split", [mnist_split, few_labels_split, stl10_split])
def test_the_seed_decides(split, file_labels):
    first, again, other = (split(file_labels, seed=seed) for seed in (0, 0, 1))
    assert all(a.equal(b) for a, b in zip(first, again, strict=True))
    assert not any(a.equal(b) for a, b in zip(first, other, strict=True))


def test_both_splits_hold_out_the_same_images(file_labels):
    for seed in (0, 3):
        held_out = mnist_split(file_labels, seed=seed)[1]
        assert few_labels_split(file_labels, seed=seed)[2].equal(held_out)


def test_other_sizes_may_be_asked_for(full_labels):
    parts = few_labels_split(full_labels, labelled=100, validation=20_000)
    assert [len(part) for part in parts] == [100, 39_900, 20_000]


@pytest.mark.parametrize("validation", [-1, 0, 9, 59_991, 60_000, 70_000])
def test_sizes_that_leave_a_class_out_are_refused(full_labels, validation):
    with pytest.raises(ValueError, match="one of each class"):
        mnist_split(full_labels, validation=validation)


@pytest.mark.parametrize("split", [mnist_split, few_labels_split, stl10_split])
def test_labels_of_a_wrong_shape_are_refused(split):
    with pytest.raises(ValueError, match=r"shape \(N,\), not \(60, 10\)"):
        split(torch.zeros(60, 10))


def test_the_smallest_sizes_hold_every_class():
    labels = torch.from_numpy(np.arange(60_000) % 10)
    assert labels[mnist_split(labels, validation=10)[1]].sort().values.tolist() == list(range(10))
