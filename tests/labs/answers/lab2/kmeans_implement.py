"""Answers to kmeans-implement: kmeans_step."""

UPDATE = """
    sums, counts = torch.zeros_like(centroids), torch.zeros(len(centroids)).to(centroids)
    sums.index_add_(0, assignment, points)
    counts.index_add_(0, assignment, torch.ones(len(points)).to(centroids))
    moved = torch.where(counts[:, None] > 0, sums / counts.clamp(min=1)[:, None], centroids)
"""
STEP = (
    """
def kmeans_step(points, centroids):
    products, lengths = points @ centroids.T, centroids.square().sum(1)
    assignment = {assignment}
"""
    + UPDATE
    + """
    return {result}
"""
)


def step(assignment: str = "(lengths - 2 * products).argmin(1)", result: str = "") -> str:
    """A step in which one line is another one."""
    return STEP.format(assignment=assignment, result=result or "assignment, moved")


RIGHT = {
    "the whole matrix of distances": step(),
    "largest product less half the length": step("(products - lengths / 2).argmax(dim=1)"),
    "cdist": step("torch.cdist(points, centroids).argmin(1)"),
    "float32": """
reference = kmeans_step
def kmeans_step(points, centroids):
    return reference(points.float(), centroids.float())
""",
    "the square in full": step(
        "((points**2).sum(1, keepdim=True) + lengths - 2 * products).min(dim=1).indices"
    ),
    "scatter": """
def kmeans_step(points, centroids):
    assignment = (centroids.square().sum(1) - 2 * points @ centroids.T).argmin(1)
    where = assignment[:, None].expand_as(points)
    moved = centroids.clone().scatter_reduce_(0, where, points, "mean", include_self=False)
    return assignment, moved
""",
    "one-hot matrix": """
def kmeans_step(points, centroids):
    assignment = (centroids.square().sum(1) - 2 * points @ centroids.T).argmin(1)
    member = F.one_hot(assignment, len(centroids)).to(points)
    counts = member.sum(0)
    moved = centroids.clone()
    moved[counts > 0] = (member.T @ points)[counts > 0] / counts[counts > 0, None]
    return [assignment, moved]
""",
    "a loop over the clusters": """
def kmeans_step(points, centroids):
    assignment = (centroids.square().sum(1) - 2 * points @ centroids.T).argmin(1)
    moved = centroids.clone()
    for j in range(len(centroids)):
        if (assignment == j).any():
            moved[j] = points[assignment == j].mean(0)
    return assignment, moved
""",
    "scikit-learn": """
from sklearn.metrics import pairwise_distances_argmin

def kmeans_step(points, centroids):
    assignment = torch.from_numpy(pairwise_distances_argmin(points.numpy(), centroids.numpy()))
    moved = centroids.clone()
    for j in assignment.unique().tolist():
        moved[j] = points[assignment == j].mean(0)
    return assignment.long(), moved
""",
    "numpy": """
import numpy as np

def kmeans_step(points, centroids):
    x, c = np.asarray(points), np.asarray(centroids)
    assignment = np.concatenate(
        [((c**2).sum(1) - 2 * part @ c.T).argmin(1) for part in np.array_split(x, 9)]
    )
    counts = np.bincount(assignment, minlength=len(c))
    order = np.argsort(assignment, kind="stable")
    starts = np.concatenate([[0], counts.cumsum()[:-1]])
    moved = c.copy()
    filled = counts > 0
    moved[filled] = np.add.reduceat(x[order], starts[filled]) / counts[filled, None]
    return assignment, moved
""",
}

AVERAGES = """
def kmeans_step(points, centroids):
    assignment = (centroids.square().sum(1) - 2 * points @ centroids.T).argmin(1)
    counts = assignment.bincount(minlength=len(centroids))[:, None]
    sums = torch.zeros_like(centroids).index_add_(0, assignment, points)
    return assignment, {}
"""

