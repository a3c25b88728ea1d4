"""Answers to routing-state: dE/dx_1, dE/dx_2 and, through y alone, dE/dx_1."""

RIGHT = {
    "Piecewise on the outputs": """
dE_dx_1 = sp.Piecewise((u, i_1 >= i_2), (v, True)) * i_1 * (1 - i_1)
dE_dx_2 = sp.Piecewise((v, i_1 >= i_2), (u, True)) * i_2 * (1 - i_2)
""",
    "Heaviside of the inputs": """
M = sp.Heaviside(x_1 - x_2, 1)
dE_dx_1 = (M * u + (1 - M) * v) * i_1 * (1 - i_1)
dE_dx_2 = ((1 - M) * u + M * v) * i_2 * (1 - i_2)
""",
    "v and the difference": """
dE_dx_1 = (v + mask * (u - v)) * i_1 * (1 - i_1)
dE_dx_2 = (u - mask * (u - v)) * (i_2 - i_2**2)
""",
    "in x": """
dE_dx_1 = (mask * u + (1 - mask) * v) * sp.exp(-x_1) / (1 + sp.exp(-x_1)) ** 2
dE_dx_2 = ((1 - mask) * u + mask * v) * sp.exp(x_2) / (1 + sp.exp(x_2)) ** 2
dE_dx_1_through_y = dE_dy / (2 + 2 * sp.cosh(x_1))
""",
    "two paths, expanded": """
through_max = mask * u * i_1 - mask * u * i_1**2
through_min = (1 - mask) * v * (i_1 - i_1**2)
dE_dx_1 = through_max + through_min
""",
    "by sympy": """
s = lambda x: 1 / (1 + sp.exp(-x))
E = u * (mask * s(x_1) + (1 - mask) * s(x_2)) + v * ((1 - mask) * s(x_1) + mask * s(x_2))
dE_dx_1, dE_dx_2 = sp.diff(E, x_1), sp.diff(E, x_2)
dE_dx_1_through_y = dE_dy * sp.diff(s(x_1), x_1)
""",
    "special case by substitution": ("dE_dx_1_through_y = dE_dx_1.subs({u: dE_dy, v: dE_dy})"),
    "sign of the difference": """
t = sp.sign(i_1 - i_2)
dE_dx_1 = (u * (1 + t) + v * (1 - t)) / 2 * i_1 * (1 - i_1)
dE_dx_1_through_y = dE_dy * (mask + (1 - mask)) * i_1 * (1 - i_1)
""",
    "maximum and minimum, differentiated": """
E = u * sp.Max(i_1, i_2) + v * sp.Min(i_1, i_2)
dE_dx_1, dE_dx_2 = (sp.diff(E, i) * i * (1 - i) for i in (i_1, i_2))
""",
    "tanh, symbols without assumptions": """
x_1, dE_dy, i_2, mask, u, v = sp.symbols("x_1 dE_dy i_2 mask u v")
dE_dx_1_through_y = dE_dy * (1 - sp.tanh(x_1 / 2) ** 2) / 4
dE_dx_2 = (u - mask * u + mask * v) * i_2 * (1 - i_2)
""",
}

_S1, _S2 = "i_1 * (1 - i_1)", "i_2 * (1 - i_2)"
_R1, _R2 = "(mask * u + (1 - mask) * v)", "((1 - mask) * u + mask * v)"
_WRONG_SLOPE = "sp.exp(-{x}) / (1 + sp.exp({x})) ** 2"

