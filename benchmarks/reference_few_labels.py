"""The reference solution of lab 2B on MNIST with 3,000 labels and 47,000 unlabelled images.

Networks that learned from the labelled images label the others; networks trained anew on all of
them, under augmentation, are better than those that labelled, and label again (Xie et al.,
"Self-training with Noisy Student improves ImageNet classification", 2020, algorithm 1).
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kit_utils.augment import random_matrices
from kit_utils.training import History, evaluate, fit, predict_labels, predict_logits

Images = tuple[Tensor, Tensor]  # uint8 (N, 1, 28, 28) with labels, int64 (N,)

MEMBERS = 2
NOISE = 0.3  # standard deviation before every convolution, as in the pixels of `to_float`
# Of each round of self-training: the share of the unlabelled images that is used, the surest ones.
ROUNDS = (0.98, 0.99)
LABELLED_COPIES = 3  # true labels weigh more
SHIFTS = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))  # pixels; the edge of an image is empty


class Noise(nn.Module):
    """Add normal noise while training."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        n, c, h, w = x.shape
        # In the memory order of channels_last; `randn_like` would be eight times slower there.
        noise = torch.randn(n, h, w, c, device=x.device).permute(0, 3, 1, 2)
        return x + NOISE * noise


def build_network() -> nn.Module:
    """Return an untrained network: float images (n, 1, 28, 28) to logits (n, 10)."""

    def block(inputs: int, outputs: int, size: int, *, pool: bool) -> list[nn.Module]:
        convolution = nn.Conv2d(inputs, outputs, size, bias=False)
        pooling = [nn.MaxPool2d(2)] if pool else []  # first, so that the rest is cheaper
        return [Noise(), convolution, *pooling, nn.BatchNorm2d(outputs), nn.ReLU()]

    return nn.Sequential(  # 1 x 28 x 28
        *block(1, 24, 5, pool=True),  # 24 x 12 x 12
        *block(24, 48, 3, pool=False),  # 48 x 10 x 10
        *block(48, 48, 3, pool=True),  # 48 x 4 x 4
        *block(48, 96, 3, pool=False),  # 96 x 2 x 2
        nn.Flatten(),
        nn.Linear(96 * 2 * 2, 10),
    )


class Ensemble(nn.Module):
    """Several networks as one: the mean of their probabilities."""

    def __init__(self, members: int = MEMBERS) -> None:
        super().__init__()
        self.members = nn.ModuleList(build_network() for _ in range(members))

    def forward(self, images: Tensor) -> Tensor:
        """Map float images (n, 1, 28, 28) to the logarithms of probabilities (n, 10)."""
        return torch.stack([member(images).softmax(1) for member in self.members]).mean(0).log()


class Shifted(nn.Module):
    """A model that looks at every image five times, in place and moved by a pixel."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        """Map float images (n, 1, 28, 28) to the logarithms of probabilities (n, 10)."""
        views = [images.roll(shift, (2, 3)) for shift in SHIFTS]
        return torch.stack([self.model(view).softmax(1) for view in views]).mean(0).log()


def augment(images: Tensor) -> Tensor:
    """Turn, scale, shift, shear and bend each image, in one interpolation."""
    n, size, device = len(images), images.shape[-1], images.device
    matrices = random_matrices(n, translate=1.5, rotate_degrees=10, scale=0.1, device=device)
    shear = torch.empty(n, 1, 1, device=device).uniform_(-0.1, 0.1)
    matrices[:, :, 1:2] += matrices[:, :, :1] * shear
    matrices[:, :, 2] /= size / 2  # affine_grid measures in half widths
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
    grid = grid + bends(n, size, device).permute(0, 2, 3, 1) / (size / 2)
    return F.grid_sample(images, grid, align_corners=False, padding_mode="border")


def bends(
    n: int, size: int, device: torch.device, *, strength: float = 0.7, sigma: float = 4.0
) -> Tensor:
    """Draw smooth displacements in pixels, (n, 2, size, size), of a given standard deviation.

    An elastic distortion (Simard et al., "Best practices for convolutional neural networks applied
    to visual document analysis", 2003): normal noise, smoothed by a Gaussian of width `sigma`. The
    noise lies at every fourth pixel only, which looks the same and is faster.
    """
    points = torch.arange(1.5, size, 4, device=device)
    pixels = torch.arange(size, device=device)[:, None]
    bumps = torch.exp(-((pixels - points) ** 2) / (2 * sigma**2))
    bumps /= bumps.square().sum(1).mean().sqrt()
    noise = torch.randn(n, 2, len(points), len(points), device=device)
    return strength * (bumps @ noise @ bumps.T)


def surest(model: nn.Module, images: Tensor, share: float) -> Images:
    """Return the share of the images of which the model is most sure, and its labels of them."""
    confidence, labels = predict_logits(model, images).max(1)
    chosen = confidence.topk(round(share * len(images))).indices.cpu()
    return images[chosen], labels[chosen].cpu()


def fit_members(
    model: Ensemble, images: Tensor, labels: Tensor, *, epochs: int, batch_size: int, seed: int
) -> float:
    """Train every member anew on the same images and labels; return the last loss of the last."""
    for i, old in enumerate(model.members):
        model.members[i] = build_network().to(next(old.parameters()).device)
        history = fit(
            model.members[i],
            images,
            labels,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=0.02,
            augment=augment,
            loss_function=nn.CrossEntropyLoss(label_smoothing=0.1),
            seed=100 * seed + i,
        )
    return history.train_loss[-1]


def rounds(
    model: Ensemble,
    labelled: Images,
    unlabelled: Tensor,
    *,
    teacher_epochs: int = 60,
    student_epochs: int = 8,
    seed: int = 0,
) -> Iterator[float]:
    """Train the ensemble in place; yield the training loss after each round.

    Args:
        model: whose members are made anew in every round, and learn what they said before.
        labelled: images and labels.
        unlabelled: uint8 (U, 1, 28, 28).
        teacher_epochs: of the first round, with the labelled images only.
        student_epochs: of every other round, with all images.
        seed: of the order of the images and of augmentation; first weights follow torch's own.
    """
    yield fit_members(model, *labelled, epochs=teacher_epochs, batch_size=64, seed=seed)
    for number, share in enumerate(ROUNDS, 1):
        images, labels = surest(model, unlabelled, share)
        images = torch.cat([labelled[0]] * LABELLED_COPIES + [images])
        labels = torch.cat([labelled[1]] * LABELLED_COPIES + [labels])
        yield fit_members(
            model, images, labels, epochs=student_epochs, batch_size=128, seed=10 * seed + number
        )


def train_model(
    model: Ensemble,
    labelled: Images,
    unlabelled: Tensor,
    *,
    validation: Images,
    **settings: int,
) -> History:
    """Go through all rounds; return their history, with one entry for a round."""
    history = History()
    start = time.perf_counter()
    for loss in rounds(model, labelled, unlabelled, **settings):
        history.train_loss.append(loss)
        history.seconds.append(time.perf_counter() - start)
        validation_loss, accuracy = evaluate(model, *validation)
        history.validation_loss.append(validation_loss)
        history.validation_accuracy.append(accuracy)
        print(f"ensemble after round {len(history.seconds)}: {accuracy:.2%}", flush=True)
        start = time.perf_counter()
    return history


def predict(model: Ensemble, images: Tensor) -> Tensor:
    """Return the label of each image, int64 (n,); images are uint8 (n, 1, 28, 28)."""
    return predict_labels(Shifted(model), images)
