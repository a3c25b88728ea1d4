"""Answers to cross-entropy-implement: cross_entropy_forward and cross_entropy_backward."""


def _forward(body: str) -> str:
    """The loss with a body of its own; the reference's gradient stays."""
    return "def cross_entropy_forward(logits, labels):\n    " + body


def _backward(*lines: str) -> str:
    """The gradient from p, hot, n and k; the reference's loss stays."""
    return "\n    ".join(
        [
            "def cross_entropy_backward(logits, labels):",
            "n, k = logits.shape",
            "p, hot = torch.softmax(logits, dim=1), F.one_hot(labels, k).to(logits)",
            *lines,
        ]
    )


RIGHT = {
    "functions of torch": """
def cross_entropy_forward(logits, labels):
    return F.cross_entropy(logits, labels)

def cross_entropy_backward(logits, labels):
    p = logits.softmax(dim=-1)
    return (p - F.one_hot(labels, logits.shape[1])) / labels.numel()
""",
    "log-softmax and gather": """
def cross_entropy_forward(logits, labels):
    return -torch.log_softmax(logits, dim=1).gather(1, labels.unsqueeze(1)).mean()

def cross_entropy_backward(logits, labels):
    grad = torch.log_softmax(logits, dim=1).exp() / len(logits)
    return grad.scatter_add(1, labels[:, None], torch.full_like(grad, -1 / len(logits)))
""",
    "largest logit subtracted": """
def cross_entropy_forward(logits, labels):
    z = logits - logits.max(dim=1, keepdim=True).values
    log_sum = z.exp().sum(dim=1).log()
    return (log_sum - z[range(len(z)), labels]).sum() / len(z)

def cross_entropy_backward(logits, labels):
    e = (logits - logits.max(dim=1, keepdim=True).values).exp()
    p = e / e.sum(dim=1, keepdim=True)
    return (p - torch.eye(p.shape[1], dtype=p.dtype)[labels]) / len(p)
""",
    "loops": """
import math

def cross_entropy_forward(logits, labels):
    total = 0.0
    for z, c in zip(logits.tolist(), labels.tolist()):
        largest = max(z)
        total += largest + math.log(sum(math.exp(v - largest) for v in z)) - z[c]
    return total / len(labels)

def cross_entropy_backward(logits, labels):
    grad = torch.empty_like(logits)
    for n, (z, c) in enumerate(zip(logits, labels)):
        p = torch.softmax(z, dim=0)
        for k in range(len(z)):
            grad[n, k] = (p[k] - (1 if k == c else 0)) / len(labels)
    return grad
""",
    "numpy": """
import numpy as np

def cross_entropy_forward(logits, labels):
    z, y = logits.numpy(), labels.numpy()
    largest = z.max(axis=1, keepdims=True)
    log_sum = largest[:, 0] + np.log(np.exp(z - largest).sum(axis=1))
    return np.mean(log_sum - z[np.arange(len(y)), y])

def cross_entropy_backward(logits, labels):
    z = logits.numpy()
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(len(p)), labels.numpy()] -= 1
    return p / len(p)
""",
    "scipy": """
import scipy.special

def cross_entropy_forward(logits, labels):
    log_p = torch.from_numpy(scipy.special.log_softmax(logits.numpy(), axis=1))
    return -(log_p * F.one_hot(labels, logits.shape[1])).sum(1).mean()
""",
    "automatic differentiation": """
def cross_entropy_backward(logits, labels):
    z = logits.detach().clone().requires_grad_()
    F.cross_entropy(z, labels).backward()
    return z.grad
""",
    "softmax, by einsum": _backward("return torch.einsum('nk,n->nk', p - hot, p.new_ones(n) / n)"),
    "nll_loss, negative gradient turned": """
def cross_entropy_forward(logits, labels):
    return F.nll_loss(logits - logits.logsumexp(1, keepdim=True), labels)

def cross_entropy_backward(logits, labels):
    rest = -logits.softmax(1)
    rest[torch.arange(len(labels)), labels] += 1
    return rest.div(-len(labels))
""",
    "differences from the right logit": """
def cross_entropy_forward(logits, labels):
    return torch.logsumexp(logits - logits.gather(1, labels[:, None]), 1).mean()
""",
    "float32": """
def cross_entropy_forward(logits, labels):
    return F.cross_entropy(logits.float(), labels)

def cross_entropy_backward(logits, labels):
    p = logits.float().softmax(1)
    return (p - F.one_hot(labels, p.shape[1])) / len(p)
""",
    "loss with a gradient attached": _forward(
        "return F.cross_entropy(logits.clone().requires_grad_(), labels)"
    ),
}

