"""Is an expression right? Our verdict against sympy's `equals`, on answers that students give.

    python -m benchmarks.expressions

The corpus is that of Lab 1's symbolic exercises (tests/labs/answers) and forms of later labs: ReLU,
softplus, batch normalisation. `equals` gets the given quantities substituted, and ten seconds.
"""

from __future__ import annotations

import argparse
import runpy
import signal
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import sympy as sp
import torch

from benchmarks import report
from kit_utils import check

LIMIT_S = 10
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Pair:
    """An answer, the reference that it is compared with, and whether it is right."""

    name: str
    answer: sp.Expr
    reference: sp.Expr
    right: bool
    options: dict[str, Any]


class Recorder(check.Test):
    """A test that keeps what it is asked to compare."""

    def __init__(self, points: float) -> None:
        super().__init__(points)
        self.asked: list[tuple[Any, Any, dict[str, Any]]] = []

    def expression(self, claim, answer, reference, *, weight=1, mistakes=(), **options) -> None:
        """Keep the expressions; references that are functions have no symbolic form."""
        if isinstance(reference, sp.Basic):
            try:
                value = answer()
            except Exception:  # an answer that is no expression
                value = None
            self.asked.append((value, reference, options))

    def score(self) -> float:
        """Nothing is judged here."""
        return 0.0


def lab_corpus() -> Iterator[Pair]:
    """The right and wrong answers to Lab 1's symbolic exercises, as its check cells get them."""
    notebook = nbformat.read(ROOT / "source/lab1/1_backpropagation.ipynb", as_version=4)
    cells = {cell.id: cell.source for cell in notebook.cells}
    for path in sorted((ROOT / "tests/labs/answers/lab1").glob("*_state.py")):
        exercise = path.stem.replace("_", "-")

        def asked(code: str, exercise: str = exercise) -> list[tuple[Any, Any, dict[str, Any]]]:
            names: dict[str, Any] = {"sp": sp, "torch": torch}
            for source in (cells[exercise], code, cells[f"{exercise}-check"]):
                exec(source, names)
            return names["test"].asked

        corpus = runpy.run_path(str(path))
        wrong = {name: code for name, (code, _) in corpus["WRONG"].items()}
        solution = asked("")
        for right, answers in ((True, corpus["RIGHT"]), (False, wrong)):
            for name, code in answers.items():
                for (own, *_), (answer, reference, options) in zip(
                    solution, asked(code), strict=True
                ):
                    # Names that the answer leaves alone keep the reference solution.
                    if isinstance(answer, (sp.Expr, int, float)) and answer != own:
                        yield Pair(
                            f"{exercise}: {name}", sp.sympify(answer), reference, right, options
                        )


