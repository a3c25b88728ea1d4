"""Mistakes of many exercises, each with its hint: of a gradient, of the axis of a sum.

They are written like `wrong` and `slip` in a list of mistakes. Some use an option of the reference.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from kit_utils.check.verdict import Mistake, slip, wrong

ONE: Any = torch.ones((), dtype=torch.float64)


def wrong_sign(why: str) -> Mistake:
    """Return the mistake that the result has the wrong sign, with the reason why it has the other.

    Args:
        why: a clause such as "sigma rises".
    """
    return slip(f"The sign is wrong: {why}.", result=torch.neg)


def unused(argument: str, name: str = "") -> Mistake:
    """Return the mistake that a factor, such as the upstream gradient, is not used.

    Args:
        argument: the argument of the reference that is 1 then.
        name: of that argument in the student's function, if it is another.
    """
    return wrong(f"{name or argument} is not used: multiply by it.", **{argument: ONE})


def summed() -> Mistake:
    """Return the mistake that an elementwise gradient is summed."""
    return wrong("The result is summed; keep one gradient an entry.", result=torch.sum)


def axes(over: str, other: str, *, dim: int = 0, keepdim: bool = False) -> list[Mistake]:
    """Return the mistakes that a sum over one axis of a matrix runs over the other, or over both.

    The reference has an option `total`, the function that sums.

    Args:
        over: the name of the axis in the plural, such as "images".
        other: that of the other axis, such as "features".
        dim: the number of the axis: 0, 1 or -1.
        keepdim: whether the sum keeps the axis.
    """
    across = partial(torch.sum, dim=0 if dim else 1, keepdim=keepdim)
    other_axis = f"The sum runs over the {other}; it should run over the {over}: dim={dim}."
    return [
        wrong(other_axis, total=across),
        wrong(f"The sum runs over {over} and {other}: use dim={dim}.", total=torch.sum),
    ]
