"""Answers to batch-norm-state: dE/dvar, dE/dmu and dE/dx_1 of a batch of three."""

RIGHT = {
    "powers": """
dE_dvar = -sp.Rational(1, 2) * (var + eta) ** sp.Rational(-3, 2) * (
    g_1 * (x_1 - mu) + g_2 * (x_2 - mu) + g_3 * (x_3 - mu)
)
dE_dmu = -(g_1 + g_2 + g_3) * (var + eta) ** -0.5
""",
    "the vanishing sum written out": """
dE_dmu = -(g_1 + g_2 + g_3) / sp.sqrt(var + eta) + dE_dvar * (
    -2 * ((x_1 - mu) + (x_2 - mu) + (x_3 - mu)) / 3
)
through_var = dE_dvar * sp.Rational(2, 3) * (x_1 - mu)
batch_norm_dE_dx_1 = g_1 / sp.sqrt(var + eta) + through_var + dE_dmu / 3
""",
    "sums over lists": """
xs, gs = [x_1, x_2, x_3], [g_1, g_2, g_3]
s = 1 / sp.sqrt(var + eta)
dE_dvar = sum(g * (x - mu) * -s**3 / 2 for x, g in zip(xs, gs))
dE_dmu = sum(-g * s for g in gs)
batch_norm_dE_dx_1 = g_1 * s + dE_dmu / 3 + dE_dvar * 2 * (x_1 - mu) / 3
""",
    "joined into one formula": """
s = 1 / sp.sqrt(var + eta)
y = [(x - mu) * s for x in (x_1, x_2, x_3)]
batch_norm_dE_dx_1 = s / 3 * (
    3 * g_1 - (g_1 + g_2 + g_3) - y[0] * (g_1 * y[0] + g_2 * y[1] + g_3 * y[2])
)
""",
    "mu and var in x": """
mean = (x_1 + x_2 + x_3) / 3
variance = (x_1**2 + x_2**2 + x_3**2) / 3 - mean**2
r = sp.sqrt(variance + eta)
dE_dvar = -(g_1 * x_1 + g_2 * x_2 + g_3 * x_3 - mean * (g_1 + g_2 + g_3)) / (2 * r**3)
dE_dmu = -(g_1 + g_2 + g_3) / r
batch_norm_dE_dx_1 = g_1 / r + 2 * dE_dvar * (x_1 - mean) / 3 + dE_dmu / 3
""",
    "by sympy": """
mean = (x_1 + x_2 + x_3) / 3
variance = sum((x - mean) ** 2 for x in (x_1, x_2, x_3)) / 3
E = sum(g * (x - mu) / sp.sqrt(var + eta) for x, g in ((x_1, g_1), (x_2, g_2), (x_3, g_3)))
dE_dvar, dE_dmu = sp.diff(E, var), sp.diff(E, mu)
batch_norm_dE_dx_1 = sp.diff(E.subs({mu: mean, var: variance}), x_1)
""",
    "centred sums": """
dE_dvar = -((g_1 - g_3) * (x_1 - mu) + (g_2 - g_3) * (x_2 - mu)) / (2 * (var + eta) ** 1.5)
dE_dmu = -3 * (g_1 + g_2 + g_3) / (3 * sp.sqrt(var + eta))
""",
    "other rows of the Jacobian": """
s = 1 / sp.sqrt(var + eta)
y_1, y_2, y_3 = ((x - mu) * s for x in (x_1, x_2, x_3))
batch_norm_dE_dx_1 = s * (
    g_1 * (1 - sp.Rational(1, 3) - y_1**2 / 3)
    + g_2 * (-sp.Rational(1, 3) - y_1 * y_2 / 3)
    + g_3 * (-sp.Rational(1, 3) - y_1 * y_3 / 3)
)
""",
    "symbols declared again without assumptions": """
var, eta, g_1, g_2, g_3 = sp.symbols("var eta g_1 g_2 g_3")
dE_dmu = -(g_1 + g_2 + g_3) / sp.sqrt(var + eta)
""",
}

