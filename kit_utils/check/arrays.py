"""Judge arrays: first the type, then the shape, then the values, with the worst index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from kit_utils.check.hints import OTHER_AXES, ROUNDED, TRANSPOSED, with_hints
from kit_utils.check.sealed import LARGEST
from kit_utils.check.verdict import (
    Compared,
    Mistake,
    Suspect,
    Verdict,
    error,
    failed,
    not_attempted,
    passed,
)

DOUBLE_TOLERANCE = 1e-6
NOT_FINITE = (
    "Is something divided by 0? A large argument of exp overflows. Is there an equal form that "
    "cannot?"
)
NOTHING = 1e-9  # a largest value below it counts as 0


@dataclass(frozen=True)
class Precision:
    """The errors that a right answer of one dtype may have.

    Attributes:
        relative: error relative to the entry, or to a thousandth of the largest entry.
        absolute: error relative to the largest summand.
        note: a sentence that is added to the verdict on a right answer.
    """

    relative: float
    absolute: float
    note: str = ""


DOUBLE = Precision(DOUBLE_TOLERANCE, 1e-12)
# For a float64 result with a part in float32, such as the weights of a filter.
MIXED = Precision(1e-5, 1e-6, ROUNDED)
PRECISIONS = {
    "float32": Precision(1e-4, 1e-6, "The result is float32; compute in the dtype of the input."),
    "float16": Precision(
        1e-2, 2e-3, "The result is float16, which holds three digits: compute in float64."
    ),
    "bfloat16": Precision(
        6e-2, 2e-2, "The result is bfloat16, which holds two digits: compute in float64."
    ),
}


def relative_error(answer: np.ndarray, expected: np.ndarray, *, floor: float = 1e-6) -> np.ndarray:
    """Elementwise |g - r| / max(|g|, |r|, 1e-3 max|r|, floor).

    The last two terms limit the effect of entries that are nearly zero compared with other entries
    or with the summands: a gradient of 0 may be computed as 1e-13.

    Args:
        answer: g, any shape, float64.
        expected: r, the same shape.
        floor: the smallest denominator.

    Returns:
        Errors, of that shape.
    """
    floor = max(1e-3 * np.max(np.abs(expected), initial=0.0), floor)
    scale = np.maximum(np.maximum(np.abs(answer), np.abs(expected)), floor)
    return np.abs(answer - expected) / scale


def judge_array(
    answer: Any,
    expected: torch.Tensor | np.ndarray,
    *,
    mistakes: Sequence[Mistake] = (),
    tolerance: float = DOUBLE_TOLERANCE,
    size: Any = 0.0,
    inputs: Any = 0.0,
    not_finite: str | Mistake = NOT_FINITE,
) -> Verdict:
    """Compare a student's array or gradient with the reference.

    Args:
        answer: a torch tensor, a numpy array, or a Python float for a single number.
        expected: the right values, any shape.
        mistakes: known wrong results, each an array of any shape, with their hints.
        tolerance: largest `relative_error` allowed in float64. For a shorter dtype it is at least
            that of its `Precision`, and a hint says so. A float64 result that agrees to the digits
            of float32, and is not a known mistake, is right, with a hint.
        size: of the summands, a number or an array whose largest entry counts. An error below 1e-12
            of it (float32: 1e-6) counts as rounding. It is at least the largest expected value, or
            1 if all expected values are 0.
        inputs: the inputs of the computation: arrays, numbers, or tuples of them. They count like
            `size`, except for a float64 result that agrees to the digits of float32.
        not_finite: the hint for values that are not finite, or a `slip` with this hint.

    Returns:
        A verdict. If a value is wrong, it names the worst index and both values.
    """
    if answer is None or answer is Ellipsis:
        return not_attempted(
            "The function returns None: its body is still to be written, or a return is missing."
        )
    right = _float64(expected)
    precision = PRECISIONS.get(_dtype(answer), DOUBLE)
    values = _as_numeric(answer)
    if isinstance(values, Verdict):
        return values
    scale = largest(right)
    scale = scale if scale > NOTHING else 1.0
    scale = max(largest(size), scale)
    added_up = max(largest(inputs), scale)
    same = _Nearness(precision, tolerance, added_up)
    alike = _Nearness(MIXED, tolerance, scale)
    wrong = [_float64(mistake.of(expected).value) for mistake in mistakes]
    known_shape = values.shape in {right.shape, *(value.shape for value in wrong)}
    if known_shape:  # of another shape: its values are not needed
        values = values.astype(np.float64)
    agrees = f"Agrees with the reference (shape {_shape(right)})."
    if same(values, right):
        return passed(agrees, hint=precision.note)
    if alike(values, right) and not any(same(values, value) for value in wrong):
        return passed(agrees, hint=MIXED.note)
    verdict = _why_not(values, right, same, not_finite)
    if max(values.size, right.size) <= LARGEST:
        verdict = replace(verdict, compared=Compared(values, right))
    if known_shape and not np.isfinite(values).all():
        return verdict
    fits = _Nearness(PRECISIONS["float32"], max(tolerance, precision.relative), added_up)
    suspects = [
        Suspect(place, mistake.hint, mistake.credit, fits(values, value))
        for place, (mistake, value) in enumerate(zip(mistakes, wrong, strict=True))
        if not same(value, right)
    ]
    return with_hints([(None, replace(verdict, suspects=tuple(suspects)))])[0]


def judge_equal(one: torch.Tensor, other: torch.Tensor, *, size: Any = 0.0) -> Verdict:
    """Judge whether two results of a student's code agree, to the digits of the shorter dtype.

    Args:
        one: any shape, such as the output for an image in a batch.
        other: the same shape, such as the output for the same image alone.
        size: of the summands: see `judge_array`.
    """
    if one.shape != other.shape:
        return failed(f"The shapes {tuple(one.shape)} and {tuple(other.shape)} differ.")
    floating = [array.dtype for array in (one, other) if array.is_floating_point()]
    shorter = min([torch.float64, *floating], key=lambda dtype: dtype.itemsize)
    difference = (one.cpu().double() - other.cpu().double()).to(shorter)
    return judge_array(difference, torch.zeros(one.shape), size=[one, other, size])


class _Nearness:
    """Says whether two arrays are equal up to rounding.

    Args:
        precision: of the answer's dtype.
        tolerance: the relative error that is always allowed.
        added_up: size of the summands.
    """

    def __init__(self, precision: Precision, tolerance: float, added_up: float) -> None:
        self.tolerance = max(tolerance, precision.relative)
        self.floor = precision.absolute * added_up / self.tolerance

    def __call__(self, one: np.ndarray, other: np.ndarray) -> bool:
        if one.shape != other.shape or not (np.isfinite(one).all() and np.isfinite(other).all()):
            return False
        return bool(np.max(self.errors(one, other), initial=0.0) <= self.tolerance)

    def errors(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Return the relative error of each entry."""
        return relative_error(one, other, floor=self.floor)


