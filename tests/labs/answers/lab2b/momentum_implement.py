"""Answers to momentum-implement: momentum_update, gradient_point."""


def _update(velocity: str, theta: str = "theta + new") -> str:
    """The step with other formulas; v, g, e and mu are the arguments, new is the velocity."""
    return f"""
def momentum_update(theta, v, g, e, mu):
    new = {velocity}
    return {theta}, new
"""


def _point(formula: str) -> str:
    return f"def gradient_point(theta, velocity, momentum):\n    return {formula}\n"


RIGHT = {
    "short names": _update("mu * v - e * g"),
    "a list": """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    new = momentum * velocity - learning_rate * gradient
    return [theta + new, new]
""",
    "torch functions": """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    velocity = torch.add(torch.mul(velocity, momentum), gradient, alpha=-learning_rate)
    return torch.add(theta, velocity), velocity

def gradient_point(theta, velocity, momentum):
    return torch.add(theta, velocity, alpha=momentum)
""",
    "in place, on clones": """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    new = velocity.clone().mul_(momentum)
    new -= learning_rate * gradient
    return theta.clone().add_(new), new
""",
    "float32": """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    theta, velocity, gradient = theta.float(), velocity.float(), gradient.float()
    velocity = momentum * velocity - learning_rate * gradient
    return theta + velocity, velocity

def gradient_point(theta, velocity, momentum):
    return (theta + momentum * velocity).float()
""",
    "numpy": """
import numpy as np

def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    theta, velocity, gradient = (np.asarray(x) for x in (theta, velocity, gradient))
    velocity = momentum * velocity - learning_rate * gradient
    return theta + velocity, velocity

def gradient_point(theta, velocity, momentum):
    return np.asarray(theta) + momentum * np.asarray(velocity)
""",
    "a loop over the elements": """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    theta, velocity = theta.clone(), velocity.clone()
    for i in range(theta.numel()):
        velocity.view(-1)[i] = momentum * velocity.view(-1)[i]
        velocity.view(-1)[i] -= learning_rate * gradient.reshape(-1)[i]
        theta.view(-1)[i] += velocity.view(-1)[i]
    return theta, velocity
""",
    "as a gradient and a momentum part": """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    kept, added = momentum * velocity, -learning_rate * gradient
    return theta + kept + added, kept + added
""",
    "a point by lerp": _point("torch.lerp(theta, theta + velocity, momentum)"),
}

WRONG = {
    "gradients clipped at 3": (_update("mu * v - e * g.clamp(-3, 3)"), None),
    "a constant momentum": (_update("0.8 * v - e * g"), None),
    "three results": (_update("mu * v - e * g", "theta + new, new"), None),
    "velocity: uphill": (_update("mu * v + e * g"), "The sign of the gradient"),
    "velocity: torch's buffer": (
        _update("mu * v + g", "theta - e * new"),
        ("That is torch's buffer", "That is torch's step"),
    ),
    "velocity: no rate": (_update("mu * v - g"), "The learning rate is missing"),
    "velocity: averaged gradient": (_update("mu * v - (1 - mu) * e * g"), "without 1 - mu"),
    "velocity: no mu": (_update("v - e * g"), "The old velocity is multiplied by mu"),
    "velocity: no memory": (
        _update("-e * g"),
        ("The old velocity is not used", "theta moves by the gradient alone"),
    ),
    "velocity: rate for both": (
        _update("e * (mu * v - g)"),
        "The learning rate multiplies the gradient only",
    ),
    "frozen: the old velocity returned": (
        """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    return theta + momentum * velocity - learning_rate * gradient, velocity
""",
        "The old velocity is returned",
    ),
    "frozen: the old velocity in all": (
        "def momentum_update(theta, v, g, e, mu):\n    return theta + v, v",
        ("The old velocity is returned", "not by the old one"),
    ),
    "frozen: theta and velocity": (
        "def momentum_update(theta, v, g, e, mu):\n    return theta, v",
        "The old velocity is returned",
    ),
    "in place, on the arguments": (
        """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    velocity *= momentum
    velocity -= learning_rate * gradient
    theta += velocity
    return theta, velocity
""",
        "changes in place",
    ),
    "in place, on the gradient": (
        """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    velocity = momentum * velocity - gradient.mul_(learning_rate)
    return theta + velocity, velocity
""",
        "gradient changes in place",
    ),
    "point: in place": (
        _point("theta.add_(velocity, alpha=momentum)"),
        "theta changes in place",
    ),
    "velocity: of vectors only": (
        _update("mu * v - e * g * (1 if g.ndim == 1 else 2)"),
        None,
    ),
    "point: of up to three axes": (
        _point("theta + momentum * velocity * (theta.ndim < 4)"),
        "That is classical momentum",
    ),
    "order of the results": (
        """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    velocity = momentum * velocity - learning_rate * gradient
    return velocity, theta + velocity
""",
        ("The order of the results is (theta, velocity)", "The first result is the new velocity"),
    ),
    "theta: the old velocity": (
        _update("mu * v - e * g", "theta + v"),
        "theta moves by the new velocity, not by the old one",
    ),
    "theta: subtracted": (
        _update("mu * v - e * g", "theta - new"),
        "The new velocity is added to theta",
    ),
    "theta: the gradient alone": (
        _update("mu * v - e * g", "theta - e * g"),
        "theta moves by the gradient alone",
    ),
    "theta: torch's step": (
        _update("mu * v + g", "theta - e * new"),
        ("That is torch's step", "That is torch's buffer"),
    ),
    "theta: with the velocity of before, wrong": (
        _update("v - e * g"),
        ("Right, given your velocity", "The old velocity is multiplied by mu"),
    ),
    "theta: left out": (
        """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    return momentum * velocity - learning_rate * gradient
""",
        "a tuple is asked for",
    ),
    "theta: the velocity twice": (
        """
def momentum_update(theta, velocity, gradient, learning_rate, momentum):
    velocity = momentum * velocity - learning_rate * gradient
    return velocity, velocity
""",
        "The first result is the new velocity",
    ),
    "point: theta": (_point("theta"), "That is classical momentum"),
    "point: no mu": (_point("theta + velocity"), "mu is missing"),
    "point: back": (_point("theta - momentum * velocity"), "It looks back, not ahead"),
    "point: how far": (_point("momentum * velocity"), "That is how far ahead"),
    "point: mu for both": (
        _point("momentum * (theta + velocity)"),
        "mu multiplies the velocity only",
    ),
    "point: not written": (_point("..."), "The placeholder is still there"),
    "rate and momentum change places": (_update("e * v - mu * g"), None),
    "velocity: left out": (
        "def momentum_update(theta, v, g, e, mu):\n    return theta + mu * v - e * g, None",
        "its body is still to be written",
    ),
    "summed": (_update("(mu * v - e * g).sum()"), None),
}

KEEPS_POINTS = [
    "velocity: uphill",
    "velocity: torch's buffer",
    "velocity: no mu",
    "theta: subtracted",
    "point: theta",
    "point: back",
]

NOT_ATTEMPTED = {
    "placeholders": """
def momentum_update(theta, velocity, gradient, learning_rate, momentum): ...
def gradient_point(theta, velocity, momentum): ...
""",
    "NotImplementedError": """
def momentum_update(*_):
    raise NotImplementedError

gradient_point = momentum_update
""",
}
