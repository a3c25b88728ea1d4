"""The loop of k-means around a given step, and initial centroids."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

# Maps points (N, D) and centroids (k, D) to the assignment, int64 (N,), and new centroids (k, D).
Step = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]

ROWS_AT_A_TIME = 10_000


def run_kmeans(
    points: Tensor,
    k: int,
    step: Step,
    *,
    iterations: int = 50,
    warm_up: int = 50,
    generator: torch.Generator,
    subsample: int = 20_000,
    verbose: bool = True,
) -> Tensor:
    """Repeat a step of k-means until no point changes its cluster.

    Lloyd, "Least squares quantization in PCM", 1982. The warm-up starts from the centroids of
    `kmeans_plus_plus` and uses a subsample; its centroids are then refined on all points. Most
    steps only approach the solution, for which a tenth of the points serves nearly as well as all.
    The inertia is printed at iterations 1, 2, 4, 8, ... and at the last one.

    Args:
        points: float (N, D).
        k: number of centroids.
        step: maps points and centroids to the assignment, int64 (N,), and new centroids (k, D).
        iterations: largest number of iterations on all points.
        warm_up: largest number of iterations on the subsample; 0 for none.
        generator: source of randomness, on the CPU.
        subsample: size of the subsample, drawn without replacement; at least 2 k points are used.
        verbose: whether to print the inertia.

    Returns:
        The centroids, (k, D), on the device of the points.

    Raises:
        ValueError: the points are not float (N, D), there are fewer than k, or the step returns
            values of another shape.
    """
    _check_points(points, k)
    some = _subsample(points, max(subsample, 2 * k), generator)
    centroids = kmeans_plus_plus(some, k, generator=generator, subsample=subsample)
    if warm_up and len(some) < len(points):
        title = f"{len(some):,} of {len(points):,} points" if verbose else None
        centroids = _repeat(step, some, centroids, warm_up, title)
    return _repeat(step, points, centroids, iterations, "all points" if verbose else None)


def kmeans_plus_plus(
    points: Tensor, k: int, *, generator: torch.Generator, subsample: int = 20_000
) -> Tensor:
    """Choose k points that lie far from each other as initial centroids.

    The first is drawn uniformly; each other one with a probability proportional to its squared
    distance from the nearest centroid chosen so far (Arthur and Vassilvitskii, "k-means++: the
    advantages of careful seeding", 2007, section 2.2). If all were drawn uniformly, several would
    start in the same cluster and stay there.

    Args:
        points: float (N, D).
        k: number of centroids.
        generator: source of randomness, on the CPU.
        subsample: number of candidate points, drawn without replacement; at least 2 k are used,
            or all if there are fewer. The time grows with `subsample` * k * D.

    Returns:
        Centroids, (k, D), copies of points.

    Raises:
        ValueError: the points are not float (N, D), or there are fewer than k.
    """
    _check_points(points, k)
    some = _subsample(points, max(subsample, 2 * k), generator)
    centred = some - some.mean(0)  # far from zero, rounding errors would exceed the distances
    squares = centred.square().sum(1)
    chosen = [0]  # they are in random order
    distance = torch.full_like(squares, torch.inf)
    for _ in range(k - 1):
        newest = chosen[-1]
        to_newest = squares - 2 * (centred @ centred[newest]) + squares[newest]
        distance = torch.minimum(distance, to_newest.clamp_(min=0))
        distance[newest] = 0  # zero, without rounding errors
        chosen.append(_draw(distance, generator))
    return some[chosen]


def inertia(points: Tensor, centroids: Tensor, assignment: Tensor) -> float:
    """Return the mean squared distance of the points from their centroids, which k-means lowers.

    Args:
        points: (N, D).
        centroids: (k, D).
        assignment: int64 (N,), the centroid of each point.
    """
    pieces = zip(points.split(ROWS_AT_A_TIME), assignment.split(ROWS_AT_A_TIME), strict=True)
    total = sum((rows - centroids[own]).square().sum().item() for rows, own in pieces)
    return total / len(points)


def _repeat(
    step: Step, points: Tensor, centroids: Tensor, iterations: int, title: str | None
) -> Tensor:
    """Repeat the step until nothing changes; if there is a title, print it and the inertia."""
    if title:
        print(title)
    before: Tensor | None = None
    for iteration in range(1, iterations + 1):
        assignment, new_centroids = _check_step(step(points, centroids), points, centroids)
        settled = before is not None and torch.equal(assignment, before)
        last = settled or iteration == iterations
        if title and (last or iteration & (iteration - 1) == 0):  # a power of 2
            value = inertia(points, centroids, assignment)
            end = ", no point changes its cluster" if settled else ""
            print(f"  iteration {iteration}: inertia {value:.4g}{end}", flush=True)
        centroids, before = new_centroids, assignment
        if settled:
            break
    return centroids


def _check_points(points: Tensor, k: int) -> None:
    if points.ndim != 2 or not points.is_floating_point():
        raise ValueError(f"points must be float (N, D), not {points.dtype} {tuple(points.shape)}")
    if not 1 <= k <= len(points):
        raise ValueError(f"k must be from 1 to the number of points, {len(points):,}, not {k}")


def _subsample(points: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return `count` points, or all if there are fewer, in random order."""
    return points[torch.randperm(len(points), generator=generator)[:count].to(points.device)]


def _draw(weights: Tensor, generator: torch.Generator) -> int:
    """Draw an index with probability proportional to its weight (uniform if all are zero)."""
    # In float32, sums over many points lose small weights; Apple GPUs have no float64.
    cumulative = weights.cpu().double().cumsum(0)
    target = torch.rand(1, generator=generator, dtype=torch.float64) * cumulative[-1]
    return min(int(torch.searchsorted(cumulative, target, right=True)), len(weights) - 1)


def _check_step(result: object, points: Tensor, centroids: Tensor) -> tuple[Tensor, Tensor]:
    """Check what a step returned, and say what is wrong with it."""
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise ValueError(
            f"the step returned {type(result).__name__}, not assignment and new centroids"
        )
    assignment, moved = (torch.as_tensor(part, device=points.device) for part in result)
    if assignment.shape != points.shape[:1] or assignment.dtype != torch.int64:
        raise ValueError(
            f"the step's assignment must be int64 ({len(points)},), "
            f"not {assignment.dtype} {tuple(assignment.shape)}"
        )
    if moved.shape != centroids.shape or not bool(moved.isfinite().all()):
        raise ValueError(
            f"the step's centroids must be finite, of shape {tuple(centroids.shape)}, not "
            f"{tuple(moved.shape)}; a cluster without points has no mean and keeps its centroid"
        )
    return assignment, moved.to(points.dtype)