_ROOT = "sp.sqrt(var + eta)"
_WEIGHTED = "(g_1 * (x_1 - mu) + g_2 * (x_2 - mu) + g_3 * (x_3 - mu))"
_TOTAL = "(g_1 + g_2 + g_3)"


def _x_1(
    first: str = "g_1 / root",
    of_var: str = "dE_dvar * 2 * (x_1 - mu) / 3",
    of_mu: str = "dE_dmu / 3",
) -> str:
    """dE/dx_1 from its three paths, with the dE/dvar and dE/dmu that are there."""
    return f"root = {_ROOT}\nbatch_norm_dE_dx_1 = {first} + {of_var} + {of_mu}"


WRONG = {
    "var: sign": (f"dE_dvar = {_WEIGHTED} / (2 * {_ROOT}**3)", "the power -1/2 comes down"),
    "var: no half": (f"dE_dvar = -{_WEIGHTED} / {_ROOT}**3", "The factor 1/2"),
    "var: power -1/2": (
        f"dE_dvar = -{_WEIGHTED} / (2 * {_ROOT})",
        "The power of var + eta is wrong",
    ),
    "var: by the standard deviation": (
        f"dE_dvar = -{_WEIGHTED} / (var + eta)",
        "with respect to the standard deviation",
    ),
    "var: half, by the standard deviation": (
        f"dE_dvar = -{_WEIGHTED} / (2 * (var + eta))",
        "The power of var + eta is wrong",
    ),
    "var: no eta": (f"dE_dvar = -{_WEIGHTED} / (2 * sp.sqrt(var) ** 3)", "eta is missing"),
    "var: one output": (
        f"dE_dvar = -g_1 * (x_1 - mu) / (2 * {_ROOT}**3)",
        "All outputs depend on the variance",
    ),
    "var: mean for sum": (f"dE_dvar = -{_WEIGHTED} / (6 * {_ROOT}**3)", "That is the mean over"),
    "var: not centred": (
        f"dE_dvar = -(g_1 * x_1 + g_2 * x_2 + g_3 * x_3) / (2 * {_ROOT}**3)",
        "x stands where x - mu belongs",
    ),
    "var: no upstream": (
        f"dE_dvar = -(x_1 + x_2 + x_3 - 3 * mu) / (2 * {_ROOT}**3)",
        "Without the upstream gradients",
    ),
    "var: numerator missing": (
        f"dE_dvar = -{_TOTAL} / (2 * {_ROOT}**3)",
        "The factor x_j - mu is missing",
    ),
    "var: by a product of sums": (
        f"dE_dvar = -{_TOTAL} * (x_1 - mu) / (2 * {_ROOT}**3)",
        None,
    ),
    "mu: sign": (f"dE_dmu = {_TOTAL} / {_ROOT}", "mu is subtracted"),
    "mu: one output": (f"dE_dmu = -g_1 / {_ROOT}", "All outputs depend on the mean"),
    "mu: mean for sum": (f"dE_dmu = -{_TOTAL} / (3 * {_ROOT})", "1/m belongs to dmu/dx_k"),
    "mu: no upstream": (f"dE_dmu = -3 / {_ROOT}", "The upstream gradients are missing"),
    "mu: no root": (f"dE_dmu = -{_TOTAL} / (var + eta)", "The root is missing"),
    "mu: root twice": (f"dE_dmu = -{_TOTAL} / sp.sqrt({_ROOT})", "The root is taken twice"),
    "mu: no eta": (f"dE_dmu = -{_TOTAL} / sp.sqrt(var)", "the root is that of var + eta"),
    "mu: sum of x": (
        f"dE_dmu = -{_TOTAL} / {_ROOT} + dE_dvar * (-2) * (x_1 + x_2 + x_3) / 3",
        "sum x_j - mu, not x_j",
    ),
    "mu: one term of the sum": (
        f"dE_dmu = -{_TOTAL} / {_ROOT} + dE_dvar * (-2) * (x_1 - mu) / 3",
        "sum over the whole batch",
    ),
    "mu: minus two": (
        f"dE_dmu = -{_TOTAL} / {_ROOT} - 2 * dE_dvar",
        "what is the sum of x_j - mu",
    ),
    "mu: zero": ("dE_dmu = sp.Integer(0)", "Only the path through the variance vanishes"),
    "mu: absolute values": (
        f"dE_dmu = -{_TOTAL} / {_ROOT} - dE_dvar * 2 * sum(abs(x - mu) for x in (x_1, x_2)) / 3",
        None,
    ),
    "x: both constant": (
        f"batch_norm_dE_dx_1 = g_1 / {_ROOT}",
        "Mean and variance are treated as constants",
    ),
    "x: mean constant": (_x_1(of_mu="0"), "The mean is treated as a constant"),
    "x: variance constant": (_x_1(of_var="0"), "The variance is treated as a constant"),
    "x: 1/m missing twice": (
        _x_1(of_var="dE_dvar * 2 * (x_1 - mu)", of_mu="dE_dmu"),
        "1/m is missing, twice",
    ),
    "x: 1/m missing, variance": (
        _x_1(of_var="dE_dvar * 2 * (x_1 - mu)"),
        "1/m is missing in dvar/dx_1",
    ),
    "x: 1/m missing, mean": (_x_1(of_mu="dE_dmu"), "1/m is missing in dmu/dx_1"),
    "x: m - 1": (_x_1(of_var="dE_dvar * 2 * (x_1 - mu) / (3 - 1)"), "not by m - 1"),
    "x: factor 2": (_x_1(of_var="dE_dvar * (x_1 - mu) / 3"), "The factor 2 of the square"),
    "x: not centred": (_x_1(of_var="dE_dvar * 2 * x_1 / 3"), "not x_1 alone"),
    "x: sign": ("batch_norm_dE_dx_1 = -batch_norm_dE_dx_1", "The sign is wrong throughout"),
    "x: no upstream": (_x_1("1 / root"), "g_1 is missing on the direct path"),
    "x: not divided": (_x_1("g_1"), "the division by the root is missing"),
    "x: no root": (_x_1("g_1 / root**2"), "the root is missing: y divides"),
    "x: root twice": (
        _x_1("g_1 / sp.sqrt(root)", of_mu=f"-{_TOTAL} / sp.sqrt(root) / 3"),
        "The root is taken twice",
    ),
    "x: sum on the direct path": (_x_1(f"{_TOTAL} / root"), "x_1 reaches y_1 only"),
    "x: no eta": (
        "batch_norm_dE_dx_1 = batch_norm_dE_dx_1.subs(eta, 0)",
        "eta is missing throughout",
    ),
    "x: of x_2": (_x_1("g_2 / root", of_var="dE_dvar * 2 * (x_2 - mu) / 3"), None),
    "sign of var carried on": (
        f"dE_dvar = {_WEIGHTED} / (2 * {_ROOT}**3)\n" + _x_1(),
        ("Right, given your dE/dvar and dE/dmu", "The sign is wrong: the power"),
    ),
    "sum of mu carried on": (
        f"dE_dmu = -g_1 / {_ROOT}\n" + _x_1(),
        ("Right, given your dE/dvar and dE/dmu", "All outputs depend on the mean"),
    ),
    "both zero, constants": (
        f"dE_dvar = dE_dmu = 0\nbatch_norm_dE_dx_1 = g_1 / {_ROOT}",
        (
            "Mean and variance are treated as constants",
            "the sum of x_j - mu is zero",
            "Only the path through the variance vanishes",
        ),
    ),
    "an equation": (f"dE_dmu = sp.Eq(mu, -{_TOTAL} / {_ROOT})", "its right-hand side only"),
    "sigma for var": ("dE_dmu = -g_1 / sp.Symbol('sigma')", "Write it with"),
}

KEEPS_POINTS = [
    "var: sign",
    "var: by the standard deviation",
    "mu: sum of x",
    "mu: root twice",
    "x: 1/m missing twice",
    "x: m - 1",
    "sign of var carried on",
    "sum of mu carried on",
]

NOT_ATTEMPTED = {
    "placeholders": "dE_dvar = dE_dmu = batch_norm_dE_dx_1 = ...",
    "None": "dE_dvar = dE_dmu = batch_norm_dE_dx_1 = None",
}
