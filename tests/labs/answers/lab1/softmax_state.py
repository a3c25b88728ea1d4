"""Answers to softmax-state: dp_i/dx_i, dp_i/dx_j and, for n = 3, dE/dx_1."""

RIGHT = {
    "expanded": """
dp_i_dx_i = beta * p_i**2 - beta * p_i
softmax_dE_dx_1 = sp.expand(-beta * p_1 * (g_1 - (g_1 * p_1 + g_2 * p_2 + g_3 * p_3)))
""",
    "sum of Jacobian entries": (
        "softmax_dE_dx_1 = "
        "-g_1 * beta * p_1 * (1 - p_1) + g_2 * beta * p_2 * p_1 + g_3 * beta * p_3 * p_1"
    ),
    "differences of gradients": (
        "softmax_dE_dx_1 = beta * p_1 * (p_2 * (g_2 - g_1) + p_3 * (g_3 - g_1))"
    ),
    "in x": """
e_i, e_j = sp.exp(-beta * x_i), sp.exp(-beta * x_j)
dp_i_dx_i = -beta * e_i * (e_j + R) / (e_i + e_j + R) ** 2
dp_i_dx_j = beta * sp.exp(-beta * (x_i + x_j)) / (e_i + e_j + R) ** 2
""",
    "quotient rule, not simplified": """
e_i, e_j = sp.exp(-beta * x_i), sp.exp(-beta * x_j)
S = e_i + e_j + R
dp_i_dx_i = (-beta * e_i * S - e_i * (-beta * e_i)) / S**2
dp_i_dx_j = (0 * S - e_i * (-beta * e_j)) / S**2
""",
    "by sympy": """
p = sp.exp(-beta * x_i) / (sp.exp(-beta * x_i) + sp.exp(-beta * x_j) + R)
dp_i_dx_i, dp_i_dx_j = sp.diff(p, x_i), sp.diff(p, x_j)
e = [sp.exp(-beta * x) for x in (x_1, x_2, x_3)]
softmax_dE_dx_1 = sp.diff((g_1 * e[0] + g_2 * e[1] + g_3 * e[2]) / sum(e), x_1)
""",
    "product of the Jacobian and a vector": """
p = sp.Matrix([p_1, p_2, p_3])
jacobian = beta * (p * p.T - sp.diag(p_1, p_2, p_3))
softmax_dE_dx_1 = (jacobian.T * sp.Matrix([g_1, g_2, g_3]))[0]
""",
    "p_i and x_j mixed": """
dp_i_dx_i = -beta * p_i**2 * (sp.exp(-beta * x_j) + R) * sp.exp(beta * x_i)
dp_i_dx_j = beta * p_i**2 * sp.exp(beta * (x_i - x_j))
""",
    "tanh for two inputs beside R": """
q = sp.log(sp.exp(-beta * x_j) + R)
dp_i_dx_i = -sp.Rational(1, 4) * beta * (1 - sp.tanh((beta * x_i + q) / 2) ** 2)
""",
    "third probability from the other two": (
        "softmax_dE_dx_1 = beta * p_1 * (g_1 * (p_1 - 1) + g_2 * p_2 + g_3 * (1 - p_1 - p_2))"
    ),
    "float coefficients": """
dp_i_dx_i = -1.0 * beta * p_i * (1.0 - p_i)
dp_i_dx_j = beta * p_i**1.0 * p_j / 1.0
""",
    "symbols declared again without assumptions": """
beta, p_i, p_j = sp.symbols("beta p_i p_j")
dp_i_dx_i, dp_i_dx_j = beta * p_i * (p_i - 1), beta * p_i * p_j
""",
}

