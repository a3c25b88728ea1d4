"""Answers to routing-implement: routing_forward, routing_backward."""

RIGHT = {
    "mask of 1 and 0, as in the equations": """
def routing_forward(x_1, x_2):
    i_1, i_2 = 1 / (1 + torch.exp(-x_1)), 1 / (1 + torch.exp(-x_2))
    mask = (x_1 >= x_2).to(x_1)
    return mask * i_1 + (1 - mask) * i_2, (1 - mask) * i_1 + mask * i_2, i_1, i_2, mask

def routing_backward(u, v, i_1, i_2, mask):
    mask = mask.to(u)
    return (
        (mask * u + (1 - mask) * v) * i_1 * (1 - i_1),
        ((1 - mask) * u + mask * v) * i_2 * (1 - i_2),
    )
""",
    "maximum and minimum": """
def routing_forward(x_1, x_2):
    i_1, i_2 = torch.sigmoid(x_1), torch.sigmoid(x_2)
    return torch.maximum(i_1, i_2), torch.minimum(i_1, i_2), i_1, i_2, ~(i_1 < i_2)
""",
    "bool masks multiply": """
def routing_backward(u, v, i_1, i_2, mask):
    return (u * mask + v * ~mask) * i_1 * (1 - i_1), (u * ~mask + v * mask) * i_2 * (1 - i_2)
""",
    "written into place": """
def routing_backward(u, v, i_1, i_2, mask):
    first, second = v.clone(), u.clone()
    first[mask], second[mask] = u[mask], v[mask]
    return [first * (i_1 - i_1**2), second * (i_2 - i_2**2)]
""",
    "numpy": """
import numpy as np

def routing_forward(x_1, x_2):
    i_1, i_2 = (1 / (1 + np.exp(-np.asarray(x))) for x in (x_1, x_2))
    return np.maximum(i_1, i_2), np.minimum(i_1, i_2), i_1, i_2, i_1 >= i_2

def routing_backward(u, v, i_1, i_2, mask):
    u, v, i_1, i_2, mask = (np.asarray(t) for t in (u, v, i_1, i_2, mask))
    return np.where(mask, u, v) * i_1 * (1 - i_1), np.where(mask, v, u) * i_2 * (1 - i_2)
""",
    "loop over elements": """
def routing_backward(u, v, i_1, i_2, mask):
    first, second = torch.zeros_like(u), torch.zeros_like(u)
    for k in range(u.numel()):
        a, b, m = i_1.flatten()[k], i_2.flatten()[k], mask.flatten()[k]
        first.view(-1)[k] = (u if m else v).flatten()[k] * a * (1 - a)
        second.view(-1)[k] = (v if m else u).flatten()[k] * b * (1 - b)
    return first, second
""",
    "whole numbers in the mask": """
def routing_forward(x_1, x_2):
    i_1, i_2 = x_1.sigmoid(), x_2.sigmoid()
    mask = (i_1 >= i_2).int()
    stacked = torch.stack([i_2, i_1])
    return (
        stacked.gather(0, mask[None].long())[0],
        stacked.gather(0, 1 - mask[None].long())[0],
        i_1,
        i_2,
        mask,
    )
""",
    "automatic differentiation": """
def routing_backward(u, v, i_1, i_2, mask):
    x = [torch.logit(i).requires_grad_() for i in (i_1, i_2)]
    s_1, s_2 = torch.sigmoid(x[0]), torch.sigmoid(x[1])
    E = u * torch.where(mask, s_1, s_2) + v * torch.where(mask, s_2, s_1)
    return torch.autograd.grad(E.sum(), x)
""",
    "the larger by its excess": """
def routing_forward(x_1, x_2):
    i_1, i_2 = x_1.sigmoid(), x_2.sigmoid()
    excess = torch.relu(i_1 - i_2)
    return i_2 + excess, i_1 - excess, i_1, i_2, (x_1 >= x_2).to(torch.uint8)
""",
    "tanh": """
def routing_forward(x_1, x_2):
    i_1, i_2 = (0.5 * (1 + torch.tanh(x / 2)) for x in (x_1, x_2))
    mask = torch.heaviside(x_1 - x_2, torch.ones_like(x_1))
    return torch.lerp(i_2, i_1, mask), torch.lerp(i_1, i_2, mask), i_1, i_2, mask
""",
    "float32": """
def routing_backward(u, v, i_1, i_2, mask):
    u, v, i_1, i_2 = (t.float() for t in (u, v, i_1, i_2))
    return (
        torch.where(mask, u, v) * i_1 * (1 - i_1),
        torch.where(mask, v, u) * i_2 * (1 - i_2),
    )
""",
}


