"""Answers to affine-implement: affine_matrices(flip, angle, scale, shift)."""

# The short solution; A is the linear part of the map there.
THERE = """
def affine_matrices(flip, angle, scale, shift):
    theta = torch.deg2rad(angle)
    sign = 1 - 2 * flip.to(angle.dtype)
    cos, sin, zero, one = theta.cos(), theta.sin(), torch.zeros_like(theta), torch.ones_like(theta)
    R = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)
    F = torch.stack([torch.stack([sign, zero], 1), torch.stack([zero, one], 1)], 1)
    s, t = scale[:, None, None], 2 * shift[:, :, None]
    A = s * R @ F
    return torch.cat([torch.linalg.inv(A), -torch.linalg.inv(A) @ t], 2)
"""


def _changed(*pieces: tuple[str, str]) -> str:
    """The short solution with some pieces in another form."""
    code = THERE
    for old, new in pieces:
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    return code


RETURNED = "torch.cat([torch.linalg.inv(A), -torch.linalg.inv(A) @ t], 2)"

RIGHT = {
    "inverse of the map there": THERE,
    "by hand": """
def affine_matrices(flip, angle, scale, shift):
    theta = angle * torch.pi / 180
    c, s = torch.cos(theta) / scale, torch.sin(theta) / scale
    f = torch.where(flip, -torch.ones_like(c), torch.ones_like(c))
    tx, ty = 2 * shift[:, 0], 2 * shift[:, 1]
    first = torch.stack([f * c, f * s, -f * (c * tx + s * ty)], 1)
    second = torch.stack([-s, c, s * tx - c * ty], 1)
    return torch.stack([first, second], 1)
""",
    "inverses one after the other": _changed(
        (RETURNED, "torch.cat([F @ R.mT / s, -F @ R.mT @ t / s], 2)")
    ),
    "solved": _changed(
        (RETURNED, "torch.linalg.solve(A, torch.cat([torch.eye(2).to(t).expand_as(A), -t], 2))")
    ),
    "three by three": """
def affine_matrices(flip, angle, scale, shift):
    n = len(angle)
    theta = torch.deg2rad(angle)
    M = torch.eye(3).to(angle).repeat(n, 1, 1)
    mirror, turn, grow, move = M.clone(), M.clone(), M.clone(), M.clone()
    mirror[flip, 0, 0] = -1
    turn[:, 0, 0] = turn[:, 1, 1] = theta.cos()
    turn[:, 0, 1], turn[:, 1, 0] = -theta.sin(), theta.sin()
    grow[:, 0, 0] = grow[:, 1, 1] = scale
    move[:, :2, 2] = 2 * shift
    return torch.linalg.inv(move @ grow @ turn @ mirror)[:, :2]
""",
    "complex numbers": """
def affine_matrices(flip, angle, scale, shift):
    z = torch.polar(1 / scale, -torch.deg2rad(angle))
    w = -z * torch.complex(*(2 * shift).unbind(1))
    f = torch.where(flip, -1, 1)
    rows = [f * z.real, -f * z.imag, f * w.real, z.imag, z.real, w.imag]
    return torch.stack(rows, 1).view(-1, 2, 3)
""",
    "numpy": """
import numpy as np

def affine_matrices(flip, angle, scale, shift):
    result = []
    for f, a, s, t in zip(flip.numpy(), angle.numpy(), scale.numpy(), shift.numpy()):
        a = np.radians(a)
        turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
        back = np.linalg.inv(s * turn @ np.diag([1 - 2 * f, 1]))
        result.append(np.hstack([back, -back @ (2 * t)[:, None]]))
    return torch.from_numpy(np.stack(result))
""",
    "float32": """
reference = affine_matrices
def affine_matrices(flip, angle, scale, shift):
    return reference(flip, angle.float(), scale.float(), shift.float())
""",
}

WRONG = {
    "the way there": (
        _changed((RETURNED, "torch.cat([A, t], 2)")),
        "the way back is asked for",
    ),
    "radians": (_changed(("torch.deg2rad(angle)", "angle")), "the angle is in degrees"),
    "shift not turned": (
        _changed((RETURNED, "torch.cat([torch.linalg.inv(A), -t], 2)")),
        "the shift is undone first",
    ),
    "shift there": (
        _changed((RETURNED, "torch.cat([torch.linalg.inv(A), t], 2)")),
        "The shift has to be undone",
    ),
    "sign of the shift": (
        _changed(("-torch.linalg.inv(A) @ t", "torch.linalg.inv(A) @ t")),
        "The sign of the shift",
    ),
    "side of length 1": (_changed(("2 * shift", "shift")), "a side has the length 2"),
    "shift in pixels": (_changed(("2 * shift", "96 * shift")), "The shift is in pixels"),
    "turned the other way": (
        _changed(("[cos, -sin]", "[cos, sin]"), ("[sin, cos]", "[-sin, cos]")),
        "It turns the other way round",
    ),
    "flip after rotation": (_changed(("s * R @ F", "s * F @ R")), "The flip comes before"),
    "scale the other way": (_changed(("s * R @ F", "R @ F / s")), "in steps of 1/s"),
    "shift scaled": (_changed(("-torch.linalg.inv(A) @ t", "-F @ R.mT @ t")), "it is not scaled"),
    "shift turned": (_changed(("-torch.linalg.inv(A) @ t", "-F @ t / s")), "it is not turned"),
    "flipped vertically": (_changed(("s * R @ F", "s * R @ -F")), "The flip is horizontal"),
    "one matrix for all": (
        "reference = affine_matrices\n"
        "def affine_matrices(*four):\n"
        "    matrices = reference(*four)\n"
        "    return matrices[:1].expand_as(matrices)",
        "All images got the matrix of the first one",
    ),
    "the cosine from the sine": (
        _changed(("theta.cos(), theta.sin()", "(1 - theta.sin() ** 2).sqrt(), theta.sin()")),
        None,
    ),
    "no flip": (_changed(("1 - 2 * flip.to(angle.dtype)", "torch.ones_like(angle)")), None),
    "three rows": (
        "reference = affine_matrices\n"
        "def affine_matrices(*four):\n"
        "    matrices = reference(*four)\n"
        "    return torch.cat([matrices, torch.zeros_like(matrices[:, :1])], 1)",
        None,
    ),
    "transposed": (
        "reference = affine_matrices\ndef affine_matrices(*four):\n    return reference(*four).mT",
        None,
    ),
}

KEEPS_POINTS = [
    "radians",
    "shift not turned",
    "sign of the shift",
    "side of length 1",
    "turned the other way",
    "flip after rotation",
    "scale the other way",
    "no flip",
]

NOT_ATTEMPTED = {
    "placeholder": "def affine_matrices(flip, angle, scale, shift): ...",
    "return forgotten": "def affine_matrices(flip, angle, scale, shift):\n    theta = angle",
}
