"""Answers to softmax-implement: softmax_forward, softmax_jacobian, softmax_backward."""

RIGHT = {
    "softmax of torch": """
def softmax_forward(x_in, beta):
    return torch.softmax(-beta * x_in, dim=-1)

def softmax_backward(grad_output, x_out, beta):
    return -beta * torch.ops.aten._softmax_backward_data(grad_output, x_out, -1, x_out.dtype)
""",
    "logsumexp": """
def softmax_forward(x_in, beta):
    return torch.exp(-beta * x_in - torch.logsumexp(-beta * x_in, dim=-1, keepdim=True))
""",
    "smallest energy subtracted": """
def softmax_forward(x_in, beta):
    weights = torch.exp(-beta * (x_in - x_in.amin(dim=-1, keepdim=True)))
    return weights / weights.sum(dim=-1, keepdim=True)
""",
    "Jacobian entry by entry": """
def softmax_jacobian(x_out, beta):
    n = len(x_out)
    jacobian = torch.empty(n, n, dtype=x_out.dtype)
    for i in range(n):
        for j in range(n):
            delta = 1.0 if i == j else 0.0
            jacobian[i, j] = -beta * x_out[i] * (delta - x_out[j])
    return jacobian
""",
    "Jacobian by broadcasting": """
def softmax_jacobian(x_out, beta):
    return -beta * x_out[:, None] * (torch.eye(len(x_out)) - x_out[None, :])
""",
    "backward through the Jacobian, row by row": """
def softmax_backward(grad_output, x_out, beta):
    n = x_out.shape[-1]
    rows = zip(grad_output.reshape(-1, n), x_out.reshape(-1, n))
    return torch.stack([softmax_jacobian(p, beta).T @ g for g, p in rows]).reshape(x_out.shape)
""",
    "backward by einsum": """
def softmax_backward(grad_output, x_out, beta):
    n = x_out.shape[-1]
    jacobian = beta * torch.einsum("...i,...j->...ij", x_out, x_out)
    jacobian = jacobian - beta * torch.diag_embed(x_out)
    return torch.einsum("...i,...ij->...j", grad_output, jacobian)
""",
    "backward expanded": """
def softmax_backward(grad_output, x_out, beta):
    weighted = grad_output * x_out
    return beta * x_out * weighted.sum(-1, keepdim=True) - beta * weighted
""",
    "automatic differentiation": """
def softmax_backward(grad_output, x_out, beta):
    x = (-torch.log(x_out) / beta).requires_grad_()
    return torch.autograd.grad(softmax_forward(x, beta), x, grad_output)[0]

def softmax_jacobian(x_out, beta):
    x = -torch.log(x_out) / beta
    return torch.autograd.functional.jacobian(lambda x: softmax_forward(x, beta), x)
""",
    "numpy": """
import numpy as np

def softmax_forward(x_in, beta):
    energy = -beta * np.asarray(x_in)
    weights = np.exp(energy - energy.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)

def softmax_jacobian(x_out, beta):
    p = np.asarray(x_out)
    return beta * (np.outer(p, p) - np.diag(p))

def softmax_backward(grad_output, x_out, beta):
    g, p = grad_output.numpy(), x_out.numpy()
    return -beta * p * (g - np.einsum("...i,...i->...", g, p)[..., None])
""",
    "pairs of scores": """
def softmax_forward(x_in, beta):
    return 1 / torch.exp(beta * (x_in[..., :, None] - x_in[..., None, :])).sum(-1)
""",
    "one vector after the other": """
def softmax_backward(grad_output, x_out, beta):
    if x_out.ndim > 1:
        rows = zip(grad_output, x_out)
        return torch.stack([softmax_backward(g, p, beta) for g, p in rows])
    return -beta * x_out * (grad_output - grad_output @ x_out)
""",
    "scipy": """
from scipy.special import softmax

def softmax_forward(x_in, beta):
    return softmax(-beta * x_in.numpy(), axis=-1)
""",
    "float32": """
def softmax_forward(x_in, beta):
    return torch.softmax(-beta * x_in.float(), dim=-1)

def softmax_jacobian(x_out, beta):
    p = x_out.float()
    return beta * (torch.outer(p, p) - torch.diag(p))

def softmax_backward(grad_output, x_out, beta):
    g, p = grad_output.float(), x_out.float()
    return -beta * p * (g - (g * p).sum(-1, keepdim=True))
""",
}


