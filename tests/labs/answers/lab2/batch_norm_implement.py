"""Answers to batch-norm-implement: batch_norm_forward, batch_norm_backward."""


def _forward(*lines: str, result: str = "y, mean, variance") -> str:
    """The short forward pass, with lines put in before its end."""
    return "\n    ".join(
        [
            "def batch_norm_forward(x, eta):",
            "n = len(x)",
            "mean, variance = x.mean(0), ((x - x.mean(0)) ** 2).mean(0)",
            "y = (x - mean) / (variance + eta).sqrt()",
            *lines,
            f"return {result}",
        ]
    )


def _backward(
    *,
    var: str = "-0.5 * (g * c).sum(0) * s**3",
    mu: str = "-g.sum(0) * s",
    direct: str = "g * s",
    of_var: str = "dvar * 2 * c / n",
    of_mu: str = "dmu / n",
    after: str = "pass",
) -> str:
    """The backward pass in three paths; `after` may change what is returned."""
    return f"""
def batch_norm_backward(g, x, mean, variance, eta):
    n, c, s = len(x), x - mean, 1 / (variance + eta).sqrt()
    dvar = {var}
    dmu = {mu}
    dx = {direct} + {of_var} + {of_mu}
    {after}
    return dvar, dmu, dx
"""


_WITH_POWER = """
def batch_norm_backward(g, x, mean, variance, eta):
    n, c, q = len(x), x - mean, variance + eta
    dvar = -{power} * (g * c).sum(0) * q ** (-{power} - 1)
    dmu = -g.sum(0) * q**-{power}
    return dvar, dmu, g * q**-{power} + dvar * 2 * c / n + dmu / n
"""

_ROWS = """
def batch_norm_backward(g, x, mean, variance, eta):
    right = -0.5 * (g * (x - mean)).sum(0) * (variance + eta) ** -1.5, -g.sum(0) / (
        variance + eta
    ).sqrt()
    x = x.clone().requires_grad_()
    c = x - x.mean(1, keepdim=True)
    y = c / ((c**2).mean(1, keepdim=True) + eta).sqrt()
    return *right, torch.autograd.grad(y, x, g)[0]
"""

RIGHT = {
    "three paths": _forward() + _backward(),
    "one formula for dE/dx": _backward(
        after="y = c * s; dx = s / n * (n * g - g.sum(0) - y * (g * y).sum(0))"
    ),
    "means for sums": _backward(after="y = c * s; dx = s * (g - g.mean(0) - y * (g * y).mean(0))"),
    "torch.var_mean, keepdim": """
def batch_norm_forward(x, eta):
    variance, mean = torch.var_mean(x, dim=0, correction=0, keepdim=True)
    return (x - mean) * torch.rsqrt(variance + eta), mean[0], variance[0]
""",
    "numpy": """
import numpy as np

def batch_norm_forward(x, eta):
    x = np.asarray(x)
    return (x - x.mean(0)) / np.sqrt(x.var(0) + eta), x.mean(0), x.var(0)

def batch_norm_backward(grad_output, x, mean, variance, eta):
    g, x, mean, variance = (np.asarray(t) for t in (grad_output, x, mean, variance))
    c, q = x - mean, variance + eta
    dvar = np.einsum("nd,nd,d->d", g, c, -0.5 * q**-1.5)
    dmu = -np.einsum("nd,d->d", g, q**-0.5)
    return dvar, dmu, g * q**-0.5 + (2 * dvar * c + dmu) / len(x)
""",
    "loops": """
def batch_norm_backward(grad_output, x, mean, variance, eta):
    n, d = x.shape
    dvar, dmu, dx = torch.zeros_like(mean), torch.zeros_like(mean), torch.zeros_like(x)
    for j in range(d):
        root = (variance[j] + eta) ** 0.5
        for k in range(n):
            dvar[j] -= grad_output[k, j] * (x[k, j] - mean[j]) / (2 * root**3)
            dmu[j] -= grad_output[k, j] / root
        for k in range(n):
            dx[k, j] = grad_output[k, j] / root + dmu[j] / n
            dx[k, j] += dvar[j] * 2 * (x[k, j] - mean[j]) / n
    return dvar, dmu, dx
""",
    "the vanishing sum computed": _backward(
        mu="-g.sum(0) * s + dvar * (-2 * c).sum(0) / n",
    ),
    "the transposed batch": """
def batch_norm_forward(x, eta):
    rows = x.T
    mean = rows.sum(1, keepdim=True) / len(x)
    variance = (rows - mean).pow(2).sum(1, keepdim=True) / len(x)
    return ((rows - mean) / (variance + eta) ** 0.5).T, mean.squeeze(1), variance.squeeze(1)
""",
    "forward called again": """
def batch_norm_backward(grad_output, x, mean, variance, eta):
    y, mean, variance = batch_norm_forward(x, eta)
    s = torch.rsqrt(variance + eta)
    dvar, dmu = -(grad_output * y).sum(0) * s**2 / 2, -(grad_output * s).sum(0)
    return [dvar, dmu, grad_output * s + (2 * dvar * y / s + dmu) / x.shape[0]]
""",
    "automatic differentiation": """
def batch_norm_backward(grad_output, x, mean, variance, eta):
    x = x.clone().requires_grad_()
    mean = x.mean(0)
    variance = ((x - mean) ** 2).mean(0)
    E = (grad_output * (x - mean) / (variance + eta).sqrt()).sum()
    return torch.autograd.grad(E, (variance, mean, x))
""",
}

