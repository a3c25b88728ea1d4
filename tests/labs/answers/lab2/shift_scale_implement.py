"""Answers to shift-scale-implement: shift_scale_forward, shift_scale_backward."""

RIGHT = {
    "with the functions of exercise 2": """
def shift_scale_forward(x, gamma, epsilon, eta):
    x_hat, *statistics = batch_norm_forward(x, eta)
    return gamma * x_hat + epsilon, *statistics

def shift_scale_backward(grad_output, x, mean, variance, gamma, eta):
    x_hat = batch_norm_forward(x, eta)[0]
    dx = batch_norm_backward(grad_output * gamma, x, mean, variance, eta)[2]
    return dx, (grad_output * x_hat).sum(0), grad_output.sum(0)
""",
    "without them": """
def shift_scale_forward(x, gamma, epsilon, eta):
    variance, mean = torch.var_mean(x, 0, correction=0)
    return (x - mean) * (gamma / (variance + eta).sqrt()) + epsilon, mean, variance

def shift_scale_backward(g, x, mean, variance, gamma, eta):
    s = 1 / (variance + eta).sqrt()
    h = (x - mean) * s
    return gamma * s * (g - g.mean(0) - h * (g * h).mean(0)), (g * h).sum(0), g.sum(0)
""",
    "gamma outside": """
def shift_scale_backward(g, x, mean, variance, gamma, eta):
    dx = gamma * batch_norm_backward(g, x, mean, variance, eta)[-1]
    return dx, ((x - mean) * g).sum(0) / (variance + eta) ** 0.5, g.sum(0)
""",
    "numpy": """
import numpy as np

def shift_scale_forward(x, gamma, epsilon, eta):
    x, gamma, epsilon = (np.asarray(t) for t in (x, gamma, epsilon))
    h = (x - x.mean(0)) / np.sqrt(x.var(0) + eta)
    return gamma * h + epsilon, x.mean(0), x.var(0)

def shift_scale_backward(g, x, mean, variance, gamma, eta):
    g, x, mean, variance, gamma = (np.asarray(t) for t in (g, x, mean, variance, gamma))
    s = 1 / np.sqrt(variance + eta)
    h = (x - mean) * s
    return gamma * s * (g - g.mean(0) - h * (g * h).mean(0)), (g * h).sum(0), g.sum(0)
""",
    "ones times g": """
def shift_scale_backward(g, x, mean, variance, gamma, eta):
    h = (x - mean) * torch.rsqrt(variance + eta)
    ones = torch.ones(len(x)).to(g)
    dx = batch_norm_backward(g * gamma, x, mean, variance, eta)[2]
    return dx, torch.einsum("nd,nd->d", g, h), ones @ g
""",
    "loop over features": """
def shift_scale_backward(g, x, mean, variance, gamma, eta):
    dx, dgamma, depsilon = torch.zeros_like(x), torch.zeros_like(mean), torch.zeros_like(mean)
    for j in range(x.shape[1]):
        s = 1 / (variance[j] + eta) ** 0.5
        h = (x[:, j] - mean[j]) * s
        dgamma[j], depsilon[j] = g[:, j] @ h, g[:, j].sum()
        dx[:, j] = gamma[j] * s * (g[:, j] - depsilon[j] / len(x) - h * dgamma[j] / len(x))
    return [dx, dgamma, depsilon]
""",
    "automatic differentiation": """
def shift_scale_backward(g, x, mean, variance, gamma, eta):
    leaves = [t.clone().requires_grad_() for t in (x, gamma, torch.zeros_like(gamma))]
    c = leaves[0] - leaves[0].mean(0)
    y = leaves[1] * c / ((c**2).mean(0) + eta).sqrt() + leaves[2]
    return torch.autograd.grad(y, leaves, g)
""",
}


def _forward(y: str) -> str:
    return f"""
def shift_scale_forward(x, gamma, epsilon, eta):
    h, mean, variance = batch_norm_forward(x, eta)
    return {y}, mean, variance
"""


def _backward(
    dx: str = "normalise(gamma * g)",
    dgamma: str = "(g * h).sum(0)",
    depsilon: str = "g.sum(0)",
) -> str:
    return f"""
def shift_scale_backward(g, x, mean, variance, gamma, eta):
    s = 1 / (variance + eta).sqrt()
    h = (x - mean) * s
    normalise = lambda upstream: batch_norm_backward(upstream, x, mean, variance, eta)[2]
    return {dx}, {dgamma}, {depsilon}
"""


_OLD_BACKWARD = """
def batch_norm_backward(g, x, mean, variance, eta):
    return 0 * mean, 0 * mean, g / (variance + eta).sqrt()
"""
_OLD_FORWARD = """
def batch_norm_forward(x, eta):
    mean, variance = x.mean(0), ((x - x.mean(0)) ** 2).mean(0)
    return (x - mean) / (variance + eta), mean, variance
"""

