from __future__ import annotations

import pytest
import torch
from torch import Tensor

from kit_utils.unsupervised import inertia, kmeans_plus_plus, run_kmeans


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def step(points: Tensor, centroids: Tensor) -> tuple[Tensor, Tensor]:
    """A plain step: a loop over the clusters."""
    assignment = torch.cdist(points, centroids).argmin(1)
    moved = centroids.clone()
    for j in assignment.unique():
        moved[j] = points[assignment == j].mean(0)
    return assignment, moved


def blobs(each: int = 50) -> tuple[Tensor, Tensor]:
    """Points around 12 centres that lie far apart."""
    centres = 100 * torch.eye(12)
    noise = torch.randn(12 * each, 12, generator=seeded())
    return centres.repeat_interleave(each, 0) + noise, centres


def nearest(centroids: Tensor, centres: Tensor) -> list[int]:
    return torch.cdist(centroids, centres).argmin(1).sort().values.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_first_centroids_are_points_of_every_cluster(seed: int):
    points, centres = blobs()
    chosen = kmeans_plus_plus(points, 12, generator=seeded(seed))
    assert nearest(chosen, centres) == list(range(12))
    assert all((points == centroid).all(1).any() for centroid in chosen)


def test_the_probability_is_proportional_to_the_squared_distance():
    # From 0 the squared distances are 1 and 9; from 3, 9 and 4; from 1, 1 and 4.
    points = torch.tensor([[0.0], [1.0], [3.0]])
    generator = seeded()
    pairs = [
        kmeans_plus_plus(points, 2, generator=generator).flatten().tolist() for _ in range(3000)
    ]
    after_zero = [second for first, second in pairs if first == 0]
    assert len(after_zero) == pytest.approx(1000, abs=100)
    assert after_zero.count(3.0) / len(after_zero) == pytest.approx(0.9, abs=0.03)


def test_no_point_is_chosen_twice():
    points = 1000 + torch.randn(40, 3, generator=seeded())  # far from 0, where rounding is large
    assert len(kmeans_plus_plus(points, 40, generator=seeded()).unique(dim=0)) == 40


def test_equal_points_are_no_reason_to_fail():
    assert kmeans_plus_plus(torch.ones(9, 2), 4, generator=seeded()).shape == (4, 2)


def test_run_kmeans_finds_the_clusters_and_says_so(capsys: pytest.CaptureFixture[str]):
    points, centres = blobs()
    centroids = run_kmeans(points, 12, step, generator=seeded())
    torch.testing.assert_close(
        centroids[torch.cdist(centres, centroids).argmin(1)], centres, atol=0.6, rtol=0
    )
    said = capsys.readouterr().out
    assert said.startswith("all points\n  iteration 1: inertia ")
    assert said.endswith(", no point changes its cluster\n")


def test_it_stops_when_nothing_changes_and_not_before():
    points, _ = blobs(20)
    calls: list[Tensor] = []

    def counting(points: Tensor, centroids: Tensor) -> tuple[Tensor, Tensor]:
        calls.append(centroids)
        return step(points, centroids)

    centroids = run_kmeans(points, 5, counting, generator=seeded(3), verbose=False)
    assert 2 < len(calls) < 50
    torch.testing.assert_close(calls[-1], calls[-1])
    torch.testing.assert_close(step(points, centroids)[1], centroids)
    assert not torch.equal(calls[-2], calls[-1]) or len(calls) == 2


def test_it_begins_with_some_of_the_points():
    points, _ = blobs(100)
    counts: list[int] = []

    def counting(points: Tensor, centroids: Tensor) -> tuple[Tensor, Tensor]:
        counts.append(len(points))
        return step(points, centroids)

    run_kmeans(points, 12, counting, generator=seeded(), subsample=300, verbose=False)
    assert set(counts) == {300, 1200}
    assert counts == sorted(counts)
    counts.clear()
    run_kmeans(points, 12, counting, generator=seeded(), subsample=300, warm_up=0, verbose=False)
    assert set(counts) == {1200}


def test_iterations_are_the_most_there_are():
    points = torch.randn(500, 4, generator=seeded())
    calls: list[int] = []

    def counting(points: Tensor, centroids: Tensor) -> tuple[Tensor, Tensor]:
        calls.append(1)
        return step(points, centroids)

    run_kmeans(points, 20, counting, iterations=3, generator=seeded(), verbose=False)
    assert len(calls) == 3


def test_the_printed_inertia_falls(capsys: pytest.CaptureFixture[str]):
    points = torch.randn(600, 4, generator=seeded())
    run_kmeans(points, 10, step, generator=seeded())
    lines = capsys.readouterr().out.splitlines()[1:]
    values = [float(line.split("inertia ")[1].split(",")[0]) for line in lines]
    assert len(values) >= 4
    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1]


def test_inertia_is_the_mean_squared_distance():
    points, centroids = torch.randn(25_000, 3), torch.randn(4, 3)
    squared = torch.cdist(points, centroids).square()
    assignment = squared.argmin(1)
    assert inertia(points, centroids, assignment) == pytest.approx(
        squared.amin(1).mean().item(), rel=1e-4
    )


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (lambda p, c: None, "returned NoneType"),
        (lambda p, c: (step(p, c)[0].float(), c), "assignment must be int64"),
        (lambda p, c: (step(p, c)[0][:-1], c), "assignment must be int64"),
        (lambda p, c: (step(p, c)[0], c[:-1]), r"of shape \(3, 2\), not \(2, 2\)"),
        (lambda p, c: (step(p, c)[0], c * torch.nan), "has no mean and keeps its centroid"),
    ],
)
def test_a_step_that_is_wrong_is_told(bad, said: str):
    points = torch.randn(20, 2, generator=seeded())
    with pytest.raises(ValueError, match=said):
        run_kmeans(points, 3, bad, generator=seeded(), verbose=False)


@pytest.mark.parametrize(
    ("points", "k", "said"),
    [
        (torch.zeros(4, 2, 2), 2, r"float \(N, D\)"),
        (torch.zeros(4, 2, dtype=torch.uint8), 2, r"float \(N, D\)"),
        (torch.zeros(4, 2), 5, "k must be from 1 to the number of points, 4, not 5"),
        (torch.zeros(4, 2), 0, "k must be from 1"),
    ],
)
def test_points_or_k_that_do_not_fit_are_refused(points: Tensor, k: int, said: str):
    with pytest.raises(ValueError, match=said):
        kmeans_plus_plus(points, k, generator=seeded())
    with pytest.raises(ValueError, match=said):
        run_kmeans(points, k, step, generator=seeded())
