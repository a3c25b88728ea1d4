from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kit_utils.unsupervised import map_rows, random_patches


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def numbered(count: int, height: int, width: int) -> torch.Tensor:
    """Images of two channels in which each pixel has a number of its own, in all images."""
    return torch.arange(count * 2 * height * width).view(count, 2, height, width).float()


def test_a_patch_is_a_window_of_its_image():
    images = numbered(230, 7, 9)
    patches = random_patches(images, 3, 4, generator=seeded())
    assert patches.shape == (920, 2, 3, 3)
    for number, patch in enumerate(patches):
        image, rest = divmod(int(patch[0, 0, 0]), 2 * 7 * 9)
        row, column = divmod(rest, 9)
        assert image == number // 4
        assert torch.equal(patch, images[image, :, row : row + 3, column : column + 3])


def test_all_places_are_equally_likely():
    images = numbered(1, 5, 6).expand(6000, 2, 5, 6)
    corners = random_patches(images, 4, 1, generator=seeded())[:, 0, 0, 0]
    places, counts = corners.unique(return_counts=True)
    assert places.tolist() == [0, 1, 2, 6, 7, 8]
    assert counts.min() > 900  # of 1,000; a deviation of 100 is 3.5 standard deviations


def test_places_differ_between_images_and_between_seeds():
    images = numbered(1, 30, 30).expand(40, 2, 30, 30)
    first, second = (random_patches(images, 3, 1, generator=seeded(s)) for s in (1, 2))
    assert len(first[:, 0, 0, 0].unique()) > 30
    assert not torch.equal(first, second)
    assert torch.equal(first, random_patches(images, 3, 1, generator=seeded(1)))


def test_a_window_as_large_as_the_image_is_the_image():
    images = numbered(3, 5, 5)
    assert torch.equal(
        random_patches(images, 5, 2, generator=seeded()), images.repeat_interleave(2, 0)
    )


def test_bytes_stay_bytes():
    images = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    assert random_patches(images, 3, 1, generator=seeded()).dtype == torch.uint8


def test_a_mapped_file_is_read_a_piece_at_a_time(tmp_path: Path):
    file = tmp_path / "images.bin"
    np.arange(250 * 3 * 12 * 12, dtype=np.int64).astype(np.uint8).tofile(file)
    mapped = np.memmap(file, np.uint8, "c").reshape(250, 3, 12, 12).transpose(0, 1, 3, 2)
    images = torch.from_numpy(mapped)
    seen: list[int] = []

    def prepare(batch: torch.Tensor) -> torch.Tensor:
        seen.append(len(batch))
        return batch.float()

    patches = random_patches(images, 4, 2, generator=seeded(), prepare=prepare)
    assert seen == [100, 100, 50]
    assert torch.equal(patches, random_patches(images, 4, 2, generator=seeded()).float())


def test_windows_are_cut_from_what_prepare_makes():
    layer = torch.nn.Conv2d(3, 5, 3)
    patches = random_patches(torch.rand(3, 3, 9, 9), 2, 2, generator=seeded(), prepare=layer)
    assert patches.shape == (6, 5, 2, 2)
    assert not patches.requires_grad


@pytest.mark.parametrize("size", [0, 9])
def test_a_window_that_does_not_fit_is_refused(size: int):
    with pytest.raises(ValueError, match="does not fit into 8 by 20"):
        random_patches(torch.zeros(1, 1, 8, 20), size, 1, generator=seeded())


@pytest.mark.parametrize("images", [torch.zeros(3, 8, 8), torch.zeros(0, 3, 8, 8)])
def test_what_are_no_images_is_refused(images: torch.Tensor):
    with pytest.raises(ValueError, match="images must be"):
        random_patches(images, 3, 1, generator=seeded())


def test_map_rows_maps_every_row_once():
    rows = torch.arange(25_001 * 4).view(-1, 2, 2).remainder(200).to(torch.uint8)
    calls: list[int] = []

    def double(some: torch.Tensor) -> torch.Tensor:
        calls.append(len(some))
        return 2 * some.flatten(1)

    assert torch.equal(map_rows(double, rows), 2.0 * rows.flatten(1))
    assert calls == [10_000, 10_000, 5_001]
