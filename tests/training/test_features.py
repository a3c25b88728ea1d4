"""Features of every convolution, and maps of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from kit_utils.training.features import convolution_features, convolution_outputs, tsne_map


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Sequential(nn.Conv2d(4, 5, 3), nn.ReLU()),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(5, 10),
    )
    network[1].running_mean += 0.3
    return network


def test_outputs_are_those_after_normalisation_and_relu(network):
    x = torch.randn(2, 3, 12, 12)
    first, second = convolution_outputs(network, x)
    network.eval()
    torch.testing.assert_close(first, network[:3](x))
    torch.testing.assert_close(second, network[:5](x))


def test_the_network_is_left_as_it_was(network):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    convolution_outputs(network, torch.randn(2, 3, 12, 12))
    assert network.training
    torch.testing.assert_close(network.state_dict(), before)
    assert not any(module._forward_hooks for module in network.modules())


def test_the_network_is_left_as_it_was_after_an_error(network):
    with pytest.raises(RuntimeError):
        convolution_outputs(network, torch.randn(2, 1, 12, 12))
    assert network.training and not any(module._forward_hooks for module in network.modules())


class Functional(nn.Module):
    """Calls a convolution twice, with functions between."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.convolution(F.relu(self.convolution(x))).mean((2, 3))


def test_every_call_of_a_convolution_counts():
    network, x = Functional(), torch.randn(1, 2, 5, 5)
    first, second = convolution_outputs(network, x)
    torch.testing.assert_close(first, network.convolution(x))
    torch.testing.assert_close(second, network.convolution(F.relu(first)))


def test_features_are_means_over_a_grid_whatever_the_batch(network):
    images = torch.randint(0, 256, (130, 3, 12, 12), dtype=torch.uint8)
    features = convolution_features(network, images, prepare=lambda x: x / 255, side=4)
    first, second = convolution_outputs(network, images / 255)
    assert [layer.shape for layer in features] == [(130, 4 * 16), (130, 5 * 16)]
    blocks = first.unflatten(2, (4, 3)).unflatten(4, (4, 3)).mean((3, 5))
    torch.testing.assert_close(features[0], blocks.flatten(1))
    torch.testing.assert_close(features[1].view(130, 5, 4, 4), second)


def test_clusters_stay_apart_in_the_map_and_it_is_the_same_again():
    random = np.random.default_rng(0)
    points = 9 * np.eye(60)[np.arange(90) % 3] + random.normal(size=(90, 60))
    positions = tsne_map(torch.tensor(points), perplexity=10)
    assert positions.shape == (90, 2)
    distance = np.linalg.norm(positions[:, None] - positions, axis=2) + 1e9 * np.eye(90)
    assert (distance.argmin(axis=1) % 3 == np.arange(90) % 3).all()
    np.testing.assert_array_equal(positions, tsne_map(torch.tensor(points), perplexity=10))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convolution_outputs(nn.Flatten(), torch.ones(1, 2, 2, 2)), "no nn.Conv2d"),
        (
            lambda: convolution_features(
                nn.Conv2d(1, 1, 1), torch.ones(0, 1, 2, 2), prepare=lambda x: x
            ),
            "no images",
        ),
        (lambda: tsne_map(torch.ones(50, 2, 2)), "flatten"),
        (lambda: tsne_map(torch.ones(30, 2)), "perplexity 30 is not below"),
        (lambda: tsne_map(torch.full((50, 2), torch.nan)), "NaN"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
