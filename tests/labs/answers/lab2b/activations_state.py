"""Answers to activations-state: two gradients in x_out alone, and the slope of tanh in s."""

RIGHT = {
    "expanded": """
dE_dx_in_of_sigmoid = sp.expand(dE_dx_out * x_out * (1 - x_out))
dE_dx_in_of_tanh = dE_dx_out - dE_dx_out * x_out**2
slope_of_tanh = 4 * s - 4 * s**2
""",
    "square completed": """
dE_dx_in_of_sigmoid = dE_dx_out * (sp.Rational(1, 4) - (x_out - sp.Rational(1, 2)) ** 2)
dE_dx_in_of_tanh = dE_dx_out * (1 - x_out**2)
slope_of_tanh = 1 - (2 * s - 1) ** 2
""",
    "as in the quotient rule, with 1 + x_out": """
dE_dx_in_of_tanh = dE_dx_out * ((1 + x_out) - x_out * (1 + x_out))
""",
    "sigmoid from tanh": """
tanh_of_half = 2 * x_out - 1
dE_dx_in_of_sigmoid = dE_dx_out * (1 - tanh_of_half**2) / 4
""",
    "tanh from sigmoid": """
s_of_x_out = (1 + x_out) / 2
dE_dx_in_of_tanh = dE_dx_out * 4 * s_of_x_out * (1 - s_of_x_out)
""",
    "two factors of 2, apart": "slope_of_tanh = 2 * (2 * (s * (1 - s)))",
    "chain rule by sympy": """
x = sp.Symbol("x", real=True)
sigma = 1 / (1 + sp.exp(-x))
input_of = sp.log(x_out / (1 - x_out))
dE_dx_in_of_sigmoid = dE_dx_out * sp.diff(sigma, x).subs(x, input_of)
slope_of_tanh = sp.diff(sp.tanh(x), x).subs(x, sp.log(s / (1 - s)) / 2)
""",
    "slope of the inverse, turned over": """
dE_dx_in_of_sigmoid = dE_dx_out / sp.diff(sp.log(x_out / (1 - x_out)), x_out)
dE_dx_in_of_tanh = dE_dx_out / sp.diff(sp.log((1 + x_out) / (1 - x_out)) / 2, x_out)
""",
    "floats": """
dE_dx_in_of_sigmoid = 1.0 * dE_dx_out * (x_out - x_out**2)
slope_of_tanh = 4.0 * s * (1.0 - s)
""",
    "symbols declared again without assumptions": """
x_out, dE_dx_out, s = sp.symbols("x_out dE_dx_out s")
dE_dx_in_of_sigmoid = dE_dx_out * x_out * (1 - x_out)
dE_dx_in_of_tanh = dE_dx_out * (1 - x_out) * (1 + x_out)
slope_of_tanh = 4 * s * (1 - s)
""",
}


def _sigmoid(expression: str) -> str:
    return f"dE_dx_in_of_sigmoid = {expression}"


def _tanh(expression: str) -> str:
    return f"dE_dx_in_of_tanh = {expression}"


def _slope(expression: str) -> str:
    return f"slope_of_tanh = {expression}"


