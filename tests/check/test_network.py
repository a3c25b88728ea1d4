"""Labels of a function against those of the network that they should come from."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from kit_utils.check import judge_by_network, predict_by_network
from kit_utils.grading.judge.proxies import StudentNamespace
from tests.grading.judge.serving import honest, serving

torch.manual_seed(0)
IMAGES = torch.randint(256, (300, 1, 4, 4), generator=torch.Generator().manual_seed(0)).byte()
NETWORK = nn.Sequential(nn.Flatten(), nn.Linear(16, 10), nn.BatchNorm1d(10)).eval()
OTHER = nn.Sequential(nn.Flatten(), nn.Linear(16, 10)).eval()


def prepare(images):
    return images.float() / 255


def by(network, images):
    return network(prepare(images)).argmax(1)


TRUTH = by(NETWORK, IMAGES)
UNKNOWN = torch.arange(300) % 10  # labels of which the network knows nothing


def verdict_on(predict, labels=TRUTH):
    found = predict_by_network(predict, NETWORK, IMAGES, prepare)
    return judge_by_network(found, labels, "supervised")


def spoiled(images):
    return torch.where(images.flatten(1).sum(1) % 5 == 0, 0, by(NETWORK, images))


def of_two_views(images):
    scores = NETWORK(prepare(images)) + 0.1 * NETWORK(prepare(images.flip(3)))
    return scores.argmax(1)


KEPT = copy.deepcopy(NETWORK)


@pytest.mark.parametrize("network", [NETWORK, KEPT])
def test_labels_of_the_network_pass(network):
    assert verdict_on(lambda images: by(network, images)).passed


def test_other_labels_by_the_network_pass_unless_they_are_worse():
    assert verdict_on(of_two_views, UNKNOWN).passed


def test_labels_of_another_network_are_refused():
    assert "hardly change" in verdict_on(lambda images: by(OTHER, images)).reason


def test_labels_made_worse_are_refused():
    assert "right for more of them" in verdict_on(spoiled).reason


def test_the_weights_are_put_back():
    before = {name: weight.clone() for name, weight in NETWORK.state_dict().items()}
    verdict_on(lambda images: by(NETWORK, images))
    assert all(torch.equal(before[name], w) for name, w in NETWORK.state_dict().items())

    def fails(images):
        raise ValueError

    with pytest.raises(ValueError):
        predict_by_network(fails, NETWORK, IMAGES, prepare)


def test_a_network_of_another_preparation_is_known_by_its_weights():
    def predict(images):
        return NETWORK(images.float().flatten(1)[:, :16]).argmax(1)

    found = predict_by_network(predict, NETWORK, IMAGES, lambda images: images[:, :, :2])
    assert (found[2] == -1).all()
    assert judge_by_network(found, TRUTH, "supervised").passed


def test_the_network_may_live_in_another_kernel():
    notebook = """
import torch
from torch import nn
torch.manual_seed(0)
network = nn.Sequential(nn.Flatten(), nn.Linear(16, 10), nn.BatchNorm1d(10)).eval()
def predict(images):
    return network(images.float() / 255).argmax(1)
"""
    with serving(honest(notebook)) as connection:
        student = StudentNamespace(connection, 10)
        predict, network = student.name("predict"), student.name("network")
        found = predict_by_network(predict, network, IMAGES, prepare)
        assert judge_by_network(found, UNKNOWN, "supervised").passed
        assert (found[0] == found[2]).all()
        assert len(set(found[1].tolist())) == 1
