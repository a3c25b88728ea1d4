"""Answers to dag-implement: max_backward, min_backward, dag_backward."""

RIGHT = {
    "where, half at a tie": """
def max_backward(grad_output, i_1, i_2):
    first = torch.where(i_1 == i_2, grad_output / 2, torch.where(i_1 > i_2, grad_output, 0.0))
    return first, grad_output - first

def min_backward(grad_output, i_1, i_2):
    first = torch.where(i_1 == i_2, grad_output / 2, torch.where(i_1 < i_2, grad_output, 0.0))
    return first, grad_output - first
""",
    "at a tie all to opposite inputs": """
def max_backward(grad_output, i_1, i_2):
    return grad_output * (i_1 >= i_2), grad_output * (i_1 < i_2)

def min_backward(grad_output, i_1, i_2):
    return grad_output * (i_1 < i_2), grad_output * (i_1 >= i_2)
""",
    "sign": """
def max_backward(grad_output, i_1, i_2):
    s = torch.sign(i_1 - i_2)
    return grad_output * (1 + s) / 2, grad_output * (1 - s) / 2

def min_backward(grad_output, i_1, i_2):
    return max_backward(grad_output, -i_1, -i_2)
""",
    "heaviside": """
def max_backward(grad_output, i_1, i_2):
    half = torch.tensor(0.5, dtype=i_1.dtype)
    return tuple(grad_output * torch.heaviside(d, half) for d in (i_1 - i_2, i_2 - i_1))
""",
    "numpy": """
import numpy as np

def max_backward(grad_output, i_1, i_2):
    g, a, b = (np.asarray(t) for t in (grad_output, i_1, i_2))
    return np.where(a >= b, g, 0.0), np.where(a >= b, 0.0, g)

def min_backward(grad_output, i_1, i_2):
    g, a, b = (np.asarray(t) for t in (grad_output, i_1, i_2))
    return np.where(a >= b, 0.0, g), np.where(a >= b, g, 0.0)

def dag_backward(x_1, x_2, dE_dy):
    i_1, i_2 = (1 / (1 + np.exp(-np.asarray(x))) for x in (x_1, x_2))
    max_1, max_2 = max_backward(dE_dy, i_1, i_2)
    min_1, min_2 = min_backward(dE_dy, i_1, i_2)
    return (max_1 + min_1) * i_1 * (1 - i_1), (max_2 + min_2) * i_2 * (1 - i_2)
""",
    "max + min is the sum": """
def dag_backward(x_1, x_2, dE_dy):
    i_1, i_2 = torch.sigmoid(x_1), torch.sigmoid(x_2)
    return dE_dy * i_1 * (1 - i_1), dE_dy * i_2 * (1 - i_2)
""",
    "own sigmoid functions": """
def dag_backward(x_1, x_2, dE_dy):
    i_1, i_2 = sigmoid_forward(x_1), sigmoid_forward(x_2)
    back = [sum(pair) for pair in zip(max_backward(dE_dy, i_1, i_2), min_backward(dE_dy, i_1, i_2))]
    return sigmoid_backward(back[0], i_1), sigmoid_backward(back[1], i_2)
""",
    "automatic differentiation": """
def through(module, grad_output, i_1, i_2):
    leaves = [i.detach().clone().requires_grad_() for i in (i_1, i_2)]
    return torch.autograd.grad(module(*leaves), leaves, grad_output)

def max_backward(grad_output, i_1, i_2):
    return through(torch.maximum, grad_output, i_1, i_2)

def min_backward(grad_output, i_1, i_2):
    return through(torch.minimum, grad_output, i_1, i_2)

def dag_backward(x_1, x_2, dE_dy):
    def graph(x_1, x_2):
        i_1, i_2 = torch.sigmoid(x_1), torch.sigmoid(x_2)
        return torch.maximum(i_1, i_2) + torch.minimum(i_1, i_2)
    return through(graph, dE_dy, x_1, x_2)
""",
    "masks and copies": """
def max_backward(grad_output, i_1, i_2):
    first, second = grad_output.clone(), grad_output.clone()
    first[i_1 < i_2] = 0
    second[i_1 >= i_2] = 0
    return first, second

def min_backward(grad_output, i_1, i_2):
    second, first = max_backward(grad_output, i_1, i_2)
    return first, second
""",
    "loop, list of two": """
def max_backward(grad_output, i_1, i_2):
    first = torch.zeros_like(grad_output)
    for k in range(grad_output.numel()):
        if i_1.flatten()[k] > i_2.flatten()[k]:
            first.view(-1)[k] = grad_output.flatten()[k]
    return [first, grad_output - first]

def dag_backward(x_1, x_2, dE_dy):
    slopes = [torch.exp(-x) / (1 + torch.exp(-x)) ** 2 for x in (x_1, x_2)]
    return [dE_dy * slope for slope in slopes]
""",
    "largest of a stack": """
def max_backward(grad_output, i_1, i_2):
    followed = torch.stack([i_1, i_2]) == torch.maximum(i_1, i_2)
    shares = followed / followed.sum(0)
    return grad_output * shares[0], grad_output * shares[1]
""",
    "three tenths at a tie": """
def max_backward(grad_output, i_1, i_2):
    first = (i_1 > i_2).double() + 0.3 * (i_1 == i_2)
    return grad_output * first, grad_output * (1 - first)

def min_backward(grad_output, i_1, i_2):
    second, first = max_backward(grad_output, i_1, i_2)
    return first, second
""",
    "float32": """
def max_backward(grad_output, i_1, i_2):
    first = (i_1 > i_2).float() + 0.5 * (i_1 == i_2).float()
    return grad_output.float() * first, grad_output.float() * (1 - first)

def dag_backward(x_1, x_2, dE_dy):
    i_1, i_2 = torch.sigmoid(x_1.float()), torch.sigmoid(x_2.float())
    return dE_dy.float() * i_1 * (1 - i_1), dE_dy.float() * i_2 * (1 - i_2)
""",
}