WRONG = {
    "sigmoid: sign": (_sigmoid("dE_dx_out * x_out * (x_out - 1)"), "the sigmoid rises"),
    "sigmoid: upstream missing": (_sigmoid("x_out * (1 - x_out)"), "dE/dx_out of the sigmoid"),
    "sigmoid: that of tanh": (_sigmoid("dE_dx_out * (1 - x_out**2)"), "the two are swapped"),
    "both swapped": (
        "dE_dx_in_of_sigmoid, dE_dx_in_of_tanh = dE_dx_in_of_tanh, dE_dx_in_of_sigmoid",
        ("the two are swapped", "That is the gradient of the sigmoid"),
    ),
    "sigmoid: the output taken for the input": (
        _sigmoid("dE_dx_out * sp.exp(-x_out) / (1 + sp.exp(-x_out)) ** 2"),
        "x_out stands where x_in belongs",
    ),
    "sigmoid: sign in the bracket": (
        _sigmoid("dE_dx_out * x_out * (1 + x_out)"),
        "The sign in the bracket is wrong",
    ),
    "sigmoid: square forgotten": (_sigmoid("dE_dx_out * (1 - x_out)"), "One factor is missing"),
    "sigmoid: itself": (_sigmoid("dE_dx_out * x_out"), "not its slope"),
    "sigmoid: in x_in": (
        'x_in = sp.Symbol("x_in")\n'
        + _sigmoid("dE_dx_out * sp.exp(-x_in) / (1 + sp.exp(-x_in)) ** 2"),
        "Write it with dE_dx_out, x_out",
    ),
    "sigmoid: divided": (_sigmoid("dE_dx_out / (x_out * (1 - x_out))"), None),
    "tanh: sign": (_tanh("dE_dx_out * (x_out**2 - 1)"), "tanh rises"),
    "tanh: upstream missing": (_tanh("(1 + x_out) * (1 - x_out)"), "dE/dx_out of tanh"),
    "tanh: that of the sigmoid": (
        _tanh("dE_dx_out * x_out * (1 - x_out)"),
        "the gradient of the sigmoid",
    ),
    "tanh: square of the bracket": (
        _tanh("dE_dx_out * (1 - x_out) * (1 - x_out)"),
        "not a square",
    ),
    "tanh: sign of the square": (
        _tanh("dE_dx_out * (1 + x_out**2)"),
        "The sign of the square is wrong",
    ),
    "tanh: no square": (_tanh("dE_dx_out * (1 - x_out)"), "The square is missing"),
    "tanh: applied again": (
        _tanh("dE_dx_out * (1 - sp.tanh(x_out) ** 2)"),
        "tanh is applied to x_out again",
    ),
    "tanh: applied again, as cosh": (
        _tanh("dE_dx_out / sp.cosh(x_out) ** 2"),
        "tanh is applied to x_out again",
    ),
    "tanh: denominator without its square": (
        """
e = (1 + x_out) / (1 - x_out)
dE_dx_in_of_tanh = dE_dx_out * (2 * e / (e + 1) - 2 * e * (e - 1) / (e + 1))
""",
        "of the second term",
    ),
    "tanh: one factor 2 missing": (
        _tanh("dE_dx_out * 2 * (1 + x_out) / 2 * (1 - x_out) / 2"),
        "One factor 2 is missing",
    ),
    "tanh: s for x_out": (_tanh("4 * dE_dx_out * x_out * (1 - x_out)"), "x_out is 2 s - 1"),
    "tanh: the slope in s": (_tanh("dE_dx_out * slope_of_tanh"), "not among the symbols given"),
    "slope: one factor 2": (_slope("2 * s * (1 - s)"), "the outer 2 and the inner 2 x_in"),
    "slope: no factor 2": (_slope("s * (1 - s)"), "both factors of 2 are missing"),
    "slope: sign": (_slope("4 * s * (s - 1)"), "The sign of the slope is wrong"),
    "slope: with the upstream gradient": (
        _slope("4 * dE_dx_out * s * (1 - s)"),
        "The slope alone is asked for",
    ),
    "slope: s for tanh": (_slope("1 - s**2"), "not for tanh(x_in)"),
    "slope: tanh itself": (_slope("2 * s - 1"), "That is tanh itself"),
    "slope: x_out without the 1": (_slope("1 - 4 * s**2"), "x_out is 2 s - 1, not 2 s"),
    "slope: second factor missing": (_slope("4 * s"), "has a second factor"),
    "slope: in x_out": (_slope("1 - x_out**2"), "Write it with dE_dx_out, s"),
    "text": (_slope('"4 * s * (1 - s)"'), "without quotes"),
    "sigmoid: below one half": (
        _sigmoid("dE_dx_out * sp.Piecewise((x_out * (1 - x_out), x_out < 0.5), (0.25, True))"),
        None,
    ),
    "tanh: on the right only": (
        _tanh("dE_dx_out * (1 - x_out**2) * sp.Heaviside(x_out + sp.Rational(1, 30))"),
        None,
    ),
    "slope: number at zero": (_slope("1"), None),
}

KEEPS_POINTS = ["sigmoid: sign", "tanh: sign", "tanh: square of the bracket", "slope: one factor 2"]

NOT_ATTEMPTED = {
    "placeholders": "dE_dx_in_of_sigmoid = dE_dx_in_of_tanh = slope_of_tanh = ...",
    "None": "dE_dx_in_of_sigmoid = dE_dx_in_of_tanh = slope_of_tanh = None",
}
