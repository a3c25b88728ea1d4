"""Answers to combine-implement: the combinator function."""

RIGHT = {
    "weights that sum to 1": """
def combine(z_noisy, u, a):
    a1, a2, a3, a4, a5, a6, a7, a8, a9, a10 = a
    mu = a1 * (a2 * u + a3).sigmoid() + a4 * u + a5
    upsilon = a6 * (a7 * u + a8).sigmoid() + a9 * u + a10
    return upsilon * z_noisy + (1 - upsilon) * mu
""",
    "lerp": """
def combine(z_noisy, u, a):
    def curve(b):
        return b[0] * torch.sigmoid(b[1] * u + b[2]) + b[3] * u + b[4]

    return torch.lerp(curve(a[:5]), z_noisy, curve(a[5:]))
""",
    "sigmoid by tanh": """
def combine(z_noisy, u, a):
    def sigmoid(x):
        return (1 + torch.tanh(x / 2)) / 2

    mu = a[0] * sigmoid(a[1] * u + a[2]) + a[3] * u + a[4]
    upsilon = a[5] * sigmoid(a[6] * u + a[7]) + a[8] * u + a[9]
    return (z_noisy - mu) * upsilon + mu
""",
    "both at once": """
def combine(z_noisy, u, a):
    b = a.view(2, 5, 1, -1)
    mu, upsilon = b[:, 0] * torch.sigmoid(b[:, 1] * u + b[:, 2]) + b[:, 3] * u + b[:, 4]
    return (z_noisy - mu) * upsilon + mu
""",
    "unit by unit": """
def combine(z_noisy, u, a):
    columns = []
    for i in range(u.shape[1]):
        z, x, p = z_noisy[:, i], u[:, i], a[:, i]
        mu = p[0] * torch.sigmoid(p[1] * x + p[2]) + p[3] * x + p[4]
        upsilon = p[5] * torch.sigmoid(p[6] * x + p[7]) + p[8] * x + p[9]
        columns.append((z - mu) * upsilon + mu)
    return torch.stack(columns, 1)
""",
    "numpy": """
import numpy as np
from scipy.special import expit

def combine(z_noisy, u, a):
    z, u, a = (np.asarray(x) for x in (z_noisy, u, a))
    mu = a[0] * expit(a[1] * u + a[2]) + a[3] * u + a[4]
    upsilon = a[5] * expit(a[6] * u + a[7]) + a[8] * u + a[9]
    return torch.from_numpy((z - mu) * upsilon + mu)
""",
}

COMBINE = """
def combine(z_noisy, u, a):
    mu = a[0] * {squash}(a[1] * {of} + a[2]) + a[3] * {of} + a[4]
    upsilon = a[5] * {squash}(a[6] * {of} + a[7]) + a[8] * {of} + a[9]
    return {result}
"""


def combine(
    result: str = "(z_noisy - mu) * upsilon + mu", of: str = "u", squash: str = "torch.sigmoid"
) -> str:
    """The right answer with some parts replaced."""
    return COMBINE.format(result=result, of=of, squash=squash)


WRONG = {
    "mu not added": (combine("(z_noisy - mu) * upsilon"), "mu has to be added again"),
    "mu not taken away": (combine("z_noisy * upsilon + mu"), "The mean is taken away first"),
    "inputs swapped": (
        combine("(u - mu) * upsilon + mu", of="z_noisy"),
        "The two inputs are swapped",
    ),
    "of the noisy layer": (combine(of="z_noisy"), "functions of u, not of the noisy layer"),
    "weights swapped": (
        combine("upsilon * mu + (1 - upsilon) * z_noisy"),
        "the weight of the noisy layer, not of mu",
    ),
    "tanh": (combine(squash="torch.tanh"), "the sigmoid, not tanh"),
    "no sigmoid": (combine(squash=""), "The sigmoid is missing"),
    "sigmoid of upsilon": (
        combine("(z_noisy - mu) * torch.sigmoid(upsilon) + mu"),
        "goes through no sigmoid",
    ),
    "mu alone": (combine("mu"), "Where is the noisy layer?"),
    "parameters of the first unit": (
        combine().replace("    mu =", "    a = a[:, :1]\n    mu =", 1),
        "Each unit has parameters of its own",
    ),
    "counted from one": (combine().replace("a[9]", "a[10 - 2]"), None),
    "parameters transposed": (combine().replace("    mu =", "    a = a.T\n    mu =", 1), None),
    "sigmoid that overflows": (
        combine(squash="(lambda x: torch.exp(x) / (1 + torch.exp(x)))"),
        None,
    ),
    "a sum": (combine("z_noisy + u"), None),
}

NOT_ATTEMPTED = {
    "placeholder": "def combine(z_noisy, u, a):\n    ...",
    "raises": "def combine(z_noisy, u, a):\n    raise NotImplementedError",
}

KEEPS_POINTS = ["mu not added", "weights swapped", "sigmoid of upsilon"]
