"""Answers to dag-state: do_max/di_1, do_min/di_1, dE/dx_1 and dE/dx_2."""

RIGHT = {
    "Piecewise with an equality case": """
half = sp.Rational(1, 2)
do_max_di_1 = sp.Piecewise((1, i_1 > i_2), (half, sp.Eq(i_1, i_2)), (0, True))
do_min_di_1 = sp.Piecewise((0, i_1 > i_2), (half, sp.Eq(i_1, i_2)), (1, i_1 < i_2))
""",
    "Heaviside": """
do_max_di_1 = sp.Heaviside(i_1 - i_2)
do_min_di_1 = 1 - sp.Heaviside(i_1 - i_2)
""",
    "Heaviside with a value at zero": """
do_max_di_1 = sp.Heaviside(i_1 - i_2, 1)
do_min_di_1 = sp.Heaviside(i_2 - i_1, 0)
""",
    "sign": """
do_max_di_1 = (1 + sp.sign(i_1 - i_2)) / 2
do_min_di_1 = 0.5 - 0.5 * sp.sign(i_1 - i_2)
""",
    "sign of the inputs": """
do_max_di_1 = (1 + sp.sign(x_1 - x_2)) / 2
do_min_di_1 = sp.Piecewise((1, x_1 < x_2), (0, True))
""",
    "quotient with Abs": """
do_max_di_1 = (1 + (i_1 - i_2) / sp.Abs(i_1 - i_2)) / 2
do_min_di_1 = (1 - sp.Abs(i_1 - i_2) / (i_1 - i_2)) / 2
""",
    "Max and Min of the difference": """
do_max_di_1 = sp.Max(0, i_1 - i_2) / (i_1 - i_2)
do_min_di_1 = sp.Min(0, i_1 - i_2) / (i_1 - i_2)
""",
    "by sympy": """
do_max_di_1 = sp.diff(sp.Max(i_1, i_2), i_1)
do_min_di_1 = sp.diff(sp.Min(i_1, i_2), i_1)
sigma = lambda x: 1 / (1 + sp.exp(-x))
y = sp.Max(sigma(x_1), sigma(x_2)) + sp.Min(sigma(x_1), sigma(x_2))
dE_dx_1, dE_dx_2 = dE_dy * sp.diff(y, x_1), dE_dy * sp.diff(y, x_2)
""",
    "gradients through both paths": """
dE_dx_1 = dE_dy * (do_max_di_1 + do_min_di_1) * i_1 * (1 - i_1)
dE_dx_2 = dE_dy * ((1 - do_max_di_1) + (1 - do_min_di_1)) * i_2 * (1 - i_2)
""",
    "in x": """
dE_dx_1 = dE_dy * sp.exp(-x_1) / (1 + sp.exp(-x_1)) ** 2
dE_dx_2 = dE_dy * sp.exp(x_2) / (1 + sp.exp(x_2)) ** 2
""",
    "expanded, tanh": """
dE_dx_1 = dE_dy * i_1 - dE_dy * i_1**2
dE_dx_2 = dE_dy / 4 - dE_dy * sp.tanh(x_2 / 2) ** 2 / 4
""",
    "nested conditions": """
do_max_di_1 = sp.Piecewise((sp.Piecewise((1, i_1 >= i_2), (0, True)), i_1 > 0), (0, True))
do_min_di_1 = sp.Piecewise((0, sp.Or(i_1 > i_2, sp.Eq(i_1, i_2))), (1, sp.Not(i_1 > i_2)))
""",
    "branch that is not defined where it is not taken": """
do_max_di_1 = sp.Piecewise(
    (sp.sqrt(i_1 - i_2) / sp.sqrt(i_1 - i_2 + 0 * x_1), i_1 > i_2), (0, True)
)
do_min_di_1 = sp.Piecewise((sp.log(i_2 - i_1) * 0 + 1, i_2 > i_1), (0, True))
""",
    "KroneckerDelta of the sign": """
do_max_di_1 = sp.KroneckerDelta(sp.sign(i_1 - i_2), 1)
do_min_di_1 = sp.KroneckerDelta(sp.sign(i_1 - i_2), -1)
""",
    "ceiling and floor": """
do_max_di_1 = sp.ceiling(i_1 - i_2)
do_min_di_1 = -sp.floor(i_1 - i_2)
""",
}

_SLOPE_1, _SLOPE_2 = "dE_dy * i_1 * (1 - i_1)", "dE_dy * i_2 * (1 - i_2)"
_FIRST, _SECOND = "sp.Heaviside(i_1 - i_2)", "sp.Heaviside(i_2 - i_1)"