def _as_numeric(answer: Any) -> np.ndarray | Verdict:
    """Return the answer as a numpy array of real numbers, or a verdict if it is not one."""
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
    elif isinstance(answer, (tuple, list)) and len(answer) == 1:
        return error(
            f"The result is a {type(answer).__name__} of one entry.",
            hint="Is there a comma at its end, or a bracket too many?",
        )
    elif not isinstance(answer, np.ndarray):
        return error(
            f"The result is a {type(answer).__name__}.",
            hint="Return a torch tensor or a numpy array.",
        )
    if answer.dtype.kind not in "fiu":
        return error(f"The result holds {answer.dtype} values; real numbers are asked for.")
    return np.asarray(answer)  # a numpy.matrix has its own arithmetic


def _why_not(
    found: np.ndarray, right: np.ndarray, same: _Nearness, not_finite: str | Mistake
) -> Verdict:
    """Return the verdict on the first error: shape, then NaN, then values."""
    if found.shape != right.shape:
        hint = ""
        if found.shape == right.shape[::-1] and same(found.T, right):
            hint = TRANSPOSED
        # If only one entry counts, a sum over all looks like a missing axis.
        elif (
            right.shape != (1,)
            and found.size == right.size
            and same(found.reshape(right.shape), right)
        ):
            hint = OTHER_AXES
        return failed(f"The shape is {_shape(found)}; it should be {_shape(right)}.", hint=hint)
    if not np.isfinite(found).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(found))[0])
        known = not_finite if isinstance(not_finite, Mistake) else Mistake(None, not_finite)
        return failed(
            "The result is not finite.",
            hint=known.hint,
            credit=known.credit,
            evidence={"first at index": _index(index), "value": str(found[index])},
        )
    return failed("The values are wrong.", evidence=_worst(found, right, same))


def _worst(found: np.ndarray, right: np.ndarray, same: _Nearness) -> dict[str, str]:
    errors = same.errors(found, right)
    index = np.unravel_index(int(np.argmax(errors)), errors.shape) if errors.size else ()
    wrong = int((errors > same.tolerance).sum())
    return {
        "worst index": _index(tuple(int(i) for i in index)),
        "your value": f"{found[index]:.6g}",
        "should be": f"{right[index]:.6g}",
        "entries that differ": f"{wrong} of {errors.size}",
    }


def largest(values: Any) -> float:
    """Return the largest absolute value in numbers, arrays or containers of them; others are 0."""
    if isinstance(values, Mapping):
        values = list(values.values())
    if isinstance(values, (list, tuple)):
        return max(map(largest, values), default=0.0)
    if not isinstance(values, (int, float, np.ndarray, np.generic, torch.Tensor)):
        return 0.0
    numbers = np.abs(_float64(values))
    return float(np.max(numbers, where=np.isfinite(numbers), initial=0.0))


def _dtype(answer: Any) -> str:
    """Return the name of the dtype that the student's code returned."""
    return str(getattr(answer, "dtype", "")).removeprefix("torch.")


def _float64(array: Any) -> np.ndarray:
    if isinstance(array, torch.Tensor):
        array = array.detach().cpu().double().numpy()
    return np.asarray(array, dtype=np.float64)


def _shape(array: np.ndarray) -> str:
    return str(tuple(array.shape)) if array.ndim else "() (a single number)"


def _index(index: tuple[int, ...]) -> str:
    return str(list(index)) if index else "the only one"
