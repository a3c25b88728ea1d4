"""Answers to relu-implement: leaky_relu_forward, leaky_relu_backward; the kink is left open."""

RIGHT = {
    "slope 1 at the kink": """
def leaky_relu_backward(grad_output, x_in, a):
    return torch.where(x_in >= 0, grad_output, a * grad_output)
""",
    "slope in the middle at the kink": """
def leaky_relu_backward(grad_output, x_in, a):
    slope = a + (1 - a) * torch.heaviside(x_in, torch.tensor(0.5, dtype=x_in.dtype))
    return grad_output * slope
""",
    "sign: the middle at the kink too": """
def leaky_relu_backward(grad_output, x_in, a):
    return grad_output * ((1 + a) + (1 - a) * torch.sign(x_in)) / 2
""",
    "torch's own functions": """
def leaky_relu_forward(x_in, a):
    return torch.nn.functional.leaky_relu(x_in, a)

def leaky_relu_backward(grad_output, x_in, a):
    return torch.ops.aten.leaky_relu_backward(grad_output, x_in, a, False)
""",
    "maximum": """
def leaky_relu_forward(x_in, a):
    return torch.maximum(x_in, a * x_in)
""",
    "two ReLUs": """
def leaky_relu_forward(x_in, a):
    return x_in.clamp(min=0) + a * x_in.clamp(max=0)
""",
    "mask as a number": """
def leaky_relu_backward(grad_output, x_in, a):
    mask = (x_in > 0).to(grad_output.dtype)
    return grad_output * (mask + a * (1 - mask))
""",
    "two masks": """
def leaky_relu_backward(grad_output, x_in, a):
    return grad_output * (x_in > 0) + a * grad_output * (x_in <= 0)
""",
    "a copy, changed on the left": """
def leaky_relu_forward(x_in, a):
    x_out = x_in.clone()
    x_out[x_in < 0] *= a
    return x_out

def leaky_relu_backward(grad_output, x_in, a):
    grad_input = grad_output.clone()
    grad_input[x_in < 0] *= a
    return grad_input
""",
    "in place on the arguments": """
def leaky_relu_backward(grad_output, x_in, a):
    grad_output[x_in <= 0] *= a
    return grad_output
""",
    "numpy": """
import numpy as np

def leaky_relu_forward(x_in, a):
    return np.where(x_in.numpy() > 0, x_in.numpy(), a * x_in.numpy())

def leaky_relu_backward(grad_output, x_in, a):
    return grad_output.numpy() * np.where(x_in.numpy() > 0, 1.0, a)
""",
    "float32": """
def leaky_relu_forward(x_in, a):
    return torch.where(x_in > 0, x_in, a * x_in).float()

def leaky_relu_backward(grad_output, x_in, a):
    return torch.where(x_in > 0, grad_output, a * grad_output).float()
""",
    "float32 first": """
def leaky_relu_forward(x_in, a):
    return torch.nn.functional.leaky_relu(x_in.float(), a)

def leaky_relu_backward(grad_output, x_in, a):
    return grad_output.float() * torch.where(x_in > 0, 1.0, a)
""",
    "the case told by the output": """
def leaky_relu_backward(grad_output, x_in, a):
    return torch.where(leaky_relu_forward(x_in, a) > 0, grad_output, a * grad_output)
""",
}


def _forward(result: str) -> str:
    return f"def leaky_relu_forward(x_in, a):\n    return {result}"


def _backward(result: str) -> str:
    return f"def leaky_relu_backward(grad_output, x_in, a):\n    return {result}"


