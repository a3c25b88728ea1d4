from __future__ import annotations

import pytest
import torch
from torch import nn

from kit_utils.unsupervised import GaussianNoise, without_noise


def test_noise_has_the_deviation_while_training_and_is_nothing_in_use():
    torch.manual_seed(0)
    x = torch.full((200, 500), 3.0)
    layer = GaussianNoise(0.3)
    added = layer(x) - x
    assert added.std().item() == pytest.approx(0.3, rel=0.01)
    assert added.mean().item() == pytest.approx(0.0, abs=0.01)
    assert torch.equal(layer.eval()(x), x)
    with pytest.raises(ValueError, match="must not be negative"):
        GaussianNoise(-0.1)


def small_network() -> nn.Sequential:
    return nn.Sequential(GaussianNoise(1.0), nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))


def test_a_clean_pass_has_neither_noise_nor_dropout_but_the_statistics_of_the_batch():
    torch.manual_seed(0)
    network, x = small_network(), torch.randn(50, 4)
    with without_noise(network) as model:
        first, second = model(x), model(x)
    assert torch.equal(first, second)
    torch.testing.assert_close(first.mean(0), torch.zeros(4), atol=1e-6, rtol=0)
    torch.testing.assert_close(first.var(0, correction=0), torch.ones(4), atol=1e-3, rtol=0)
    noisy = network(x)
    assert not torch.equal(noisy, network(x))
    assert (noisy == 0).float().mean() > 0.3, "dropout is back"


def test_what_was_off_stays_off_and_an_error_changes_nothing():
    network = small_network()
    network[3].eval()
    with pytest.raises(RuntimeError, match="on purpose"), without_noise(network):
        raise RuntimeError("on purpose")
    assert [module.training for module in network] == [True, True, True, False]