WRONG = {
    "farthest": (step("(lengths - 2 * products).argmax(1)"), "the farthest centroid"),
    "scalar product only": (step("products.argmax(1)"), "The length of the centroids counts too"),
    "sign": (step("(lengths + 2 * products).argmin(1)"), "The sign of the product"),
    "factor 2": (step("(lengths - products).argmin(1)"), "The factor 2 is missing"),
    "absolute differences": (
        step("torch.cdist(points, centroids, p=1).argmin(1)"),
        "sum of absolute differences",
    ),
    "one point for each centroid": (
        step("(points.square().sum(1)[:, None] + lengths - 2 * products).argmin(0)").replace(
            UPDATE, "    moved = points[assignment]\n"
        ),
        ("not the reverse", "That is the nearest point"),
    ),
    "distances": (
        step(result="torch.cdist(points, centroids), moved"),
        "the number of the nearest",
    ),
    "sums": (
        AVERAGES.format("torch.where(counts > 0, sums, centroids)"),
        "The sum is not divided",
    ),
    "divided by all": (AVERAGES.format("sums / len(points)"), "not of all"),
    "empty goes to zero": (
        AVERAGES.format("sums / counts.clamp(min=1)"),
        "it does not go to zero",
    ),
    "empty goes to zero, but behind the last one": (
        """
def kmeans_step(points, centroids):
    assignment = (centroids.square().sum(1) - 2 * points @ centroids.T).argmin(1)
    counts = assignment.bincount()[:, None]
    sums = torch.zeros(len(counts), points.shape[1]).to(points).index_add_(0, assignment, points)
    return assignment, torch.cat([sums / counts.clamp(min=1), centroids[len(counts) :]])
""",
        ("The values are wrong", "it does not go to zero"),
    ),
    "empty is not a number": (AVERAGES.format("sums / counts"), "divides by 0"),
    "count one too large": (
        AVERAGES.format("torch.where(counts > 0, sums / (counts + 1), centroids)"),
        None,
    ),
    "count one too large everywhere": (
        AVERAGES.format("torch.where(counts > 0, sums, centroids) / (counts + 1)")
        .replace("torch.where(counts > 0, sums, centroids)", "(sums + centroids * (counts == 0))")
        .replace("(counts + 1)", "(counts + (counts > 0).to(counts))"),
        ("The count is one too large", "divides by 0"),
    ),
    "not moved": (step(result="assignment, centroids"), "those that were given"),
    "nearest point": (
        step(result="assignment, points[torch.cdist(points, centroids).argmin(0)]"),
        "That is the nearest point",
    ),
    "the last of equals": (
        step("len(centroids) - 1 - (lengths - 2 * products).flip(1).argmin(1)"),
        "argmin takes the first",
    ),
    "median": (
        AVERAGES.format(
            "torch.stack([points[assignment == j].median(0).values if (assignment == j).any() "
            "else centroids[j] for j in range(len(centroids))])"
        ),
        None,
    ),
    "all differences, with the memory of a box": (
        """
import resource

def kmeans_step(points, centroids):
    # The wish for more fails in the same way on every machine.
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (8_000_000_000, before[1]))
    try:
        assignment = (points[:, None] - centroids).square().sum(2).argmin(1)
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
"""
        + UPDATE
        + """
    return assignment, moved
""",
        "Is there a tensor of N x k x D numbers?",
    ),
    "distances for the assignment, in floats": (step(result="assignment.double(), moved"), "int64"),
    "only the centroids": (step(result="moved"), None),
    "does not run": ("def kmeans_step(points, centroids):\n    return points / 'k'", None),
}

NOT_ATTEMPTED = {
    "placeholder": "def kmeans_step(points, centroids):\n    ...",
    "raises": "def kmeans_step(points, centroids):\n    raise NotImplementedError",
}

KEEPS_POINTS = [
    "empty goes to zero",
    "factor 2",
    "not moved",
    "all differences, with the memory of a box",
]
