from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from kit_utils.unsupervised import random_copies, random_seeds, seed_itself


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_seed_comes_from_its_image():
    colours = torch.arange(120, dtype=torch.uint8).view(-1, 1, 1, 1)
    seeds = random_seeds(colours.expand(120, 3, 96, 96), generator=seeded())
    assert seeds.shape == (120, 3, 64, 64)
    assert seeds.dtype == torch.uint8
    assert torch.equal(seeds, colours.expand(120, 3, 64, 64))


def test_seeds_prefer_what_is_not_flat():
    images = torch.zeros(200, 1, 96, 96, dtype=torch.uint8)
    noise = torch.randint(0, 256, (200, 1, 96, 20), generator=seeded())
    images[..., 76:] = noise.to(torch.uint8)  # inside a seed only if it lies far to the right
    seeds = seed_itself(random_seeds(images, generator=seeded()))
    # One window in eight reaches it; one of eight windows does in 64 % of all images.
    assert (seeds.flatten(1).amax(1) > 0).float().mean() > 0.5


def test_the_seed_itself_is_the_middle():
    image = torch.arange(64 * 64).view(1, 1, 64, 64)
    assert seed_itself(image)[0, 0, 0, 0] == 16 * 64 + 16
    assert seed_itself(image).shape == (1, 1, 32, 32)


def test_every_copy_is_another_one():
    seeds = F.interpolate(torch.rand(1, 3, 8, 8), 64, mode="bilinear").expand(20, 3, 64, 64)
    copies = random_copies(seeds).flatten(1)
    assert copies.shape == (20, 3 * 32 * 32)
    apart = torch.cdist(copies, copies) + 1e6 * torch.eye(20)
    assert apart.min() > 0.1


def test_a_generator_decides():
    seeds = torch.rand(4, 3, 64, 64)
    first, again = (random_copies(seeds, generator=seeded(1)) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, random_copies(seeds, generator=seeded(2)))


def test_a_dot_in_the_middle_is_moved_and_scaled_within_the_limits():
    seeds = torch.zeros(400, 1, 64, 64)
    seeds[:, :, 28:36, 28:36] = 1
    copies = random_copies(seeds, generator=seeded())
    mass = copies.sum((1, 2, 3))
    assert mass.min() == pytest.approx(64 * 0.7**2, rel=0.1)
    assert mass.max() == pytest.approx(64 * 1.4**2, rel=0.1)
    place = torch.arange(32) - 15.5
    x = (copies.sum((1, 2)) * place).sum(1) / mass
    # A shift of the place that is looked up, 3.2 pixels at most, is scaled with the picture.
    assert 3.2 < x.abs().max() <= 3.2 * 1.4 * 1.38


def test_no_pixel_is_invented_in_the_middle_of_what_is_known():
    ramp = torch.linspace(0, 1, 64).expand(50, 1, 64, 64)
    copies = random_copies(ramp, generator=seeded())
    # Every row of a turned and scaled ramp goes on rising; a repeated edge would be flat.
    rising = copies.diff(dim=3)[..., 4:-4, 4:-4]
    assert (rising > 1e-3).float().mean() > 0.999


@pytest.mark.parametrize(
    "seeds", [torch.zeros(2, 3, 32, 32), torch.zeros(2, 3, 64, 64, dtype=torch.uint8)]
)
def test_seeds_without_surroundings_or_in_bytes_are_refused(seeds: torch.Tensor):
    with pytest.raises(ValueError, match=r"seeds must be float \(N, C, 64, 64\)"):
        random_copies(seeds)


def test_images_that_are_floats_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        random_seeds(torch.zeros(1, 3, 96, 96), generator=seeded())
