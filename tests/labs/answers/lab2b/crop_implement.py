"""Answers to crop-implement: crop."""

RIGHT = {
    "a loop": """
def crop(images, offsets, padding, background):
    height, width = images.shape[2:]
    padded = F.pad(images, (padding, padding, padding, padding), value=background)
    parts = []
    for image, (r, c) in zip(padded, offsets.tolist()):
        parts.append(image[:, r : r + height, c : c + width])
    return torch.stack(parts)
""",
    "take_along_dim": """
def crop(images, offsets, padding, background):
    H, W = images.shape[2:]
    padded = F.pad(images, [padding] * 4, value=background)
    rows = (offsets[:, :1] + torch.arange(H))[:, None, :, None]
    columns = (offsets[:, 1:] + torch.arange(W))[:, None, None, :]
    return padded.take_along_dim(rows, 2).take_along_dim(columns, 3)
""",
    "unfold": """
def crop(images, offsets, padding, background):
    padded = F.pad(images, [padding] * 4, value=background)
    windows = padded.unfold(2, images.shape[2], 1).unfold(3, images.shape[3], 1)
    return windows[torch.arange(len(images)), :, offsets[:, 0], offsets[:, 1]]
""",
    "where": """
def crop(images, offsets, padding, background):
    N, C, H, W = images.shape
    row = torch.arange(H) + offsets[:, :1] - padding
    column = torch.arange(W) + offsets[:, 1:] - padding
    inside = ((row >= 0) & (row < H))[:, :, None] & ((column >= 0) & (column < W))[:, None, :]
    n = torch.arange(N)[:, None, None]
    seen = images[n, :, row.clamp(0, H - 1)[:, :, None], column.clamp(0, W - 1)[:, None, :]]
    return torch.where(inside[:, None], seen.permute(0, 3, 1, 2), background)
""",
    "numpy": """
import numpy as np

def crop(images, offsets, padding, background):
    H, W = images.shape[2:]
    sides = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    padded = np.pad(np.asarray(images), sides, constant_values=background)
    return np.stack(
        [p[:, r : r + H, c : c + W] for p, (r, c) in zip(padded, np.asarray(offsets))]
    )
""",
    "matrices that choose rows and columns": """
def crop(images, offsets, padding, background):
    H, W = images.shape[2:]
    padded = F.pad(images - background, [padding] * 4)
    rows = F.one_hot(offsets[:, :1] + torch.arange(H), H + 2 * padding).to(images)
    columns = F.one_hot(offsets[:, 1:] + torch.arange(W), W + 2 * padding).to(images)
    return torch.einsum("nhp,ncpq,nwq->nchw", rows, padded, columns) + background
""",
}

CROP = """
def crop(images, offsets, padding, background):
    H, W = images.shape[2:]
    offsets = {offsets}
    padded = {padded}
    parts = [p[:, r : r + H, c : c + W] for p, (r, c) in zip(padded, offsets.tolist())]
    return {result}
"""


def crop(**changes: str) -> str:
    """The right answer with some parts replaced."""
    parts = {
        "offsets": "offsets",
        "padded": "F.pad(images, [padding] * 4, value=background)",
        "result": "torch.stack(parts)",
    }
    return CROP.format(**parts | changes)


WRONG = {
    "columns first": (crop(offsets="offsets.flip(1)"), "The row comes first."),
    "the other way": (crop(offsets="2 * padding - offsets"), "The images move the other way"),
    "zeros outside": (crop(padded="F.pad(images, [padding] * 4)"), "background, not 0"),
    "one window for all": (
        crop(offsets="offsets[:1].expand(len(images), 2)"),
        "Every image has the window of the first one",
    ),
    "always the middle": (
        crop(offsets="torch.full_like(offsets, padding)"),
        "The offsets are not used",
    ),
    "rolled": (
        """
def crop(images, offsets, padding, background):
    shifts = (padding - offsets).tolist()
    return torch.stack([torch.roll(x, (r, c), (1, 2)) for x, (r, c) in zip(images, shifts)])
""",
        "pad instead of roll",
    ),
    "padded only": (crop(result="padded"), "padded, but not cut"),
    "edge repeated": (
        crop(padded="F.pad(images, [padding] * 4, mode='replicate')"),
        None,
    ),
    "three pixels whatever is asked": (
        crop(padded="F.pad(images, [3] * 4, value=background)"),
        None,
    ),
    "28 pixels whatever is asked": (
        crop().replace("H, W = images.shape[2:]", "H = W = 28"),
        None,
    ),
    "first channel only": (crop(result="torch.stack(parts)[:, :1]"), None),
    "a list": (crop(result="parts"), None),
    "unchanged": (
        "def crop(images, offsets, padding, background):\n    return images",
        "The offsets are not used",
    ),
}

NOT_ATTEMPTED = {
    "placeholder": "def crop(images, offsets, padding, background):\n    ...",
    "raises": """
def crop(images, offsets, padding, background):
    raise NotImplementedError
""",
}

KEEPS_POINTS = ["columns first", "the other way", "zeros outside"]