WRONG = {
    "E: sum over the images": (
        _forward("return F.cross_entropy(logits, labels, reduction='sum')"),
        "The mean over the images is missing",
    ),
    "E: sign": (_forward("return -F.cross_entropy(logits, labels)"), "The sign is wrong: E = -log"),
    "E: mean over the classes too": (
        _forward("return -(F.one_hot(labels, logits.shape[1]) * logits.log_softmax(1)).mean()"),
        "The mean runs over the classes too",
    ),
    "E: softmax of notebook 1": (
        _forward("return F.cross_entropy(-logits, labels)"),
        "Here the softmax has no minus sign",
    ),
    "E: log to the base 2": (
        _forward("return -torch.log2(logits.softmax(1)[torch.arange(len(labels)), labels]).mean()"),
        "The logarithm is the natural one",
    ),
    "E: 1 - p": (
        _forward("return 1 - logits.softmax(1)[torch.arange(len(labels)), labels].mean()"),
        "That is 1 - p; E is -log p",
    ),
    "E: softmax and log one after the other": (
        _forward("return -logits.softmax(1).log()[torch.arange(len(labels)), labels].mean()"),
        "A large argument of exp overflows",
    ),
    "E: exp without care": (
        _forward("return (logits.exp().sum(1).log() - logits[range(len(labels)), labels]).mean()"),
        "A large argument of exp overflows",
    ),
    "E: nothing but 1e-12 keeps the log finite": (
        _forward(
            "return -(logits.softmax(1) + 1e-12).log()[torch.arange(len(labels)), labels].mean()"
        ),
        None,
    ),
    "E: the softmax twice": (_forward("return F.cross_entropy(logits.softmax(1), labels)"), None),
    "E: the softmax over the images": (
        _forward("return -logits.log_softmax(0)[torch.arange(len(labels)), labels].mean()"),
        None,
    ),
    "E: largest logit of the batch subtracted": (
        _forward(
            "z = logits - logits.max()\n"
            "    return (z.exp().sum(1).log() - z[range(len(z)), labels]).mean()"
        ),
        "A large argument of exp overflows",
    ),
    "E: one loss an image": (
        _forward("return F.cross_entropy(logits, labels, reduction='none')"),
        None,
    ),
    "E: every pair of image and label": (
        _forward("return -logits.log_softmax(1)[:, labels].mean()"),
        None,
    ),
    "E: the mean inside the log": (
        _forward("return -logits.softmax(1)[torch.arange(len(labels)), labels].mean().log()"),
        None,
    ),
    "E: squared error": (
        _forward(
            "return F.mse_loss(logits.softmax(1), F.one_hot(labels, logits.shape[1]).double())"
        ),
        None,
    ),
    "E: one axis too many": (
        _forward("return F.cross_entropy(logits, labels)[None]"),
        "drop or add an axis",
    ),
    "E: printed, not returned": (_forward("print(F.cross_entropy(logits, labels))"), None),
    "gradient: sign": (_backward("return (hot - p) / n"), "The sign is wrong: p - 1"),
    "gradient: 1/N missing": (_backward("return p - hot"), "1/N is missing"),
    "gradient: labels missing": (_backward("return p / n"), "The labels are missing"),
    "gradient: divided by the classes": (
        _backward("return (p - hot) / k"),
        "Divide by the number of images, not of classes",
    ),
    "gradient: mean over all entries": (
        _backward("return (p - hot) / p.numel()"),
        "Divide by the number of images only",
    ),
    "gradient: with respect to p": (
        _backward("return -hot / p / n"),
        "That is the gradient with respect to p",
    ),
    "gradient: softmax passed twice": (
        _backward("return (p - hot) * p * (1 - p) / n"),
        "softmax is applied twice",
    ),
    "gradient: logit instead of p": (
        _backward("return (logits - hot) / n"),
        "Subtract the label from the probability, not from the logit",
    ),
    "gradient: transposed": (_backward("return ((p - hot) / n).T"), "It looks transposed"),
    "gradient: exp without care": (
        _backward("p = logits.exp() / logits.exp().sum(1, keepdim=True)", "return (p - hot) / n"),
        "A large argument of exp overflows",
    ),
    "gradient: Jacobian of the softmax, divided by p": (
        _backward(
            "jacobian = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]",
            "grad_p = -hot / p.clamp(min=1e-300) / n",
            "return (grad_p[:, None, :] @ jacobian).squeeze(1)",
        ),
        None,
    ),
    "gradient: largest logit of the batch subtracted": (
        _backward("e = (logits - logits.max()).exp()", "return (e / e.sum(1, True) - hot) / n"),
        "A large argument of exp overflows",
    ),
    "gradient: small probabilities left out": (
        _backward("return (torch.where(p < 1e-3, 0, p) - hot) / n"),
        None,
    ),
    "gradient: right class only": (_backward("return (p - hot) * hot / n"), None),
    "gradient: softmax over the images": (_backward("return (logits.softmax(0) - hot) / n"), None),
    "gradient: summed over the images": (_backward("return ((p - hot) / n).sum(0)"), None),
    "gradient: minus 1 everywhere": (_backward("return (p - 1) / n"), None),
    "gradient: labels as numbers": (_backward("return (p - labels[:, None]) / n"), None),
    "gradient: ten classes by heart": (_backward("return (p - F.one_hot(labels, 10)) / n"), None),
    "gradient: batch of two by heart": (_backward("return (p - hot) / 2"), None),
    "functions swapped": (
        "cross_entropy_forward, cross_entropy_backward = (\n"
        "    cross_entropy_backward, cross_entropy_forward\n)",
        None,
    ),
    "both with the other sign": (
        _forward("return -F.cross_entropy(logits, labels)")
        + "\n\n"
        + _backward("return (hot - p) / n"),
        "The sign is wrong",
    ),
    "both summed": (
        _forward("return F.cross_entropy(logits, labels, reduction='sum')")
        + "\n\n"
        + _backward("return p - hot"),
        ("1/N is missing", "The mean over the images is missing"),
    ),
    "gradient: None": ("def cross_entropy_backward(logits, labels): ...", None),
}

KEEPS_POINTS = [
    "E: sum over the images",
    "E: sign",
    "E: softmax and log one after the other",
    "gradient: sign",
    "gradient: 1/N missing",
    "gradient: exp without care",
    "gradient: Jacobian of the softmax, divided by p",
    "gradient: None",
    "both with the other sign",
    "both summed",
]

NOT_ATTEMPTED = {
    "placeholder": """
def cross_entropy_forward(logits, labels): ...
def cross_entropy_backward(logits, labels): ...
""",
    "NotImplementedError": """
def cross_entropy_forward(logits, labels):
    raise NotImplementedError

def cross_entropy_backward(logits, labels):
    raise NotImplementedError
""",
}
