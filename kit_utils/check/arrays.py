"""Is an array the right one? First its type, then its shape, then its values, then where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from kit_utils.check.verdict import Mistake, Verdict, error, failed, not_attempted, passed

DOUBLE_TOLERANCE = 1e-6
SINGLE_TOLERANCE = 1e-4


def relative_error(answer: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Elementwise |g - r| / max(|g|, |r|, 1e-3 max|r|, 1e-9).

    The last two terms keep entries from deciding that are nearly zero, beside large ones or by
    themselves: the gradient of a softmax of one class is 0, or 1e-17 by rounding.

    Args:
        answer: g, any shape, float64.
        expected: r, the same shape.

    Returns:
        Errors of that shape.
    """
    floor = max(1e-3 * np.max(np.abs(expected), initial=0.0), 1e-9)
    scale = np.maximum(np.maximum(np.abs(answer), np.abs(expected)), floor)
    return np.abs(answer - expected) / scale


def judge_array(
    answer: Any,
    expected: torch.Tensor | np.ndarray,
    *,
    mistakes: Sequence[Mistake] = (),
    tolerance: float = DOUBLE_TOLERANCE,
) -> Verdict:
    """Compare a student's array or gradient with the reference.

    Args:
        answer: a torch tensor, a numpy array, or for a single number a Python float.
        expected: the right values, any shape.
        mistakes: known wrong results, each an array of any shape, with their hints.
        tolerance: largest `relative_error` allowed in float64; where float32 or less came
            back it is 1e-4 at least, and a hint says so.

    Returns:
        A verdict; where a value is wrong it names the worst index and both values.
    """
    if answer is None or answer is Ellipsis:
        return not_attempted(
            "The function returns None: its body is still to be written, or a return is missing."
        )
    right = _float64(expected)
    values = _as_numeric(answer)
    if isinstance(values, Verdict):
        return values
    half = values.dtype in (np.float16, np.float32)
    if values.shape not in {right.shape, *(np.shape(mistake.value) for mistake in mistakes)}:
        return _why_not(values, right)  # before anything is made of its size
    found = values.astype(np.float64)
    tolerance = max(tolerance, SINGLE_TOLERANCE) if half else tolerance
    if found.shape == right.shape and np.isfinite(found).all():
        errors = relative_error(found, right)
        if np.max(errors, initial=0.0) <= tolerance:
            note = "The result is float32; compute in the dtype of the input." if half else ""
            return passed(f"Agrees with the reference (shape {_shape(right)}).", hint=note)
    for mistake in mistakes:
        wrong = _float64(mistake.value)
        if wrong.shape == found.shape and np.max(relative_error(found, wrong), initial=0) <= 1e-4:
            return failed(
                "The values are wrong.",
                hint=mistake.hint,
                credit=mistake.credit,
                evidence=_worst(found, right) if found.shape == right.shape else None,
            )
    return _why_not(found, right)


def _as_numeric(answer: Any) -> np.ndarray | Verdict:
    """The answer as a numpy array of real numbers, or a verdict on why it is none."""
    if isinstance(answer, torch.Tensor):
        if answer.layout is not torch.strided:
            return error("The result is a sparse tensor.", hint="Return a dense one.")
        answer = answer.detach().cpu()
        # numpy knows no bfloat16
        answer = (answer.float() if answer.dtype is torch.bfloat16 else answer).numpy()
    elif isinstance(answer, (int, float)) and not isinstance(answer, bool):
        answer = np.asarray(float(answer))
    elif isinstance(answer, np.generic):
        answer = np.asarray(answer)
    elif not isinstance(answer, np.ndarray):
        return error(
            f"The result is a {type(answer).__name__}.",
            hint="Return a torch tensor or a numpy array.",
        )
    if answer.dtype.kind not in "fiu":
        return error(f"The result holds {answer.dtype} values; real numbers are asked for.")
    return np.asarray(answer)  # a numpy.matrix has rules of its own


def _why_not(found: np.ndarray, right: np.ndarray) -> Verdict:
    """The first thing that is wrong: shape, then NaN, then value."""
    if found.shape != right.shape:
        hint = ""
        if found.shape == right.shape[::-1]:
            hint = "It looks transposed."
        elif found.size == right.size:
            hint = "The number of entries is right: drop or add an axis."
        return failed(f"The shape is {_shape(found)}; it should be {_shape(right)}.", hint=hint)
    if not np.isfinite(found).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(found))[0])
        return failed(
            "The result is not finite.",
            hint="Is something divided by 0? A large argument of exp overflows. Is there an equal "
            "form that cannot?",
            evidence={"first at index": _index(index), "value": str(found[index])},
        )
    return failed("The values are wrong.", evidence=_worst(found, right))


def _worst(found: np.ndarray, right: np.ndarray) -> dict[str, str]:
    errors = relative_error(found, right)
    index = np.unravel_index(int(np.argmax(errors)), errors.shape) if errors.size else ()
    wrong = int((errors > DOUBLE_TOLERANCE).sum())
    return {
        "worst index": _index(tuple(int(i) for i in index)),
        "your value": f"{found[index]:.6g}",
        "should be": f"{right[index]:.6g}",
        "entries that differ": f"{wrong} of {errors.size}",
    }


def _float64(array: Any) -> np.ndarray:
    if isinstance(array, torch.Tensor):
        array = array.detach().cpu().double().numpy()
    return np.asarray(array, dtype=np.float64)


def _shape(array: np.ndarray) -> str:
    return str(tuple(array.shape)) if array.ndim else "() (a single number)"


def _index(index: tuple[int, ...]) -> str:
    return str(list(index)) if index else "the only one"
