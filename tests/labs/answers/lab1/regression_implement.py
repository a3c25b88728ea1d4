"""Answers to regression-implement: loss_and_gradients(weight, bias, images, labels, beta)."""


def _answer(*lines: str, result: str = "loss, grad_weight, grad_bias") -> str:
    """The short solution, with lines put in before its end."""
    return "\n    ".join(
        [
            "def loss_and_gradients(weight, bias, images, labels, beta):",
            "n = len(images)",
            "p = torch.softmax(-beta * (images @ weight + bias), dim=1)",
            "one_hot = torch.nn.functional.one_hot(labels, p.shape[1]).to(p)",
            "loss = -torch.log((p * one_hot).sum(1).clamp(min=1e-12)).mean()",
            "grad_z = -beta * (p - one_hot) / n",
            "grad_weight = images.T @ grad_z",
            "grad_bias = grad_z.sum(dim=0)",
            *lines,
            f"return {result}",
        ]
    )


RIGHT = {
    "softmax and cross-entropy joined": _answer(),
    "module by module, with own functions": """
def loss_and_gradients(weight, bias, images, labels, beta):
    p = softmax_forward(images @ weight + bias, beta)
    one_hot = torch.eye(p.shape[1], dtype=p.dtype)[labels]
    grad_p = -one_hot / p.clamp(min=1e-12) / len(images)
    grad_z = softmax_backward(grad_p, p, beta)
    loss = -(one_hot * torch.log(p.clamp(min=1e-12))).sum() / len(images)
    return loss, images.T @ grad_z, grad_z.sum(0)
""",
    "log-softmax": """
def loss_and_gradients(weight, bias, images, labels, beta):
    log_p = torch.log_softmax(-beta * (images @ weight + bias), dim=-1)
    grad_z = beta / len(images) * (torch.eye(log_p.shape[1]).to(log_p)[labels] - log_p.exp())
    loss = -log_p.gather(1, labels[:, None]).mean()
    return loss, torch.einsum("nd,nc->dc", images, grad_z), torch.einsum("nc->c", grad_z)
""",
    "loop over images": """
def loss_and_gradients(weight, bias, images, labels, beta):
    loss, grad_weight, grad_bias = 0.0, torch.zeros_like(weight), torch.zeros_like(bias)
    for x, c in zip(images, labels):
        p = torch.softmax(-beta * (x @ weight + bias), dim=0)
        grad_z = -beta * p
        grad_z[c] += beta
        loss += -torch.log(p[c].clamp(min=1e-12)).item()
        grad_weight += torch.outer(x, grad_z)
        grad_bias += grad_z
    n = len(images)
    return loss / n, grad_weight / n, grad_bias / n
""",
    "numpy": """
import numpy as np

def loss_and_gradients(weight, bias, images, labels, beta):
    w, b, x, y = (t.numpy() for t in (weight, bias, images, labels))
    z = -beta * (x @ w + b)
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    grad_z = p.copy()
    grad_z[np.arange(len(y)), y] -= 1
    grad_z *= -beta / len(y)
    loss = -np.log(np.maximum(p[np.arange(len(y)), y], 1e-12)).mean()
    return loss, x.T @ grad_z, grad_z.sum(axis=0)
""",
    "automatic differentiation": """
def loss_and_gradients(weight, bias, images, labels, beta):
    w, b = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(-beta * (images @ w + b), labels)
    return loss, *torch.autograd.grad(loss, (w, b))
""",
    "1e-12 added": """
def loss_and_gradients(weight, bias, images, labels, beta):
    n, rows = len(images), torch.arange(len(images))
    p = softmax_forward(images @ weight + bias, beta)
    p_right = p[rows, labels] + 1e-12
    grad_p = torch.zeros_like(p)
    grad_p[rows, labels] = -1 / (n * p_right)
    grad_z = softmax_backward(grad_p, p, beta)
    return -torch.log(p_right).mean(), images.T @ grad_z, grad_z.sum(dim=0)
""",
    "in a list, loss as a float": _answer(result="[float(loss), grad_weight, grad_bias]"),
    "bias as one more weight": """
def loss_and_gradients(weight, bias, images, labels, beta):
    x = torch.cat([images, torch.ones(len(images), 1).to(images)], dim=1)
    p = torch.softmax(-beta * (x @ torch.cat([weight, bias[None]])), dim=1)
    p_right = p[torch.arange(len(labels)), labels].clamp(min=1e-12)
    p[torch.arange(len(labels)), labels] -= 1
    grad = -beta * x.T @ p / len(images)
    return -p_right.log().mean(), grad[:-1], grad[-1]
""",
    "cross_entropy for the loss": _answer(
        "loss = torch.nn.functional.cross_entropy(-beta * (images @ weight + bias), labels)"
    ),
    "float32": _answer(result="loss.float(), grad_weight.float(), grad_bias.float()"),
    "transposes the other way": _answer("grad_weight = (grad_z.T @ images).T"),
}


