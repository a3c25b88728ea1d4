"""Answers to matrices-implement: lookup_matrices(angle, skew, shift)."""

ENTRIES = """
def lookup_matrices(angle, skew, shift):
    theta = torch.deg2rad(angle)
    c, s, k = theta.cos(), theta.sin(), skew
    tx, ty = shift[:, 0], shift[:, 1]
    rows = {}
    return torch.stack([torch.stack(row, 1) for row in rows], 1)
"""
SHORT = """
def lookup_matrices(angle, skew, shift):
    theta = torch.deg2rad(angle)
    one, zero = torch.ones_like(skew), torch.zeros_like(skew)
    R = torch.stack([theta.cos(), -theta.sin(), theta.sin(), theta.cos()], 1).view(-1, 2, 2)
    K = torch.stack([one, skew, zero, one], 1).view(-1, 2, 2)
    back = torch.linalg.inv(R @ K)
    return torch.cat([back, -back @ shift[:, :, None]], 2)
"""
# The entries of M = K^-1 R(-theta), and of -M t, written out.
A, B = "c + k * s", "s - k * c"
WRITTEN_OUT = ENTRIES.format(f"[[{A}, {B}, -({A}) * tx - ({B}) * ty], [-s, c, s * tx - c * ty]]")


def _changed(*pieces: tuple[str, str]) -> str:
    """The short solution with some pieces in another form."""
    code = SHORT
    for old, new in pieces:
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    return code


BACK = "torch.linalg.inv(R @ K)"
RESULT = "torch.cat([back, -back @ shift[:, :, None]], 2)"

RIGHT = {
    "inverse of the product": SHORT,
    "written out": WRITTEN_OUT,
    "product of inverses": _changed((BACK, "torch.linalg.inv(K) @ torch.linalg.inv(R)")),
    "transposed rotation": _changed((BACK, "torch.linalg.inv(K) @ R.mT")),
    "radians by hand": _changed(("torch.deg2rad(angle)", "angle * torch.pi / 180")),
    "solve": _changed((BACK, "torch.linalg.solve(R @ K, torch.eye(2, dtype=R.dtype))")),
    "einsum": _changed(
        (RESULT, "torch.cat([back, -torch.einsum('nij,nj->ni', back, shift)[..., None]], 2)")
    ),
    "3 x 3 matrices": """
def lookup_matrices(angle, skew, shift):
    theta = angle / 180 * torch.pi
    move = torch.eye(3, dtype=skew.dtype).repeat(len(skew), 1, 1)
    turn, slant = move.clone(), move.clone()
    move[:, :2, 2] = -shift
    turn[:, 0, 0] = turn[:, 1, 1] = theta.cos()
    turn[:, 0, 1], turn[:, 1, 0] = theta.sin(), -theta.sin()
    slant[:, 0, 1] = -skew
    return (slant @ turn @ move)[:, :2]
""",
    "float32": _changed(("torch.deg2rad(angle)", "torch.deg2rad(angle.float())")).replace(
        "one, zero = torch.ones_like(skew)",
        "skew, shift = skew.float(), shift.float()\n    one, zero = torch.ones_like(skew)",
    ),
    "filled in place": """
def lookup_matrices(angle, skew, shift):
    theta = torch.deg2rad(angle)
    M = torch.empty(len(angle), 2, 3, dtype=shift.dtype)
    M[:, 0, 0] = theta.cos() + skew * theta.sin()
    M[:, 0, 1] = theta.sin() - skew * theta.cos()
    M[:, 1, 0] = -theta.sin()
    M[:, 1, 1] = theta.cos()
    M[:, :, 2] = -(M[:, :, :2] * shift[:, None]).sum(2)
    return M
""",
}

WRONG = {
    "no angle beyond 90 degrees": (
        """
whole = lookup_matrices

def lookup_matrices(angle, skew, shift):
    return whole(angle.clamp(-90, 90), skew, shift)
""",
        None,
    ),
    "the way there": (
        _changed((RESULT, "torch.cat([R @ K, shift[:, :, None]], 2)")),
        "That is the way there",
    ),
    "degrees as radians": (_changed(("torch.deg2rad(angle)", "angle")), "cos and sin take radians"),
    "translation not turned": (
        _changed((RESULT, "torch.cat([back, -shift[:, :, None]], 2)")),
        "the translation is undone first",
    ),
    "translation not undone": (
        _changed((RESULT, "torch.cat([back, shift[:, :, None]], 2)")),
        "The translation has to be undone",
    ),
    "sign of the translation": (
        _changed((RESULT, "torch.cat([back, back @ shift[:, :, None]], 2)")),
        "The sign of the translation.",
    ),
    "turned the other way": (
        _changed((BACK, "torch.linalg.inv(R.mT @ K)")),
        "It turns the other way round",
    ),
    "skewed the other way": (
        _changed(("[one, skew, zero, one]", "[one, -skew, zero, one]")),
        "It skews to the other side",
    ),
    "columns move": (
        _changed(("[one, skew, zero, one]", "[one, zero, skew, one]")),
        "A skew moves the rows sideways",
    ),
    "rotation first": (
        _changed((BACK, "torch.linalg.inv(K @ R)")),
        "The skew comes before the rotation",
    ),
    "inverses in the old order": (
        _changed((BACK, "torch.linalg.inv(R) @ torch.linalg.inv(K)")),
        "The skew comes before the rotation",
    ),
    "first image for all": (
        SHORT + "\n\none_by_one = lookup_matrices\n\n"
        "def lookup_matrices(angle, skew, shift):\n"
        "    first = one_by_one(angle[:1], skew[:1], shift[:1])\n"
        "    return first.expand(len(angle), 2, 3)\n",
        "All images got the matrix of the first one",
    ),
    "3 x 3": (
        _changed((RESULT, "torch.cat([back, back], 1).repeat(1, 1, 2)[:, :3, :3]")),
        "it should be (1, 2, 3)",
    ),
    "angle forgotten": (_changed((BACK, "torch.linalg.inv(K)")), "The values are wrong"),
    "does not run": (
        "def lookup_matrices(angle, skew, shift):\n    return angle @ shift",
        "cannot be judged",
    ),
}

NOT_ATTEMPTED = {
    "placeholder": "def lookup_matrices(angle, skew, shift):\n    ...",
    "raises": "def lookup_matrices(angle, skew, shift):\n    raise NotImplementedError",
}

KEEPS_POINTS = ["degrees as radians", "translation not turned", "rotation first"]