def more_corpus() -> Iterator[Pair]:
    """Forms of later labs: a reference, right answers, wrong answers."""
    x, x_1, x_2, x_3, g, e = sp.symbols("x x_1 x_2 x_3 g epsilon", real=True)
    mean = (x_1 + x_2 + x_3) / 3
    variance = ((x_1 - mean) ** 2 + (x_2 - mean) ** 2 + (x_3 - mean) ** 2) / 3
    normal = (x_1 - mean) / sp.sqrt(variance + e)
    gradient = sp.diff(normal, x_1)
    spread = sp.sqrt((x_1**2 + x_2**2 + x_3**2) / 3 - mean**2 + e)
    by_hand = (1 - sp.Rational(1, 3) - normal**2 / 3) / sp.sqrt(variance + e)
    relu = sp.Max(0, x)
    step = sp.Piecewise((1, x > 0), (0, True))
    softplus = sp.log(1 + sp.exp(x))
    sigma = 1 / (1 + sp.exp(-x))
    table = {
        "ReLU": (
            relu,
            [x * step, (x + sp.Abs(x)) / 2, x * sp.Heaviside(x), -sp.Min(0, -x), sp.Max(x, 0, -5),
             x * (1 + sp.sign(x)) / 2],
            [sp.Min(0, x), x, sp.Abs(x), step, sp.Max(0, -x), sp.Max(0, x) + 1],
        ),
        "derivative of ReLU": (
            g * step,
            [g * sp.Heaviside(x), g * (1 + sp.sign(x)) / 2, g * relu / x, g * sp.diff(relu, x),
             g * (1 + x / sp.Abs(x)) / 2],
            [step, g * sp.Heaviside(-x), g * relu, g, g * sp.sign(x)],
        ),
        "softplus": (
            softplus,
            [relu + sp.log(1 + sp.exp(-sp.Abs(x))), x - sp.log(sigma), -sp.log(1 - sigma),
             x + sp.log(1 + sp.exp(-x)), x / 2 + sp.log(2 * sp.cosh(x / 2))],
            [sp.log(1 - sp.exp(x) + 2), sp.log(1 + sp.exp(-x)), relu, sp.log(sp.exp(x)), 1 + x],
        ),
        "derivative of softplus": (
            sigma,
            [sp.exp(x) / (1 + sp.exp(x)), (1 + sp.tanh(x / 2)) / 2, sp.diff(softplus, x),
             1 - 1 / (1 + sp.exp(x)), sp.exp(-sp.log(1 + sp.exp(-x)))],
            [1 / (1 + sp.exp(x)), sigma * (1 - sigma), sp.exp(x), sp.tanh(x), softplus],
        ),
        "ELU": (
            sp.Piecewise((x, x > 0), (sp.exp(x) - 1, True)),
            [relu + sp.Min(0, sp.exp(x) - 1), relu + sp.exp(sp.Min(0, x)) - 1,
             x * sp.Heaviside(x) + (sp.exp(x) - 1) * sp.Heaviside(-x)],
            [sp.exp(x) - 1, relu + sp.exp(x) - 1, sp.Piecewise((x, x < 0), (sp.exp(x) - 1, True))],
        ),
        "batch normalisation": (
            normal,
            [(x_1 - mean) / spread, sp.together(normal), (2 * x_1 - x_2 - x_3) / (3 * spread)],
            [(x_1 - mean) / (variance + e), x_1 / spread, (x_1 - mean) / sp.sqrt(variance + 2 * e)],
        ),
        "gradient of batch normalisation": (
            gradient,
            [by_hand, (2 - normal**2) / (3 * spread), sp.diff((x_1 - mean) / spread, x_1)],
            [1 / spread, (1 - sp.Rational(1, 3)) / spread, (1 - normal**2) / (3 * spread),
             (2 + normal**2) / (3 * spread), (2 - normal) / (3 * spread)],
        ),
    }  # fmt: skip
    options = {"symbols": [x, x_1, x_2, x_3, g, e], "domain": {"epsilon": (0.1, 1.0)}}
    for name, (reference, right, wrong) in table.items():
        for is_right, answers in ((True, right), (False, wrong)):
            for answer in answers:
                yield Pair(name, answer, reference, is_right, options)


def corpus() -> list[Pair]:
    """Every pair once."""
    ours, check.Test = check.Test, Recorder
    try:
        lab = list(lab_corpus())
    finally:
        check.Test = ours
    pairs = {(p.answer, p.reference): p for p in [*lab, *more_corpus()]}
    return list(pairs.values())


