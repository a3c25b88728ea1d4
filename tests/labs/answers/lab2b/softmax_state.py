"""Answers to softmax-state: dp_i/dx_i and dp_i/dx_j in outputs alone, and dE/dbeta for n = 3."""

RIGHT = {
    "expanded": """
dp_i_dx_i = beta * p_i**2 - beta * p_i
dE_dbeta = sp.expand(dE_dbeta)
""",
    "minus outside": "dp_i_dx_i = -beta * p_i * (1 - p_i)",
    "the other inputs' share": "dp_i_dx_i = -(p_i * beta - p_i * beta * p_i)",
    "numerator and sum, apart": """
by_numerator, by_sum = -beta * p_i, beta * p_i * p_i
dp_i_dx_i = by_numerator + by_sum
dp_i_dx_j = 0 + beta * p_i * p_j
""",
    "output by output": """
mean_x = p_1 * x_1 + p_2 * x_2 + p_3 * x_3
dE_dbeta = (
    g_1 * p_1 * (mean_x - x_1) + g_2 * p_2 * (mean_x - x_2) + g_3 * p_3 * (mean_x - x_3)
)
""",
    "minus the covariance": """
p, x, g = (p_1, p_2, p_3), (x_1, x_2, x_3), (g_1, g_2, g_3)
mean_x = sum(q * y for q, y in zip(p, x))
mean_g = sum(q * y for q, y in zip(p, g))
dE_dbeta = -sum(q * (h - mean_g) * (y - mean_x) for q, y, h in zip(p, x, g))
""",
    "from dE/dx by the product beta x": """
mean_g = g_1 * p_1 + g_2 * p_2 + g_3 * p_3
by_x = [-beta * p * (g - mean_g) for p, g in [(p_1, g_1), (p_2, g_2), (p_3, g_3)]]
dE_dbeta = (x_1 * by_x[0] + x_2 * by_x[1] + x_3 * by_x[2]) / beta
""",
    "in the outputs alone, by their logarithms": """
mean_g = g_1 * p_1 + g_2 * p_2 + g_3 * p_3
rows = [(p_1, g_1), (p_2, g_2), (p_3, g_3)]
dE_dbeta = sum(p * (g - mean_g) * sp.log(p) for p, g in rows) / beta
""",
    "pairs": """
dE_dbeta = -(
    p_1 * p_2 * (g_1 - g_2) * (x_1 - x_2)
    + p_1 * p_3 * (g_1 - g_3) * (x_1 - x_3)
    + p_2 * p_3 * (g_2 - g_3) * (x_2 - x_3)
)
""",
    "by sympy": """
e = [sp.exp(-beta * x) for x in (x_1, x_2, x_3)]
dE_dbeta = sp.diff((g_1 * e[0] + g_2 * e[1] + g_3 * e[2]) / sum(e), beta)
""",
    "floats": "dp_i_dx_i = 1.0 * beta * p_i * (p_i - 1.0)",
    "symbols declared again without assumptions": """
beta, p_i, p_j = sp.symbols("beta p_i p_j")
dp_i_dx_i, dp_i_dx_j = beta * p_i * (p_i - 1), beta * p_i * p_j
""",
}

MEANS = """
mean_x = p_1 * x_1 + p_2 * x_2 + p_3 * x_3
mean_g = g_1 * p_1 + g_2 * p_2 + g_3 * p_3
mean_gx = g_1 * p_1 * x_1 + g_2 * p_2 * x_2 + g_3 * p_3 * x_3
"""


def _same(expression: str) -> str:
    return f"dp_i_dx_i = {expression}"


def _other(expression: str) -> str:
    return f"dp_i_dx_j = {expression}"


def _beta(expression: str) -> str:
    return f"{MEANS}dE_dbeta = {expression}\n"


