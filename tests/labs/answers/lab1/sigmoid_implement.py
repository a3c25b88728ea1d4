"""Answers to sigmoid-implement: sigmoid_forward(x_in), sigmoid_backward(grad_output, x_out)."""

RIGHT = {
    "half precision": """
def sigmoid_backward(grad_output, x_out):
    return (grad_output * x_out * (1 - x_out)).half()
""",
    "as derived": """
def sigmoid_forward(x_in):
    return 1 / (1 + torch.exp(-x_in))

def sigmoid_backward(grad_output, x_out):
    return grad_output * x_out * (1 - x_out)
""",
    "expanded": """
def sigmoid_backward(grad_output, x_out):
    return grad_output * x_out - grad_output * x_out**2
""",
    "torch's own functions": """
def sigmoid_forward(x_in):
    return torch.sigmoid(x_in)

def sigmoid_backward(grad_output, x_out):
    return torch.ops.aten.sigmoid_backward(grad_output, x_out)
""",
    "tanh": """
def sigmoid_forward(x_in):
    return 0.5 * (1 + torch.tanh(x_in / 2))

def sigmoid_backward(grad_output, x_out):
    return 0.25 * grad_output * (1 - (2 * x_out - 1) ** 2)
""",
    "numpy": """
import numpy as np

def sigmoid_forward(x_in):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x_in.numpy()))

def sigmoid_backward(grad_output, x_out):
    g, s = grad_output.numpy(), x_out.numpy()
    return np.multiply(g, np.multiply(s, 1 - s))
""",
    "numpy that warns of overflow": """
import numpy as np

def sigmoid_forward(x_in):
    return 1 / (1 + np.exp(-np.asarray(x_in)))
""",
    "float32": """
def sigmoid_forward(x_in):
    return torch.sigmoid(x_in.float())

def sigmoid_backward(grad_output, x_out):
    return grad_output.float() * x_out.float() * (1 - x_out.float())
""",
    "stable by where": """
def sigmoid_forward(x_in):
    small = torch.exp(-x_in.abs())
    return torch.where(x_in >= 0, 1 / (1 + small), small / (1 + small))
""",
    "loop over entries": """
import math

def sigmoid_forward(x_in):
    x_out = torch.empty_like(x_in)
    for k, x in enumerate(x_in.flatten().tolist()):
        e = math.exp(-abs(x))
        x_out.view(-1)[k] = 1 / (1 + e) if x > 0 else e / (1 + e)
    return x_out

def sigmoid_backward(grad_output, x_out):
    pairs = zip(grad_output.flatten().tolist(), x_out.flatten().tolist())
    return torch.tensor([g * s * (1 - s) for g, s in pairs]).double().reshape(x_out.shape)
""",
    "automatic differentiation": """
def sigmoid_backward(grad_output, x_out):
    x_in = torch.logit(x_out).requires_grad_()
    return torch.autograd.grad(torch.sigmoid(x_in), x_in, grad_output)[0]
""",
    "through the Jacobian": """
def sigmoid_backward(grad_output, x_out):
    jacobian = torch.diag((x_out * (1 - x_out)).flatten())
    return (jacobian.T @ grad_output.flatten()).reshape(grad_output.shape)
""",
    "einsum": """
def sigmoid_backward(grad_output, x_out):
    return torch.einsum("...,...,...->...", grad_output, x_out, 1 - x_out)
""",
    "softplus": """
def sigmoid_forward(x_in):
    return torch.exp(-torch.nn.functional.softplus(-x_in))

def sigmoid_backward(grad_output, x_out):
    return torch.addcmul(grad_output * x_out, grad_output * x_out, x_out, value=-1)
""",
    "masks of the two signs": """
def sigmoid_forward(x_in):
    x_out, positive = torch.empty_like(x_in), x_in >= 0
    x_out[positive] = 1 / (1 + torch.exp(-x_in[positive]))
    e = torch.exp(x_in[~positive])
    x_out[~positive] = e / (1 + e)
    return x_out
""",
    "prints and writes to stderr": """
import sys

def sigmoid_backward(grad_output, x_out):
    print("shape", x_out.shape)
    print("debugging", file=sys.stderr)
    return grad_output * x_out * (1 - x_out)
""",
}


def _backward(result: str) -> str:
    return f"def sigmoid_backward(grad_output, x_out):\n    return {result}"


def _forward(result: str) -> str:
    return f"def sigmoid_forward(x_in):\n    return {result}"


