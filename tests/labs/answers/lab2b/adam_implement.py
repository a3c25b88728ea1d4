"""Answers to adam-implement: adam_update."""


def _adam(
    *,
    mean: str = "b1 * mean + (1 - b1) * g",
    square: str = "b2 * square + (1 - b2) * g**2",
    top: str = "m / (1 - b1**t)",
    bottom: str = "(s / (1 - b2**t)).sqrt() + eta",
    step: str = "theta - rate * top / bottom",
    result: str = "new, m, s",
) -> str:
    """The update in six lines, with formulas put in."""
    return f"""
def adam_update(theta, mean, square, g, t, rate, b1=0.9, b2=0.999, eta=1e-8):
    m = {mean}
    s = {square}
    top = {top}
    bottom = {bottom}
    new = {step}
    return {result}
"""


RIGHT = {
    "short names": _adam(),
    "products for powers": _adam(square="b2 * square + (1 - b2) * g * g"),
    "lerp": _adam(mean="torch.lerp(g, mean, b1)", square="torch.lerp(g * g, square, b2)"),
    "as torch writes it": _adam(
        top="m",
        bottom="s.sqrt() / (1 - b2**t) ** 0.5 + eta",
        step="theta - rate / (1 - b1**t) * top / bottom",
    ),
    "the correction in the rate": _adam(
        top="m",
        bottom="s.sqrt() + eta * (1 - b2**t) ** 0.5",
        step="theta - rate * (1 - b2**t) ** 0.5 / (1 - b1**t) * top / bottom",
    ),
    "changes added": _adam(
        mean="mean + (1 - b1) * (g - mean)", square="square + (1 - b2) * (g**2 - square)"
    ),
    "in place": """
def adam_update(
    theta, mean, square, gradient, step, learning_rate, beta_1=0.9, beta_2=0.999, eta=1e-8
):
    mean.mul_(beta_1).add_(gradient, alpha=1 - beta_1)
    square.mul_(beta_2).addcmul_(gradient, gradient, value=1 - beta_2)
    denominator = (square / (1 - beta_2**step)).sqrt_().add_(eta)
    theta.addcdiv_(mean / (1 - beta_1**step), denominator, value=-learning_rate)
    return theta, mean, square
""",
    "float32": """
def adam_update(
    theta, mean, square, gradient, step, learning_rate, beta_1=0.9, beta_2=0.999, eta=1e-8
):
    theta, mean, square, g = (x.float() for x in (theta, mean, square, gradient))
    mean = beta_1 * mean + (1 - beta_1) * g
    square = beta_2 * square + (1 - beta_2) * g**2
    root = (square / (1 - beta_2**step)).sqrt() + eta
    return theta - learning_rate * mean / (1 - beta_1**step) / root, mean, square
""",
    "numpy": """
import numpy as np

def adam_update(
    theta, mean, square, gradient, step, learning_rate, beta_1=0.9, beta_2=0.999, eta=1e-8
):
    theta, mean, square, g = (np.asarray(x) for x in (theta, mean, square, gradient))
    mean = beta_1 * mean + (1 - beta_1) * g
    square = beta_2 * square + (1 - beta_2) * np.square(g)
    moved = (mean / (1 - beta_1**step)) / (np.sqrt(square / (1 - beta_2**step)) + eta)
    return theta - learning_rate * moved, mean, square
""",
    "the factors as sums": """
def adam_update(
    theta, mean, square, gradient, step, learning_rate, beta_1=0.9, beta_2=0.999, eta=1e-8
):
    mean = beta_1 * mean + (1 - beta_1) * gradient
    square = beta_2 * square + (1 - beta_2) * gradient**2
    share_1 = (1 - beta_1) * sum(beta_1**k for k in range(step))
    share_2 = (1 - beta_2) * sum(beta_2**k for k in range(step))
    root = (square / share_2) ** 0.5
    return [theta - learning_rate * (mean / share_1) / (root + eta), mean, square]
""",
}

