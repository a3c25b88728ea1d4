"""Answers to relu-state: dE/dx_in of the ReLU and of the leaky ReLU, the kink left out."""

RIGHT = {
    "with the other case first": """
dE_dx_in_of_relu = sp.Piecewise((0, x_in < 0), (dE_dx_out, True))
dE_dx_in_of_leaky_relu = sp.Piecewise((a * dE_dx_out, x_in < 0), (dE_dx_out, True))
""",
    "the kink on the right, slope 1": """
dE_dx_in_of_relu = sp.Piecewise((dE_dx_out, x_in >= 0), (0, True))
dE_dx_in_of_leaky_relu = sp.Piecewise((dE_dx_out, x_in >= 0), (a * dE_dx_out, True))
""",
    "the kink undefined": """
dE_dx_in_of_relu = sp.Piecewise((dE_dx_out, x_in > 0), (0, x_in < 0))
""",
    "told by the output": """
dE_dx_in_of_relu = sp.Piecewise((dE_dx_out, x_out > 0), (0, True))
dE_dx_in_of_leaky_relu = sp.Piecewise((dE_dx_out, x_out > 0), (a * dE_dx_out, True))
""",
    "Heaviside": """
dE_dx_in_of_relu = dE_dx_out * sp.Heaviside(x_in)
dE_dx_in_of_leaky_relu = dE_dx_out * (a + (1 - a) * sp.Heaviside(x_in))
""",
    "sign": """
dE_dx_in_of_relu = dE_dx_out * (1 + sp.sign(x_in)) / 2
dE_dx_in_of_leaky_relu = dE_dx_out * ((1 + a) + (1 - a) * sp.sign(x_in)) / 2
""",
    "Abs over x_in": """
dE_dx_in_of_relu = dE_dx_out * (1 + sp.Abs(x_in) / x_in) / 2
""",
    "output over input": """
dE_dx_in_of_relu = dE_dx_out * x_out / x_in
dE_dx_in_of_leaky_relu = dE_dx_out * x_out / x_in
""",
    "by sympy": """
dE_dx_in_of_relu = dE_dx_out * sp.diff(sp.Max(0, x_in), x_in)
dE_dx_in_of_leaky_relu = dE_dx_out * sp.diff(sp.Piecewise((x_in, x_in > 0), (a * x_in, True)), x_in)
""",
    "Max of signs": """
dE_dx_in_of_relu = dE_dx_out * sp.Max(0, sp.sign(x_in))
dE_dx_in_of_leaky_relu = dE_dx_out * sp.Max(a, sp.sign(x_in))
""",
    "symbols declared again without assumptions": """
x_in, dE_dx_out, a = sp.symbols("x_in dE_dx_out a")
dE_dx_in_of_leaky_relu = sp.Piecewise((dE_dx_out, x_in > 0), (a * dE_dx_out, True))
""",
}


def _relu(expression: str) -> str:
    return f"dE_dx_in_of_relu = {expression}"


def _leaky(expression: str) -> str:
    return f"dE_dx_in_of_leaky_relu = {expression}"