WRONG = {
    "max: cases swapped": (f"do_max_di_1 = {_SECOND}", "derivative of the minimum"),
    "max: one": ("do_max_di_1 = 1", "Only where i_1 is the larger"),
    "max: half": ("do_max_di_1 = 0.5", "One half is right at a tie only"),
    "max: value for slope": (f"do_max_di_1 = i_1 * {_FIRST}", "is one, not i_1"),
    "max: itself": ("do_max_di_1 = sp.Max(i_1, i_2)", "That is the maximum itself"),
    "max: minus one": ("do_max_di_1 = sp.sign(i_1 - i_2)", "the slope is 0, not -1"),
    "max: zero": ("do_max_di_1 = 0", None),
    "max: condition as the answer": ("do_max_di_1 = i_1 > i_2", "Write sympy.Piecewise"),
    "max: decided on symbols' names": ("do_max_di_1 = 1 if str(i_1) > str(i_2) else 0", None),
    "max: one branch only": ("do_max_di_1 = sp.Piecewise((1, i_1 > i_2))", None),
    "max: a margin of a fifth": ("do_max_di_1 = sp.Heaviside(x_1 - x_2 - sp.Rational(1, 5))", None),
    "max: a steep sigmoid": ("do_max_di_1 = 1 / (1 + sp.exp(-1000 * (x_1 - x_2)))", None),
    "min: cases swapped": (f"do_min_di_1 = {_FIRST}", "derivative of the maximum"),
    "min: one": ("do_min_di_1 = 1", "Only where i_1 is the smaller"),
    "min: half": ("do_min_di_1 = sp.Rational(1, 2)", "One half is right at a tie only"),
    "min: sign": (f"do_min_di_1 = -{_SECOND}", "the minimum rises with its smaller input"),
    "min: itself": ("do_min_di_1 = sp.Min(i_1, i_2)", "That is the minimum itself"),
    "min: minus max": (f"do_min_di_1 = -{_FIRST}", "The minimum is not minus the maximum"),
    "max and min swapped": (f"do_max_di_1, do_min_di_1 = {_SECOND}, {_FIRST}", "cases are swapped"),
    "dE/dx: sign": (f"dE_dx_1, dE_dx_2 = -{_SLOPE_1}, -{_SLOPE_2}", "y rises with both inputs"),
    "dE/dx_1: counted twice": (f"dE_dx_1 = 2 * {_SLOPE_1}", "Counted twice"),
    "dE/dx_1: no minimum": (f"dE_dx_1 = {_SLOPE_1} * {_FIRST}", "through the minimum is missing"),
    "dE/dx_2: no minimum": (f"dE_dx_2 = {_SLOPE_2} * {_SECOND}", "through the minimum is missing"),
    "dE/dx_1: no maximum": (f"dE_dx_1 = {_SLOPE_1} * {_SECOND}", "through the maximum is missing"),
    "dE/dx_1: max minus min": (
        f"dE_dx_1 = {_SLOPE_1} * ({_FIRST} - {_SECOND})",
        "sum of max and min, not their difference",
    ),
    "dE/dx_1: no sigmoid": ("dE_dx_1 = dE_dy", "The derivative of the sigmoid is missing"),
    "dE/dx_1: no upstream": ("dE_dx_1 = i_1 * (1 - i_1)", "The upstream gradient dE/dy"),
    "dE/dx: indices swapped": (f"dE_dx_1, dE_dx_2 = {_SLOPE_2}, {_SLOPE_1}", "1 and 2 are swapped"),
    "dE/dx_1: sigmoid itself": ("dE_dx_1 = dE_dy * i_1", "That is the sigmoid"),
    "dE/dx_1: half": (f"dE_dx_1 = {_SLOPE_1} / 2", "there is no tie here"),
    "dE/dx_1: both inputs added": (f"dE_dx_1 = {_SLOPE_1} + {_SLOPE_2}", "both inputs are added"),
    "dE/dx_1: sigmoid of i_1": (
        "dE_dx_1 = dE_dy / (2 + 2 * sp.cosh(i_1))",
        None,
    ),
    "dE/dx_1: cut off at 5": (f"dE_dx_1 = sp.Piecewise(({_SLOPE_1}, x_1 < 5), (0, True))", None),
    "dE/dx_1: tuple of both": (f"dE_dx_1 = ({_SLOPE_1}, {_SLOPE_2})", "Build it from the symbols"),
    "dE/dx_1: other symbols": (
        "s_1 = sp.Symbol('s_1')\ndE_dx_1 = dE_dy * s_1 * (1 - s_1)",
        "Write it with",
    ),
}

KEEPS_POINTS = ["max: cases swapped", "dE/dx: sign", "dE/dx_1: counted twice"]

NOT_ATTEMPTED = {
    "placeholders": "do_max_di_1 = do_min_di_1 = dE_dx_1 = dE_dx_2 = ...",
    "None": "do_max_di_1 = do_min_di_1 = dE_dx_1 = dE_dx_2 = None",
}
