"""Answers to sigmoid-state: dE/dx_in as an expression in x_in, x_out and dE_dx_out."""

RIGHT = {
    "factored": "dE_dx_in = dE_dx_out * x_out * (1 - x_out)",
    "expanded": "dE_dx_in = sp.expand(dE_dx_out * x_out * (1 - x_out))",
    "square completed": (
        "dE_dx_in = dE_dx_out * (sp.Rational(1, 4) - (x_out - sp.Rational(1, 2)) ** 2)"
    ),
    "in x_in": "dE_dx_in = dE_dx_out * sp.exp(-x_in) / (1 + sp.exp(-x_in)) ** 2",
    "in x_in with e^x": "dE_dx_in = dE_dx_out * sp.exp(x_in) / (1 + sp.exp(x_in)) ** 2",
    "in both": "dE_dx_in = dE_dx_out * x_out**2 * sp.exp(-x_in)",
    "sigma(x) sigma(-x)": "dE_dx_in = dE_dx_out * x_out / (1 + sp.exp(x_in))",
    "tanh": "dE_dx_in = dE_dx_out * (1 - sp.tanh(x_in / 2) ** 2) / 4",
    "sech and a float": "dE_dx_in = 0.25 * dE_dx_out * sp.sech(x_in / 2) ** 2",
    "cosh": "dE_dx_in = dE_dx_out / (2 + 2 * sp.cosh(x_in))",
    "half exponents": "dE_dx_in = dE_dx_out / (sp.exp(x_in / 2) + sp.exp(-x_in / 2)) ** 2",
    "log of softplus": "dE_dx_in = dE_dx_out * sp.exp(-x_in - 2 * sp.log(1 + sp.exp(-x_in)))",
    "by sympy": "dE_dx_in = dE_dx_out * sp.diff(1 / (1 + sp.exp(-x_in)), x_in)",
    "numerator and denominator by sympy": (
        "dE_dx_in = sp.together(sp.diff(dE_dx_out / (1 + sp.exp(-x_in)), x_in).rewrite(sp.cosh))"
    ),
    "Piecewise that cannot overflow": """
e = sp.exp(-x_in), sp.exp(x_in)
dE_dx_in = dE_dx_out * sp.Piecewise(
    (e[0] / (1 + e[0]) ** 2, x_in >= 0), (e[1] / (1 + e[1]) ** 2, True)
)
""",
    "Abs: the derivative is even": (
        "dE_dx_in = dE_dx_out * sp.exp(-sp.Abs(x_in)) / (1 + sp.exp(-sp.Abs(x_in))) ** 2"
    ),
    "second derivative of softplus": (
        "dE_dx_in = dE_dx_out * sp.diff(sp.log(1 + sp.exp(x_in)), x_in, 2)"
    ),
    "slope of the inverse function": (
        "dE_dx_in = dE_dx_out / sp.diff(sp.log(x_out / (1 - x_out)), x_out)"
    ),
    "removable singularity": "dE_dx_in = dE_dx_out * sp.tanh(x_in / 2) / (2 * sp.sinh(x_in))",
    "symbols declared again without assumptions": """
x_out, dE_dx_out = sp.symbols("x_out dE_dx_out")
dE_dx_in = dE_dx_out * (x_out - x_out**2)
""",
}