def _max(first: str, second: str) -> str:
    return f"def max_backward(grad_output, i_1, i_2):\n    return {first}, {second}\n"


def _min(first: str, second: str) -> str:
    return f"def min_backward(grad_output, i_1, i_2):\n    return {first}, {second}\n"


def _dag(first: str, second: str) -> str:
    return f"""
def dag_backward(x_1, x_2, dE_dy):
    i_1, i_2 = torch.sigmoid(x_1), torch.sigmoid(x_2)
    slope_1, slope_2 = i_1 * (1 - i_1), i_2 * (1 - i_2)
    first, second = (x_1 > x_2).double(), (x_2 > x_1).double()
    return {first}, {second}
"""


_G = "grad_output"

WRONG = {
    "max: inputs swapped": (
        _max(f"{_G} * (i_1 < i_2)", f"{_G} * (i_1 >= i_2)"),
        "The gradient comes where the other input is followed",
    ),
    "max: upstream not used": (
        _max("(i_1 > i_2).double()", "(i_1 <= i_2).double()"),
        "grad_output is not used",
    ),
    "max: both get it": (
        _max(_G, _G),
        ("This input gets the gradient everywhere", "At a tie both inputs get all of it"),
    ),
    "max: half to each": (_max(f"{_G} / 2", f"{_G} / 2"), "One half is right at a tie only"),
    "max: times the value": (
        _max(f"{_G} * i_1 * (i_1 > i_2)", f"{_G} * i_2 * (i_1 <= i_2)"),
        "not by the value",
    ),
    "max: sign": (
        _max(f"-{_G} * (i_1 > i_2)", f"-{_G} * (i_1 <= i_2)"),
        ("The sign is wrong.", "Right, given your max and min"),
    ),
    "max: tie counted twice": (
        _max(f"{_G} * (i_1 >= i_2)", f"{_G} * (i_2 >= i_1)")
        + _min(f"{_G} * (i_1 < i_2)", f"{_G} * (i_1 >= i_2)"),
        ("At a tie both inputs get all of it", "let them choose opposite ones, or split"),
    ),
    "max and min: tie lost": (
        _max(f"{_G} * (i_1 > i_2)", f"{_G} * (i_2 > i_1)")
        + _min(f"{_G} * (i_1 < i_2)", f"{_G} * (i_2 < i_1)"),
        ("At a tie no input gets anything", "At a tie neither max nor min chose this input"),
    ),
    "max and min choose the same input at a tie": (
        _max(f"{_G} * (i_1 >= i_2)", f"{_G} * (i_1 < i_2)")
        + _min(f"{_G} * (i_1 <= i_2)", f"{_G} * (i_1 > i_2)"),
        (
            "let them choose opposite ones, or split",
            "At a tie neither max nor min chose this input",
        ),
    ),
    "max: at a tie twice and minus once": (
        _max(
            f"{_G} * (1.0 * (i_1 > i_2) + 2.0 * (i_1 == i_2))",
            f"{_G} * (1.0 * (i_1 < i_2) - 1.0 * (i_1 == i_2))",
        ),
        "one input gets more than grad_output",
    ),
    "dag: wrong for three axes": (
        _dag("dE_dy * slope_1 * (1 + 4 * (x_1.ndim > 2))", "dE_dy * slope_2"),
        None,
    ),
    "max: one value for both": (
        f"def max_backward(grad_output, i_1, i_2):\n    return {_G} * (i_1 > i_2)",
        None,
    ),
    "max: if on a tensor": (
        """
def max_backward(grad_output, i_1, i_2):
    if i_1 > i_2:
        return grad_output, 0.0
    return 0.0, grad_output
""",
        None,
    ),
    "max: decided on the sums": (
        """
def max_backward(grad_output, i_1, i_2):
    zero = torch.zeros_like(grad_output)
    return (grad_output, zero) if i_1.sum() > i_2.sum() else (zero, grad_output)
""",
        None,
    ),
    "max: values, not gradients": (
        _max("torch.maximum(i_1, i_2)", "torch.minimum(i_1, i_2)"),
        None,
    ),
    "max: what is nearly a tie is split": (
        """
def max_backward(grad_output, i_1, i_2):
    first = torch.where((i_1 - i_2).abs() < 1e-3, 0.5, (i_1 > i_2).double())
    return grad_output * first, grad_output * (1 - first)
""",
        None,
    ),
    "max: isclose for a tie": (
        """
def max_backward(grad_output, i_1, i_2):
    first = torch.where(torch.isclose(i_1, i_2), 0.5, (i_1 > i_2).double())
    return grad_output * first, grad_output * (1 - first)
""",
        None,
    ),
    "max: a steep sigmoid": (
        """
def max_backward(grad_output, i_1, i_2):
    first = torch.sigmoid(1e6 * (i_1 - i_2))
    return grad_output * first, grad_output * (1 - first)
""",
        None,
    ),
    "max: all or any": (
        _max(f"{_G} * (i_1 > i_2).all()", f"{_G} * (i_1 <= i_2).any()"),
        "This input gets the gradient everywhere",
    ),
    "max: a mask is subtracted from 1": (
        """
def max_backward(grad_output, i_1, i_2):
    first = i_1 > i_2
    return grad_output * first, grad_output * (1 - first)
""",
        "with a bool tensor is not supported",
    ),
    "max: three results": (
        f"def max_backward(grad_output, i_1, i_2):\n    return {_G} * (i_1 > i_2), "
        f"{_G} * (i_1 <= i_2), {_G}",
        "Two gradients are asked for",
    ),
    "dag: the gradient is clipped at 3": (
        _dag("dE_dy.clamp(-3, 3) * slope_1", "dE_dy.clamp(-3, 3) * slope_2"),
        None,
    ),
    "dag: the second slope for both": (
        _dag("dE_dy * slope_2", "dE_dy * slope_2"),
        "That is the gradient of the other input",
    ),
    "min: as max": (
        "min_backward = max_backward",
        "The gradient comes where the other input is followed",
    ),
    "min: minus max": (
        """
def min_backward(grad_output, i_1, i_2):
    first, second = max_backward(grad_output, i_1, i_2)
    return -first, -second
""",
        None,
    ),
    "min: sign": (
        """
def min_backward(grad_output, i_1, i_2):
    first, second = max_backward(grad_output, i_1, i_2)
    return -second, -first
""",
        ("The sign is wrong.", "Right, given your max and min"),
    ),
    "dag: sign": (_dag("-dE_dy * slope_1", "-dE_dy * slope_2"), "y rises with both inputs"),
    "dag: counted twice": (_dag("2 * dE_dy * slope_1", "2 * dE_dy * slope_2"), "Counted twice"),
    "dag: no minimum": (
        _dag("dE_dy * slope_1 * first", "dE_dy * slope_2 * second"),
        "The path through the minimum is missing",
    ),
    "dag: no maximum": (
        _dag("dE_dy * slope_1 * second", "dE_dy * slope_2 * first"),
        "The path through the maximum is missing",
    ),
    "dag: max minus min": (
        _dag("dE_dy * slope_1 * (first - second)", "dE_dy * slope_2 * (second - first)"),
        "y is a sum",
    ),
    "dag: no sigmoid": (_dag("dE_dy", "dE_dy"), "The derivative of the sigmoid is missing"),
    "dag: no upstream": (_dag("slope_1", "slope_2"), "The upstream gradient dE/dy is missing"),
    "dag: results swapped": (
        _dag("dE_dy * slope_2", "dE_dy * slope_1"),
        "That is the gradient of the other input",
    ),
    "dag: paths overwritten, not added": (
        """
def dag_backward(x_1, x_2, dE_dy):
    i_1, i_2 = torch.sigmoid(x_1), torch.sigmoid(x_2)
    grad_1, grad_2 = max_backward(dE_dy, i_1, i_2)
    grad_1, grad_2 = min_backward(dE_dy, i_1, i_2)
    return grad_1 * i_1 * (1 - i_1), grad_2 * i_2 * (1 - i_2)
""",
        "The path through the maximum is missing",
    ),
    "dag: both inputs added": (
        _dag("dE_dy * (slope_1 + slope_2)", "dE_dy * (slope_1 + slope_2)"),
        None,
    ),
    "dag: summed": (_dag("(dE_dy * slope_1).sum()", "(dE_dy * slope_2).sum()"), None),
    "dag: one gradient only": (
        "def dag_backward(x_1, x_2, dE_dy):\n    return dE_dy * torch.sigmoid(x_1)",
        None,
    ),
    "dag: x passed for i": (
        """
def dag_backward(x_1, x_2, dE_dy):
    return dE_dy * x_1 * (1 - x_1), dE_dy * x_2 * (1 - x_2)
""",
        None,
    ),
    "dag: printed": (
        "def dag_backward(x_1, x_2, dE_dy):\n    print(dE_dy * x_1, dE_dy * x_2)",
        None,
    ),
}

KEEPS_POINTS = ["max: sign", "dag: sign", "max and min choose the same input at a tie"]

NOT_ATTEMPTED = {
    "placeholders": """
def max_backward(grad_output, i_1, i_2): ...
def min_backward(grad_output, i_1, i_2): ...
def dag_backward(x_1, x_2, dE_dy): ...
""",
    "NotImplementedError": """
def max_backward(grad_output, i_1, i_2):
    raise NotImplementedError

min_backward = dag_backward = max_backward
""",
}