def _forward(*results: str) -> str:
    return f"""
def routing_forward(x_1, x_2):
    i_1, i_2 = torch.sigmoid(x_1), torch.sigmoid(x_2)
    o_max, o_min, mask = torch.maximum(i_1, i_2), torch.minimum(i_1, i_2), i_1 >= i_2
    return {", ".join(results)}
"""


def _backward(first: str, second: str) -> str:
    return f"""
def routing_backward(u, v, i_1, i_2, mask):
    to_1, to_2 = torch.where(mask, u, v), torch.where(mask, v, u)
    slope_1, slope_2 = i_1 * (1 - i_1), i_2 * (1 - i_2)
    m, larger, smaller = mask.double(), (i_1 > i_2).double(), (i_1 < i_2).double()
    return {first}, {second}
"""


WRONG = {
    "forward: max and min swapped": (
        _forward("o_min", "o_max", "i_1", "i_2", "mask"),
        "That is its neighbour",
    ),
    "forward: no sigmoid": (
        _forward("torch.maximum(x_1, x_2)", "torch.minimum(x_1, x_2)", "x_1", "x_2", "mask"),
        "The sigmoid comes first",
    ),
    "forward: mask not returned": (
        _forward("o_max", "o_min", "i_1", "i_2"),
        "should return five tensors",
    ),
    "forward: tie to the second": (
        _forward("o_max", "o_min", "i_1", "i_2", "i_1 > i_2"),
        "At a tie the maximum takes i_1",
    ),
    "forward: half at a tie": (
        _forward(
            "o_max", "o_min", "i_1", "i_2", "(i_1 > i_2).double() + 0.5 * (i_1 == i_2).double()"
        ),
        "the convention here is not one half",
    ),
    "forward: mask upside down": (
        _forward("o_max", "o_min", "i_1", "i_2", "~mask"),
        "takes i_1, not i_2",
    ),
    "forward: mask of the minimum": (
        _forward("o_max", "o_min", "i_1", "i_2", "i_1 <= i_2"),
        "the mask of the minimum",
    ),
    "forward: nearly equal is a tie": (
        _forward("o_max", "o_min", "i_1", "i_2", "mask | torch.isclose(i_1, i_2, atol=1e-3)"),
        None,
    ),
    "forward: mask a little late": (
        _forward("o_max", "o_min", "i_1", "i_2", "(i_1 >= i_2 + 0.02) | (i_1 == i_2)"),
        None,
    ),
    "forward: sigmoid kept off its ends": (
        """
reference = routing_forward
def routing_forward(x_1, x_2):
    return reference(x_1.clamp(-3, 3), x_2.clamp(-3, 3))
""",
        None,
    ),
    "forward: maximum of the whole tensor": (
        _forward("i_1.max()", "i_1.min()", "i_1", "i_2", "mask"),
        None,
    ),
    "forward: if on a tensor": (
        """
def routing_forward(x_1, x_2):
    i_1, i_2 = torch.sigmoid(x_1), torch.sigmoid(x_2)
    if i_1 >= i_2:
        return i_1, i_2, i_1, i_2, True
    return i_2, i_1, i_1, i_2, False
""",
        None,
    ),
    "sign": (_backward("-to_1 * slope_1", "-to_2 * slope_2"), "max and min both rise"),
    "u and v swapped": (
        _backward("to_2 * slope_1", "to_1 * slope_2"),
        "u and v change places: where the mask is true",
    ),
    "no minimum": (
        _backward("m * u * slope_1", "(1 - m) * u * slope_2"),
        "The path through the minimum is missing",
    ),
    "no maximum": (
        _backward("(1 - m) * v * slope_1", "m * v * slope_2"),
        "The path through the maximum is missing",
    ),
    "difference of the paths": (
        _backward("(m * u - (1 - m) * v) * slope_1", "((1 - m) * u - m * v) * slope_2"),
        "The gradients of both paths are added",
    ),
    "no mask": (
        _backward("(u + v) * slope_1", "(u + v) * slope_2"),
        ("The mask is not used", "Counted twice"),
    ),
    "halves": (
        _backward("(u + v) / 2 * slope_1", "(u + v) / 2 * slope_2"),
        "Half of each is not what the mask says",
    ),
    "v not used": (_backward("u * slope_1", "u * slope_2"), "v is not used"),
    "no sigmoid": (_backward("to_1", "to_2"), "The derivative of the sigmoid is missing"),
    "no upstream": (_backward("slope_1", "slope_2"), "u and v are not used"),
    "sigmoid itself": (_backward("to_1 * i_1", "to_2 * i_2"), "That is the sigmoid"),
    "sigmoid applied again": (
        """
def routing_backward(u, v, i_1, i_2, mask):
    s_1, s_2 = torch.sigmoid(i_1), torch.sigmoid(i_2)
    return (
        torch.where(mask, u, v) * s_1 * (1 - s_1),
        torch.where(mask, v, u) * s_2 * (1 - s_2),
    )
""",
        "The sigmoid is applied again",
    ),
    "the second gradient twice": (
        _backward("to_2 * slope_2", "to_2 * slope_2"),
        "That is the gradient of the other input",
    ),
    "upstream gradients cut": (
        _backward("to_1.clamp(-3, 3) * slope_1", "to_2.clamp(-3, 3) * slope_2"),
        None,
    ),
    "results swapped": (
        _backward("to_2 * slope_2", "to_1 * slope_1"),
        "That is the gradient of the other input",
    ),
    "summed": (
        _backward("(to_1 * slope_1).sum()", "(to_2 * slope_2).sum()"),
        "The result is summed",
    ),
    "tie lost": (
        _backward(
            "(larger * u + smaller * v) * slope_1",
            "(smaller * u + larger * v) * slope_2",
        ),
        "At a tie this input gets nothing",
    ),
    "tie counted twice": (
        _backward(
            "((1 - smaller) * u + (1 - larger) * v) * slope_1",
            "((1 - larger) * u + (1 - smaller) * v) * slope_2",
        ),
        "At a tie this input gets u and v",
    ),
    "tie in halves": (
        _backward(
            "((1 + larger - smaller) * u + (1 + smaller - larger) * v) / 2 * slope_1",
            "((1 + smaller - larger) * u + (1 + larger - smaller) * v) / 2 * slope_2",
        ),
        "split in halves",
    ),
    "tie the other way": (
        _backward(
            "torch.where(i_1 > i_2, u, v) * slope_1",
            "torch.where(i_1 > i_2, v, u) * slope_2",
        ),
        "At a tie u and v change places",
    ),
    "compared again": (
        _backward(
            "torch.where(i_1 >= i_2, u, v) * slope_1",
            "torch.where(i_1 >= i_2, v, u) * slope_2",
        ),
        "i_1 and i_2 are compared again",
    ),
    "both paths added up": (
        _backward("(u + v) * slope_1 + 0 * m", "(u + v) * slope_2 + 0 * m"),
        ("Counted twice", "The mask is not used"),
    ),
    "one result": (
        "def routing_backward(u, v, i_1, i_2, mask):\n    return u * mask * i_1 * (1 - i_1)",
        None,
    ),
    "printed": ("def routing_backward(u, v, i_1, i_2, mask):\n    print(u * i_1)", None),
}

KEEPS_POINTS = ["forward: tie to the second", "sign", "tie in halves", "tie the other way"]

NOT_ATTEMPTED = {
    "placeholders": """
def routing_forward(x_1, x_2): ...
def routing_backward(u, v, i_1, i_2, mask): ...
""",
    "NotImplementedError": """
def routing_forward(x_1, x_2):
    raise NotImplementedError

def routing_backward(u, v, i_1, i_2, mask):
    raise NotImplementedError
""",
}
