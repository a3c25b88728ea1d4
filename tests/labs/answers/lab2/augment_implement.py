"""Answers to augment-implement: augment(images), with the reference's affine_matrices."""

REFERENCE = """
def augment(images):
    count = len(images)
    flip = torch.rand(count) < 0.5
    angle = 30 * torch.rand(count) - 15
    scale = 1 + 0.4 * torch.rand(count)
    shift = 0.4 * torch.rand(count, 2) - 0.2
    matrices = affine_matrices(flip, angle, scale, shift)
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)
"""


def _changed(*pieces: tuple[str, str]) -> str:
    """The short solution with some pieces in another form."""
    code = REFERENCE
    for old, new in pieces:
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    return code


RIGHT = {
    "all at once": REFERENCE,
    "uniform_": _changed(
        ("30 * torch.rand(count) - 15", "torch.empty(count).uniform_(-15, 15)"),
        ("1 + 0.4 * torch.rand(count)", "torch.empty(count).uniform_(1, 1.4)"),
    ),
    "randint": _changed(("torch.rand(count) < 0.5", "torch.randint(2, (count,)).bool()")),
    "distributions": _changed(
        (
            "0.4 * torch.rand(count, 2) - 0.2",
            "torch.distributions.Uniform(-0.2, 0.2).sample((count, 2))",
        )
    ),
    "warp of the kit": _changed(
        (
            "grid = F.affine_grid(matrices, list(images.shape), align_corners=False)",
            "from kit_utils.training import warp",
        ),
        (
            'F.grid_sample(images, grid, padding_mode="border", align_corners=False)',
            "warp(images, matrices * torch.tensor([1, 1, images.shape[-1] / 2]))",
        ),
    ),
    "numpy": """
import numpy as np

random = np.random.default_rng()
def augment(images):
    n = len(images)
    numbers = random.random(n) < 0.5, random.uniform(-15, 15, n), random.uniform(1, 1.4, n)
    shift = random.uniform(-0.2, 0.2, (n, 2))
    matrices = affine_matrices(*map(torch.from_numpy, (*numbers, shift))).float()
    grid = F.affine_grid(matrices, images.shape, align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)
""",
    "image by image": """
reference = augment
def augment(images):
    return torch.cat([reference(image[None]) for image in images])
""",
    "black outside": _changed(('"border"', '"zeros"')),
    "mirrored outside": _changed(('"border"', '"reflection"')),
    "corners aligned in both": REFERENCE.replace("align_corners=False", "align_corners=True"),
    "bicubic": _changed(('"border",', '"border", mode="bicubic",')),
    "five columns of random numbers": _changed(
        ("flip = torch.rand(count) < 0.5", "u = torch.rand(count, 5)\n    flip = u[:, 0] > 0.5"),
        ("torch.rand(count) - 15", "u[:, 1] - 15"),
        ("0.4 * torch.rand(count)\n", "0.4 * u[:, 2]\n"),
        ("torch.rand(count, 2)", "u[:, 3:]"),
    ),
}

