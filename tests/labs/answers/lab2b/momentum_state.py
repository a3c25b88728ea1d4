"""Answers to momentum-state: theta_classical, theta_nesterov, decay_classical, decay_nesterov."""

RIGHT = {
    "velocity first": """
velocity = mu * v - eps * lam * theta
theta_classical = theta + velocity
velocity = mu * v - eps * lam * (theta + mu * v)
theta_nesterov = theta + velocity
""",
    "rows of the matrix": """
M = sp.Matrix([[1 - eps * lam, mu], [-eps * lam, mu]])
N = sp.Matrix([[1 - eps * lam, mu * (1 - eps * lam)], [-eps * lam, mu * (1 - eps * lam)]])
state = sp.Matrix([theta, v])
theta_classical, theta_nesterov = (M * state)[0], (N * state)[0]
decay_classical, decay_nesterov = sp.sqrt(M.det()), sp.sqrt(N.det())
""",
    "collected": """
theta_classical = (1 - eps * lam) * theta + mu * v
theta_nesterov = (1 - eps * lam) * (theta + mu * v)
""",
    "differentiated by sympy": """
f = lam * theta**2 / 2
theta_classical = theta + mu * v - eps * sp.diff(f, theta)
theta_nesterov = theta + mu * v - eps * sp.diff(f, theta).subs(theta, theta + mu * v)
""",
    "powers for roots": """
decay_classical = mu ** sp.Rational(1, 2)
decay_nesterov = (mu - mu * eps * lam) ** sp.Rational(1, 2)
""",
    "product of roots": "decay_nesterov = sp.sqrt(mu) * sp.sqrt(1 - lam * eps)",
    "absolute value of an eigenvalue": """
half = (1 + mu - eps * lam) / 2
decay_classical = sp.sqrt(half**2 + (mu - half**2))
half = (1 + mu) * (1 - eps * lam) / 2
decay_nesterov = sp.sqrt(half**2 + (mu * (1 - eps * lam) - half**2))
""",
    "with absolute values": "decay_nesterov = sp.sqrt(sp.Abs(mu * (eps * lam - 1)))",
}

WRONG = {
    "classical: uphill": (
        "theta_classical = theta + mu * v + eps * lam * theta",
        "The sign of the gradient",
    ),
    "classical: ahead": ("theta_classical = theta_nesterov", "That is Nesterov's method; here"),
    "classical: no velocity": (
        "theta_classical = theta - eps * lam * theta",
        "The velocity of the steps before is missing",
    ),
    "classical: no mu": (
        "theta_classical = theta + v - eps * lam * theta",
        "The old velocity is multiplied by mu",
    ),
    "classical: old velocity": ("theta_classical = theta + v", "not by the old one"),
    "classical: velocity only": (
        "theta_classical = mu * v - eps * lam * theta",
        "That is the new velocity; add it",
    ),
    "classical: no curvature": (
        "theta_classical = theta + mu * v - eps * theta",
        "lambda theta: lambda is missing",
    ),
    "classical: f for its gradient": (
        "theta_classical = theta + mu * v - eps * lam * theta**2 / 2",
        "f itself stands there",
    ),
    "classical: averaged gradient": (
        "theta_classical = theta + mu * v - (1 - mu) * eps * lam * theta",
        "without 1 - mu",
    ),
    "nesterov: classical": ("theta_nesterov = theta_classical", "That is classical momentum"),
    "nesterov: too far ahead": (
        "theta_nesterov = theta + mu * v - eps * lam * (theta + v)",
        "not theta + v",
    ),
    "nesterov: looks back": (
        "theta_nesterov = theta + mu * v - eps * lam * (theta - mu * v)",
        "It looks back",
    ),
    "nesterov: uphill": (
        "theta_nesterov = theta + mu * v + eps * lam * (theta + mu * v)",
        "The sign of Nesterov's gradient",
    ),
    "nesterov: velocity in the gradient only": (
        "theta_nesterov = theta - eps * lam * (theta + mu * v)",
        "theta itself keeps its velocity",
    ),
    "nesterov: no curvature": (
        "theta_nesterov = theta + mu * v - eps * (theta + mu * v)",
        "lambda is missing in Nesterov's gradient",
    ),
    "nesterov: velocity only": (
        "theta_nesterov = mu * v - eps * lam * (theta + mu * v)",
        "That is Nesterov's velocity alone",
    ),
    "decay: determinant": ("decay_classical = mu", "That is the product of both eigenvalues"),
    "decay: none": ("decay_classical = 1 - eps * lam", "gradient descent without momentum"),
    "decay: real part": (
        "decay_classical = (1 + mu - eps * lam) / 2",
        "That is the real part of the pair",
    ),
    "decay: trace": ("decay_classical = 1 + mu - eps * lam", "the trace of M"),
    "decay: change places": (
        "decay_classical, decay_nesterov = decay_nesterov, decay_classical",
        ("That is the factor of Nesterov's method", "That is the factor of classical momentum"),
    ),
    "decay of nesterov: determinant": (
        "decay_nesterov = mu * (1 - eps * lam)",
        "That is det M, the product of both",
    ),
    "decay of nesterov: classical": (
        "decay_nesterov = sp.sqrt(mu)",
        "the determinant differs here",
    ),
    "decay of nesterov: factor outside": (
        "decay_nesterov = sp.sqrt(mu) * (1 - eps * lam)",
        "1 - epsilon lambda stands under the root",
    ),
    "decay of nesterov: no mu": (
        "decay_nesterov = sp.sqrt(1 - eps * lam)",
        "mu is missing under the root",
    ),
    "decay of nesterov: real part": (
        "decay_nesterov = (1 + mu) * (1 - eps * lam) / 2",
        "That is the real part of Nesterov's pair",
    ),
    "decay of nesterov: none": (
        "decay_nesterov = 1 - eps * lam",
        "That is the factor of gradient descent without any momentum",
    ),
    "decay: a number": ("decay_classical = 0.95", None),
    "another symbol": (
        "theta_classical = theta + sp.Symbol('velocity')",
        "not among the symbols given",
    ),
}

KEEPS_POINTS = [
    "classical: uphill",
    "nesterov: classical",
    "nesterov: looks back",
    "decay: determinant",
    "decay of nesterov: determinant",
]

NOT_ATTEMPTED = {
    "placeholders": "theta_classical = theta_nesterov = decay_classical = decay_nesterov = ...",
    "None": "theta_classical = theta_nesterov = decay_classical = decay_nesterov = None",
}