class OutOfTime(Exception):
    """The limit is over."""


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in what runs longer."""

    def stop(*_: object) -> None:
        raise OutOfTime

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def ours(pair: Pair) -> str:
    """What our verdict says; an answer of another form is refused, with what to write instead."""
    outcome = check.judge_expression(pair.answer, pair.reference, **pair.options).outcome
    return {"passed": "right", "failed": "wrong"}.get(outcome, "refused")


def sympys(pair: Pair) -> str:
    """What `equals` says, once symbols are matched by name and given quantities substituted."""
    given = pair.options.get("given", {})
    symbols = [*given, *pair.options["symbols"], *pair.reference.free_symbols]
    by_name = {symbol.name: symbol for symbol in symbols}
    named = {s: by_name.get(s.name, s) for s in pair.answer.free_symbols}
    answer = pair.answer.xreplace(named).xreplace(given)
    said = answer.equals(pair.reference.xreplace(given))
    return {True: "right", False: "wrong"}.get(said, "undecided")


def measure(pairs: list[Pair], decide: Callable[[Pair], str]) -> dict[str, Any]:
    """Seconds for each pair, from a cold sympy cache, and how the decisions came out."""
    decisions: Counter[str] = Counter()
    seconds: list[float] = []
    mistaken: list[str] = []
    for pair in pairs:
        sp.core.cache.clear_cache()
        start = time.perf_counter()
        try:
            with limit(LIMIT_S):
                said = decide(pair)
        except OutOfTime:
            said = "over the limit"
        except Exception:
            said = "undecided"
        seconds.append(time.perf_counter() - start)
        kind = "right" if pair.right else "wrong"
        decisions[f"{kind} said {said}"] += 1
        if said != kind:
            mistaken.append(f"{pair.name} ({kind}): {said}")
    return {
        "seconds_median": statistics.median(seconds),
        "seconds_p95": statistics.quantiles(seconds, n=20, method="inclusive")[-1],
        "seconds_max": max(seconds),
        "seconds_total": sum(seconds),
        "decisions": dict(decisions),
        "not_said_as_it_is": mistaken,
    }


def hostile() -> dict[str, Any]:
    """Expressions that hang or exhaust a judge which evaluates or simplifies them."""
    x = sp.Symbol("x", real=True)
    tower = x
    for _ in range(6):
        tower = sp.Pow(10, tower, evaluate=False)
    numbers = sp.Integer(9)
    for _ in range(4):
        numbers = sp.Pow(9, numbers, evaluate=False)
    deep = x
    for _ in range(400):
        deep = sp.sin(deep, evaluate=False)
    doubled = x
    for _ in range(200):
        doubled = sp.Add(doubled, sp.exp(doubled, evaluate=False), evaluate=False)
    zero = sp.Add(x, sp.Mul(-1, x, evaluate=False), evaluate=False)
    return {
        "tower of powers, 10^10^...^x": tower,
        "tower of numbers, 9^9^9^9^9": numbers,
        "1/0 (zoo)": sp.zoo,
        "1/(x - x), not evaluated": sp.Pow(zero, -1, evaluate=False),
        "nan": sp.nan,
        "depth 400": deep,
        "2^200 nodes as a tree": doubled,
        "10^6 terms": sp.Add(*(sp.Mul(k, x, evaluate=False) for k in range(2, 10**6 + 2)),
                             evaluate=False),
        "a number of a million digits": sp.Integer(7) ** 1_183_300 * x,
        "exp(exp(exp(exp(x + 3))))": sp.exp(sp.exp(sp.exp(sp.exp(x + 3)))),
        "unevaluated integral": sp.Integral(sp.exp(-(x**2)), x),
        "sum to 10^9": sp.Sum(sp.Symbol("k") ** 2, (sp.Symbol("k"), 1, 10**9)),
    }  # fmt: skip


def measure_hostile() -> dict[str, dict[str, Any]]:
    """How each is refused, and after how many seconds."""
    x = sp.Symbol("x", real=True)
    results = {}
    for name, expression in hostile().items():
        start = time.perf_counter()
        with limit(60):
            verdict = check.judge_expression(expression, 1 / (1 + sp.exp(-x)))
        seconds = time.perf_counter() - start
        results[name] = {
            "seconds": seconds, "outcome": str(verdict.outcome), "reason": verdict.reason
        }  # fmt: skip
    return results


def table(pairs: list[Pair], results: dict[str, dict], refused: dict[str, dict]) -> str:
    """The page for readers."""
    right = sum(pair.right for pair in pairs)
    us, them = results.values()
    rows = []
    for kind in ("right", "wrong"):
        for said in ("right", "wrong", "refused", "undecided", "over the limit"):
            key = f"{kind} said {said}"
            counts = [r["decisions"].get(key, 0) for r in (us, them)]
            rows.append((f"{kind} answers, {said}", *counts))
    for key in ("median", "p95", "max", "total"):
        a, b = us[f"seconds_{key}"], them[f"seconds_{key}"]
        rows.append((f"seconds, {key}", f"{a:.4f}", f"{b:.4f} ({b / a:.1f} times ours)"))
    lines = [
        "# Expressions: a verdict, and sympy's `equals`",
        "",
        f"{len(pairs)} answers: {right} right, {len(pairs) - right} wrong; "
        f"at most {LIMIT_S} s each; sympy {sp.__version__}, cache cleared before each.",
        "",
        report.table(("", "this kit", "sympy `equals`"), rows),
        "",
        "Hostile expressions, none of them to be judged right:",
        "",
        report.table(
            ("expression", "outcome", "seconds", "reason"),
            [
                (name, r["outcome"], f"{r['seconds']:.4f}", r["reason"])
                for name, r in refused.items()
            ],
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure both, and write results/expressions.*."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--every", type=int, default=1, help="answer of so many is taken")
    pairs = corpus()[:: parser.parse_args().every]
    print(f"{len(pairs)} answers")
    results = {"kit": measure(pairs, ours), "sympy_equals": measure(pairs, sympys)}
    refused = measure_hostile()
    right = sum(pair.right for pair in pairs)
    figures = {"right": right, "wrong": len(pairs) - right, "limit_seconds": LIMIT_S}
    figures |= {**results, "hostile": refused}
    report.write("expressions", figures, table(pairs, results, refused))


if __name__ == "__main__":
    main()