WRONG = {
    "ii: sign": (_same("beta * p_i * (1 - p_i)"), "The sign for i = j is wrong"),
    "ii: beta missing": (_same("p_i * (p_i - 1)"), "For i = j the factor beta"),
    "ii: the usual softmax": (_same("p_i * (1 - p_i)"), "For i = j that is the softmax without"),
    "ii: sum held fixed": (_same("-beta * p_i"), "add the derivative of 1/S"),
    "ii: numerator held fixed": (_same("beta * p_i**2"), "add its derivative"),
    "ii: the other case": (_same("beta * p_i * p_j"), "only p_i appears"),
    "ii: for p_i up to one half": (
        _same("beta * p_i * (p_i - 1) * sp.Heaviside(sp.Rational(1, 2) - p_i)"),
        None,
    ),
    "ii: where p_i is the larger": (
        _same("sp.Piecewise((beta * p_i * (p_i - 1), p_i > p_j), (0, True))"),
        None,
    ),
    "ii: clipped": (_same("-beta * sp.Min(p_i * (1 - p_i), sp.Rational(1, 5))"), None),
    "ij: for p_j up to one half": (
        _other("beta * p_i * sp.Min(p_j, sp.Rational(1, 2))"),
        None,
    ),
    "ij: where the two are most of the row": (
        _other("beta * p_i * p_j * sp.Heaviside(p_i + p_j - sp.Rational(4, 5))"),
        None,
    ),
    "ii: p_j in the bracket": (_same("beta * p_i * (p_j - 1)"), "p_i twice"),
    "ii: in the inputs": (
        'x_i = sp.Symbol("x_i")\n' + _same("-beta * sp.exp(-beta * x_i) * (1 - p_i)"),
        "Write it with beta, p_i, p_j",
    ),
    "ij: sign": (_other("-beta * p_i * p_j"), "p_j falls, and p_i gains"),
    "ij: beta missing": (_other("p_i * p_j"), "For i != j the factor beta"),
    "ij: the usual softmax": (_other("-p_i * p_j"), "For i != j that is the softmax without"),
    "ij: with the numerator's term": (_other("beta * p_i * (p_j - 1)"), "drop its term"),
    "ij: the other case": (_other("beta * p_i * (p_i - 1)"), "both outputs appear"),
    "ij: zero": (_other("0"), "x_j stands in the sum S"),
    "ij: p_i missing": (_other("beta * p_j"), "with the square"),
    "ij: p_j missing": (_other("beta * p_i"), "p_j is missing"),
    "beta: sign": (_beta("mean_gx - mean_g * mean_x"), "The sign is wrong: the exponent"),
    "beta: sum held fixed": (_beta("-mean_gx"), "The sum S depends on beta too"),
    "beta: numerators held fixed": (_beta("mean_g * mean_x"), "The numerators depend on beta too"),
    "beta: a factor beta": (
        _beta("beta * (mean_g * mean_x - mean_gx)"),
        "A factor beta is too much",
    ),
    "beta: the sum of x dE/dx": (
        _beta(
            "-beta * (x_1 * p_1 * (g_1 - mean_g) + x_2 * p_2 * (g_2 - mean_g)"
            " + x_3 * p_3 * (g_3 - mean_g))"
        ),
        "A factor beta is too much",
    ),
    "beta: by the temperature": (
        _beta("beta**2 * (mean_gx - mean_g * mean_x)"),
        "by the temperature 1/beta",
    ),
    "beta: one output only": (_beta("g_1 * p_1 * (mean_x - x_1)"), "through all three outputs"),
    "beta: upstream missing": (_beta("mean_x - mean_x"), "Without the upstream gradients"),
    "beta: plain mean": (
        _beta("mean_g * (x_1 + x_2 + x_3) / 3 - mean_gx"),
        "The mean of the inputs is the one under p",
    ),
    "beta: p_i missing in front": (
        _beta("g_1 * (mean_x - x_1) + g_2 * (mean_x - x_2) + g_3 * (mean_x - x_3)"),
        "The factor p_i in front is missing",
    ),
    "beta: plain sum": (
        _beta("mean_g * (x_1 + x_2 + x_3) - mean_gx"),
        "Weight each input with its p_k",
    ),
    "beta: mean over the outputs": (_beta("(mean_g * mean_x - mean_gx) / 3"), None),
    "beta: for p_1 up to one half": (
        _beta("(mean_g * mean_x - mean_gx) * sp.Heaviside(sp.Rational(1, 2) - p_1)"),
        None,
    ),
    "beta: by x_1": (_beta("-beta * p_1 * (g_1 - mean_g)"), None),
    "beta: an unevaluated sum": (
        'k = sp.Symbol("k")\ndE_dbeta = sp.Sum(k * p_1, (k, 1, beta))',
        None,
    ),
}

KEEPS_POINTS = ["ii: sign", "ij: sign", "ii: beta missing", "beta: sign", "beta: a factor beta"]

NOT_ATTEMPTED = {
    "placeholders": "dp_i_dx_i = dp_i_dx_j = dE_dbeta = ...",
    "None": "dp_i_dx_i = dp_i_dx_j = dE_dbeta = None",
}
