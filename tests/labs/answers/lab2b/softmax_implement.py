"""Answers to softmax-implement: softmax_forward, and softmax_backward to the scores and to beta."""

RIGHT = {
    "softmax of torch": """
def softmax_forward(x_in, beta):
    return torch.softmax(-beta * x_in, dim=1)

def softmax_backward(grad_output, x_in, x_out, beta):
    by_exponent = torch.ops.aten._softmax_backward_data(grad_output, x_out, 1, x_out.dtype)
    return -beta * by_exponent, -(by_exponent * x_in).sum()
""",
    "logsumexp": """
def softmax_forward(x_in, beta):
    return torch.exp(-beta * x_in - torch.logsumexp(-beta * x_in, dim=1, keepdim=True))
""",
    "row by row": """
def softmax_forward(x_in, beta):
    rows = []
    for row in x_in:
        e = torch.exp(-beta * row - (-beta * row).max())
        rows.append(e / e.sum())
    return torch.stack(rows)

def softmax_backward(grad_output, x_in, x_out, beta):
    by_x, by_beta = [], 0.0
    for g, x, p in zip(grad_output, x_in, x_out):
        by_x.append(-beta * p * (g - torch.dot(g, p)))
        by_beta += float(torch.dot(g * p, torch.dot(x, p) - x))
    return torch.stack(by_x), by_beta
""",
    "covariance": """
def softmax_backward(grad_output, x_in, x_out, beta):
    g = grad_output - (grad_output * x_out).sum(1, keepdim=True)
    x = x_in - (x_in * x_out).sum(1, keepdim=True)
    return -beta * x_out * g, -(x_out * g * x).sum()
""",
    "two means": """
def softmax_backward(grad_output, x_in, x_out, beta):
    weighted = grad_output * x_out
    mean_g, mean_x = weighted.sum(1), (x_out * x_in).sum(1)
    grad_beta = torch.dot(mean_g, mean_x) - (weighted * x_in).sum()
    return beta * x_out * mean_g[:, None] - beta * weighted, grad_beta
""",
    "einsum over a row, without a matrix": """
def softmax_backward(grad_output, x_in, x_out, beta):
    mean_g = torch.einsum("ri,ri->r", grad_output, x_out)
    slope = x_out * (grad_output - mean_g.unsqueeze(1))
    return -beta * slope, -torch.einsum("ri,ri->", slope, x_in)
""",
    "both sides of the exponent told apart": """
def softmax_forward(x_in, beta):
    lowest = x_in.amin(1, keepdim=True) if beta >= 0 else x_in.amax(1, keepdim=True)
    e = torch.exp(-beta * (x_in - lowest))
    return e / e.sum(1, keepdim=True)
""",
    "gradient of beta by the product beta x, and by its limit at 0": """
def softmax_backward(grad_output, x_in, x_out, beta):
    b = beta if beta else 1e-9
    mean_g = (grad_output * x_out).sum(1, keepdim=True)
    grad_x = -b * x_out * (grad_output - mean_g)
    return grad_x * (beta / b), (x_in * grad_x).sum() / b
""",
    "numpy": """
import numpy as np

def softmax_forward(x_in, beta):
    exponent = -beta * x_in.numpy()
    e = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def softmax_backward(grad_output, x_in, x_out, beta):
    g, x, p = grad_output.numpy(), x_in.numpy(), x_out.numpy()
    slope = p * (g - (g * p).sum(axis=1, keepdims=True))
    return -beta * slope, -np.sum(slope * x)
""",
    "scipy": """
from scipy.special import softmax

def softmax_forward(x_in, beta):
    return softmax(-beta * x_in.numpy(), axis=1)
""",
    "float32": """
def softmax_forward(x_in, beta):
    return torch.softmax(-beta * x_in.float(), dim=1)

def softmax_backward(grad_output, x_in, x_out, beta):
    g, x, p = grad_output.float(), x_in.float(), x_out.float()
    slope = p * (g - (g * p).sum(1, keepdim=True))
    return -beta * slope, -(slope * (x - x.mean(1, keepdim=True))).sum()
""",
    "float32, minus the covariance": """
def softmax_backward(grad_output, x_in, x_out, beta):
    g, x, p = grad_output.float(), x_in.float(), x_out.float()
    g = g - (g * p).sum(1, keepdim=True)
    x = x - (x * p).sum(1, keepdim=True)
    return -beta * p * g, -(p * g * x).sum()
""",
    "a list of two": """
def softmax_backward(grad_output, x_in, x_out, beta):
    slope = x_out * (grad_output - (grad_output * x_out).sum(1, keepdim=True))
    return [slope * -beta, -torch.sum(slope * x_in).item()]
""",
}