WRONG = {
    "eta as the least denominator": (
        _adam(bottom="torch.maximum((s / (1 - b2**t)).sqrt(), torch.full_like(s, eta))"),
        None,
    ),
    "gradients clipped at 3": (_adam(mean="b1 * mean + (1 - b1) * g.clamp(-3, 3)"), None),
    "mean: no share": (_adam(mean="b1 * mean + g"), "The new gradient has the share"),
    "mean: change places": (
        _adam(mean="(1 - b1) * mean + b1 * g"),
        "most of the old average is kept",
    ),
    "mean: kept corrected": (
        _adam(result="new, m / (1 - b1**t), s"),
        "Keep the average as it is",
    ),
    "mean: beta_2": (_adam(mean="b2 * mean + (1 - b2) * g"), "beta_2 is for the squares"),
    "mean: as it came": (
        _adam(result="new, mean, s"),
        "The average of the gradients is returned as it came",
    ),
    "frozen: both averages": (
        _adam(result="new, mean, square"),
        ("The average of the gradients is returned", "The average of the squares is returned"),
    ),
    "frozen: all three": (
        _adam(result="theta, mean, square"),
        ("The average of the gradients is returned", "The average of the squares is returned"),
    ),
    "frozen: the averages of before in all": (
        _adam(mean="mean", square="square"),
        (
            "The average of the gradients is returned",
            "The average of the squares is returned",
            "theta is moved by the old averages",
        ),
    ),
    "square: as it came": (
        _adam(result="new, m, square"),
        "The average of the squares is returned",
    ),
    "defaults: beta_1": (_adam().replace("b1=0.9,", "b1=0.99,"), None),
    "defaults: beta_2": (_adam().replace("b2=0.999", "b2=0.99"), None),
    "defaults: eta": (_adam().replace("eta=1e-8", "eta=1e-7"), None),
    "mean: of vectors only": (
        _adam(mean="b1 * mean + (1 - b1) * (g if g.ndim == 1 else g.mean(-1, keepdim=True))"),
        None,
    ),
    "square: no share": (_adam(square="b2 * square + g**2"), "The new square has the share"),
    "square: change places": (
        _adam(square="(1 - b2) * square + b2 * g**2"),
        "beta_2 and 1 - beta_2 change places",
    ),
    "square: not squared": (
        _adam(square="(b2 * square + (1 - b2) * g)", bottom="(s.abs() / (1 - b2**t)).sqrt() + eta"),
        "The gradient itself is averaged",
    ),
    "square: of the average": (
        _adam(square="b2 * square + (1 - b2) * m**2"),
        "not that of its average",
    ),
    "square: one for all": (
        _adam(square="b2 * square + (1 - b2) * (g**2).sum()"),
        "Each parameter has its own average",
    ),
    "square: kept corrected": (
        _adam(result="new, m, s / (1 - b2**t)"),
        "Keep the average of the squares as it is",
    ),
    "square: beta_1": (
        _adam(square="b1 * square + (1 - b1) * g**2"),
        "beta_1 is for the gradients",
    ),
    "theta: given wrong averages": (
        _adam(mean="b1 * mean + g"),
        ("Right, given your averages", "The new gradient has the share"),
    ),
    "theta: no correction": (_adam(top="m", bottom="s.sqrt() + eta"), "The bias is not corrected"),
    "theta: the mean not corrected": (
        _adam(top="m"),
        "The bias of the gradients' average is not corrected",
    ),
    "theta: the square not corrected": (
        _adam(bottom="s.sqrt() + eta"),
        "The bias of the squares' average is not corrected",
    ),
    "theta: steps from 0": (
        _adam(
            top="m / (1 - b1 ** (t - 1) + (t == 1))",
            bottom="(s / (1 - b2 ** (t - 1) + (t == 1))).sqrt() + eta",
        ),
        "The power of beta is one too small",
    ),
    "theta: steps from 2": (
        _adam(top="m / (1 - b1 ** (t + 1))", bottom="(s / (1 - b2 ** (t + 1))).sqrt() + eta"),
        "The power of beta is one too large",
    ),
    "theta: no power": (
        _adam(top="m / (1 - b1)", bottom="(s / (1 - b2)).sqrt() + eta"),
        "The correction is that of the first step",
    ),
    "theta: eta under the root": (
        _adam(bottom="(s / (1 - b2**t) + eta).sqrt()"),
        "eta stands outside of the root",
    ),
    "theta: eta too early": (
        _adam(bottom="(s.sqrt() + eta) / (1 - b2**t) ** 0.5"),
        "eta is added before the correction",
    ),
    "theta: no eta": (_adam(bottom="(s / (1 - b2**t)).sqrt()"), "eta is not used"),
    "theta: no root": (_adam(bottom="s / (1 - b2**t) + eta"), "The root is missing"),
    "theta: uphill": (_adam(step="theta + rate * top / bottom"), "The sign: a step goes down"),
    "theta: the gradient": (_adam(top="g"), "The gradient moves theta"),
    "theta: the old averages": (
        _adam(top="mean / (1 - b1**t)", bottom="(square / (1 - b2**t)).sqrt() + eta"),
        "theta is moved by the old averages",
    ),
    "theta: not divided": (_adam(bottom="1"), "The division by the root is missing"),
    "theta only": (_adam(result="new"), "a tuple is asked for"),
    "averages: left out": (_adam(result="new, None, None"), "a return is missing"),
    "averages: words": (_adam(result="new, 'm', 's'"), "a torch tensor or a numpy array"),
    "order of the results": (_adam(result="m, s, new"), None),
    "gradient descent": (_adam(step="theta - rate * g"), None),
}

KEEPS_POINTS = [
    "mean: no share",
    "square: kept corrected",
    "theta: no correction",
    "theta: the mean not corrected",
    "theta: eta under the root",
    "theta: uphill",
]

NOT_ATTEMPTED = {
    "placeholder": "def adam_update(*_, **__): ...",
    "NotImplementedError": "def adam_update(*_, **__):\n    raise NotImplementedError",
}