WRONG = {
    "y: no scale": (_forward("h + epsilon"), "gamma is not used"),
    "y: no shift": (_forward("gamma * h"), "epsilon has no effect"),
    "y: shift scaled": (_forward("gamma * (h + epsilon)"), "The scale comes first"),
    "y: exchanged": (_forward("epsilon * h + gamma"), "gamma and epsilon change places"),
    "y: not normalised": (_forward("gamma * x + epsilon"), "x is not normalised"),
    "y: shift first": (
        _forward("gamma * batch_norm_forward(x + epsilon, eta)[0]"),
        "epsilon has no effect",
    ),
    "y: slip of exercise 2": (
        _OLD_FORWARD + _forward("gamma * h + epsilon"),
        "Right, given your batch_norm_forward",
    ),
    "dgamma: slip of exercise 2": (
        _OLD_FORWARD + _backward(dgamma="(g * batch_norm_forward(x, eta)[0]).sum(0)"),
        "Right, given your batch_norm_forward",
    ),
    "y alone": (
        "def shift_scale_forward(x, gamma, epsilon, eta):\n"
        "    return gamma * batch_norm_forward(x, eta)[0] + epsilon",
        "a tuple is asked for",
    ),
    "dx: gamma forgotten": (_backward("normalise(g)"), "gamma is forgotten"),
    "dx: gamma twice": (_backward("gamma * normalise(gamma * g)"), "gamma is applied twice"),
    "dx: normalisation not passed": (_backward("gamma * g"), "still to be passed"),
    "dx: constants": (_backward("gamma * g * s"), "Mean and variance depend on x too"),
    "dx: divided by gamma": (_backward("normalise(g) / gamma"), "do not divide"),
    "dx: slip of exercise 2": (
        _OLD_BACKWARD + _backward(),
        "Right, given your batch_norm_backward",
    ),
    "dgamma: sign": (_backward(dgamma="-(g * h).sum(0)"), "The sign is wrong."),
    "dgamma: x for x_hat": (_backward(dgamma="(g * x).sum(0)"), "gamma multiplies x_hat"),
    "dgamma: no root": (
        _backward(dgamma="(g * (x - mean)).sum(0)"),
        "The division by the root is missing in x_hat",
    ),
    "dgamma: not summed": (_backward(dgamma="g * h"), "All images share this parameter"),
    "dgamma: mean": (_backward(dgamma="(g * h).mean(0)"), "That is the mean over the batch"),
    "dgamma: over the features": (
        _backward(dgamma="(g * h).sum(1)"),
        "The sum runs over the features; it should",
    ),
    "dgamma: one number": (
        _backward(dgamma="(g * h).sum()"),
        "The sum runs over batch and features",
    ),
    "dgamma: as the shift": (_backward(dgamma="g.sum(0)"), "the gradient of the shift"),
    "dgamma: times gamma": (_backward(dgamma="gamma * (g * h).sum(0)"), "in its own gradient"),
    "dgamma: no eta": (_backward(dgamma="(g * (x - mean) / variance.sqrt()).sum(0)"), None),
    "y: the absolute scale": (_forward("gamma.abs() * h + epsilon"), None),
    "depsilon: upstream gradients cut": (_backward(depsilon="g.clamp(-3, 3).sum(0)"), None),
    "depsilon: sign": (_backward(depsilon="-g.sum(0)"), "the shift is added"),
    "depsilon: not summed": (_backward(depsilon="g"), "All images share this parameter"),
    "depsilon: mean": (_backward(depsilon="g.mean(0)"), "That is the mean over the batch"),
    "depsilon: over the features": (
        _backward(depsilon="g.sum(1)"),
        "The sum runs over the features; it should",
    ),
    "depsilon: one number": (_backward(depsilon="g.sum()"), "The sum runs over batch and features"),
    "depsilon: times gamma": (_backward(depsilon="gamma * g.sum(0)"), "The shift is not scaled"),
    "depsilon: divided by the root": (
        _backward(depsilon="g.sum(0) * s"),
        "The shift comes after the division",
    ),
    "depsilon: no upstream": (
        _backward(depsilon="torch.full_like(mean, len(x))"),
        "grad_output is not used",
    ),
    "results in another order": (
        _backward("(g * h).sum(0)", "normalise(gamma * g)", "g.sum(0)"),
        None,
    ),
    "two results": (
        "def shift_scale_backward(g, x, mean, variance, gamma, eta):\n"
        "    return batch_norm_backward(gamma * g, x, mean, variance, eta)[2], g.sum(0)",
        ("That is the gradient of the shift",),
    ),
}

KEEPS_POINTS = [
    "y: slip of exercise 2",
    "dx: slip of exercise 2",
    "y: no scale",
    "dx: gamma forgotten",
    "dgamma: x for x_hat",
    "depsilon: mean",
]

NOT_ATTEMPTED = {
    "placeholders": """
def shift_scale_forward(x, gamma, epsilon, eta): ...
def shift_scale_backward(grad_output, x, mean, variance, gamma, eta): ...
""",
    "NotImplementedError": """
def shift_scale_forward(*_):
    raise NotImplementedError

shift_scale_backward = shift_scale_forward
""",
}