def _carried(result: str) -> str:
    """A slip in softmax_backward of exercise 2, carried on, and a slip of this exercise."""
    return f"""
def softmax_backward(grad_output, x_out, beta):
    mean = (grad_output * x_out).sum(-1, keepdim=True)
    return {result}

def loss_and_gradients(weight, bias, images, labels, beta):
    p = softmax_forward(images @ weight + bias, beta)
    rows = torch.arange(len(labels))
    grad_p = torch.zeros_like(p)
    grad_p[rows, labels] = -1 / p[rows, labels].clamp(min=1e-12) / len(labels)
    grad_z = softmax_backward(grad_p, p, beta)
    loss = -torch.log(p[rows, labels].clamp(min=1e-12)).mean()
    return loss, images.T @ grad_z, grad_z.mean(0)
"""


WRONG = {
    "slip of exercise 2 carried on, and one more": (
        _carried("beta * x_out * (grad_output - mean)"),
        ("Right, given your softmax of exercise 2", "The sign of softmax_backward is wrong"),
    ),
    "slip of exercise 2 carried on, beta, and one more": (
        _carried("-x_out * (grad_output - mean)"),
        ("Right, given your softmax of exercise 2", "The factor beta of it is missing"),
    ),
    "usual softmax of exercise 2 carried on, and one more": (
        _carried("x_out * (grad_output - mean)"),
        ("Right, given your softmax of exercise 2", "That is the usual softmax"),
    ),
    "softmax_forward without its minus sign, and one more": (
        """
def softmax_forward(x_in, beta):
    return torch.softmax(beta * x_in, dim=-1)

def loss_and_gradients(weight, bias, images, labels, beta):
    p = softmax_forward(images @ weight + bias, beta)
    rows = torch.arange(len(labels))
    grad_p = torch.zeros_like(p)
    grad_p[rows, labels] = -1 / p[rows, labels].clamp(min=1e-12) / len(labels)
    grad_z = softmax_backward(grad_p, p, beta)
    loss = -torch.log(p[rows, labels].clamp(min=1e-12)).mean()
    return loss, images.T @ grad_z, grad_z.mean(0)
""",
        ("Right, given your softmax of exercise 2", "The minus sign is missing"),
    ),
    "zeros, after the softmax was called": (
        """
called = []

def softmax_forward(x_in, beta):
    called.append(x_in.shape)
    return torch.ones_like(x_in)

def softmax_backward(grad_output, x_out, beta):
    called.append(x_out.shape)
    return torch.zeros_like(x_out)

def loss_and_gradients(weight, bias, images, labels, beta):
    return torch.zeros((), dtype=weight.dtype), 0 * weight, 0 * bias
""",
        None,
    ),
    "softmax_backward gives zeros, and so do the gradients": (
        """
def softmax_backward(grad_output, x_out, beta):
    return torch.zeros_like(x_out)

def loss_and_gradients(weight, bias, images, labels, beta):
    p = softmax_forward(images @ weight + bias, beta)
    loss = -torch.log(p[torch.arange(len(labels)), labels].clamp(min=1e-12)).mean()
    return loss, 0 * weight, 0 * bias
""",
        None,
    ),
    "E: sum over the batch": (_answer("loss = n * loss"), "The mean over the batch is missing"),
    "E: sign": (_answer("loss = -loss"), "The sign is wrong: E = -log p"),
    "minus sign of the softmax missing": (
        _answer(
            "p = torch.softmax(beta * (images @ weight + bias), dim=1)",
            "loss = -torch.log((p * one_hot).sum(1).clamp(min=1e-12)).mean()",
        ),
        "The minus sign of the softmax is missing",
    ),
    "E: log to the base 2": (_answer("loss = loss / 0.6931471805599453"), None),
    "E: over all classes": (_answer("loss = -torch.log(p).mean()"), None),
    "E: squared error": (_answer("loss = ((p - one_hot) ** 2).mean()"), None),
    "E: one loss an image": (_answer("loss = -torch.log((p * one_hot).sum(1))"), None),
    "dE/dW: sign": (_answer("grad_weight = -grad_weight"), "The sign is wrong."),
    "dE/dW: sum over the batch": (_answer("grad_weight = n * grad_weight"), "1/N is missing"),
    "dE/dW: 1/N twice": (_answer("grad_weight = grad_weight / n"), "1/N is applied twice"),
    "dE/dW: beta missing": (_answer("grad_weight = grad_weight / beta"), "beta is missing"),
    "dE/dW: transposed": (_answer("grad_weight = grad_weight.T"), "The gradient is transposed"),
    "dE/dW: labels missing": (
        _answer("grad_weight = -beta * images.T @ p / n"),
        "The labels are missing",
    ),
    "dE/dW: softmax passed twice": (
        _answer("grad_weight = images.T @ (-beta * (p - one_hot) * p * (1 - p)) / n"),
        "The softmax is passed twice",
    ),
    "dE/dW: the usual softmax": (
        _answer("grad_weight = images.T @ (p - one_hot) / n", "grad_bias = (p - one_hot).mean(0)"),
        None,
    ),
    "dE/db: sign": (_answer("grad_bias = -grad_bias"), "The sign is wrong."),
    "dE/db: sum over the batch": (_answer("grad_bias = n * grad_bias"), "1/N is missing"),
    "dE/db: mean of what is a mean": (
        _answer("grad_bias = grad_z.mean(dim=0)"),
        "1/N is applied twice",
    ),
    "dE/db: beta missing": (_answer("grad_bias = grad_bias / beta"), "beta is missing"),
    "dE/db: not summed": (_answer("grad_bias = grad_z"), "Sum over the batch"),
    "dE/db: summed over the classes": (
        _answer("grad_bias = grad_z.sum(dim=1)"),
        "it should run over the batch",
    ),
    "dE/db: a row": (
        _answer("grad_bias = grad_z.sum(dim=0, keepdim=True)"),
        "drop or add an axis",
    ),
    "gradients swapped": (_answer(result="loss, grad_bias, grad_weight"), None),
    "loss missing from the result": (_answer(result="grad_weight, grad_bias"), None),
    "sum over the batch throughout": (
        _answer(result="n * loss, n * grad_weight, n * grad_bias"),
        ("1/N is missing", "The mean over the batch is missing"),
    ),
    "sign throughout": (_answer(result="loss, -grad_weight, -grad_bias"), "The sign is wrong."),
    "beta ignored": (
        "right = loss_and_gradients\n"
        "def loss_and_gradients(weight, bias, images, labels, beta):\n"
        "    return right(weight, bias, images, labels, 1.0)",
        None,
    ),
    "two classes only": (
        _answer(
            "one_hot = torch.eye(2).to(p)[labels]",
            "grad_weight = images.T @ (-beta * (p - one_hot) / n)",
        ),
        None,
    ),
    "divides by zero": (
        """
def loss_and_gradients(weight, bias, images, labels, beta):
    n, rows = len(images), torch.arange(len(images))
    p = softmax_forward(images @ weight + bias, beta)
    grad_p = torch.zeros_like(p)
    grad_p[rows, labels] = -1 / (n * p[rows, labels])
    grad_z = softmax_backward(grad_p, p, beta)
    return -torch.log(p[rows, labels]).mean(), images.T @ grad_z, grad_z.sum(dim=0)
""",
        "Keep the probability that you divide by above 1e-12",
    ),
    "infinity replaced by the largest number": (
        """
def loss_and_gradients(weight, bias, images, labels, beta):
    n, rows = len(images), torch.arange(len(images))
    p = softmax_forward(images @ weight + bias, beta)
    grad_p = torch.zeros_like(p)
    grad_p[rows, labels] = -1 / (n * p[rows, labels])
    grad_z = softmax_backward(grad_p, p, beta)
    results = -torch.log(p[rows, labels]).mean(), images.T @ grad_z, grad_z.sum(dim=0)
    return tuple(map(torch.nan_to_num, results))
""",
        "was infinity replaced by a large number",
    ),
    "a mask is subtracted from 1": (
        _answer("wrong = 1 - one_hot.bool()", "grad_z = -beta * (p * wrong - (1 - p)) / n"),
        "with a bool tensor is not supported",
    ),
    "NaN": (_answer("grad_weight = grad_weight * float('nan')"), None),
}

KEEPS_POINTS = [
    "E: sum over the batch",
    "dE/dW: sign",
    "dE/db: sign",
    "sum over the batch throughout",
    "sign throughout",
    "divides by zero",
]

NOT_ATTEMPTED = {
    "placeholder": "def loss_and_gradients(weight, bias, images, labels, beta): ...",
    "NotImplementedError": """
def loss_and_gradients(weight, bias, images, labels, beta):
    raise NotImplementedError
""",
}
