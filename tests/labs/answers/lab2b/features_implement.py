"""Answers to features-implement: triangle(patches, centroids)."""

WITH_Z = """
def triangle(patches, centroids):
    z = torch.cdist(patches, centroids)
    return {}
"""
MEAN = "z.mean(1, keepdim=True)"

RIGHT = {
    "cdist and clamp": WITH_Z.format(f"({MEAN} - z).clamp(min=0)"),
    "relu": WITH_Z.format(f"F.relu({MEAN} - z)"),
    "maximum": WITH_Z.format(f"torch.maximum({MEAN} - z, torch.zeros_like(z))"),
    "where": WITH_Z.format(f"torch.where(z < {MEAN}, {MEAN} - z, 0.0)"),
    "product with a mask": WITH_Z.format(f"({MEAN} - z) * (z < {MEAN})"),
    "sum over K": WITH_Z.format("(z.sum(1)[:, None] / len(centroids) - z).clamp(min=0)"),
    "differences": """
def triangle(patches, centroids):
    z = (patches[:, None, :] - centroids[None]).square().sum(2).sqrt()
    return torch.relu(z.mean(dim=1, keepdim=True) - z)
""",
    "numpy": """
import numpy as np
def triangle(patches, centroids):
    x, c = patches.numpy(), centroids.numpy()
    z = np.linalg.norm(x[:, None] - c, axis=2)
    return np.maximum(0, z.mean(1, keepdims=True) - z)
""",
    "loop over centroids": """
def triangle(patches, centroids):
    z = torch.stack([(patches - c).norm(dim=1) for c in centroids], dim=1)
    return (z.mean(1, keepdim=True) - z).clamp(min=0)
""",
    "squares expanded": """
def triangle(patches, centroids):
    squares = patches.square().sum(1)[:, None] + centroids.square().sum(1)
    z = (squares - 2 * patches @ centroids.T).clamp(min=0).sqrt()
    return (z.mean(1, keepdim=True) - z).clamp(min=0)
""",
    "float32": """
def triangle(patches, centroids):
    z = (patches.float()[:, None] - centroids.float()).norm(dim=2)
    return (z.mean(1, keepdim=True) - z).clamp(min=0)
""",
    "float32, squares expanded": """
def triangle(patches, centroids):
    x, c = patches.float(), centroids.float()
    squares = x.square().sum(1)[:, None] + c.square().sum(1) - 2 * x @ c.T
    z = squares.clamp(min=0).sqrt()
    return (z.mean(1, keepdim=True) - z).clamp(min=0)
""",
    "centroids first": """
def triangle(patches, centroids):
    z = torch.cdist(centroids, patches)
    return torch.relu(z.mean(0) - z).T
""",
}

WRONG = {
    "no maximum": (WITH_Z.format(f"{MEAN} - z"), "The maximum with 0 is missing"),
    "sign": (WITH_Z.format(f"(z - {MEAN}).clamp(min=0)"), "a near centroid has a large feature"),
    "squares": (
        """
def triangle(patches, centroids):
    z = torch.cdist(patches, centroids) ** 2
    return (z.mean(1, keepdim=True) - z).clamp(min=0)
""",
        "z is the distance, not its square",
    ),
    "mean over patches": (
        WITH_Z.format("(z.mean(0) - z).clamp(min=0)"),
        "The mean is over the centroids, for each patch by itself",
    ),
    "mean over everything": (
        WITH_Z.format("(z.mean() - z).clamp(min=0)"),
        "not over everything",
    ),
    "hard assignment": (
        WITH_Z.format("F.one_hot(z.argmin(1), len(centroids)).double()"),
        "That is the hard assignment",
    ),
    "distances": (WITH_Z.format("z"), "Those are the distances z"),
    "transposed": (WITH_Z.format(f"({MEAN} - z).clamp(min=0).T"), "it is transposed"),
    "median": (
        WITH_Z.format("(z.median(1, keepdim=True).values - z).clamp(min=0)"),
        "That is the median",
    ),
    "no root of a negative number": (
        """
def triangle(patches, centroids):
    squares = patches.square().sum(1)[:, None] + centroids.square().sum(1)
    z = (squares - 2 * patches @ centroids.T - 1e-12).sqrt()
    return (z.mean(1, keepdim=True) - z).clamp(min=0)
""",
        "The result is not finite",
    ),
    "squares expanded, without clamp": (
        """
def triangle(patches, centroids):
    squares = patches.square().sum(1)[:, None] + centroids.square().sum(1)
    z = (squares - 2 * patches @ centroids.T).sqrt()
    return (z.mean(1, keepdim=True) - z).clamp(min=0)
""",
        "The result is not finite",
    ),
    "a floor under the distance": (
        """
def triangle(patches, centroids):
    z = torch.cdist(patches, centroids).clamp(min=0.05)
    return (z.mean(1, keepdim=True) - z).clamp(min=0)
""",
        None,
    ),
    "smooth": (WITH_Z.format(f"F.softplus(5 * ({MEAN} - z)) / 5"), None),
    "one feature a patch": (
        WITH_Z.format(f"({MEAN} - z).clamp(min=0).sum(1)"),
        "it should be (1, 3)",
    ),
    "does not run": (WITH_Z.format("z.mean(1) @ centroids + undefined"), "Your code raised"),
}

NOT_ATTEMPTED = {
    "placeholder": "def triangle(patches, centroids):\n    ...",
    "raises": "def triangle(patches, centroids):\n    raise NotImplementedError",
}

KEEPS_POINTS = ["no maximum", "squares", "median"]
