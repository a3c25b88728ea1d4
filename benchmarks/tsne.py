"""t-SNE of 1,000 points of 512 numbers: scikit-learn against openTSNE.

    python -m benchmarks.tsne

openTSNE is no requirement of the kit: install it beside it, or name its folder in PYTHONPATH. The
points are ten overlapping clusters. Both libraries get the same 50 principal components, perplexity
30, a start along the first two components, and one thread, so that the processor's time, which is
measured, is what it takes on an idle machine. The runs alternate. The divergence
between the neighbours in space and in the map, which both minimise, is computed here, in the same
way for both: the libraries report it from approximations of their own.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import openTSNE
import sklearn
from scipy.spatial.distance import pdist, squareform
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from benchmarks import report

POINTS, DIMENSIONS, CLUSTERS, COMPONENTS, PERPLEXITY = 1000, 512, 10, 50, 30
RUNS = 5


def data() -> np.ndarray:
    """The points, float64 (POINTS, COMPONENTS)."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(CLUSTERS, DIMENSIONS))
    points = centres[np.arange(POINTS) % CLUSTERS] + 2 * random.normal(size=(POINTS, DIMENSIONS))
    return PCA(COMPONENTS, random_state=0).fit_transform(points)


def by_scikit_learn(points: np.ndarray) -> np.ndarray:
    return TSNE(perplexity=PERPLEXITY, init="pca", random_state=0, n_jobs=1).fit_transform(points)


def by_opentsne(method: str) -> Callable[[np.ndarray], np.ndarray]:
    def fit(points: np.ndarray) -> np.ndarray:
        tsne = openTSNE.TSNE(
            perplexity=PERPLEXITY,
            initialization="pca",
            neighbors="exact",
            negative_gradient_method=method,
            random_state=0,
            n_jobs=1,
        )
        return np.asarray(tsne.fit(points))

    return fit


METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    f"scikit-learn {sklearn.__version__}, Barnes-Hut": by_scikit_learn,
    f"openTSNE {openTSNE.__version__}, Barnes-Hut": by_opentsne("bh"),
    f"openTSNE {openTSNE.__version__}, interpolation": by_opentsne("fft"),
}


def neighbour_probabilities(points: np.ndarray) -> np.ndarray:
    """p_ij of van der Maaten and Hinton 2008, equations 1 and 9, by bisection of the width."""
    squares = squareform(pdist(points, "sqeuclidean"))
    low, high = np.full(len(points), 1e-12), np.full(len(points), 1e3)
    for _ in range(100):
        precision = np.sqrt(low * high)[:, None]
        weights = np.exp(-precision * (squares - np.sort(squares)[:, 1:2]))
        np.fill_diagonal(weights, 0)
        p = weights / weights.sum(1, keepdims=True)
        entropy = -np.sum(p * np.log(np.maximum(p, 1e-300)), axis=1)
        wide = entropy > np.log(PERPLEXITY)
        low, high = np.where(wide, precision[:, 0], low), np.where(wide, high, precision[:, 0])
    return (p + p.T) / (2 * len(points))


def divergence(p: np.ndarray, positions: np.ndarray) -> float:
    """KL(p || q) in nat, with q of Student's t distribution (equation 4 there)."""
    q = 1 / (1 + squareform(pdist(positions.astype(np.float64), "sqeuclidean")))
    np.fill_diagonal(q, 0)
    q /= q.sum()
    here = p > 0
    return float(np.sum(p[here] * np.log(p[here] / np.maximum(q[here], 1e-300))))


def main() -> None:
    """Measure, and write results/tsne.*."""
    points = data()
    p = neighbour_probabilities(points)
    seconds: dict[str, list[float]] = {name: [] for name in METHODS}
    divergences: dict[str, float] = {}
    with threadpool_limits(1):
        for run in range(RUNS + 1):  # the first is not counted
            for name, fit in METHODS.items():
                start = time.process_time()
                positions = fit(points)
                if run:
                    seconds[name].append(time.process_time() - start)
                divergences[name] = divergence(p, positions)
    first = statistics.median(next(iter(seconds.values())))
    figures = {
        name: {
            "seconds_median": statistics.median(found),
            "seconds_min": min(found),
            "seconds_max": max(found),
            "ratio_to_scikit_learn": statistics.median(found) / first,
            "divergence_nat": divergences[name],
            "runs": RUNS,
        }
        for name, found in seconds.items()
    }
    rows = [
        (
            name,
            *(f"{f[f'seconds_{which}']:.1f}" for which in ("median", "min", "max")),
            f"{f['ratio_to_scikit_learn']:.2f}",
            f"{f['divergence_nat']:.3f}",
        )
        for name, f in figures.items()
    ]
    lines = [
        "# t-SNE",
        "",
        f"{POINTS:,} points of {DIMENSIONS} numbers in {CLUSTERS} overlapping clusters, reduced to "
        f"{COMPONENTS} principal components; perplexity {PERPLEXITY}, each library's own number of "
        f"iterations, one thread. Median, fastest and slowest of {RUNS} alternating runs, in "
        "seconds of processor time; the KL divergence that t-SNE minimises, computed exactly; less "
        "is better.",
        "",
        report.table(
            (
                *("library", "median", "fastest", "slowest", "of scikit-learn's"),
                "divergence, nat",
            ),
            rows,
        ),
    ]
    report.write("tsne", {"tsne": figures}, "\n".join(lines))


if __name__ == "__main__":
    main()
