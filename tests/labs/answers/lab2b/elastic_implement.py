"""Answers to elastic-implement: smooth_field, displace and elastic.

A wrong answer to one of the three leaves the other two as the reference has them. `elastic` calls
them by name, so a mistake in one of them shows in it, too.
"""

SMOOTH = """
import math
def smooth_field(noise, sigma):
    r = math.ceil(4 * sigma)
    a = torch.arange(-r, r + 1).to(noise)
    w = torch.exp(-(a**2) / (2 * sigma**2))
    w = w / w.sum()
    fields = noise.reshape(-1, 1, *noise.shape[2:])
    fields = F.conv2d(fields, w[None, None, :, None], padding=(r, 0))
    fields = F.conv2d(fields, w[None, None, None, :], padding=(0, r))
    return fields.reshape(noise.shape)
"""
DISPLACE = """
def displace(images, displacement):
    H, W = images.shape[2:]
    dx, dy = displacement[:, 0], displacement[:, 1]
    y, x = torch.meshgrid(torch.arange(H), torch.arange(W), indexing='ij')
    gx = 2 * (x + dx) / (W - 1) - 1
    gy = 2 * (y + dy) / (H - 1) - 1
    grid = torch.stack([gx, gy], 3)
    return F.grid_sample(images, grid, mode='bilinear', padding_mode='zeros', align_corners=True)
"""
ELASTIC = """
def elastic(images, noise, alpha, sigma):
    return displace(images, alpha * smooth_field(noise, sigma))
"""


def _changed(code: str, *pieces: tuple[str, str]) -> str:
    """One of the functions with some pieces in another form."""
    for old, new in pieces:
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    return code


RIGHT = {
    "align_corners": SMOOTH + DISPLACE + ELASTIC,
    "both fields as channels": _changed(
        SMOOTH,
        ("fields = noise.reshape(-1, 1, *noise.shape[2:])", "fields = noise"),
        (
            "w[None, None, :, None], padding",
            "w.view(1, 1, -1, 1).expand(2, 1, -1, 1), groups=2, padding",
        ),
        (
            "w[None, None, None, :], padding",
            "w.view(1, 1, 1, -1).expand(2, 1, 1, -1), groups=2, padding",
        ),
    ),
    "kernel of two dimensions": """
import math
def smooth_field(noise, sigma):
    r = math.ceil(4 * sigma)
    a = torch.arange(-r, r + 1, dtype=noise.dtype)
    w = torch.softmax(-(a / sigma) ** 2 / 2, 0)
    kernel = torch.outer(w, w).view(1, 1, 2 * r + 1, 2 * r + 1)
    return F.conv2d(noise.flatten(0, 1)[:, None], kernel, padding=r).view(noise.shape)
""",
    "matrices": """
import math
def band(size, sigma, like):
    a = torch.arange(size).to(like)
    r = math.ceil(4 * sigma)
    c = torch.arange(-r, r + 1).to(like)
    d = a[:, None] - a
    w = torch.exp(-d**2 / (2 * sigma**2)) * (d.abs() <= r)
    return w / torch.exp(-c**2 / (2 * sigma**2)).sum()

def smooth_field(noise, sigma):
    height, width = noise.shape[2:]
    return band(height, sigma, noise) @ noise @ band(width, sigma, noise)
""",
    "padded first": _changed(
        SMOOTH,
        (
            "fields = noise.reshape(-1, 1, *noise.shape[2:])",
            "fields = F.pad(noise.reshape(-1, 1, *noise.shape[2:]), (r, r, r, r))",
        ),
        (", padding=(r, 0)", ""),
        (", padding=(0, r)", ""),
    ),
    "half pixels": _changed(
        DISPLACE,
        ("2 * (x + dx) / (W - 1) - 1", "(2 * (x + dx) + 1) / W - 1"),
        ("2 * (y + dy) / (H - 1) - 1", "(2 * (y + dy) + 1) / H - 1"),
        ("align_corners=True", "align_corners=False"),
    ),
    "added to the grid of the identity": """
def displace(images, displacement):
    n, _, height, width = images.shape
    same = torch.eye(2, 3, dtype=images.dtype).expand(n, 2, 3)
    grid = F.affine_grid(same, list(images.shape), align_corners=False)
    unit = torch.tensor([2 / width, 2 / height], dtype=images.dtype)
    grid = grid + displacement.permute(0, 2, 3, 1) * unit
    return F.grid_sample(images, grid, padding_mode='zeros', align_corners=False)
""",
    "four neighbours": """
def displace(images, displacement):
    n, channels, height, width = images.shape
    x = torch.arange(width) + displacement[:, 0]
    y = torch.arange(height)[:, None] + displacement[:, 1]
    result = torch.zeros_like(images)
    number = torch.arange(n)[:, None, None]
    for right in (0, 1):
        for down in (0, 1):
            i, j = x.floor() + right, y.floor() + down
            weight = (1 - (x - i).abs()) * (1 - (y - j).abs())
            inside = (i >= 0) & (i < width) & (j >= 0) & (j < height)
            i, j = i.clamp(0, width - 1).long(), j.clamp(0, height - 1).long()
            seen = images[number, :, j, i].permute(0, 3, 1, 2)
            result = result + seen * (weight * inside)[:, None]
    return result
""",
    "weights in float32": _changed(
        SMOOTH,
        ("torch.arange(-r, r + 1).to(noise)", "torch.arange(-r, r + 1).float()"),
        ("w = w / w.sum()", "w = (w / w.sum()).double()"),
    ),
    "grid in float32": _changed(
        DISPLACE,
        ("2 * (x + dx) / (W - 1) - 1", "2 * x / (W - 1) - 1 + 2 * dx / (W - 1)"),
        ("2 * (y + dy) / (H - 1) - 1", "2 * y / (H - 1) - 1 + 2 * dy / (H - 1)"),
    ),
    "float32": """
own = smooth_field, displace

def smooth_field(noise, sigma):
    return own[0](noise.float(), sigma)

def displace(images, displacement):
    return own[1](images.float(), displacement.float())
""",
    "alpha before smoothing": """
def elastic(images, noise, alpha, sigma):
    return displace(images, smooth_field(alpha * noise, sigma))
""",
}

