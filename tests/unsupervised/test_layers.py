from __future__ import annotations

import pytest
import torch
from torch import nn

from kit_utils.unsupervised import fold_whitening, initialise_convolution, learn_filters


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_folded_filters_answer_to_patches_as_centroids_to_whitened_ones():
    patches, mean = torch.randn(50, 6, dtype=torch.float64), torch.randn(6, dtype=torch.float64)
    matrix = torch.randn(6, 6, dtype=torch.float64)  # not symmetric, so that the side counts
    centroids = torch.randn(4, 6, dtype=torch.float64)
    whitened = (patches - mean) @ matrix @ centroids.T
    folded = (patches - mean) @ fold_whitening(centroids, matrix).T
    torch.testing.assert_close(folded, whitened)


def test_responses_of_the_layer_have_mean_0_and_deviation_1():
    patches = torch.randn(3000, 3, 5, 5, generator=seeded()) * 7 + 4
    patches[:, 1] = patches[:, 0]  # as correlated as pixels are
    filters = torch.randn(8, 75, generator=seeded(1)) * torch.logspace(-3, 3, 8)[:, None]
    layer = nn.Conv2d(3, 8, 5)
    initialise_convolution(layer, filters, patches)
    responses = layer(patches).flatten(1)
    torch.testing.assert_close(responses.std(0), torch.ones(8), rtol=1e-3, atol=0)
    torch.testing.assert_close(responses.mean(0), torch.zeros(8), rtol=0, atol=1e-3)


def test_directions_of_the_filters_are_kept():
    filters = torch.randn(4, 2, 3, 3, generator=seeded())
    layer = nn.Conv2d(2, 4, 3, bias=False)
    initialise_convolution(layer, filters, torch.randn(200, 18, generator=seeded(1)))
    cosine = torch.cosine_similarity(layer.weight.flatten(1), filters.flatten(1))
    torch.testing.assert_close(cosine.detach(), torch.ones(4))
    assert layer.weight.requires_grad


@pytest.mark.parametrize(
    ("filters", "patches"), [((4, 17), (9, 18)), ((3, 18), (9, 18)), ((4, 18), (9, 3, 3, 3))]
)
def test_what_does_not_fit_the_layer_is_refused(filters: tuple, patches: tuple):
    with pytest.raises(ValueError, match="do not fit"):
        initialise_convolution(nn.Conv2d(2, 4, 3), torch.randn(filters), torch.randn(patches))


def test_a_filter_that_answers_to_nothing_is_refused():
    filters = torch.randn(4, 18)
    filters[2] = 0
    with pytest.raises(ValueError, match="1 of 4 filters"):
        initialise_convolution(nn.Conv2d(2, 4, 3), filters, torch.randn(50, 18))


def test_the_second_layer_learns_from_windows_of_the_first_ones_maps():
    images = torch.randint(0, 256, (30, 3, 12, 12), generator=seeded()).to(torch.uint8)
    first, second = nn.Conv2d(3, 5, 3), nn.Conv2d(5, 4, 2)
    seen: list[torch.Tensor] = []

    def some_of(points: torch.Tensor) -> torch.Tensor:
        seen.append(points)
        return points[:4]

    def before(batch: torch.Tensor) -> torch.Tensor:
        return first(batch.float() / 255).relu()

    weights = first.weight.detach().clone()
    learn_filters(second, images, some_of, per_image=6, generator=seeded(), before=before)
    (points,) = seen
    assert points.shape == (180, 5 * 2 * 2)
    # A window of the maps is what the first layer makes of a window of the image.
    windows = before(images[:1]).unfold(2, 2, 1).unfold(3, 2, 1)[0].permute(1, 2, 0, 3, 4)
    distances = torch.cdist(
        points[:6], windows.reshape(-1, 20), compute_mode="donot_use_mm_for_euclid_dist"
    )
    torch.testing.assert_close(distances.amin(1), torch.zeros(6), atol=1e-5, rtol=0)
    cosine = torch.cosine_similarity(second.weight.flatten(1), points[:4])
    torch.testing.assert_close(cosine.detach(), torch.ones(4))
    assert torch.equal(first.weight, weights)
