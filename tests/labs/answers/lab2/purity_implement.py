"""Answers to purity-implement: purity(points, labels, k)."""

# The short solution, all rows at once.
REFERENCE = """
def purity(points, labels, k):
    distance = torch.cdist(points, points)
    distance.fill_diagonal_(torch.inf)
    nearest = distance.argsort(dim=1)[:, :k]
    share = (labels[nearest] == labels[:, None]).double().mean(dim=1)
    return share.mean()
"""


def _changed(*pairs: tuple[str, str]) -> str:
    """The short solution with pieces in another form."""
    code = REFERENCE
    for old, new in pairs:
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    return code


_WITH_ITSELF = ("    distance.fill_diagonal_(torch.inf)\n", "")

RIGHT = {
    "all rows at once": REFERENCE,
    "a number": _changed(("share.mean()", "float(share.mean())")),
    "ten rows at a time": """
def purity(points, labels, k):
    total = 0.0
    for start in range(0, len(points), 10):
        rows = points[start : start + 10]
        squares = (rows[:, None] - points).square().sum(-1)
        for i in range(len(rows)):
            squares[i, start + i] = float("inf")
        nearest = squares.topk(k, largest=False).indices
        total += (labels[nearest] == labels[start : start + 10, None]).sum().item()
    return total / (len(points) * k)
""",
    "point by point": """
def purity(points, labels, k):
    right = 0
    for n in range(len(points)):
        distance = (points - points[n]).norm(dim=1)
        others = [m for m in distance.argsort().tolist() if m != n][:k]
        right += sum(int(labels[m] == labels[n]) for m in others)
    return right / (k * len(points))
""",
    "squares, by the binomial formula": """
def purity(points, labels, k):
    lengths = (points * points).sum(1)
    squares = lengths[:, None] + lengths - 2 * points @ points.T
    squares += torch.diag(torch.full_like(lengths, float("inf")))
    nearest = torch.sort(squares, dim=0).indices[:k]
    return (labels[nearest] == labels).float().mean()
""",
    "numpy": """
import numpy as np

def purity(points, labels, k):
    x, y = points.numpy(), labels.numpy()
    distance = np.linalg.norm(x[:, None] - x[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = np.argpartition(distance, k - 1, axis=1)[:, :k]
    return np.mean(y[nearest] == y[:, None])
""",
    "scikit-learn": """
from sklearn.neighbors import NearestNeighbors

def purity(points, labels, k):
    search = NearestNeighbors(n_neighbors=k).fit(points.numpy())
    nearest = torch.from_numpy(search.kneighbors(return_distance=False))
    return (labels[nearest] == labels[:, None]).double().mean().item()
""",
    "one-hot classes and a matrix of neighbours": """
def purity(points, labels, k):
    n = len(points)
    distance = torch.cdist(points, points) + torch.diag(torch.full((n,), 1e9).double())
    near = torch.zeros(n, n).double()
    near.scatter_(1, distance.topk(k, largest=False).indices, 1.0)
    same = (labels[:, None] == labels[None, :]).double()
    return (near * same).sum() / near.sum()
""",
}

WRONG = {
    "itself counted": (
        _changed(_WITH_ITSELF),
        "A point is counted as its own neighbour",
    ),
    "itself counted, k + 1 taken": (
        _changed(_WITH_ITSELF, ("[:, :k]", "[:, : k + 1]")),
        "Of k + 1 points the first is the point itself",
    ),
    "k + 1 others": (
        _changed(("[:, :k]", "[:, : k + 1]")),
        "That is the share of k + 1 neighbours.",
    ),
    "k - 1 others": (
        _changed(_WITH_ITSELF, ("[:, :k]", "[:, 1:k]")),
        "the point itself took a place",
    ),
    "the first column is left out, whoever it is": (
        _changed(
            ("distance.fill_diagonal_(torch.inf)", "pass"),
            ("argsort(dim=1)[:, :k]", "argsort(dim=1, stable=True)[:, 1 : k + 1]"),
        ),
        "exclude it by its index",
    ),
    "majority": (
        _changed(
            (
                "share = (labels[nearest] == labels[:, None]).double().mean(dim=1)",
                "share = (torch.mode(labels[nearest], dim=1).values == labels).double()",
            )
        ),
        "That is the accuracy of a majority vote.",
    ),
    "mean over the classes": (
        _changed(
            (
                "share.mean()",
                "torch.stack([share[labels == c].mean() for c in labels.unique()]).mean()",
            )
        ),
        "The mean runs over the classes",
    ),
    "a number of neighbours": (
        _changed(("mean(dim=1)", "sum(dim=1)")),
        "divide by k",
    ),
    "per cent": (
        _changed(("return share.mean()", "return 100 * share.mean()")),
        "That is in per cent",
    ),
    "compared with the nearest neighbour": (
        _changed(("== labels[:, None]", "== labels[nearest[:, :1]]")),
        "not with the point itself",
    ),
    "labels of the first points": (
        _changed(("labels[nearest] ==", "labels[:k] ==")),
        "index by the neighbours",
    ),
    "the farthest": (
        _changed(
            ("torch.inf", "-torch.inf"), ("argsort(dim=1)", "argsort(dim=1, descending=True)")
        ),
        "Those are the k farthest points.",
    ),
    "angle": (
        _changed(
            (
                "torch.cdist(points, points)",
                "-torch.nn.functional.cosine_similarity(points[:, None], points, dim=-1)",
            )
        ),
        "The distance is Euclidean, not the angle.",
    ),
    "Manhattan": (
        _changed(("torch.cdist(points, points)", "torch.cdist(points, points, p=1)")),
        "That is the sum of the differences.",
    ),
    "labels along the other axis": (
        _changed(("== labels[:, None]", "== labels[None, :k]")),
        None,
    ),
    "one number for each point": (
        _changed(("return share.mean()", "return share")),
        None,
    ),
    "the mistake instead of the share": (
        _changed(("labels[nearest] ==", "labels[nearest] !=")),
        None,
    ),
}

KEEPS_POINTS = [
    "itself counted",
    "k + 1 others",
    "the first column is left out, whoever it is",
    "mean over the classes",
    "a number of neighbours",
    "per cent",
]

NOT_ATTEMPTED = {
    "placeholder": "def purity(points, labels, k): ...",
    "NotImplementedError": "def purity(*_):\n    raise NotImplementedError",
}