GRID_X, GRID_Y = "2 * (x + dx) / (W - 1) - 1", "2 * (y + dy) / (H - 1) - 1"


def _padded(mode: str) -> str:
    """Smoothing with another border; torch pads by less than the size only, so step by step."""
    return """
import math
import numpy as np
def smooth_field(noise, sigma):
    r = math.ceil(4 * sigma)
    a = np.arange(-r, r + 1)
    w = np.exp(-(a**2) / (2 * sigma**2))
    w = w / w.sum()
    fields = noise.numpy()
    for axis in (2, 3):
        pads = [(0, 0)] * 4
        pads[axis] = (r, r)
        padded = np.pad(fields, pads, mode='MODE')
        fields = np.apply_along_axis(np.convolve, axis, padded, w, 'valid')
    return torch.from_numpy(fields)
""".replace("MODE", mode)


WRONG = {
    "mirrored border": (_padded("symmetric"), "yours goes on as in a mirror"),
    "repeated border": (_padded("edge"), "yours repeats the pixel at the edge"),
    "normalised at the border": (
        SMOOTH + "\n\nplain = smooth_field\n\n"
        "def smooth_field(noise, sigma):\n"
        "    return plain(noise, sigma) / plain(torch.ones_like(noise), sigma)\n",
        "The weights that fall outside the image are missing",
    ),
    "weights not normalised": (
        _changed(SMOOTH, ("w = w / w.sum()", "pass")),
        "The weights have to sum to 1",
    ),
    "sigma as a variance": (
        _changed(SMOOTH, ("(2 * sigma**2)", "(2 * sigma)")),
        "sigma is the standard deviation",
    ),
    "no 2 in the exponent": (
        _changed(SMOOTH, ("(2 * sigma**2)", "sigma**2")),
        "the 2 is missing",
    ),
    "scipy's radius": (
        _changed(SMOOTH, ("math.ceil(4 * sigma)", "int(4 * sigma + 0.5)")),
        "r is the next larger one",
    ),
    "three sigma": (
        _changed(SMOOTH, ("math.ceil(4 * sigma)", "math.ceil(3 * sigma)")),
        "The weights end at 3 sigma",
    ),
    "along x only": (
        _changed(
            SMOOTH, ("    fields = F.conv2d(fields, w[None, None, :, None], padding=(r, 0))\n", "")
        ),
        "Smoothed along x only",
    ),
    "along y only": (
        _changed(
            SMOOTH, ("    fields = F.conv2d(fields, w[None, None, None, :], padding=(0, r))\n", "")
        ),
        "Smoothed along y only",
    ),
    "fields mixed": (
        _changed(
            SMOOTH,
            (
                "return fields.reshape(noise.shape)",
                "return fields.reshape(noise.shape).mean(1, keepdim=True).expand(noise.shape)",
            ),
        ),
        "The x and the y field are mixed",
    ),
    "x and y swapped": (
        _changed(DISPLACE, ("dx, dy = displacement", "dy, dx = displacement")),
        "x and y are swapped",
    ),
    "sign": (
        _changed(DISPLACE, ("x + dx", "x - dx"), ("y + dy", "y - dy")),
        "not at x - dx",
    ),
    "edge repeated": (_changed(DISPLACE, ("'zeros'", "'border'")), "Outside the old image"),
    "nearest pixel": (
        _changed(DISPLACE, ("'bilinear'", "'nearest'")),
        "yours takes the nearest pixel",
    ),
    "pixels as units of the grid": (
        _changed(
            DISPLACE,
            (GRID_X, "(2 * x + 1) / W - 1 + dx"),
            (GRID_Y, "(2 * y + 1) / H - 1 + dy"),
            ("align_corners=True", "align_corners=False"),
        ),
        "The displacement is in pixels",
    ),
    "half as far": (
        _changed(
            DISPLACE,
            (GRID_X, "(2 * x + 1 + dx) / W - 1"),
            (GRID_Y, "(2 * y + 1 + dy) / H - 1"),
            ("align_corners=True", "align_corners=False"),
        ),
        "It moves half as far",
    ),
    "half a pixel": (
        _changed(DISPLACE, ("align_corners=True", "align_corners=False")),
        "Half a pixel",
    ),
    "first displacement for all": (
        _changed(
            DISPLACE,
            (
                "displacement[:, 0], displacement[:, 1]",
                "displacement[:1].expand_as(displacement).unbind(1)",
            ),
        ),
        "All images are displaced like the first one",
    ),
    "no alpha": (_changed(ELASTIC, ("alpha * ", "")), "alpha is missing"),
    "not smoothed": (
        _changed(ELASTIC, ("smooth_field(noise, sigma)", "noise")),
        "The noise is not smoothed",
    ),
    "scaled by the largest": (
        """
def elastic(images, noise, alpha, sigma):
    field = smooth_field(noise, sigma)
    return displace(images, alpha * field / field.abs().amax((1, 2, 3), keepdim=True))
""",
        "The field is scaled by its largest value",
    ),
    "scaled to norm 1": (
        """
def elastic(images, noise, alpha, sigma):
    field = smooth_field(noise, sigma)
    return displace(images, alpha * field / field.square().sum((1, 2, 3), keepdim=True).sqrt())
""",
        "The field is scaled to the norm 1",
    ),
    "noise of its own": (
        """
def elastic(images, noise, alpha, sigma):
    return displace(images, alpha * smooth_field(2 * torch.rand_like(noise) - 1, sigma))
""",
        "The values are wrong",
    ),
    "order of the images": (
        """
def elastic(images, noise, alpha, sigma):
    return displace(images, alpha * smooth_field(noise, sigma)).flip(0)
""",
        "Image n of the result is no version of image n",
    ),
    "noise changed": (
        """
def elastic(images, noise, alpha, sigma):
    return displace(images, smooth_field(noise.mul_(alpha), sigma))
""",
        "noise changes in place",
    ),
    "images changed": (
        """
def elastic(images, noise, alpha, sigma):
    return images.copy_(displace(images, alpha * smooth_field(noise, sigma)))
""",
        "images changes in place",
    ),
    "noise divided in place while it is smoothed": (
        SMOOTH
        + """
plain = smooth_field

def smooth_field(noise, sigma):
    return plain(noise.div_(2), sigma) * 2
""",
        "noise changes in place",
    ),
    "does not run": (
        "def smooth_field(noise, sigma):\n    return noise @ sigma",
        "Your code raised",
    ),
}

NOT_ATTEMPTED = {
    "placeholder": """
def smooth_field(noise, sigma):
    ...

def displace(images, displacement):
    ...

def elastic(images, noise, alpha, sigma):
    ...
""",
    "raises": """
def smooth_field(noise, sigma):
    raise NotImplementedError

def displace(images, displacement):
    raise NotImplementedError

def elastic(images, noise, alpha, sigma):
    raise NotImplementedError
""",
}

KEEPS_POINTS = ["mirrored border", "sigma as a variance", "x and y swapped", "no alpha", "sign"]
