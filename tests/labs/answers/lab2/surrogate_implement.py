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


def _drawn(
    turned: str = "40 * torch.rand(n) - 20",
    scaled: str = "0.7 + 0.7 * torch.rand(n)",
    x: str = "6.4 * torch.rand(n) - 3.2",
) -> str:
    """Copies by matrices of one's own, with some numbers drawn in another way."""
    return f"""
from kit_utils.training import warp
def surrogate_set(seeds, copies):
    classes = torch.arange(len(seeds)).repeat_interleave(copies)
    n = len(classes)
    angle, scale = torch.deg2rad({turned}), {scaled}
    cos, sin, y = angle.cos() / scale, angle.sin() / scale, 6.4 * torch.rand(n) - 3.2
    matrices = torch.stack([cos, -sin, {x}, sin, cos, y], dim=1).view(n, 2, 3)
    return seed_itself(warp(seeds[classes], matrices)), classes
"""


RIGHT["matrices of one's own"] = _drawn()


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
        "it should be (12, any, 32, 32)",
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
        "it should be (12, any, 32, 32)",
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
    "turned by up to 90 degrees": (
        _drawn(turned="180 * torch.rand(n) - 90"),
        "Copies are turned by more than is asked for",
    ),
    "scaled from 0.3": (
        _drawn(scaled="0.3 + 1.1 * torch.rand(n)"),
        "Copies are scaled by more than is asked for",
    ),
    "shifted by ten pixels": (
        _drawn(x="20 * torch.rand(n) - 10"),
        "Copies are shifted along x by more than is asked for",
    ),
    "one angle for each seed": (
        _drawn(turned="(40 * torch.rand(len(seeds)) - 20).repeat_interleave(copies)"),
        "Copies are turned by the same amount as others",
    ),
    "the same scales for every seed": (
        _drawn(scaled="(0.7 + 0.7 * torch.rand(copies)).repeat(len(seeds))"),
        "Copies are scaled by the same amount as others",
    ),
    "mirrored as well": (
        """
def surrogate_set(seeds, copies):
    images = random_copies(seeds.repeat_interleave(copies, dim=0))
    flip = torch.rand(len(images), 1, 1, 1) < 0.5
    images = torch.where(flip, images.flip(3), images)
    return images, torch.arange(len(seeds)).repeat_interleave(copies)
""",
        "A copy is mirrored",
    ),
    "one copy in ten not transformed": (
        """
def surrogate_set(seeds, copies):
    many = seeds.repeat_interleave(copies, dim=0)
    left = torch.rand(len(many), 1, 1, 1) < 0.1
    images = torch.where(left, seed_itself(many), random_copies(many))
    return images, torch.arange(len(seeds)).repeat_interleave(copies)
""",
        "of 200 copies are not transformed",
    ),
    "a corner of the copy": (
        """
from kit_utils.training import random_affine
def surrogate_set(seeds, copies):
    many = seeds.repeat_interleave(copies, dim=0)
    moved = random_affine(many, translate=3.2, rotate_degrees=20.0, scale=(0.7, 1.4))
    return moved[:, :, :32, :32], torch.arange(len(seeds)).repeat_interleave(copies)
""",
        "The middle of a copy is not an affine image",
    ),
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