def _forward(result: str) -> str:
    return f"def softmax_forward(x_in, beta):\n    return {result}"


def _jacobian(result: str) -> str:
    return f"def softmax_jacobian(x_out, beta):\n    return {result}"


def _backward(result: str) -> str:
    return (
        "def softmax_backward(grad_output, x_out, beta):\n"
        "    mean = (grad_output * x_out).sum(dim=-1, keepdim=True)\n"
        f"    return {result}"
    )


WRONG = {
    "J: sign": (
        _jacobian("beta * (torch.diag(x_out) - torch.outer(x_out, x_out))"),
        "The sign is wrong: the exponent is -beta x",
    ),
    "J: beta missing": (
        _jacobian("torch.outer(x_out, x_out) - torch.diag(x_out)"),
        "The factor beta is missing",
    ),
    "J: the usual softmax": (
        _jacobian("torch.diag(x_out) - torch.outer(x_out, x_out)"),
        "That is the usual softmax",
    ),
    "J: off-diagonal entries missing": (
        _jacobian("-beta * torch.diag(x_out)"),
        "The entries off the diagonal are missing",
    ),
    "J: diagonal term missing": (
        _jacobian("beta * torch.outer(x_out, x_out)"),
        "The diagonal needs the term of the numerator",
    ),
    "J: a vector": (_jacobian("-beta * x_out * (1 - x_out)"), "Only the diagonal is there"),
    "J: diagonal entries only": (_jacobian("-beta * torch.diag(x_out * (1 - x_out))"), None),
    "J: columns for rows": (
        _jacobian("-beta * x_out[:, None] * (torch.eye(len(x_out)) - x_out[:, None])"),
        None,
    ),
    "J: of four inputs": (
        _jacobian("beta * (torch.outer(x_out, x_out) - torch.eye(4) * x_out)"),
        None,
    ),
    "vJp: sign": (_backward("beta * x_out * (grad_output - mean)"), "The sign is wrong"),
    "vJp: beta missing": (_backward("-x_out * (grad_output - mean)"), "beta is missing"),
    "vJp: the usual softmax": (_backward("x_out * (grad_output - mean)"), "the usual softmax"),
    "vJp: diagonal only": (
        _backward("-beta * x_out * (1 - x_out) * grad_output"),
        "Only the diagonal of the Jacobian",
    ),
    "vJp: sum over the batch": (
        _backward("-beta * x_out * (grad_output - (grad_output * x_out).sum())"),
        "The sum runs over the batch too",
    ),
    "vJp: plain mean of g": (
        _backward("-beta * x_out * (grad_output - grad_output.mean(-1, keepdim=True))"),
        "Weight the mean of g with p",
    ),
    "vJp: x_out missing": (_backward("-beta * (grad_output - mean)"), "The factor x_out"),
    "vJp: sum missing": (
        _backward("-beta * x_out * grad_output"),
        "The sum over the outputs is missing",
    ),
    "vJp: upstream not used": (
        _backward("-beta * x_out * (1 - x_out.sum(-1, keepdim=True))"),
        "grad_output is not used",
    ),
    "J: rows of a list, a truth value minus a number": (
        """
def softmax_jacobian(x_out, beta):
    n = len(x_out)
    return [[-beta * x_out[i] * ((i == k) - x_out[k]) for k in range(n)] for i in range(n)]
""",
        "with a bool tensor is not supported",
    ),
    "vJp: the gradient is clipped at 3": (
        _backward("-beta * x_out * (grad_output - mean) * (grad_output.abs() < 3)"),
        None,
    ),
    "forward: largest score of the batch subtracted": (
        """
def softmax_forward(x_in, beta):
    weights = torch.exp(-beta * x_in - (-beta * x_in).max())
    return weights / weights.sum(dim=-1, keepdim=True)
""",
        "overflows",
    ),
    "vJp: one vector only": (
        _backward("torch.mv(softmax_jacobian(x_out, beta), grad_output)"),
        None,
    ),
    "vJp: first axis": (
        _backward("-beta * x_out * (grad_output - (grad_output * x_out).sum(0, keepdim=True))"),
        None,
    ),
    "vJp: keepdim forgotten": (
        _backward("-beta * x_out * (grad_output - (grad_output * x_out).sum(-1))"),
        None,
    ),
    "vJp: no return": (
        "def softmax_backward(grad_output, x_out, beta):\n    -beta * x_out * grad_output",
        None,
    ),
    "forward: sign of the exponent": (
        _forward("torch.softmax(beta * x_in, dim=-1)"),
        "The minus sign of the exponent is missing",
    ),
    "forward: beta not used": (_forward("torch.softmax(-x_in, dim=-1)"), "beta is not used"),
    "forward: divides by beta": (_forward("torch.softmax(-x_in / beta, dim=-1)"), None),
    "forward: first axis": (
        _forward("torch.softmax(-beta * x_in, dim=0)"),
        "over the rows; it should",
    ),
    "forward: the second axis of a batch": (
        _forward("torch.softmax(-beta * x_in, dim=0 if x_in.ndim == 1 else 1)"),
        None,
    ),
    "vJp: the second axis of a batch": (
        """
def softmax_backward(grad_output, x_out, beta):
    axis = 0 if x_out.ndim == 1 else 1
    return -beta * x_out * (grad_output - (grad_output * x_out).sum(axis, keepdim=True))
""",
        None,
    ),
    "forward: whole batch": (
        _forward("torch.exp(-beta * x_in) / torch.exp(-beta * x_in).sum()"),
        "The sum runs over outputs and rows",
    ),
    "forward: not normalised": (_forward("torch.exp(-beta * x_in)"), "Divide by the sum"),
    "forward: overflow": (
        _forward("torch.exp(-beta * x_in) / torch.exp(-beta * x_in).sum(-1, keepdim=True)"),
        "Is there an equal form that cannot?",
    ),
    "forward: largest score subtracted before the sign": (
        """
def softmax_forward(x_in, beta):
    weights = torch.exp(-beta * (x_in - x_in.amax(dim=-1, keepdim=True)))
    return weights / weights.sum(dim=-1, keepdim=True)
""",
        "overflows",
    ),
    "forward: log of it": (_forward("torch.log_softmax(-beta * x_in, dim=-1)"), None),
    "forward: rounded": (_forward("torch.softmax(-beta * x_in, dim=-1).round(decimals=3)"), None),
    "forward: max with its index": (
        _forward("torch.exp(-beta * x_in - (-beta * x_in).max(dim=-1))"),
        None,
    ),
}

KEEPS_POINTS = [
    "J: sign",
    "vJp: sign",
    "vJp: beta missing",
    "vJp: one vector only",
    "forward: overflow",
    "forward: sign of the exponent",
]

NOT_ATTEMPTED = {
    "placeholders": """
def softmax_forward(x_in, beta): ...
def softmax_jacobian(x_out, beta): ...
def softmax_backward(grad_output, x_out, beta): ...
""",
    "NotImplementedError": """
def softmax_forward(x_in, beta):
    raise NotImplementedError

softmax_jacobian = softmax_forward

def softmax_backward(grad_output, x_out, beta):
    raise NotImplementedError("TODO")
""",
}
