"""A network that trains in a moment, for the tests of training and of checkpoints."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CLASSES = 3


def network(seed: int = 0, width: int = 8) -> nn.Module:
    """For images of 8 x 8 pixels; with what differs between training and use."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, width, 3),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(width * 36, CLASSES),
    )


def weights(model: nn.Module) -> Tensor:
    """All parameters as one vector."""
    return torch.cat([parameter.detach().flatten().clone() for parameter in model.parameters()])
