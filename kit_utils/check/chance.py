"""Judge random numbers: their distribution and their independence, by statistical tests.

Each function refuses right numbers with a probability below 1e-9, so that no student loses points
by bad luck. Its docstring says how many numbers it needs to detect common mistakes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from kit_utils.check.verdict import Verdict, failed, passed

TOO_RARE = 1e-11  # significance level of each test, of which a claim may need several
BINS = 20
SMALLEST_SAMPLE = 100 * BINS


def judge_uniform(
    values: torch.Tensor, low: float, high: float, *, what: str, unit: str = "", slack: float = 0.0
) -> Verdict:
    """Judge whether numbers are uniformly distributed: Pearson's chi-square test on twenty bins.

    With 3,200 numbers it refuses a triangular distribution, a clamped normal one, and multiples of
    a twentieth of the range, each with a probability above 0.9999. It also refuses numbers with
    fewer than n/20 different values, such as whole degrees, or one number for many images.

    Args:
        values: at least 2,000 independent numbers, shape (n,).
        low: start of the range.
        high: end of the range.
        what: their name in the reason, in the plural.
        unit: appended to numbers, such as " degrees".
        slack: error of the numbers if they were measured, in the units of the range.

    Raises:
        ValueError: there are too few numbers to judge.
    """
    from scipy.special import chdtrc  # few test cells need it

    if len(values) < SMALLEST_SAMPLE:
        raise ValueError(f"{len(values)} numbers are too few; {SMALLEST_SAMPLE:,} are needed")
    asked = f"from {low:g} to {high:g}{unit}"
    places = (values.double() - low) / (high - low)
    if not torch.isfinite(places).all():
        return failed(f"Some {what} are not finite.")
    if places.min() < -slack or places.max() > 1 + slack:
        return failed(
            f"Some {what} are outside the range {asked}.",
            hint="The range is too wide, or in another unit.",
        )
    apart = places.sort().values.diff() > 0.1 * (places.max() - places.min()) / len(places)
    distinct = 1 + int(apart.sum())
    if distinct < len(values) / 20:
        return failed(
            f"The {len(values):,} {what} take only {distinct} different values.",
            hint="Draw a number for each, from all numbers of the range, as torch.rand does.",
            credit=0.25,
        )
    parts = (places * BINS).long().clamp(0, BINS - 1)
    counts = torch.bincount(parts, minlength=BINS).double()
    if counts[0] == 0 or counts[-1] == 0:
        return failed(
            f"The {what} do not reach both ends of the range {asked}.",
            hint="A part of the range never comes.",
            credit=0.25,
        )
    mean = len(values) / BINS
    if chdtrc(BINS - 1, float(((counts - mean) ** 2 / mean).sum())) < TOO_RARE:
        return failed(
            f"The {what} are not even: some parts of the range {asked} come more often than "
            "others.",
            credit=0.5,
        )
    return passed(f"They run evenly {asked}.")


def judge_share(count: int, total: int, probability: float, *, what: str) -> Verdict:
    """Judge whether something happens with this probability, by the exact binomial test.

    With 3,200 trials it refuses 0.6 or 0.4 instead of 0.5 with a probability above 0.99999.

    Args:
        count: how often it happened.
        total: number of independent trials.
        probability: expected for each trial, between 0 and 1.
        what: what happens, such as "images are flipped".
    """
    from scipy.special import bdtr, bdtrc

    few = float(bdtr(count, total, probability))
    many = float(bdtrc(count - 1, total, probability)) if count else 1.0
    found = f"{count:,} of {total:,} {what}"
    if min(few, many) < TOO_RARE:
        return failed(f"{found}; about {probability * total:,.0f} should be.")
    return passed(f"{found}.")


def judge_unrelated(columns: torch.Tensor, *, names: Sequence[str]) -> Verdict:
    """Judge whether several random numbers are independent, by the largest pairwise correlation.

    With 3,200 draws it refuses a correlation of 0.25 with a probability above 0.9999.

    Args:
        columns: shape (k, n), k numbers in each of n draws, n at least 100.
        names: of the k numbers, for the reason.
    """
    n = columns.shape[1]
    related = torch.corrcoef(columns.double()).nan_to_num().triu(diagonal=1)
    # Fisher, "On the probable error of a coefficient of correlation" (1921): atanh(r) is nearly
    # normal with the standard deviation 1 / sqrt(n - 3); 7.5 of these come once in 1e13.
    if related.abs().max() < math.tanh(7.5 / math.sqrt(n - 3)):
        return passed("They are.")
    one, other = divmod(int(related.abs().argmax()), len(columns))
    return failed(
        f"The {names[one]} and the {names[other]} rise and fall together.",
        hint="Draw new random numbers for each.",
    )


def judge_random_choice(chosen: torch.Tensor, n: int, *, what: str) -> Verdict:
    """Judge whether a random subset of n places was chosen, with all subsets equally likely.

    There are two exact tests, both hypergeometric. One counts runs of neighbours (Wald and
    Wolfowitz 1940): a block is a single run, every fifth place gives as many runs as places. The
    other counts the chosen places before each tenth of all places. For 200 of 1,000 they refuse a
    block, every fifth place, and a random choice from 70 % of the places in a row. For 600 of 3,000
    they also refuse a choice from 90 %, and one place from each stretch of five. Each is refused
    with a probability above 0.9999.

    Args:
        chosen: distinct indices from 0 to n - 1, int64, shape (m,).
        n: number of places.
        what: their name in the reason, in the plural.
    """
    places = chosen.sort().values.tolist()
    m = len(places)
    runs = sum(place - 1 != before for before, place in zip([-2, *places], places, strict=False))
    if _rarity(runs, n, n - m + 1, m) < TOO_RARE:
        few = runs < m * (n - m + 1) / n
        return failed(
            f"The {what} are not chosen at random: "
            + ("most lie side by side." if few else "they keep a distance from each other."),
            hint="Shuffle first, with torch.randperm, and take a part then.",
        )
    for tenth in range(1, 10):
        end = round(n * tenth / 10)
        before = sum(place < end for place in places)
        if _rarity(before, n, end, m) < TOO_RARE:
            return failed(
                f"The {what} are not chosen at random: {before} of the first {end} are chosen; "
                f"about {m * end / n:.0f} should be.",
                hint="Shuffle first, with torch.randperm, and take a part then.",
            )
    return passed(f"They lie as in a random choice of {m} from {n}.")


def _rarity(count: int, total: int, special: int, drawn: int) -> float:
    """Return the smaller tail of the hypergeometric distribution at a count, with the count."""
    from scipy.special import gammaln  # few test cells need it

    def log_ways(n: int, k: np.ndarray | int) -> np.ndarray:
        return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)

    least, most = max(0, drawn - (total - special)), min(special, drawn)
    if not least <= count <= most:
        return 0.0
    k = np.arange(least, most + 1)
    logs = log_ways(special, k) + log_ways(total - special, drawn - k) - log_ways(total, drawn)
    shares = np.exp(logs)
    return float(min(shares[k <= count].sum(), shares[k >= count].sum()))
