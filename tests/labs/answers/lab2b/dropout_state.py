"""Answers to dropout-state: mean_paper, variance_paper, mean_inverted, variance_inverted."""

RIGHT = {
    "multiplied out": """
mean_paper = p * w_1 * y_1 + p * w_2 * y_2 + b
variance_paper = p * w_1**2 * y_1**2 + p * w_2**2 * y_2**2
variance_paper -= p**2 * w_1**2 * y_1**2 + p**2 * w_2**2 * y_2**2
mean_inverted = b + w_2 * y_2 + w_1 * y_1
variance_inverted = (1 / p - 1) * ((w_1 * y_1) ** 2 + (w_2 * y_2) ** 2)
""",
    "each unit by itself": """
a_1, a_2 = w_1 * y_1, w_2 * y_2
mean_paper = p * a_1 + p * a_2 + b
variance_paper = p * (1 - p) * a_1**2 + p * (1 - p) * a_2**2
variance_inverted = variance_paper / p**2
""",
    "a sum over the masks": """
def moment(k, scale):
    return sum(
        (p if r else 1 - p) * (p if s else 1 - p)
        * (scale * (w_1 * r * y_1 + w_2 * s * y_2) + b) ** k
        for r in (0, 1) for s in (0, 1)
    )

mean_paper, mean_inverted = moment(1, 1), moment(1, 1 / p)
variance_paper = moment(2, 1) - mean_paper**2
variance_inverted = moment(2, 1 / p) - mean_inverted**2
""",
    "simplified by sympy": """
mean_paper = sp.expand(mean_paper)
variance_paper = sp.factor(variance_paper)
variance_inverted = sp.simplify(variance_inverted)
""",
    "second moment less square": """
variance_paper = sum(p * (w * y) ** 2 - (p * w * y) ** 2 for w, y in [(w_1, y_1), (w_2, y_2)])
variance_inverted = sum((w * y) ** 2 / p - (w * y) ** 2 for w, y in [(w_1, y_1), (w_2, y_2)])
""",
    "by the probability of dropping": """
q = 1 - p
mean_paper = (1 - q) * (w_1 * y_1 + w_2 * y_2) + b
variance_paper = q * (1 - q) * (w_1**2 * y_1**2 + w_2**2 * y_2**2)
variance_inverted = q / (1 - q) * (w_1**2 * y_1**2 + w_2**2 * y_2**2)
""",
    "with sympy's Bernoulli variables": """
from sympy.stats import Bernoulli, E, variance as of

q = sp.Symbol("p", positive=True)
r = Bernoulli("r", q)
mean_paper = E(r) * (w_1 * y_1 + w_2 * y_2) + b
variance_paper = sp.expand(of(r)) * (w_1**2 * y_1**2 + w_2**2 * y_2**2)
""",
    "matrix products": """
a = sp.Matrix([w_1 * y_1, w_2 * y_2])
mean_paper = p * (a[0] + a[1]) + b
mean_inverted = a[0] + a[1] + b
variance_paper = (a.T * a)[0] * (p - p**2)
variance_inverted = (a.T * a)[0] * (p - p**2) / p**2
""",
}

_SUM = "(w_1 * y_1 + w_2 * y_2)"
_SQUARES = "(w_1**2 * y_1**2 + w_2**2 * y_2**2)"

WRONG = {
    "mean: no p": (f"mean_paper = {_SUM} + b", "p is missing: a unit that is dropped"),
    "mean: bias dropped": (f"mean_paper = p * ({_SUM} + b)", "The bias is never dropped"),
    "mean: p as in torch": (
        f"mean_paper = (1 - p) * {_SUM} + b",
        "Here p is the probability that a unit is kept",
    ),
    "mean: divided": (
        f"mean_paper = {_SUM} / p + b",
        "Nothing is divided by p in the paper's training",
    ),
    "mean: p twice": (f"mean_paper = p**2 * {_SUM} + b", "one factor p"),
    "variance: of one unit": (
        f"variance_paper = p * (1 - p) * {_SUM}**2",
        "The two units are dropped independently",
    ),
    "variance: second moments": (
        f"variance_paper = p * {_SQUARES}",
        "Those are the second moments;",
    ),
    "variance: not squared": (
        f"variance_paper = p * (1 - p) * {_SUM}",
        "has the square of its factor",
    ),
    "variance: its root": (
        "variance_paper = sp.sqrt(variance_paper)",
        "That is the standard deviation",
    ),
    "variance: with the bias": ("variance_paper = variance_paper + b**2", "it adds nothing"),
    "variance: weights not squared": (
        "variance_paper = p * (1 - p) * (w_1 * y_1**2 + w_2 * y_2**2)",
        "The weights are squared too",
    ),
    "variance: p squared": (
        f"variance_paper = p**2 * {_SQUARES}",
        "The variance of r is p (1 - p)",
    ),
    "inverted mean: with p": (f"mean_inverted = p * {_SUM} + b", "That is the paper's mean"),
    "inverted mean: divided": (f"mean_inverted = {_SUM} / p + b", "p cancels"),
    "inverted mean: all divided": (
        f"mean_inverted = ({_SUM} + b) / p",
        "Neither p nor 1/p is left",
    ),
    "inverted variance: the paper's": (
        "variance_inverted = variance_paper",
        "That is the variance without the division by p",
    ),
    "inverted variance: p once": (
        f"variance_inverted = (1 - p) * {_SQUARES}",
        "divides a variance by the square of p",
    ),
    "inverted variance: upside down": (
        f"variance_inverted = p / (1 - p) * {_SQUARES}",
        "Numerator and denominator change places",
    ),
    "inverted variance: second moments": (
        f"variance_inverted = {_SQUARES} / p",
        "Those are the second moments with inverted dropout",
    ),
    "inverted variance: of one unit": (
        f"variance_inverted = (1 - p) / p * {_SUM}**2",
        "With inverted dropout, too, the units are independent",
    ),
    "inverted variance: none": (
        "variance_inverted = 0",
        "the noise around it is not zero",
    ),
    "inverted variance: minus": (f"variance_inverted = (p - 1) / p * {_SQUARES}", None),
    "variance: for p up to 19/20": (
        "variance_paper = sp.Piecewise((variance_paper, p < sp.Rational(19, 20)), (0, True))",
        None,
    ),
    "mean: of positive inputs": (f"mean_paper = p * sp.Max({_SUM}, 0) + b", None),
    "mean: text": ("mean_paper = 'p * y'", "The answer is text"),
}

KEEPS_POINTS = ["mean: p as in torch", "variance: its root", "inverted variance: p once"]

NOT_ATTEMPTED = {
    "placeholders": "mean_paper = variance_paper = mean_inverted = variance_inverted = ...",
    "None": "mean_paper = variance_paper = mean_inverted = variance_inverted = None",
}