WRONG = {
    "one version for all": (
        _changed(
            (
                "matrices = affine",
                "matrices = affine_matrices(flip, angle, scale, shift)\n    one = affine",
            ),
            ("F.affine_grid(matrices,", "F.affine_grid(one[:1].expand_as(one),"),
        ),
        "Draw as many numbers as there are images",
    ),
    "the same each time": (
        _changed(("count = len(images)", "count = len(images)\n    torch.manual_seed(0)")),
        "Set no seed in the function",
    ),
    "nothing": ("def augment(images):\n    return images.clone()", None),
    "all flipped": (
        _changed(("torch.rand(count) < 0.5", "torch.ones(count).bool()")),
        "about 2,200 should be",
    ),
    "none flipped": (
        _changed(("torch.rand(count) < 0.5", "torch.zeros(count).bool()")),
        "about 2,200 should be",
    ),
    "angle to 30": (
        _changed(("30 * torch.rand(count) - 15", "60 * torch.rand(count) - 30")),
        "The range is too wide",
    ),
    "angle in radians": (
        _changed(("30 * torch.rand(count) - 15", "(30 * torch.rand(count) - 15).deg2rad()")),
        "A part of the range never comes",
    ),
    "turned one way": (
        _changed(("30 * torch.rand(count) - 15", "15 * torch.rand(count)")),
        "A part of the range never comes",
    ),
    "scale from 0.6": (
        _changed(("1 + 0.4 * torch.rand(count)", "0.6 + 0.8 * torch.rand(count)")),
        None,
    ),
    "scale to 2.4": (_changed(("1 + 0.4", "1 + 1.4")), "The range is too wide"),
    "shift in one direction": (
        _changed(("0.4 * torch.rand(count, 2) - 0.2", "0.2 * torch.rand(count, 2)")),
        "A part of the range never comes",
    ),
    "shift of half a side": (
        _changed(("0.4 * torch.rand(count, 2) - 0.2", "torch.rand(count, 2) - 0.5")),
        None,
    ),
    "along the diagonal": (
        _changed(("torch.rand(count, 2)", "torch.rand(count, 1).expand(-1, 2)")),
        "Draw new random numbers for each",
    ),
    "one random number for all": (
        _changed(
            (
                "flip = torch.rand(count) < 0.5",
                "u = torch.rand(count)\n    flip = torch.rand(count) < 0.5",
            ),
            ("30 * torch.rand(count)", "30 * u"),
            ("1 + 0.4 * torch.rand(count)", "1 + 0.4 * u"),
        ),
        "Draw new random numbers for each",
    ),
    "normal numbers": (
        _changed(("30 * torch.rand(count) - 15", "15 * torch.randn(count)")),
        "The range is too wide",
    ),
    "mostly small scales": (
        _changed(("torch.rand(count)\n    shift", "torch.rand(count) ** 3\n    shift")),
        "come more often than others",
    ),
    "angles from a triangle": (
        _changed(
            (
                "30 * torch.rand(count) - 15",
                "15 * (torch.rand(count) + torch.rand(count)) - 15",
            )
        ),
        "The angles are not even",
    ),
    "angles from a clamped normal": (
        _changed(("30 * torch.rand(count) - 15", "(7.5 * torch.randn(count)).clamp(-15, 15)")),
        "The angles are not even",
    ),
    "scales at five steps": (
        _changed(("0.4 * torch.rand(count)\n", "0.1 * torch.randint(5, (count,))\n")),
        "The 4,400 scales take only 5 different values",
    ),
    "shifts squashed by tanh": (
        _changed(("0.4 * torch.rand(count, 2) - 0.2", "0.2 * torch.randn(count, 2).tanh()")),
        "The shifts along x are not even",
    ),
    "whole degrees": (
        _changed(("30 * torch.rand(count) - 15", "torch.randint(-15, 16, (count,)).float()")),
        "take only 31 different values",
    ),
    "one angle for all of a call": (
        _changed(("torch.rand(count) - 15", "torch.rand(1).expand(count) - 15")),
        "take only 11 different values",
    ),
    "one flip for all of a call": (
        _changed(("torch.rand(count) < 0.5", "(torch.rand(1) < 0.5).expand(count)")),
        None,
    ),
    "every second image flipped": (
        _changed(("torch.rand(count) < 0.5", "torch.arange(count) % 2 == 0")),
        "Draw new random numbers for each",
    ),
    "the first half flipped": (
        _changed(("torch.rand(count) < 0.5", "torch.arange(count) < count / 2")),
        "rise and fall together",
    ),
    "angles in steps along the batch": (
        _changed(("30 * torch.rand(count) - 15", "torch.linspace(-15, 15, count)")),
        "Draw new random numbers for each",
    ),
    "angles drawn once": (
        "once = torch.rand(1000)\n" + _changed(("torch.rand(count) - 15", "once[:count] - 15")),
        "the same image in the next call rise and fall together",
    ),
    "pairs of images turned alike": (
        _changed(
            ("30 * torch.rand(count)", "30 * torch.rand(count).repeat_interleave(2)[:count]"),
        ),
        "the next image rise and fall together",
    ),
    "one image in twenty left as it was": (
        "reference = augment\n"
        "def augment(images):\n"
        "    left = torch.rand(len(images), 1, 1, 1) < 0.05\n"
        "    return torch.where(left, images, reference(images))",
        "images are not transformed",
    ),
    "the nearest pixel": (
        _changed(('"border",', '"border", mode="nearest",')),
        "Each pixel is one of the old image",
    ),
    "three channels only": (
        _changed(("list(images.shape)", "(count, 3, *images.shape[2:])")).replace(
            "F.grid_sample(images", "F.grid_sample(images.view(count, 3, *images.shape[2:])"
        ),
        None,
    ),
    "six of ten flipped": (
        _changed(("torch.rand(count) < 0.5", "torch.rand(count) < 0.6")),
        "about 2,200 should be",
    ),
    "shuffled": (
        "reference = augment\n"
        "def augment(images):\n"
        "    return reference(images)[torch.randperm(len(images))]",
        None,
    ),
    "stretched": (
        _changed(
            ("F.affine_grid(matrices,", "F.affine_grid(matrices * torch.tensor([1, 0.8, 1]),")
        ),
        "sheared, or stretched",
    ),
    "twice as many": (
        "reference = augment\n"
        "def augment(images):\n"
        "    return torch.cat([images, reference(images)])",
        None,
    ),
    "in place": (
        "reference = augment\ndef augment(images):\n    return images.copy_(reference(images))",
        "has been changed",
    ),
}

KEEPS_POINTS = ["all flipped", "angle to 30", "turned one way", "scale to 2.4", "in place"]

NOT_ATTEMPTED = {
    "placeholder": "def augment(images): ...",
    "return forgotten": "reference = augment\ndef augment(images):\n    reference(images)",
}
