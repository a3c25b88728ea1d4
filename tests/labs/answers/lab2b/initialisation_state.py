"""Answers to initialisation-state: five expressions."""

RIGHT = {
    "as derived": """
variance_forward = v_w * v_x * n_in
variance_backward = v_g * n_out * v_w
second_moment = sp.Rational(1, 2) * v_y
xavier_bound = sp.sqrt(6 / (n_in + n_out))
he_deviation = sp.sqrt(2) / sp.sqrt(n_in)
""",
    "bound from the variance": """
v = 2 / (n_in + n_out)
xavier_bound = sp.sqrt(3 * v)
""",
    "bound from an integral": """
r, w = sp.symbols("r w", positive=True)
variance = sp.integrate(w**2 / (2 * r), (w, -r, r))
xavier_bound = sp.solve(sp.Eq(variance, 2 / (n_in + n_out)), r)[0]
""",
    "powers": """
xavier_bound = 6 ** sp.Rational(1, 2) * (n_in + n_out) ** sp.Rational(-1, 2)
he_deviation = (n_in / 2) ** sp.Rational(-1, 2)
""",
    "exponential of a logarithm": "he_deviation = sp.exp((sp.log(2) - sp.log(n_in)) / 2)",
    "moment from the integral": """
y = sp.Symbol("y", real=True)
density = sp.exp(-(y**2) / (2 * v_y)) / sp.sqrt(2 * sp.pi * v_y)
second_moment = sp.integrate(y**2 * density, (y, 0, sp.oo))
""",
    "symbols of one's own": """
n_in, n_out = sp.symbols("n_in n_out")
v_w, v_x, v_g, v_y = sp.symbols("v_w v_x v_g v_y")
variance_forward = n_in * v_w * v_x
variance_backward = n_out * v_w * v_g
second_moment = v_y / 2
xavier_bound = sp.sqrt(6 / (n_in + n_out))
he_deviation = sp.sqrt(2 / n_in)
""",
    "means subtracted": """
mean = sp.sqrt(v_y / (2 * sp.pi))
second_moment = v_y / 2 - v_y / (2 * sp.pi) + mean**2
""",
    "decimal numbers": "second_moment = 0.5 * v_y",
    "solved": """
v = sp.Symbol("v", positive=True)
he_deviation = sp.sqrt(sp.solve(n_in * v * second_moment - v_y, v)[0])
""",
}

WRONG = {
    "one term": ("variance_forward = v_w * v_x", "there are n_in of them"),
    "outputs counted": ("variance_forward = n_out * v_w * v_x", "y_i is a sum over the inputs"),
    "square of the number": ("variance_forward = n_in**2 * v_w * v_x", "Variances add"),
    "sum of variances": (
        "variance_forward = n_in * (v_w + v_x)",
        "The variance of a product is not the sum",
    ),
    "no variance of the inputs": (
        "variance_forward = n_in * v_w",
        "The variance of the inputs is missing",
    ),
    "variance squared": (
        "variance_forward = n_in * v_w**2 * v_x",
        "v_w is the variance already, not the standard deviation",
    ),
    "inputs counted backwards": (
        "variance_backward = n_in * v_w * v_g",
        "dE/dx_j is a sum over the outputs",
    ),
    "one term backwards": ("variance_backward = v_w * v_g", "there are n_out of them"),
    "inputs in place of gradients": (
        "variance_backward = n_out * v_w * v_x",
        "Backwards the weights meet the gradients",
    ),
    "nothing lost in a ReLU": ("second_moment = v_y", "Only the positive half"),
    "variance in place of the moment": (
        "second_moment = v_y / 2 - v_y / (2 * sp.pi)",
        "the mean of x is not 0",
    ),
    "a quarter": ("second_moment = v_y / 4", "half remains"),
    "variance squared after a ReLU": ("second_moment = v_y**2 / 2", "do not square it"),
    "deviation for bound": (
        "xavier_bound = sp.sqrt(2 / (n_in + n_out))",
        "the variance of the uniform distribution is r^2/3",
    ),
    "variance for bound": ("xavier_bound = 2 / (n_in + n_out)", "That is the variance v_w"),
    "bound squared": ("xavier_bound = 6 / (n_in + n_out)", "That is r squared"),
    "forwards only": ("xavier_bound = sp.sqrt(3 / n_in)", "keeps the variance forwards only"),
    "backwards only": ("xavier_bound = sp.sqrt(3 / n_out)", "keeps the variance backwards only"),
    "sum for mean": ("xavier_bound = sp.sqrt(3 / (n_in + n_out))", "have the mean 1, not the sum"),
    "whole interval": ("xavier_bound = sp.sqrt(24 / (n_in + n_out))", "the width of the interval"),
    "He's variance": ("he_deviation = 2 / n_in", "the standard deviation is its root"),
    "no 2": ("he_deviation = 1 / sp.sqrt(n_in)", "The 2 is missing"),
    "He with outputs": ("he_deviation = sp.sqrt(2 / n_out)", "That keeps the gradients"),
    "Xavier's deviation for He": (
        "he_deviation = sp.sqrt(2 / (n_in + n_out))",
        "That is Xavier's compromise",
    ),
    "compromise for He": (
        "he_deviation = sp.sqrt(4 / (n_in + n_out))",
        "Only the condition on Var(y) is to be met",
    ),
    "unknown symbol": ("n = sp.Symbol('n')\nhe_deviation = sp.sqrt(2 / n)", "uses n"),
}

NOT_ATTEMPTED = {
    "placeholder": "variance_forward = variance_backward = second_moment = xavier_bound = ...\n"
    "he_deviation = ...",
    "none": "variance_forward = variance_backward = second_moment = xavier_bound = None\n"
    "he_deviation = None",
}

KEEPS_POINTS = ["He's variance", "deviation for bound", "one term", "nothing lost in a ReLU"]
