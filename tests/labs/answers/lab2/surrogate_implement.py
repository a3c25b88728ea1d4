"""Answers to surrogate-implement: surrogate_set."""

RIGHT = {
    "all of one class after the other": """
def surrogate_set(seeds, copies):
    repeated = torch.repeat_interleave(seeds, copies, dim=0)
    return random_copies(repeated), torch.arange(len(seeds)).repeat_interleave(copies)
""",
    "one copy of each class, then the next": """
def surrogate_set(seeds, copies):
    return random_copies(seeds.repeat(copies, 1, 1, 1)), torch.arange(len(seeds)).repeat(copies)
""",
    "a loop over the copies": """
def surrogate_set(seeds, copies):
    images = torch.cat([random_copies(seeds) for _ in range(copies)])
    return images, torch.cat([torch.arange(len(seeds))] * copies)
""",
    "a loop over the classes": """
def surrogate_set(seeds, copies):
    images, classes = [], []
    for s, seed in enumerate(seeds):
        images.append(random_copies(seed.expand(copies, -1, -1, -1)))
        classes += copies * [s]
    return torch.cat(images), torch.tensor(classes)
""",
    "one image at a time": """
def surrogate_set(seeds, copies):
    images = [random_copies(seed[None])[0] for seed in seeds for _ in range(copies)]
    return torch.stack(images), torch.tensor([s for s in range(len(seeds)) for _ in range(copies)])
""",
    "expanded": """
def surrogate_set(seeds, copies):
    many = seeds[:, None].expand(-1, copies, -1, -1, -1).flatten(0, 1)
    classes = torch.arange(len(seeds))[:, None].expand(-1, copies).flatten()
    return random_copies(many), classes
""",
    "shuffled": """
def surrogate_set(seeds, copies):
    classes = torch.randint(0, 2, (len(seeds) * copies,)).argsort() % len(seeds)
    return random_copies(seeds[classes]), classes
""",
    "its own generator": """
def surrogate_set(seeds, copies):
    generator = torch.Generator().manual_seed(7)
    classes = torch.arange(len(seeds) * copies) // copies
    return random_copies(seeds[classes], generator=generator), classes
""",
}


def _moved(how: str) -> str:
    """Copies by the kit's own transformations, with other limits."""
    return f"""
from kit_utils.training import random_matrices, warp
def surrogate_set(seeds, copies):
    many = seeds.repeat_interleave(copies, dim=0)
    matrices = random_matrices(len(many), translate=3.2, {how})
    return seed_itself(warp(many, matrices)), torch.arange(len(seeds)).repeat_interleave(copies)
"""


WRONG = {
    "labels in another order": (
        """
def surrogate_set(seeds, copies):
    images = random_copies(seeds.repeat_interleave(copies, dim=0))
    return images, torch.arange(len(seeds)).repeat(copies)
""",
        "in the same order",
    ),
    "images in another order": (
        """
def surrogate_set(seeds, copies):
    images = random_copies(seeds.repeat(copies, 1, 1, 1))
    return images, torch.arange(len(seeds)).repeat_interleave(copies)
""",
        "in the same order",
    ),
    "transformed once, then repeated": (
        """
def surrogate_set(seeds, copies):
    images = random_copies(seeds).repeat_interleave(copies, dim=0)
    return images, torch.arange(len(seeds)).repeat_interleave(copies)
""",
        "Repeat the seeds first",
    ),
    "the same random numbers for each copy": (
        """
def surrogate_set(seeds, copies):
    images = []
    for _ in range(copies):
        images.append(random_copies(seeds, generator=torch.Generator().manual_seed(0)))
    return torch.cat(images), torch.arange(len(seeds)).repeat(copies)
""",
        "Repeat the seeds first",
    ),
    "the same random numbers for each class": (
        """
def surrogate_set(seeds, copies):
    images = []
    for seed in seeds:
        torch.manual_seed(0)
        images.append(random_copies(seed.expand(copies, -1, -1, -1)))
    return torch.cat(images), torch.arange(len(seeds)).repeat_interleave(copies)
""",
        "Do not set the seed of the random numbers anew",
    ),
    "not transformed": (
        """
def surrogate_set(seeds, copies):
    images = seed_itself(seeds).repeat_interleave(copies, dim=0)
    return images, torch.arange(len(seeds)).repeat_interleave(copies)
""",
        "Each copy goes through random_copies",
    ),
    "the seed among the copies": (
        """
def surrogate_set(seeds, copies):
    images = random_copies(seeds.repeat_interleave(copies, dim=0))
    images[::copies] = seed_itself(seeds)
    return images, torch.arange(len(seeds)).repeat_interleave(copies)
""",
        "Each copy goes through random_copies",
    ),
    "a class for each copy": (
        """
def surrogate_set(seeds, copies):
    images = random_copies(seeds.repeat_interleave(copies, dim=0))
    return images, torch.arange(len(images))
""",
        "each from 0 to",
    ),
    "one copy only": (
        """
def surrogate_set(seeds, copies):
    return random_copies(seeds), torch.arange(len(seeds))
""",
        "are asked for",
    ),
    "classes from 1": (
        """
def surrogate_set(seeds, copies):
    images = random_copies(seeds.repeat_interleave(copies, dim=0))
    return images, torch.arange(len(seeds)).repeat_interleave(copies) + 1
""",
        "each from 0 to",
    ),
    "classes as floats": (
        """
def surrogate_set(seeds, copies):
    images = random_copies(seeds.repeat_interleave(copies, dim=0))
    return images, torch.arange(float(len(seeds))).repeat_interleave(copies)
""",
        "int64",
    ),
    "surroundings kept": (
        """
def surrogate_set(seeds, copies):
    return seeds.repeat_interleave(copies, 0), torch.arange(len(seeds)).repeat_interleave(copies)
""",
        "of 32 by 32 pixels are asked for",
    ),
    "shifted only": (
        """
def surrogate_set(seeds, copies):
    images = []
    for seed in seeds.repeat_interleave(copies, dim=0):
        x, y = torch.randint(-3, 4, (2,)).tolist()
        images.append(seed[:, 16 + y : 48 + y, 16 + x : 48 + x] + 1e-3 * torch.rand(()))
    return torch.stack(images), torch.arange(len(seeds)).repeat_interleave(copies)
""",
        "which turns, scales and shifts it",
    ),
    "not turned": (_moved("rotate_degrees=0.0, scale=(0.7, 1.4)"), "not turned, or hardly"),
    "not scaled": (_moved("rotate_degrees=20.0, scale=(1.0, 1.0)"), "not scaled, or hardly"),
    "noise added": (
        """
def surrogate_set(seeds, copies):
    many = seed_itself(seeds).repeat_interleave(copies, dim=0)
    images = many + 0.01 * torch.randn_like(many)
    return images, torch.arange(len(seeds)).repeat_interleave(copies)
""",
        "not turned or scaled or shifted",
    ),
    "images only": (
        "def surrogate_set(seeds, copies):\n"
        "    return random_copies(seeds.repeat_interleave(copies, dim=0))",
        None,
    ),
    "does not run": ("def surrogate_set(seeds, copies):\n    return seeds.no_such_method()", None),
}

NOT_ATTEMPTED = {
    "placeholder": "def surrogate_set(seeds, copies):\n    ...",
    "raises": "def surrogate_set(seeds, copies):\n    raise NotImplementedError",
}

KEEPS_POINTS = ["labels in another order", "transformed once, then repeated"]
