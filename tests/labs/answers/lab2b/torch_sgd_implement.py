"""Answers to torch-sgd-implement: from_torch."""


def _converted(
    velocity: str = "-e * b", ahead: str = "p - mu * v", classical: str = "p", after: str = ""
) -> str:
    return f"""
def from_torch(p, b, e, mu, nesterov):
    v = {velocity}
    theta = {ahead} if nesterov else {classical}
    {after or "pass"}
    return theta, v
"""


RIGHT = {
    "short names": _converted(),
    "by the buffer": _converted(ahead="p + mu * e * b"),
    "if": """
def from_torch(parameters, buffer, learning_rate, momentum, nesterov):
    velocity = -learning_rate * buffer
    theta = parameters.clone()
    if nesterov:
        theta -= momentum * velocity
    return theta, velocity
""",
    "a factor": """
def from_torch(parameters, buffer, learning_rate, momentum, nesterov):
    ahead = momentum * learning_rate * int(nesterov)
    return parameters + ahead * buffer, -learning_rate * buffer
""",
    "torch functions": """
def from_torch(parameters, buffer, learning_rate, momentum, nesterov):
    velocity = torch.mul(buffer, -learning_rate)
    return torch.sub(parameters, velocity, alpha=momentum if nesterov else 0), velocity
""",
    "a list": """
def from_torch(parameters, buffer, learning_rate, momentum, nesterov):
    v = buffer * learning_rate * -1
    return [parameters - (momentum * v if nesterov else 0), v]
""",
    "numpy": """
import numpy as np

def from_torch(parameters, buffer, learning_rate, momentum, nesterov):
    p, v = np.asarray(parameters), -learning_rate * np.asarray(buffer)
    return np.where(nesterov, p - momentum * v, p), v
""",
    "one step of momentum taken back": """
def from_torch(parameters, buffer, learning_rate, momentum, nesterov):
    velocity = 0 - buffer * learning_rate
    steps = momentum * velocity
    return (parameters - steps, velocity) if nesterov else (parameters, velocity)
""",
    "float32": """
def from_torch(parameters, buffer, learning_rate, momentum, nesterov):
    velocity = -learning_rate * buffer.float()
    return parameters.float() - momentum * velocity * nesterov, velocity
""",
    "in place": """
def from_torch(parameters, buffer, learning_rate, momentum, nesterov):
    buffer.mul_(-learning_rate)
    if nesterov:
        parameters.sub_(buffer, alpha=momentum)
    return parameters, buffer
""",
}

WRONG = {
    "theta: a constant momentum": (
        "def from_torch(p, b, e, mu, nesterov):\n"
        "    return (p + 0.8 * e * b if nesterov else p), -e * b",
        None,
    ),
    "velocity: sign": (_converted("e * b", ahead="p + mu * v"), "a velocity goes down"),
    "velocity: sign, and theta by it": (
        _converted("e * b"),
        ("a velocity goes down", "Right, given your velocity"),
    ),
    "velocity: no rate, and theta by it": (
        _converted("-b"),
        ("The learning rate is missing: v moves theta", "Right, given your velocity"),
    ),
    "velocity: of vectors only": (_converted("-e * b * (1 if b.ndim < 2 else 2)"), None),
    "velocity: the buffer": (_converted("b", ahead="p + mu * e * b"), "That is the buffer"),
    "velocity: no rate": (
        _converted("-b", ahead="p + mu * e * b"),
        "The learning rate is missing: v moves theta",
    ),
    "velocity: divided": (
        _converted("-b / e", ahead="p + mu * e * b"),
        "Multiply the buffer by the learning rate",
    ),
    "velocity: mu too much": (
        _converted("-mu * e * b", ahead="p + mu * e * b"),
        "mu is too much",
    ),
    "order of the results": (
        _converted(after="theta, v = v, theta"),
        "The order of the results is (theta, velocity)",
    ),
    "theta: torch's own": (_converted(ahead="p"), "torch's p is theta + mu v, not theta"),
    "theta: further ahead": (_converted(ahead="p + mu * v"), "theta is p less mu v"),
    "theta: no mu": (_converted(ahead="p - v"), "p is only mu v ahead"),
    "theta: the buffer": (
        _converted(ahead="p + mu * b"),
        "the buffer is not yet the velocity",
    ),
    "theta: always ahead": (
        _converted(classical="p - mu * v"),
        "Without Nesterov torch's p is theta itself",
    ),
    "theta: the velocity twice": (
        _converted(after="theta = v"),
        "The first result is the velocity; theta comes first",
    ),
    "theta: from the wrong end": (_converted(ahead="mu * (p - v)"), None),
    "velocity only": (_converted(after="return v"), "a tuple is asked for"),
    "as given": ("def from_torch(p, b, *_):\n    return p, b", "That is the buffer"),
}

KEEPS_POINTS = ["velocity: sign", "theta: torch's own", "theta: no mu", "theta: always ahead"]

NOT_ATTEMPTED = {
    "placeholder": "def from_torch(*_): ...",
    "NotImplementedError": "def from_torch(*_):\n    raise NotImplementedError",
}