WRONG = {
    "sign": ("dE_dx_in = -dE_dx_out * x_out * (1 - x_out)", "The sign is wrong"),
    "sign, in x_in": (
        "dE_dx_in = -dE_dx_out * sp.exp(-x_in) / (1 + sp.exp(-x_in)) ** 2",
        "The sign is wrong",
    ),
    "sign, bracket turned round": (
        "dE_dx_in = dE_dx_out * x_out * (x_out - 1)",
        "The sign is wrong",
    ),
    "upstream gradient missing": ("dE_dx_in = x_out * (1 - x_out)", "upstream gradient"),
    "denominator with e^x": (
        "dE_dx_in = dE_dx_out * sp.exp(-x_in) / (1 + sp.exp(x_in)) ** 2",
        "copy the inner function unchanged",
    ),
    "x_in for x_out": ("dE_dx_in = dE_dx_out * x_in * (1 - x_in)", "x_in stands where x_out"),
    "tanh'": ("dE_dx_in = dE_dx_out * (1 - x_out**2)", "derivative of tanh"),
    "sign in the bracket": (
        "dE_dx_in = dE_dx_out * x_out * (1 + x_out)",
        "sign inside the bracket",
    ),
    "factor x_out missing": ("dE_dx_in = dE_dx_out * (1 - x_out)", "A factor x_out is missing"),
    "outer exponent forgotten": (
        "dE_dx_in = dE_dx_out * sp.exp(-x_in) / (1 + sp.exp(-x_in))",
        "A factor x_out is missing",
    ),
    "inner derivative missing": (
        "dE_dx_in = -dE_dx_out / (1 + sp.exp(-x_in)) ** 2",
        "The inner derivative is missing",
    ),
    "sigma itself": ("dE_dx_in = dE_dx_out / (1 + sp.exp(-x_in))", "sigma itself"),
    "inverse function": ("dE_dx_in = dE_dx_out / (x_out * (1 - x_out))", "multiply, do not divide"),
    "square on the wrong factor": ("dE_dx_in = dE_dx_out * x_out * (1 - x_out) ** 2", None),
    "plus for times": ("dE_dx_in = dE_dx_out + x_out * (1 - x_out)", None),
    "factor at zero only": ("dE_dx_in = dE_dx_out / 4", None),
    "only where sigma is above a twentieth": (
        "dE_dx_in = sp.Piecewise((dE_dx_out * x_out * (1 - x_out), x_out > 0.05), (0, True))",
        None,
    ),
    "cut off at 4": (
        "dE_dx_in = sp.Piecewise((dE_dx_out * x_out * (1 - x_out), x_in < 4), (0, True))",
        None,
    ),
    "upstream gradient clamped": (
        "dE_dx_in = sp.Max(-4, sp.Min(4, dE_dx_out)) * x_out * (1 - x_out)",
        None,
    ),
    "sigma clamped": ("dE_dx_in = dE_dx_out * sp.Max(x_out, 0.01) * (1 - x_out)", None),
    "zero": ("dE_dx_in = 0", None),
    "rounded number": (
        "dE_dx_in = 0.2501 * dE_dx_out * sp.sech(x_in / 2) ** 2",
        "Is a number rounded?",
    ),
    "text": ('dE_dx_in = "dE_dx_out * x_out * (1 - x_out)"', "without quotes"),
    "equation": (
        "dE_dx_in = sp.Eq(sp.Symbol('dE_dx_in'), dE_dx_out * x_out * (1 - x_out))",
        "right-hand side only",
    ),
    "comparison": ("dE_dx_in = dE_dx_out * x_out * (1 - x_out) > 0", "Write sympy.Piecewise"),
    "function": (
        "def dE_dx_in(x_out):\n    return x_out * (1 - x_out)",
        "Give the expression, not a function",
    ),
    "other symbol": (
        "s = sp.Symbol('s')\ndE_dx_in = dE_dx_out * s * (1 - s)",
        "Write it with dE_dx_out, x_in, x_out",
    ),
    "undefined function": ("dE_dx_in = dE_dx_out * sp.Function('sigma')(x_in)", None),
    "derivative not carried out": (
        "dE_dx_in = dE_dx_out * sp.Derivative(1 / (1 + sp.exp(-x_in)), x_in)",
        None,
    ),
    "tuple, by a trailing comma": (
        "dE_dx_in = dE_dx_out * x_out * (1 - x_out),",
        "tuple of one entry",
    ),
    "number where symbols belong": ("dE_dx_in = 1.0 * 0.5 * (1 - 0.5)", None),
    "name deleted": ("del dE_dx_in", "Run the cell that defines it"),
    "division by zero": ("dE_dx_in = dE_dx_out * x_out / (1 - 1 * sp.Integer(1))", None),
    "tower of powers": (
        "dE_dx_in = sp.Pow(9, sp.Pow(9, sp.Pow(9, x_in**2 + 9)), evaluate=False)",
        None,
    ),
}

KEEPS_POINTS = ["sign", "sign, in x_in", "denominator with e^x"]

NOT_ATTEMPTED = {"placeholder": "dE_dx_in = ...", "None": "dE_dx_in = None"}
