"""Answers to depth-state: purities, a number for each entry of layers."""

RIGHT = {
    "a list": "purities = [purity(x, labels, 5) for x in layers.values()]",
    "a tuple": "purities = tuple(purity(x, labels, 5) for x in layers.values())",
    "a tensor": "purities = torch.tensor([purity(x, labels, 5) for x in layers.values()])",
    "an array": """
import numpy as np
purities = np.array([purity(layers[name], labels, 5) for name in layers])
""",
    "tensors in a list": """
purities = []
for x in layers.values():
    purities.append(torch.tensor(purity(x, labels, 5)))
""",
    "in double precision": "purities = [purity(x.double(), labels, 5) for x in layers.values()]",
    "a generator's list, with numpy's numbers": """
import numpy as np
purities = [*(np.float32(purity(points=x, labels=labels, k=5)) for x in layers.values())]
""",
    "rounded": "purities = [round(purity(x, labels, 5), 3) for x in layers.values()]",
    "with a neighbour search": """
from sklearn.neighbors import NearestNeighbors

purities = []
for x in layers.values():
    near = NearestNeighbors(n_neighbors=5).fit(x.numpy()).kneighbors(return_distance=False)
    purities.append((labels[torch.from_numpy(near)] == labels[:, None]).float().mean().item())
""",
}

WRONG = {
    "another k": (
        "purities = [purity(x, labels, 10) for x in layers.values()]",
        "They fit k = 10; k = 5 is asked for.",
    ),
    "one neighbour": (
        "purities = [purity(x, labels, 1) for x in layers.values()]",
        "They fit k = 1; k = 5 is asked for.",
    ),
    "the other way round": (
        "purities = [purity(x, labels, 5) for x in layers.values()][::-1]",
        "The order is that of layers.",
    ),
    "each point counted": (
        "purities = [(1 + 4 * purity(x, labels, 4)) / 5 for x in layers.values()]",
        "They fit a purity that counts each point as its own neighbour.",
    ),
    "without the pixels": (
        "purities = [purity(x, labels, 5) for x in layers.values()][1:]",
        "There are 7 numbers; layers holds 8 sets of points.",
    ),
    "in per cent": (
        "purities = [100 * purity(x, labels, 5) for x in layers.values()]",
        "A purity lies outside of 0 to 1.",
    ),
    "a dictionary": (
        "purities = {name: purity(x, labels, 5) for name, x in layers.items()}",
        "purities is no list of numbers.",
    ),
    "what one hopes for": ("purities = [0.1 * n for n in range(1, 9)]", None),
    "labels in another order": (
        "purities = [purity(x, labels.flip(0), 5) for x in layers.values()]",
        None,
    ),
    "fewer images": (
        """
layers = {name: x[:50] for name, x in layers.items()}
purities = [purity(x, labels[:50], 5) for x in layers.values()]
""",
        "layers does not hold the validation images",
    ),
    "points of one's own": (
        """
layers = {name: torch.nn.functional.one_hot(labels).float() for name in layers}
purities = [purity(x, labels, 5) for x in layers.values()]
""",
        None,
    ),
    "one layer": (
        """
layers = {"layer 7": layers["layer 7"]}
purities = [purity(layers["layer 7"], labels, 5)]
""",
        "Leave the cell as it is",
    ),
}

KEEPS_POINTS = ["another k", "each point counted", "the other way round"]

NOT_ATTEMPTED = {"placeholder": "purities = ..."}