WRONG = {
    "sign": (f"dE_dx_1 = -{_R1} * {_S1}", "max and min both rise"),
    "x_2: sign": (f"dE_dx_2 = -{_R2} * {_S2}", "max and min both rise"),
    "u and v swapped": (
        f"dE_dx_1, dE_dx_2 = {_R2} * {_S1}, {_R1} * {_S2}",
        "u and v change places",
    ),
    "no minimum": (f"dE_dx_1 = mask * u * {_S1}", "The path through the minimum is missing"),
    "x_2: no maximum": (f"dE_dx_2 = mask * v * {_S2}", "The path through the maximum is missing"),
    "difference of the paths": (
        f"dE_dx_1 = (mask * u - (1 - mask) * v) * {_S1}",
        "The two paths are added",
    ),
    "no mask": (f"dE_dx_1 = (u + v) * {_S1}", "The mask is not used"),
    "halves": (f"dE_dx_2 = (u + v) / 2 * {_S2}", "Half to each input"),
    "v missing": (f"dE_dx_1 = u * {_S1}", "v is missing"),
    "no sigmoid": (f"dE_dx_1 = {_R1}", "The derivative of the sigmoid is missing"),
    "no upstream": (f"dE_dx_2 = {_S2}", "The upstream gradients u and v are missing"),
    "sigmoid itself": (f"dE_dx_1 = {_R1} * i_1", "That is the sigmoid"),
    "e^x in the denominator": (
        f"dE_dx_1 = {_R1} * {_WRONG_SLOPE.format(x='x_1')}",
        "The denominator is (1 + e^-x)^2",
    ),
    "inputs swapped": (
        f"dE_dx_1, dE_dx_2 = {_R2} * {_S2}, {_R1} * {_S1}",
        "That is the gradient of the other input",
    ),
    "sigmoid of the other input": (
        f"dE_dx_1 = {_R1} * {_S2}",
        "is taken at the other input",
    ),
    "dE/dy for u and v": (f"dE_dx_1 = dE_dy * {_S1}", None),
    "steep instead of a step, of the outputs": (
        f"t = (1 + sp.tanh(300 * (i_1 - i_2))) / 2\ndE_dx_1 = (t * u + (1 - t) * v) * {_S1}",
        None,
    ),
    "step beside the tie": (
        f"t = sp.Heaviside(x_1 - x_2 - sp.Rational(1, 20))\n"
        f"dE_dx_1 = (t * u + (1 - t) * v) * {_S1}",
        None,
    ),
    "a condition": ("dE_dx_1 = i_1 >= i_2", "Write sympy.Piecewise"),
    "a tuple": (f"dE_dx_1 = ({_R1}, {_S1})", "Build it from the symbols"),
    "y: sign": (f"dE_dx_1_through_y = -dE_dy * {_S1}", "y rises with both inputs"),
    "y: counted twice": (f"dE_dx_1_through_y = 2 * dE_dy * {_S1}", "Counted twice"),
    "y: maximum only": (f"dE_dx_1_through_y = mask * dE_dy * {_S1}", "Only the maximum is there"),
    "y: minimum only": (
        f"dE_dx_1_through_y = (1 - mask) * dE_dy * {_S1}",
        "Only the minimum is there",
    ),
    "y: difference": (
        f"dE_dx_1_through_y = (2 * mask - 1) * dE_dy * {_S1}",
        "the sum of max and min, not their difference",
    ),
    "y: no sigmoid": ("dE_dx_1_through_y = dE_dy", "still to be passed"),
    "y: no upstream": (f"dE_dx_1_through_y = {_S1}", "dE/dy is missing"),
    "y: half": (f"dE_dx_1_through_y = dE_dy * {_S1} / 2", "There is no half"),
    "y: e^x in the denominator": (
        f"dE_dx_1_through_y = dE_dy * {_WRONG_SLOPE.format(x='x_1')}",
        "the denominator here has e^x",
    ),
    "y: u and v still there": (f"dE_dx_1_through_y = {_R1} * {_S1}", None),
}

KEEPS_POINTS = [
    "sign",
    "u and v swapped",
    "no minimum",
    "e^x in the denominator",
    "y: e^x in the denominator",
    "y: counted twice",
]

NOT_ATTEMPTED = {
    "placeholders": "dE_dx_1 = dE_dx_2 = dE_dx_1_through_y = ...",
    "None": "dE_dx_1 = dE_dx_2 = dE_dx_1_through_y = None",
}
