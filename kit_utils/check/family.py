"""Judge a function for many inputs: its results, and whether it changes its arguments."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from kit_utils.check.arrays import judge_array
from kit_utils.check.hints import with_hints
from kit_utils.check.student_errors import arguments_came_back
from kit_utils.check.verdict import Mistake, Outcome, Verdict, failed, not_attempted, passed

LEADING = [(), (1,), (5,), (3, 2), (2, 1, 4)]


@dataclass(frozen=True)
class Family:
    """The result of `Test.arrays` for a student's function.

    Attributes:
        verdicts: one for each case.
        function: the function of the same arguments to use in later steps, so that a mistake does
            not count twice. It is the reference; or, if a listed mistake that keeps points explains
            every failed case, the function of that mistake. It is never the student's own.
    """

    verdicts: Sequence[Verdict]
    function: Callable[..., Any]

    @property
    def passed(self) -> bool:
        """Say whether the function is right in all cases."""
        return all(verdict.passed for verdict in self.verdicts)


def any_shape(*last: int) -> list[tuple[int, ...]]:
    """Return shapes of one to four axes, for a function that accepts any leading shape.

    Args:
        last: sizes of the last one or two axes, on which the function works; none for an
            elementwise function.
    """
    return [(*leading, *last) for leading in LEADING] if last else [(1,), *any_shape(7)]


def against(
    reference: Callable[..., Any],
    mistakes: Sequence[Mistake],
    arguments: Sequence[Any],
    part: int | None,
    also_right: Sequence[Callable[..., Any]] = (),
    **options: Any,
) -> Callable[[Any], Verdict]:
    """Return a judge for the result of a student's function for given arguments: see `judge_array`.

    Mistakes are computed only if the result is wrong.
    """

    def value_of(function: Callable[..., Any]) -> Any:
        value = function(*copied(arguments))
        return value if part is None or not isinstance(value, tuple) else value[part]

    expected = value_of(reference)

    def judge(value: Any) -> Verdict:
        verdict = judge_array(value, expected, **options)
        if verdict.passed and not verdict.hint:
            return verdict
        for function in also_right:
            if (other := judge_array(value, value_of(function), **options)).passed:
                return other
        wrong = [replace(mistake, value=value_of(mistake.value)) for mistake in mistakes]
        return judge_array(value, expected, mistakes=wrong, **options)

    return judge


def found(
    verdicts: Sequence[Verdict], reference: Callable[..., Any], mistakes: Sequence[Mistake]
) -> Family:
    """Return the family of these verdicts on one question."""
    wrong = [verdict for verdict in with_hints([(None, v) for v in verdicts]) if not verdict.passed]
    told = {verdict.hint for verdict in wrong}
    for place, mistake in enumerate(mistakes):
        fitting = [_is_it(verdict, place) for verdict in wrong]
        if told == {mistake.hint} and mistake.credit and all(fitting):
            return Family(verdicts, mistake.value)
    return Family(verdicts, reference)


def built_on(verdict: Verdict, right: Any, mistakes: Sequence[Mistake]) -> Any:
    """Return the value for a later claim to build on, so that a mistake does not count twice.

    Args:
        verdict: of `Test.expression` or `Test.array` on the answer, or one of a `Family`.
        right: the reference: an expression, an array, or a function as in `Test.arrays`.
        mistakes: the mistakes that the answer was compared with, or the first of them.

    Returns:
        The value of the mistake that the hint names, else the reference.
    """
    for place, mistake in enumerate(mistakes):
        if verdict.hint == mistake.hint and _is_it(verdict, place):
            return mistake.of(right).value
    return right


def _is_it(verdict: Verdict, place: int) -> bool:
    """Say whether the mistake at an index of the list explains the answer."""
    return any(suspect.place == place and suspect.fits for suspect in verdict.suspects)


def of_parts(families: Mapping[int, Family], reference: Callable[..., Any]) -> Family:
    """Combine the families of the entries of a tuple into one.

    Args:
        families: of some entries, by their index.
        reference: the right function, which returns the tuple.
    """

    def function(*arguments: Any) -> tuple[Any, ...]:
        result = list(reference(*copied(arguments)))
        for place, family in families.items():
            if family.function is not reference:
                value = family.function(*copied(arguments))
                result[place] = value[place] if isinstance(value, tuple) else value
        return tuple(result)

    return Family([v for family in families.values() for v in family.verdicts], function)


@contextmanager
def watched(arguments: Sequence[Any]) -> Iterator[None]:
    """Make changes that a student's function makes to its arguments visible, wherever it runs.

    In this process it changes the arguments themselves. From another kernel they come back, and
    their changes are applied here.
    """
    own = {id(array) for array in _arrays(arguments)}

    def update(before: Any, after: Any) -> None:
        for old, new in zip(_arrays(before), _arrays(after), strict=False):
            if id(old) in own and type(old) is type(new) and old.dtype == new.dtype:
                if isinstance(old, torch.Tensor):
                    old.data = new
                elif old.shape == new.shape:
                    old[...] = new

    token = arguments_came_back.set(update)
    try:
        yield
    finally:
        arguments_came_back.reset(token)


def changed(answer: Callable[..., Any], before: Sequence[Any], after: Sequence[Any]) -> list[str]:
    """Return the names of the arguments of `answer` that have changed."""
    names = list(inspect.signature(answer).parameters)
    return [
        names[k] if k < len(names) else f"argument {k + 1}"
        for k, (old, new) in enumerate(zip(before, after, strict=True))
        if not all(map(_equal, _arrays(old), _arrays(new)))
    ]


def left_alone(verdicts: Sequence[Verdict], changes: Mapping[str, Sequence[str]]) -> Verdict:
    """Return the verdict on whether a function left its arguments unchanged in all cases.

    A function without any right result earns nothing for this.
    """
    for case, names in changes.items():
        if names:
            return failed(
                f"{', '.join(names)} changes in place ({case}).",
                hint="Make a new tensor, as in x = x + 1, or work on x.clone(). Operations whose "
                "name ends in _, x += 1 and x[i] = 1 change the tensor of the caller.",
            )
    if all(verdict.outcome is Outcome.NOT_ATTEMPTED for verdict in verdicts):
        return not_attempted("Nothing is returned yet.")
    if not any(verdict.passed for verdict in verdicts):
        return failed("Not judged, because no result is right.")
    return passed("So it is.")


def copied(arguments: Sequence[Any]) -> tuple[Any, ...]:
    """Return copies of arguments for one call; no two calls share memory."""
    return tuple(
        argument.clone() if isinstance(argument, torch.Tensor) else copy.deepcopy(argument)
        for argument in arguments
    )


def _arrays(value: Any) -> list[Any]:
    """Yield the tensors and arrays in a value, in order."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in _arrays(item)]
    return [value] if isinstance(value, (torch.Tensor, np.ndarray)) else []


def _equal(one: Any, other: Any) -> bool:
    one, other = (np.asarray(a.detach().cpu()) if torch.is_tensor(a) else a for a in (one, other))
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
