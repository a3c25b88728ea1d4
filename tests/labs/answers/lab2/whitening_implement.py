"""Answers to whitening-implement: normalise_patches, zca."""

RIGHT = {
    "torch's own variance and covariance, divided by one less": """
def normalise_patches(patches, floor=10.0):
    variance, mean = torch.var_mean(patches, dim=1, keepdim=True)
    return (patches - mean) / torch.sqrt(variance + floor)

def zca(points, epsilon):
    eigenvalues, V = torch.linalg.eigh(torch.cov(points.T))
    return points.mean(0), V @ torch.diag((eigenvalues.clamp(min=0) + epsilon) ** -0.5) @ V.T
""",
    "singular values of the points": """
def zca(points, epsilon):
    mean = points.mean(0)
    _, singular, Vt = torch.linalg.svd(points - mean, full_matrices=True)
    variances = torch.zeros(points.shape[1]).to(points)
    variances[: len(singular)] = singular**2 / len(points)
    return mean, Vt.T @ torch.diag(1 / torch.sqrt(variances + epsilon)) @ Vt
""",
    "singular values of the covariance": """
def zca(points, epsilon):
    mean = points.mean(0)
    C = torch.cov(points.T, correction=0)
    U, S, _ = torch.linalg.svd(C)
    return mean, (U * torch.rsqrt(S + epsilon)) @ U.T
""",
    "left and right singular vectors of the covariance": """
import numpy as np

def zca(points, epsilon):
    U, S, Vt = np.linalg.svd(np.cov(points.numpy(), rowvar=False))
    return points.mean(0), U @ np.diag(1 / np.sqrt(S + epsilon)) @ Vt
""",
    "the layer norm of torch": """
def normalise_patches(patches, floor=10.0):
    return F.layer_norm(patches, patches.shape[1:], eps=floor)
""",
    "epsilon in the covariance": """
def zca(points, epsilon):
    mean = points.mean(0, keepdim=True)
    C = (points - mean).T @ (points - mean) / len(points)
    eigenvalues, V = torch.linalg.eigh(C + epsilon * torch.eye(points.shape[1]).to(points))
    return mean[0], V @ (eigenvalues[:, None] ** -0.5 * V.T)
""",
    "numpy": """
import numpy as np

def normalise_patches(patches, floor=10.0):
    x = np.asarray(patches)
    return (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + floor)

def zca(points, epsilon):
    x = np.asarray(points)
    eigenvalues, V = np.linalg.eigh(np.cov(x, rowvar=False))
    return x.mean(0), V @ np.diag(1 / np.sqrt(eigenvalues.clip(0) + epsilon)) @ V.T
""",
    "a sum over the eigenvectors": """
def zca(points, epsilon):
    mean = points.mean(0)
    centred = points - mean
    eigenvalues, V = torch.linalg.eigh(centred.T @ centred / len(centred))
    W = torch.zeros_like(V)
    for i in range(len(V)):
        W += torch.outer(V[:, i], V[:, i]) / torch.sqrt(eigenvalues[i] + epsilon)
    return [mean, W]
""",
    "a loop over the patches": """
def normalise_patches(patches, floor=10.0):
    rows = []
    for x in patches:
        rows.append((x - x.mean()) / (((x - x.mean()) ** 2).mean() + floor) ** 0.5)
    return torch.stack(rows)
""",
    "float32": """
def normalise_patches(patches, floor=10.0):
    x = patches.float()
    x = x - x.mean(1, keepdim=True)
    return x / (x.var(1, unbiased=False, keepdim=True) + floor).sqrt()

reference = zca
def zca(points, epsilon):
    return reference(points.float(), epsilon)
""",
}

NORMALISE = """
def normalise_patches(patches, floor=10.0):
    centred = patches - patches.mean(1, keepdim=True)
    variance = centred.square().mean(1, keepdim=True)
    return {}
"""
ZCA = """
def zca(points, epsilon):
    mean = points.mean(0)
    centred = points - mean
    C = centred.T @ centred / len(points)
    eigenvalues, V = torch.linalg.eigh(C)
    eigenvalues = eigenvalues.clamp(min=1e-12)
    return mean, {}
"""