WRONG = {
    "ii: sign": ("dp_i_dx_i = beta * p_i * (1 - p_i)", "p_i falls when x_i grows"),
    "ii: beta missing": ("dp_i_dx_i = -p_i * (1 - p_i)", "The factor beta is missing"),
    "ii: the usual softmax": ("dp_i_dx_i = p_i * (1 - p_i)", "That is the usual softmax"),
    "ii: denominator held fixed": ("dp_i_dx_i = -beta * p_i", "quotient rule"),
    "ii: p_j for 1 - p_i": ("dp_i_dx_i = -beta * p_i * p_j", "mixes the cases"),
    "ii: the other case": ("dp_i_dx_i = beta * p_i * p_j", "That is the case i != j"),
    "ii: sign in the bracket": (
        "dp_i_dx_i = -beta * p_i * (1 + p_i)",
        "The sign inside the bracket is wrong",
    ),
    "ii: numerator held fixed": ("dp_i_dx_i = beta * p_i**2", "that term is missing"),
    "ii: only where p_i is below a half": (
        "dp_i_dx_i = -beta * p_i * (1 - p_i) * sp.Heaviside(sp.Rational(1, 2) - p_i)",
        None,
    ),
    "ij: only where p_i is above a tenth": (
        "dp_i_dx_j = sp.Piecewise((beta * p_i * p_j, p_i > 0.1), (0, True))",
        None,
    ),
    "E: only where p_1 is below nine tenths": (
        "softmax_dE_dx_1 = -beta * p_1 * (g_1 - (g_1 * p_1 + g_2 * p_2 + g_3 * p_3))"
        " * sp.Heaviside(0.9 - p_1)",
        None,
    ),
    "E: g_1 clamped": (
        "softmax_dE_dx_1 = -beta * p_1 * (sp.Max(-5, g_1) - (g_1 * p_1 + g_2 * p_2 + g_3 * p_3))",
        None,
    ),
    "ij: sign": ("dp_i_dx_j = -beta * p_i * p_j", "p_i gains"),
    "ij: beta missing": ("dp_i_dx_j = p_i * p_j", "it comes from the exponent"),
    "ij: the usual softmax": ("dp_i_dx_j = -p_i * p_j", "here the exponent is -beta x_j"),
    "ij: 1 - p_j": ("dp_i_dx_j = beta * p_i * (1 - p_j)", "the numerator is a constant"),
    "ij: 1 - p_i": ("dp_i_dx_j = beta * p_j * (1 - p_i)", "i and j are mixed up"),
    "ij: the other case": ("dp_i_dx_j = -beta * p_i * (1 - p_i)", "That is the case i = j"),
    "ij: zero": ("dp_i_dx_j = 0", "x_j stands in the denominator"),
    "ij: p_j missing": ("dp_i_dx_j = beta * p_i", "The factor p_j is missing"),
    "E: sign": (
        "softmax_dE_dx_1 = beta * p_1 * (g_1 - (g_1 * p_1 + g_2 * p_2 + g_3 * p_3))",
        "The sign is wrong throughout",
    ),
    "E: beta missing": (
        "softmax_dE_dx_1 = -p_1 * (g_1 - (g_1 * p_1 + g_2 * p_2 + g_3 * p_3))",
        "The factor beta is missing",
    ),
    "E: the usual softmax": (
        "softmax_dE_dx_1 = p_1 * (g_1 - (g_1 * p_1 + g_2 * p_2 + g_3 * p_3))",
        "mind -beta",
    ),
    "E: diagonal only": (
        "softmax_dE_dx_1 = -beta * p_1 * (1 - p_1) * g_1",
        "Only the diagonal entry",
    ),
    "E: diagonal missing": (
        "softmax_dE_dx_1 = beta * p_1 * (g_2 * p_2 + g_3 * p_3)",
        "The diagonal entry of the Jacobian is missing",
    ),
    "E: sum of g": (
        "softmax_dE_dx_1 = -beta * p_1 * (g_1 - (g_1 + g_2 + g_3))",
        "Weight each g_i with p_i",
    ),
    "E: no upstream gradients": (
        "softmax_dE_dx_1 = -beta * p_1 * (1 - (p_1 + p_2 + p_3))",
        "The upstream gradients are missing",
    ),
    "E: p_1 missing": (
        "softmax_dE_dx_1 = -beta * (g_1 - (g_1 * p_1 + g_2 * p_2 + g_3 * p_3))",
        "The factor p_1 is missing",
    ),
    "E: indices of another entry": (
        "softmax_dE_dx_1 = -beta * p_2 * (g_2 - (g_1 * p_1 + g_2 * p_2 + g_3 * p_3))",
        None,
    ),
    "E: written for n = 2": ("softmax_dE_dx_1 = -beta * p_1 * (g_1 - g_1 * p_1 - g_2 * p_2)", None),
    "E: in p_i": (
        "g_i = sp.Symbol('g_i')\nsoftmax_dE_dx_1 = -beta * p_i * (g_i - g_i * p_i)",
        "Write it with",
    ),
    "E: unevaluated sum": (
        "k = sp.Symbol('k')\nsoftmax_dE_dx_1 = -beta * p_1 * (g_1 - sp.Sum(k, (k, 1, 3)))",
        None,
    ),
    "E: matrix": (
        "softmax_dE_dx_1 = -beta * sp.Matrix([p_1, p_2, p_3]) * g_1",
        "Build it from the symbols",
    ),
    "ii and ij swapped": (
        "dp_i_dx_i, dp_i_dx_j = beta * p_i * p_j, -beta * p_i * (1 - p_i)",
        ("That is the case i != j", "That is the case i = j"),
    ),
    "text": ('dp_i_dx_i = "-beta p_i (1 - p_i)"', "without quotes"),
    "Kronecker delta left over": (
        "dp_i_dx_i = -beta * p_i * (sp.KroneckerDelta(sp.Symbol('i'), sp.Symbol('i')) - p_j)",
        None,
    ),
    "beta as one": ("dp_i_dx_i, dp_i_dx_j = -p_i * (1 - p_i), p_i * p_j", "beta is missing"),
}

KEEPS_POINTS = ["ii: sign", "ij: sign", "E: sign", "beta as one", "ii and ij swapped"]

NOT_ATTEMPTED = {
    "placeholders": "dp_i_dx_i = dp_i_dx_j = softmax_dE_dx_1 = ...",
    "None": "dp_i_dx_i = dp_i_dx_j = softmax_dE_dx_1 = None",
}