WRONG = {
    "backward: clipped at 10": (
        "def leaky_relu_backward(grad_output, x_in, a):\n"
        "    return torch.where(x_in > 0, grad_output, a * grad_output).clamp(-10, 10)",
        None,
    ),
    "backward: swapped": (
        _backward("torch.where(x_in > 0, a * grad_output, grad_output)"),
        "The two cases are swapped",
    ),
    "backward: upstream not used": (
        _backward("torch.where(x_in > 0, 1.0, a)"),
        "grad_output is not used",
    ),
    "backward: a not used": (
        _backward("torch.where(x_in > 0, grad_output, 0 * grad_output)"),
        "a is not used",
    ),
    "backward: 1 on both sides": (_backward("grad_output"), "The slope is 1 on both sides"),
    "backward: upstream missing on the left": (
        _backward("torch.where(x_in > 0, grad_output, a)"),
        "On the left grad_output is missing",
    ),
    "backward: sign on the left": (
        _backward("torch.where(x_in > 0, grad_output, -a * grad_output)"),
        "On the left the sign is wrong",
    ),
    "backward: times the output": (
        _backward("grad_output * leaky_relu_forward(x_in, a)"),
        "multiply it by the slope",
    ),
    "backward: told by the upstream gradient": (
        _backward("leaky_relu_forward(grad_output, a)"),
        "told by the sign of grad_output",
    ),
    "backward: summed": (
        _backward("torch.where(x_in > 0, grad_output, a * grad_output).sum()"),
        "The result is summed",
    ),
    "backward: told by a stored ReLU, x_out >= 0": (
        _backward("torch.where(x_in.clamp(min=0) >= 0, grad_output, a * grad_output)"),
        "The slope is 1 on both sides",
    ),
    "backward: the threshold at -1/20": (
        _backward("torch.where(x_in > -0.05, grad_output, a * grad_output)"),
        None,
    ),
    "backward: the threshold at -1/200": (
        _backward("torch.where(x_in > -1 / 200, grad_output, a * grad_output)"),
        None,
    ),
    "backward: the threshold at 1/100000": (
        _backward("torch.where(x_in > 1e-5, grad_output, a * grad_output)"),
        None,
    ),
    "backward: of a ReLU6": (
        _backward("torch.where(x_in > 0, grad_output, a * grad_output) * (x_in < 6)"),
        None,
    ),
    "backward: a steep sigmoid": (
        _backward("grad_output * (a + (1 - a) * torch.sigmoid(1000 * x_in))"),
        None,
    ),
    "backward: right for up to three axes": (
        _backward("torch.where(x_in > 0, grad_output, a * grad_output) * (x_in.ndim < 4)"),
        None,
    ),
    "backward: nothing at the kink": (
        _backward("grad_output * ((x_in > 0) + a * (x_in < 0))"),
        "At 0 neither case holds",
    ),
    "backward: both cases at the kink": (
        _backward("grad_output * ((x_in >= 0).double() + a * (x_in <= 0))"),
        "At 0 both cases hold",
    ),
    "backward: slope 2 at the kink": (
        _backward("torch.where(x_in == 0, 2, torch.where(x_in > 0, 1, a)) * grad_output"),
        "Choose a slope from a to 1",
    ),
    "backward: output over input": (
        _backward("grad_output * leaky_relu_forward(x_in, a) / x_in"),
        "Is something divided by 0?",
    ),
    "backward: at the kink a number, without the upstream gradient": (
        _backward("torch.where(x_in == 0, a, torch.where(x_in > 0, grad_output, a * grad_output))"),
        None,
    ),
    "backward: divided by a": (
        _backward("torch.where(x_in > 0, grad_output, grad_output / a)"),
        None,
    ),
    "backward: one vector only": (
        """
def leaky_relu_backward(grad_output, x_in, a):
    return torch.stack([g if x > 0 else a * g for g, x in zip(grad_output, x_in)])
""",
        "Your code raised",
    ),
    "forward: swapped": (
        _forward("torch.minimum(x_in, a * x_in)"),
        "The cases of the forward pass are swapped",
    ),
    "forward: a not used": (_forward("torch.relu(x_in)"), "The forward pass does not use a"),
    "forward: sign on the left": (
        _forward("torch.where(x_in > 0, x_in, -a * x_in)"),
        "without a minus",
    ),
    "forward: a for the value": (
        _forward("torch.where(x_in > 0, x_in, a)"),
        "On the left a is the slope, not the value",
    ),
    "forward: ReLU6": (_forward("torch.where(x_in > 0, x_in.clamp(max=6), a * x_in)"), None),
    "forward: the threshold at -1/200": (
        _forward("torch.where(x_in > -1 / 200, x_in, a * x_in)"),
        None,
    ),
    "forward: right for up to three axes": (
        _forward("torch.where(x_in > 0, x_in, a * x_in) + (x_in.ndim > 3)"),
        None,
    ),
    "forward: only 0.1": (_forward("torch.nn.functional.leaky_relu(x_in, 0.1)"), None),
    "forward: default slope of torch": (
        _forward("torch.nn.functional.leaky_relu(x_in)"),
        None,
    ),
    "forward: an if": (
        "def leaky_relu_forward(x_in, a):\n    return x_in if x_in > 0 else a * x_in",
        "Your code raised",
    ),
    "forward: not finite at 0": (
        _forward("x_in * torch.where(x_in > 0, x_in, a * x_in) / x_in"),
        "divided by 0",
    ),
}

KEEPS_POINTS = [
    "backward: a not used",
    "backward: sign on the left",
    "backward: nothing at the kink",
    "backward: both cases at the kink",
    "forward: a not used",
]

NOT_ATTEMPTED = {
    "placeholders": """
def leaky_relu_forward(x_in, a): ...
def leaky_relu_backward(grad_output, x_in, a): ...
""",
    "NotImplementedError": """
def leaky_relu_forward(x_in, a):
    raise NotImplementedError

def leaky_relu_backward(grad_output, x_in, a):
    raise NotImplementedError("TODO")
""",
}