WRONG = {
    "sign": (_backward("-grad_output * x_out * (1 - x_out)"), "sigma rises"),
    "upstream not used": (_backward("x_out * (1 - x_out)"), "multiply by it"),
    "sigma applied again": (
        _backward("grad_output * torch.sigmoid(x_out) * (1 - torch.sigmoid(x_out))"),
        "x_out is already sigma(x_in)",
    ),
    "sign in the bracket": (_backward("grad_output * x_out * (1 + x_out)"), "inside the bracket"),
    "tanh'": (_backward("grad_output * (1 - x_out**2)"), "derivative of tanh"),
    "factor 1 - x_out missing": (_backward("grad_output * x_out"), "1 - x_out is missing"),
    "factor x_out missing": (_backward("grad_output * (1 - x_out)"), "x_out is missing"),
    "summed": (_backward("(grad_output * x_out * (1 - x_out)).sum()"), "summed"),
    "averaged": (_backward("(grad_output * x_out * (1 - x_out)).mean()"), "averaged"),
    "sigma(-x)": (_forward("1 / (1 + torch.exp(x_in))"), "check the sign of the exponent"),
    "overflow": (
        _forward("torch.exp(x_in) / (1 + torch.exp(x_in))"),
        "Is there an equal form that cannot?",
    ),
    "first axis summed": (_backward("(grad_output * x_out * (1 - x_out)).sum(0)"), None),
    "transposed": (_backward("(grad_output * x_out * (1 - x_out)).T"), "transposed"),
    "flattened": (
        _backward("(grad_output * x_out * (1 - x_out)).flatten()"),
        "drop or add an axis",
    ),
    "matrix of products": (
        _backward("torch.outer(grad_output.flatten(), (x_out * (1 - x_out)).flatten())"),
        None,
    ),
    "list of numbers": (
        _backward("[g * s * (1 - s) for g, s in zip(grad_output, x_out)]"),
        "Return a torch tensor or a numpy array",
    ),
    "return forgotten": (
        "def sigmoid_backward(grad_output, x_out):\n    grad = grad_output * x_out * (1 - x_out)",
        None,
    ),
    "arguments swapped": (
        "def sigmoid_backward(x_out, grad_output):\n    return grad_output * x_out * (1 - x_out)",
        None,
    ),
    "one argument only": ("def sigmoid_backward(x_out):\n    return x_out * (1 - x_out)", None),
    "name of another cell": (_backward("grad_output * s * (1 - s)"), "Is it a slip in this line?"),
    "five values of the visible check": (
        _backward("torch.tensor([0.1050, -0.4700, 0.1250, 0.5898, -0.0452]).double()"),
        None,
    ),
    "math on a tensor": (
        "import math\n" + _forward("1 / (1 + math.exp(-x_in))"),
        None,
    ),
    "forward: two axes at most": (
        """
def sigmoid_forward(x_in):
    rows = x_in.reshape(-1, x_in.shape[-1])
    return torch.sigmoid(rows if x_in.ndim > 1 else x_in)
""",
        None,
    ),
    "backward: wrong for three axes": (
        _backward("grad_output * x_out * (1 - x_out) * (1 if x_out.ndim < 3 else 2)"),
        None,
    ),
    "backward: the gradient is clipped at 3": (
        _backward("grad_output.clamp(-3, 3) * x_out * (1 - x_out)"),
        None,
    ),
    "backward: nothing for small outputs": (
        _backward("torch.where(x_out > 0.02, grad_output * x_out * (1 - x_out), 0)"),
        None,
    ),
    "backward: a mask is subtracted from 1": (
        _backward("grad_output * x_out * (1 - (x_out > 0.5))"),
        None,
    ),
    "forward: zero or one beyond 10": (
        _forward("torch.where(x_in.abs() > 10, (x_in > 0).double(), torch.sigmoid(x_in))"),
        None,
    ),
    "forward: a half near zero": (
        _forward("torch.where(x_in.abs() < 0.01, 0.5, torch.sigmoid(x_in))"),
        None,
    ),
    "step function": (_forward("(x_in > 0).double()"), None),
    "NaN": (_backward("grad_output * float('nan')"), "overflows"),
    "text": (_backward("'x_out * (1 - x_out)'"), "Return a torch tensor"),
}

KEEPS_POINTS = ["sign", "sigma(-x)", "overflow"]

NOT_ATTEMPTED = {
    "placeholders": """
def sigmoid_forward(x_in):
    ...

def sigmoid_backward(grad_output, x_out):
    ...
""",
    "NotImplementedError": """
def sigmoid_forward(x_in):
    raise NotImplementedError()

def sigmoid_backward(grad_output, x_out):
    raise NotImplementedError()
""",
}