WRONG = {
    "Cholesky": (
        """
def zca(points, epsilon):
    mean = points.mean(0)
    covariance = (points - mean).T @ (points - mean) / len(points)
    inverse = torch.linalg.inv(covariance + epsilon * torch.eye(len(mean)).to(points))
    return mean, torch.linalg.cholesky(inverse)
""",
        "Vᵀ is asked for",
    ),
    "floor beside the root": (
        NORMALISE.format("centred / (variance.sqrt() + floor)"),
        "added to the variance, under the root",
    ),
    "no floor": (NORMALISE.format("centred / variance.sqrt()"), "The floor is missing"),
    "the larger of floor and variance": (
        NORMALISE.format("centred / variance.clamp(min=floor).sqrt()"),
        "however large that is",
    ),
    "negative": (
        ZCA.format("-V / (eigenvalues + epsilon).sqrt() @ V.T"),
        "Vᵀ is asked for",
    ),
    "no root": (NORMALISE.format("centred / (variance + floor)"), "The square root is missing"),
    "brightness kept": (
        NORMALISE.format("patches / (variance + floor).sqrt()"),
        "The mean of the patch is still there",
    ),
    "contrast kept": (NORMALISE.format("centred"), "The division is missing"),
    "columns, not rows": (
        """
def normalise_patches(patches, floor=10.0):
    centred = patches - patches.mean(0)
    return centred / (centred.square().mean(0) + floor).sqrt()
""",
        "not of each pixel",
    ),
    "one mean for all patches": (
        """
def normalise_patches(patches, floor=10.0):
    return (patches - patches.mean()) / (patches.var() + floor).sqrt()
""",
        None,
    ),
    "floor always 10": (
        NORMALISE.format("centred / (variance + 10).sqrt()"),
        None,
    ),
    "PCA": (ZCA.format("V * (eigenvalues + epsilon) ** -0.5"), "it is PCA whitening"),
    "PCA, from the left": (
        ZCA.format("(V * (eigenvalues + epsilon) ** -0.5).T"),
        "it is PCA whitening",
    ),
    "power -1": (ZCA.format("V / (eigenvalues + epsilon) @ V.T"), "to the power -1/2"),
    "power +1/2": (ZCA.format("V * (eigenvalues + epsilon).sqrt() @ V.T"), "the power +1/2"),
    "epsilon beside the root": (
        ZCA.format("V / (eigenvalues.sqrt() + epsilon) @ V.T"),
        "added to the eigenvalue, under the root",
    ),
    "no epsilon": (ZCA.format("V / eigenvalues.sqrt() @ V.T"), "epsilon is missing"),
    "mean left in the covariance": (
        """
def zca(points, epsilon):
    eigenvalues, V = torch.linalg.eigh(points.T @ points / len(points))
    return points.mean(0), V / (eigenvalues + epsilon).sqrt() @ V.T
""",
        "The covariance is that of points - mean",
    ),
    "sum for a mean": (
        """
def zca(points, epsilon):
    centred = points - points.mean(0)
    eigenvalues, V = torch.linalg.eigh(centred.T @ centred)
    return points.mean(0), V / (eigenvalues.clamp(min=0) + epsilon).sqrt() @ V.T
""",
        "divide by n",
    ),
    "each pixel by itself": (
        ZCA.format("torch.diag((C.diagonal() + epsilon) ** -0.5)"),
        "the correlations are still there",
    ),
    "transposed": (
        """
def zca(points, epsilon):
    x = points.T
    centred = x - x.mean(0)
    eigenvalues, V = torch.linalg.eigh(centred.T @ centred / len(x))
    return points.mean(0), V / (eigenvalues.clamp(min=0) + epsilon).sqrt() @ V.T
""",
        "the covariance has shape (D, D)",
    ),
    "covariance": (ZCA.format("C"), "That is the covariance itself"),
    "mean of each patch": (
        """
def zca(points, epsilon):
    centred = points - points.mean(0)
    eigenvalues, V = torch.linalg.eigh(centred.T @ centred / len(points))
    return points.mean(1), V / (eigenvalues.clamp(min=0) + epsilon).sqrt() @ V.T
""",
        None,
    ),
    "only the matrix": (
        """
def zca(points, epsilon):
    centred = points - points.mean(0)
    eigenvalues, V = torch.linalg.eigh(centred.T @ centred / len(points))
    return V / (eigenvalues.clamp(min=0) + epsilon).sqrt() @ V.T
""",
        None,
    ),
    "does not run": ("def zca(points, epsilon):\n    return points.mean(0), numpy.eye(3)", None),
}

NOT_ATTEMPTED = {
    "placeholder": """
def normalise_patches(patches, floor=10.0):
    ...

def zca(points, epsilon):
    ...
""",
    "raises": """
def normalise_patches(patches, floor=10.0):
    raise NotImplementedError

def zca(points, epsilon):
    raise NotImplementedError
""",
}

KEEPS_POINTS = ["floor beside the root", "epsilon beside the root", "PCA", "no floor", "power -1"]
