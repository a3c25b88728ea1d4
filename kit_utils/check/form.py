"""The form of a result: its parts, and the shape and dtype of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from kit_utils.check.student_errors import UnfitAnswer
from kit_utils.check.verdict import Verdict, error, failed, not_attempted, passed

Shape = Sequence[int | None]

OF_MASK = "Is it a mask? mask.nonzero().squeeze(1) makes indices of it."


def of_form(
    shape: Shape | Mapping[str, Shape],
    dtype: torch.dtype | Mapping[str, torch.dtype] | None,
    judge: Callable[..., Verdict] | None,
) -> Callable[[Any], Verdict]:
    """Return a judge for results of this form; other results fail, with the difference.

    Args:
        shape: of the array, None for an axis of any size; or the names and shapes of the parts of
            a tuple.
        dtype: of the array, or of parts by their names; any if it is not given.
        judge: gets the tensors, each part an argument. Without it the form is all that is asked.
    """
    names = list(shape) if isinstance(shape, Mapping) else [""]
    shapes = dict(shape) if isinstance(shape, Mapping) else {"": shape}
    dtypes = dict(dtype) if isinstance(dtype, Mapping) else dict.fromkeys(names, dtype)

    def judge_form(result: Any) -> Verdict:
        parts = [result] if names == [""] else result
        if not isinstance(parts, (tuple, list)) or len(parts) != len(names):
            return error(f"Return a tuple of {len(names)}: {', '.join(names)}.")
        if any(part is None or part is Ellipsis for part in parts):
            return not_attempted("The placeholder is still there, or a return is missing.")
        tensors = [_tensor(part) for part in parts]
        for name, found in zip(names, tensors, strict=True):
            if problem := _problem(found, name, shapes[name], dtypes.get(name)):
                is_mask = found.dtype is torch.bool and "dtype" in problem
                return failed(problem, hint=OF_MASK if is_mask else "")
        return judge(*tensors) if judge else passed("So it is.")

    return judge_form


def _tensor(part: Any) -> torch.Tensor:
    """Return the part as a tensor on the CPU, with its own dtype.

    Raises:
        UnfitAnswer: the part cannot be judged.
    """
    if isinstance(part, UnfitAnswer):
        raise part
    return torch.as_tensor(part).detach().cpu()


def _problem(found: torch.Tensor, name: str, shape: Shape, dtype: torch.dtype | None) -> str:
    """Say what is wrong with the shape or dtype of a part; empty if nothing is."""
    of = f" of the {name}" if name else ""
    sizes = zip(found.shape, shape, strict=False)
    if found.ndim != len(shape) or any(asked not in (None, size) for size, asked in sizes):
        asked = str(tuple(shape)).replace("None", "any")
        return f"The shape{of} is {tuple(found.shape)}; it should be {asked}."
    if dtype not in (None, found.dtype):
        return f"The dtype{of} is {found.dtype}; it should be {dtype}."
    return ""