def _forward(result: str) -> str:
    return f"def softmax_forward(x_in, beta):\n    return {result}"


def _backward(grad_x: str = "-beta * slope", grad_beta: str = "-(slope * x_in).sum()") -> str:
    return (
        "def softmax_backward(grad_output, x_in, x_out, beta):\n"
        "    mean_g = (grad_output * x_out).sum(1, keepdim=True)\n"
        "    mean_x = (x_in * x_out).sum(1, keepdim=True)\n"
        "    slope = x_out * (grad_output - mean_g)\n"
        f"    return {grad_x}, {grad_beta}"
    )


WRONG = {
    "x: sign": (_backward("beta * slope"), "dE/dx_in: the sign is wrong"),
    "x: beta missing": (_backward("-slope"), "dE/dx_in: the factor beta is missing"),
    "x: the usual softmax": (_backward("slope"), "dE/dx_in: that is the softmax without -beta"),
    "x: diagonal only": (
        _backward("-beta * x_out * (1 - x_out) * grad_output"),
        "only the diagonal of the Jacobian",
    ),
    "x: sum missing": (
        _backward("-beta * x_out * grad_output"),
        "the sum over the outputs is missing",
    ),
    "x: sum over the whole batch": (
        _backward("-beta * x_out * (grad_output - (grad_output * x_out).sum())"),
        "the sum runs over the whole batch",
    ),
    "x: sum over the rows": (
        _backward("-beta * x_out * (grad_output - (grad_output * x_out).sum(0, keepdim=True))"),
        "the sum runs over the rows",
    ),
    "x: plain mean": (
        _backward("-beta * x_out * (grad_output - grad_output.mean(1, keepdim=True))"),
        "the mean of grad_output is the one under p",
    ),
    "x: x_out missing": (
        _backward("-beta * (grad_output - mean_g)"),
        "dE/dx_in: the factor x_out is missing",
    ),
    "x: upstream not used": (
        _backward("-beta * x_out * (1 - x_out.sum(1, keepdim=True))"),
        "without grad_output the rows",
    ),
    "x: mean over the batch": (
        _backward("-beta * slope / len(x_in)"),
        "do not average over the batch",
    ),
    "x: keepdim forgotten": (
        _backward("-beta * x_out * (grad_output - (grad_output * x_out).sum(1))"),
        None,
    ),
    "x: the Jacobian of each row": (
        """
def softmax_backward(grad_output, x_in, x_out, beta):
    jacobian = beta * (x_out[:, :, None] * x_out[:, None, :] - torch.diag_embed(x_out))
    grad_x = torch.einsum("ri,rij->rj", grad_output, jacobian)
    spread = (x_in * x_out).sum(1, keepdim=True) - x_in
    return grad_x, (grad_output * x_out * spread).sum()
""",
        "allocate",
    ),
    "x: the Jacobian row by row": (
        """
def softmax_backward(grad_output, x_in, x_out, beta):
    rows = []
    for g, p in zip(grad_output, x_out):
        rows.append(beta * (torch.outer(p, p) - torch.diag(p)) @ g)
    spread = (x_in * x_out).sum(1, keepdim=True) - x_in
    return torch.stack(rows), (grad_output * x_out * spread).sum()
""",
        "allocate",
    ),
    "beta: sign": (_backward(grad_beta="(slope * x_in).sum()"), "dE/dbeta: the sign is wrong"),
    "beta: not summed over the batch": (
        _backward(grad_beta="-(slope * x_in).sum(1)"),
        "all rows share beta",
    ),
    "beta: an axis too many": (
        _backward(grad_beta="-(slope * x_in).sum().reshape(1)"),
        None,
    ),
    "beta: an axis too many, summed twice": (
        _backward(grad_beta="-(slope * x_in).sum(1).sum(0, keepdim=True)"),
        None,
    ),
    "beta: nothing where beta is 0": (
        _backward(grad_beta="-(slope * x_in).sum() * (beta != 0)"),
        None,
    ),
    "beta: the size of beta": (
        _backward("-abs(beta) * slope"),
        "the sign is wrong, the exponent is -beta x",
    ),
    "beta: mean over the batch": (
        _backward(grad_beta="-(slope * x_in).sum(1).mean()"),
        "that is the mean over the batch",
    ),
    "beta: a factor beta": (
        _backward(grad_beta="-beta * (slope * x_in).sum()"),
        "beta is a factor of dE/dx_in only",
    ),
    "beta: by the temperature": (
        _backward(grad_beta="beta**2 * (slope * x_in).sum()"),
        "by the temperature 1/beta",
    ),
    "beta: sum held fixed": (
        _backward(grad_beta="-(grad_output * x_out * x_in).sum()"),
        "the sum S depends on beta too",
    ),
    "beta: numerators held fixed": (
        _backward(grad_beta="(mean_g * mean_x).sum()"),
        "the numerators depend on beta too",
    ),
    "beta: plain mean of the scores": (
        _backward(grad_beta="(x_out * grad_output * (x_in.mean(1, keepdim=True) - x_in)).sum()"),
        "the mean of the scores is the one under p",
    ),
    "beta: mean over the whole batch": (
        _backward(grad_beta="-(x_out * (grad_output - mean_g.sum()) * x_in).sum()"),
        "a mean runs over the whole batch",
    ),
    "beta: upstream not used": (
        _backward(grad_beta="(x_out * (mean_x - x_in)).sum()"),
        "without grad_output all shares cancel",
    ),
    "beta: one number an entry": (
        _backward(grad_beta="-beta * slope * x_in"),
        "a single number is asked for",
    ),
    "beta: divided by beta": (
        _backward(grad_beta="(-beta * slope * x_in).sum() / beta"),
        "Is something divided by 0?",
    ),
    "beta: from the logarithms of the outputs": (
        _backward(grad_beta="(slope * torch.log(x_out)).sum() / beta"),
        "The result is not finite",
    ),
    "beta: left out": (
        "def softmax_backward(grad_output, x_in, x_out, beta):\n"
        "    mean_g = (grad_output * x_out).sum(1, keepdim=True)\n"
        "    return -beta * x_out * (grad_output - mean_g)",
        "a tuple is asked for",
    ),
    "both in the wrong order": (_backward("-(slope * x_in).sum()", "-beta * slope"), None),
    "forward: sign of the exponent": (
        _forward("torch.softmax(beta * x_in, dim=1)"),
        "The exponent is -beta x, with the minus",
    ),
    "forward: beta not used": (
        _forward("torch.softmax(-x_in, dim=1)"),
        "The forward pass does not use beta",
    ),
    "forward: columns": (
        _forward("torch.softmax(-beta * x_in, dim=0)"),
        "Each row should sum to one, not each column",
    ),
    "forward: whole batch": (
        _forward("torch.exp(-beta * x_in) / torch.exp(-beta * x_in).sum()"),
        "The whole batch sums to one",
    ),
    "forward: not normalised": (
        _forward("torch.exp(-beta * x_in)"),
        "The rows do not sum to one: divide by S",
    ),
    "forward: overflow": (
        _forward("torch.exp(-beta * x_in) / torch.exp(-beta * x_in).sum(1, keepdim=True)"),
        "Is there an equal form that cannot?",
    ),
    "forward: overflow for a negative beta": (
        """
def softmax_forward(x_in, beta):
    e = torch.exp(-beta * (x_in - x_in.amin(1, keepdim=True)))
    return e / e.sum(1, keepdim=True)
""",
        "overflows",
    ),
    "forward: largest score subtracted before the sign": (
        """
def softmax_forward(x_in, beta):
    e = torch.exp(-beta * (x_in - x_in.amax(1, keepdim=True)))
    return e / e.sum(1, keepdim=True)
""",
        "overflows",
    ),
    "forward: the largest of the batch subtracted": (
        """
def softmax_forward(x_in, beta):
    e = torch.exp(-beta * x_in - (-beta * x_in).max())
    return e / e.sum(1, keepdim=True)
""",
        "divided by 0",
    ),
    "forward: the size of beta": (
        _forward("torch.softmax(-abs(beta) * x_in, dim=1)"),
        "The exponent is -beta x, with the minus",
    ),
    "forward: rows of a square batch mixed": (
        _forward("torch.softmax(-beta * x_in, dim=0 if len(x_in) > x_in.shape[1] else 1)"),
        "Each row should sum to one, not each column",
    ),
    "forward: log of it": (_forward("torch.log_softmax(-beta * x_in, dim=1)"), None),
}

KEEPS_POINTS = [
    "x: sign",
    "x: beta missing",
    "x: the Jacobian row by row",
    "beta: sign",
    "beta: divided by beta",
    "forward: overflow",
    "forward: sign of the exponent",
]

NOT_ATTEMPTED = {
    "placeholders": """
def softmax_forward(x_in, beta): ...
def softmax_backward(grad_output, x_in, x_out, beta): ...
""",
    "NotImplementedError": """
def softmax_forward(x_in, beta):
    raise NotImplementedError

def softmax_backward(grad_output, x_in, x_out, beta):
    raise NotImplementedError("TODO")
""",
}