WRONG = {
    "forward: no root": (_forward("y = (x - mean) / (variance + eta)"), "The root is missing"),
    "forward: root twice": (
        _forward("y = (x - mean) / (variance + eta).sqrt().sqrt()"),
        "The root is taken twice: under it stands the variance, not",
    ),
    "forward: m - 1": (
        _forward("y = (x - mean) / (((x - mean) ** 2).sum(0) / max(n - 1, 1) + eta).sqrt()"),
        "not by N - 1: correction=0",
    ),
    "forward: the larger of variance and eta": (
        _forward("y = (x - mean) / variance.clamp(min=eta).sqrt()"),
        "however large that is",
    ),
    "forward: outliers cut": (
        _forward("y = ((x - mean) / (variance + eta).sqrt()).clamp(-3, 3)"),
        None,
    ),
    "forward: torch.std": (_forward("y = (x - mean) / (x.std(0) + eta)"), None),
    "forward: eta outside": (
        _forward("y = (x - mean) / (variance.sqrt() + eta)"),
        "eta belongs under the root",
    ),
    "forward: no eta": (_forward("y = (x - mean) / variance.sqrt()"), "eta is not used."),
    "forward: not centred": (_forward("y = x / (variance + eta).sqrt()"), "is not subtracted"),
    "forward: not divided": (_forward("y = x - mean"), "The division by the root is missing"),
    "forward: over the features": (
        """
def batch_norm_forward(x, eta):
    c = x - x.mean(1, keepdim=True)
    y = c / ((c**2).mean(1, keepdim=True) + eta).sqrt()
    return y, x.mean(0), ((x - x.mean(0)) ** 2).mean(0)
""",
        "The means run over the features",
    ),
    "forward: one mean for all": (
        _forward("c = x - x.mean(); y = c / ((c**2).mean() + eta).sqrt()"),
        "One mean and one variance for all",
    ),
    "forward: sum for mean": (_forward(result="y, x.sum(0), variance"), "divide by N"),
    "forward: standard deviation": (
        _forward(result="y, mean, variance.sqrt()"),
        "That is the standard deviation",
    ),
    "forward: torch.var": (
        _forward("variance = x.var(0)", "y = (x - mean) / (variance + eta).sqrt()"),
        ("Something is divided by zero", "The variance divides by N here"),
    ),
    "forward: variance by m - 1": (
        _forward(result="y, mean, variance * n / max(n - 1, 1)"),
        "not by N - 1: correction=0",
    ),
    "var: half, by the standard deviation": (
        _backward(var="-0.5 * (g * c).sum(0) * s**2"),
        "The power is wrong",
    ),
    "forward: y only": (_forward(result="y"), "a tuple is asked for"),
    "forward: squares first": (
        """
def batch_norm_forward(x, eta):
    mean = x.mean(0)
    variance = (x**2).mean(0) - x.mean(0) ** 2
    return (x - mean) / torch.sqrt(variance + eta), mean, variance
""",
        "cancels: subtract the mean first",
    ),
    "var: sign": (_backward(var="0.5 * (g * c).sum(0) * s**3"), "the power -1/2 comes down"),
    "var: no half": (_backward(var="-(g * c).sum(0) * s**3"), "The factor 1/2"),
    "var: power -1/2": (_backward(var="-0.5 * (g * c).sum(0) * s"), "The power is wrong"),
    "var: by the standard deviation": (
        _backward(var="-(g * c).sum(0) * s**2"),
        "with respect to the standard deviation",
    ),
    "var: no eta": (
        _backward(var="-0.5 * (g * c).sum(0) * variance**-1.5", after="dx = dx.nan_to_num()"),
        "eta is not used.",
    ),
    "var: the larger of variance and eta": (
        _backward(var="-0.5 * (g * c).sum(0) * variance.clamp(min=eta) ** -1.5"),
        None,
    ),
    "var: not summed": (
        _backward(var="-0.5 * g * c * s**3"),
        "All images depend on the variance",
    ),
    "var: over the features": (
        _backward(
            var="-0.5 * (g * c).sum(1, keepdim=True) * s**3",
        ),
        "The sum runs over the features; it should run over the batch",
    ),
    "var: over everything": (
        _backward(var="-0.5 * (g * c).sum() * s**3"),
        "The sum runs over batch and features",
    ),
    "var: mean for sum": (_backward(var="-0.5 * (g * c).mean(0) * s**3"), "the sum is asked for"),
    "var: not centred": (_backward(var="-0.5 * (g * x).sum(0) * s**3"), "x stands where x - mean"),
    "var: no upstream": (
        _backward(var="-0.5 * c.sum(0) * s**3"),
        ("grad_output is not used: the", "The variance is treated as a constant"),
    ),
    "mean: sign": (_backward(mu="g.sum(0) * s"), "the mean is subtracted"),
    "mean: not summed": (_backward(mu="-g * s"), "All images depend on the mean"),
    "mean: over the features": (
        _backward(mu="-g.sum(1, keepdim=True) * s"),
        "The sum runs over the features; it should run over the batch",
    ),
    "mean: over everything": (_backward(mu="-g.sum() * s"), "use dim=0"),
    "mean: mean for sum": (_backward(mu="-g.mean(0) * s"), "1/N belongs to dmean/dx"),
    "mean: no upstream": (_backward(mu="-n * s"), "grad_output is not used: chain rule"),
    "mean: no root": (_backward(mu="-g.sum(0) * s**2"), "The root is missing: y divides by the"),
    "mean: root twice": (_backward(mu="-g.sum(0) * s.sqrt()"), "The root is taken twice"),
    "mean: sum of x": (
        _backward(mu="-g.sum(0) * s + dvar * (-2 * x).sum(0) / n"),
        "sum x - mean, not x",
    ),
    "mean: not summed over the batch": (
        _backward(mu="-g.sum(0) * s + dvar * -2 * c / n"),
        "is not summed over the batch",
    ),
    "mean: minus two": (
        _backward(mu="-g.sum(0) * s - 2 * dvar"),
        "the sum of x - mean over the batch is zero",
    ),
    "x: both constant": (
        _backward(of_var="0", of_mu="0"),
        "Mean and variance are treated as constants",
    ),
    "x: both constant, with gradients of zero": (
        "def batch_norm_backward(g, x, mean, variance, eta):\n"
        "    return 0 * mean, 0 * mean, g / (variance + eta).sqrt()",
        (
            "they depend on x here too",
            "Mean and variance are treated as constants",
            "the sum of x - mean alone is zero",
        ),
    ),
    "x: mean constant": (_backward(of_mu="0"), "The mean is treated as a constant"),
    "x: variance constant": (_backward(of_var="0"), "The variance is treated as a constant"),
    "x: 1/m missing twice": (
        _backward(of_var="dvar * 2 * c", of_mu="dmu"),
        "1/N is missing, twice",
    ),
    "x: 1/m missing, variance": (
        _backward(of_var="dvar * 2 * c"),
        "1/N is missing in dvariance/dx",
    ),
    "x: 1/m missing, mean": (_backward(of_mu="dmu"), "1/N is missing in dmean/dx"),
    "x: m - 1": (_backward(of_var="dvar * 2 * c / max(n - 1, 1)"), "not by N - 1"),
    "x: factor 2": (_backward(of_var="dvar * c / n"), "The factor 2 of the square"),
    "x: not centred": (_backward(of_var="dvar * 2 * x / n"), "not x alone"),
    "x: upstream gradients cut": (_backward(direct="g.clamp(-3, 3) * s"), None),
    "x: sign": (_backward(after="dx = -dx"), "The sign is wrong throughout"),
    "x: no upstream": (_backward(direct="s"), "On the direct path grad_output is not used"),
    "no root anywhere": (
        _WITH_POWER.format(power=1.0),
        ("The root is missing in all three", "The root is missing: y divides by the root"),
    ),
    "root twice everywhere": (
        _WITH_POWER.format(power=0.25),
        ("The root is taken twice in all three", "The root is taken twice"),
    ),
    "all sums over the features": (
        _backward(
            var="-0.5 * (g * c).sum(1, keepdim=True) * s**3",
            mu="-g.sum(1, keepdim=True) * s",
        ),
        ("The sums run over the features of an image", "The sum runs over the features"),
    ),
    "x: rows normalised": (_ROWS, "Rows are normalised here"),
    "sign of var carried on": (
        _backward(var="0.5 * (g * c).sum(0) * s**3", after="dx = dx + 0"),
        ("Right, given your dE/dvariance and dE/dmean", "The sign is wrong: the power"),
    ),
    "order of the results": (_backward(after="dvar, dmu, dx = dx, dmu, dvar"), None),
    "x only": (_backward(after="return dx"), "a tuple is asked for"),
    "zeros": (
        "def batch_norm_backward(g, x, mean, variance, eta):\n    return 0 * mean, 0 * mean, 0 * x",
        ("the sum of x - mean alone is zero",),
    ),
}

KEEPS_POINTS = [
    "forward: no root",
    "forward: root twice",
    "forward: m - 1",
    "var: sign",
    "mean: mean for sum",
    "mean: sum of x",
    "x: both constant",
    "x: 1/m missing twice",
    "no root anywhere",
    "root twice everywhere",
    "sign of var carried on",
]

NOT_ATTEMPTED = {
    "placeholders": """
def batch_norm_forward(x, eta): ...
def batch_norm_backward(grad_output, x, mean, variance, eta): ...
""",
    "NotImplementedError": """
def batch_norm_forward(*_):
    raise NotImplementedError

batch_norm_backward = batch_norm_forward
""",
}