WRONG = {
    "ReLU: swapped": (
        _relu("sp.Piecewise((dE_dx_out, x_in < 0), (0, True))"),
        "ReLU: the two cases are swapped",
    ),
    "ReLU: upstream missing": (
        _relu("sp.Heaviside(x_in)"),
        "ReLU: the upstream gradient dE/dx_out is missing",
    ),
    "ReLU: passed on everywhere": (_relu("dE_dx_out"), "on the left the output is constant"),
    "ReLU: sign of x": (_relu("dE_dx_out * sp.sign(x_in)"), "on the left the slope is 0, not -1"),
    "ReLU: itself": (_relu("sp.Max(0, x_in)"), "That is the ReLU itself"),
    "ReLU: times itself": (_relu("dE_dx_out * x_out"), "the slope of x_in is 1"),
    "ReLU: of the upstream gradient": (
        _relu("sp.Piecewise((dE_dx_out, dE_dx_out > 0), (0, True))"),
        "not the upstream gradient",
    ),
    "ReLU: one half": (_relu("dE_dx_out / 2"), "One half is a choice at the kink only"),
    "ReLU: zero": (_relu("0"), None),
    "ReLU: smooth": (_relu("dE_dx_out / (1 + sp.exp(-x_in))"), None),
    "ReLU: told by x_out >= 0": (
        _relu("sp.Piecewise((dE_dx_out, x_out >= 0), (0, True))"),
        "on the left the output is constant",
    ),
    "ReLU: threshold at 1": (_relu("sp.Piecewise((dE_dx_out, x_in > 1), (0, True))"), None),
    "ReLU: threshold at -1/200": (
        _relu("sp.Piecewise((dE_dx_out, x_in > -sp.Rational(1, 200)), (0, True))"),
        None,
    ),
    "ReLU: threshold of the output at 1/20": (
        _relu("sp.Piecewise((dE_dx_out, x_out > sp.Rational(1, 20)), (0, True))"),
        None,
    ),
    "ReLU: threshold in a step": (_relu("dE_dx_out * sp.Heaviside(2 * x_in - 0.1)"), None),
    "ReLU: ReLU6": (
        _relu("sp.Piecewise((dE_dx_out, (x_in > 0) & (x_in < 6)), (0, True))"),
        None,
    ),
    "ReLU: a steep sigmoid": (_relu("dE_dx_out / (1 + sp.exp(-1000 * x_in))"), None),
    "ReLU: a condition": (_relu("x_in > 0"), "Write sympy.Piecewise"),
    "ReLU: with a": (_relu("dE_dx_in_of_leaky_relu"), "not among the symbols given"),
    "leaky: swapped": (
        _leaky("sp.Piecewise((dE_dx_out, x_in < 0), (a * dE_dx_out, True))"),
        "Leaky ReLU: the two cases are swapped",
    ),
    "leaky: upstream missing": (
        _leaky("sp.Piecewise((1, x_in > 0), (a, True))"),
        "Leaky ReLU: the upstream gradient dE/dx_out is missing",
    ),
    "leaky: upstream missing on the left": (
        _leaky("sp.Piecewise((dE_dx_out, x_in > 0), (a, True))"),
        "on the left the upstream gradient is missing",
    ),
    "leaky: ReLU": (_leaky("dE_dx_in_of_relu"), "That is the ReLU: on the left"),
    "leaky: a everywhere": (_leaky("a * dE_dx_out"), "On the right the slope is 1"),
    "leaky: 1 everywhere": (_leaky("dE_dx_out"), "On the left the slope is a"),
    "leaky: sign on the left": (
        _leaky("sp.Piecewise((dE_dx_out, x_in > 0), (-a * dE_dx_out, True))"),
        "the function rises there too",
    ),
    "leaky: divided by a": (
        _leaky("sp.Piecewise((dE_dx_out, x_in > 0), (dE_dx_out / a, True))"),
        "dividing undoes the forward pass",
    ),
    "leaky: itself": (_leaky("x_out"), "That is the leaky ReLU itself"),
    "leaky: value on the left": (
        _leaky("sp.Piecewise((dE_dx_out, x_in > 0), (a * x_in * dE_dx_out, True))"),
        "is a, not a x_in",
    ),
    "leaky: slopes added": (_leaky("dE_dx_out * (a + sp.Heaviside(x_in))"), None),
    "leaky: a number for a": (
        _leaky("sp.Piecewise((dE_dx_out, x_in > 0), (dE_dx_out / 10, True))"),
        None,
    ),
    "leaky: threshold at 1/300": (
        _leaky("sp.Piecewise((dE_dx_out, 300 * x_in > 1), (a * dE_dx_out, True))"),
        None,
    ),
    "leaky: threshold in a sign": (
        _leaky("dE_dx_out * ((1 + a) + (1 - a) * sp.sign(x_in + 0.004)) / 2"),
        None,
    ),
    "leaky: only for a up to one half": (
        _leaky("dE_dx_out * sp.Piecewise((1, x_in > 0), (sp.Min(a, sp.Rational(1, 2)), True))"),
        None,
    ),
    "leaky: a function": (
        "def dE_dx_in_of_leaky_relu(x_in):\n    return dE_dx_out",
        "Give the expression, not a function",
    ),
}

KEEPS_POINTS = [
    "leaky: upstream missing on the left",
    "leaky: ReLU",
    "leaky: sign on the left",
    "ReLU: swapped",
]

NOT_ATTEMPTED = {
    "placeholders": "dE_dx_in_of_relu = dE_dx_in_of_leaky_relu = ...",
    "None": "dE_dx_in_of_relu = dE_dx_in_of_leaky_relu = None",
}
