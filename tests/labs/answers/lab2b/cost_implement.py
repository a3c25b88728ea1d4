"""Answers to cost-implement: the denoising cost."""

RIGHT = {
    "squares divided by the variance": """
def denoising_cost(z_pre, z_hat, epsilon=1e-5):
    return ((z_pre - z_hat) ** 2 / (z_pre.var(0, unbiased=False) + epsilon)).mean()
""",
    "batch_norm and its statistics": """
def denoising_cost(z_pre, z_hat, epsilon=1e-5):
    variance, mean = torch.var_mean(z_pre, 0, correction=0)
    z = F.batch_norm(z_pre, None, None, training=True, eps=epsilon)
    return F.mse_loss((z_hat - mean) / (variance + epsilon).sqrt(), z)
""",
    "estimate through batch_norm in evaluation": """
def denoising_cost(z_pre, z_hat, epsilon=1e-5):
    variance, mean = torch.var_mean(z_pre, 0, correction=0)
    z, z_hat_bn = (F.batch_norm(x, mean, variance, eps=epsilon) for x in (z_pre, z_hat))
    return (z - z_hat_bn).pow(2).mean()
""",
    "variance from the mean of squares": """
def denoising_cost(z_pre, z_hat, epsilon=1e-5):
    mean = z_pre.mean(0, keepdim=True)
    centred = z_pre - mean
    sigma = torch.sqrt((centred * centred).mean(0, keepdim=True) + epsilon)
    return torch.mean((centred / sigma - (z_hat - mean) / sigma) ** 2)
""",
    "unit by unit": """
def denoising_cost(z_pre, z_hat, epsilon=1e-5):
    total, (N, m) = 0.0, z_pre.shape
    for i in range(m):
        z = z_pre[:, i]
        variance = ((z - z.mean()) ** 2).sum() / N
        total = total + ((z - z_hat[:, i]) ** 2).sum() / (variance + epsilon)
    return total / (N * m)
""",
    "numpy": """
import numpy as np

def denoising_cost(z_pre, z_hat, epsilon=1e-5):
    z, z_hat = np.asarray(z_pre), np.asarray(z_hat)
    return float(np.mean((z - z_hat) ** 2 / (z.var(axis=0) + epsilon)))
""",
    "the clean path detached": """
def denoising_cost(z_pre, z_hat, epsilon=1e-5):
    z_pre = z_pre.detach()
    return ((z_pre - z_hat).square() / (z_pre.var(0, correction=0) + epsilon)).mean()
""",
}

COST = """
def denoising_cost(z_pre, z_hat, epsilon=1e-5):
    mean, variance = {statistics}
    own_mean, own_variance = z_hat.mean(0), z_hat.var(0, correction=0)
    sigma, own_sigma = {sigma}, (own_variance + epsilon).sqrt()
    z, estimate = {z}, {estimate}
    return {result}
"""


def cost(**changes: str) -> str:
    """The right answer with some parts replaced."""
    parts = {
        "statistics": "z_pre.mean(0), z_pre.var(0, correction=0)",
        "sigma": "(variance + epsilon).sqrt()",
        "z": "(z_pre - mean) / sigma",
        "estimate": "(z_hat - mean) / sigma",
        "result": "(z - estimate).square().mean()",
    }
    return COST.format(**parts | changes)


OWN = "The estimate is normalised by its own mean and variance"

WRONG = {
    "estimate by its own statistics": (cost(estimate="(z_hat - own_mean) / own_sigma"), OWN),
    "both through batch_norm": (
        """
def denoising_cost(z_pre, z_hat, epsilon=1e-5):
    z, estimate = (F.batch_norm(x, None, None, training=True, eps=epsilon) for x in (z_pre, z_hat))
    return F.mse_loss(estimate, z)
""",
        OWN,
    ),
    "estimate not normalised": (cost(estimate="z_hat"), "The estimate is not normalised"),
    "nothing normalised": (cost(result="F.mse_loss(z_hat, z_pre)"), "Nothing is normalised"),
    "statistics of the estimate": (
        cost(statistics="z_hat.mean(0), z_hat.var(0, correction=0)"),
        "those of the clean path, not of the estimate",
    ),
    "divided by the variance": (cost(sigma="variance + epsilon"), "the root of the variance"),
    "no epsilon": (cost(sigma="variance.sqrt()"), "epsilon is missing"),
    "epsilon outside the root": (
        cost(sigma="variance.sqrt() + epsilon"),
        "epsilon is added to the variance",
    ),
    "sum": (cost(result="(z - estimate).square().sum()"), "1/(N m) is missing"),
    "sum over the units": (
        cost(result="(z - estimate).square().sum(1).mean()"),
        "The mean runs over the units too",
    ),
    "root": (cost(result="(z - estimate).square().mean().sqrt()"), "the root of C"),
    "absolute": (cost(result="(z - estimate).abs().mean()"), "The differences are squared"),
    "over the units": (
        cost(statistics="z_pre.mean(1, keepdim=True), z_pre.var(1, correction=0, keepdim=True)"),
        "taken over the batch, axis 0",
    ),
    "one variance for all": (
        cost(statistics="z_pre.mean(), z_pre.var(correction=0)"),
        "Each unit has a mean and a variance of its own",
    ),
    "N - 1": (cost(statistics="z_pre.mean(0), z_pre.var(0)"), "divides by N - 1"),
    "scaled by nothing": (cost(sigma="1.0"), "Nothing is normalised"),
    "another epsilon if nothing is said": (cost().replace("epsilon=1e-5", "epsilon=1e-3"), None),
    "no default": (cost().replace("epsilon=1e-5", "epsilon"), None),
    "one cost a unit": (cost(result="(z - estimate).square().mean(0)"), None),
    "estimate constant": (cost(result="z.square().mean()"), None),
    "does not run": ("def denoising_cost(z_pre, z_hat, epsilon=1e-5):\n    return oops", None),
}

NOT_ATTEMPTED = {
    "placeholder": "def denoising_cost(z_pre, z_hat, epsilon=1e-5):\n    ...",
    "raises": """
def denoising_cost(z_pre, z_hat, epsilon=1e-5):
    raise NotImplementedError
""",
}

KEEPS_POINTS = ["no epsilon", "sum over the units", "N - 1"]
