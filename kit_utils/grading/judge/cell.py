"""Run one test cell, and say what it is worth."""

from __future__ import annotations

import ast
import math
import socket
import traceback
from typing import Any

from IPython.utils.capture import RichOutput, capture_output
from nbformat.v4 import new_output

from kit_utils.answers import StudentError, UnfitAnswer
from kit_utils.check.sheet import CLAIMS, seed_of_tests
from kit_utils.check.verdict import Claim, summary
from kit_utils.grading.judge.messages import Judgement, TestCell
from kit_utils.grading.judge.names import defined, definitions, needed
from kit_utils.grading.judge.remote import Lost, Remote, Student
from kit_utils.grading.notes import KEY, VERDICT


def judge_cell(cell: TestCell, connection: socket.socket) -> Judgement:
    """Run a test cell against the student's kernel at the other end of a socket.

    Whatever happens becomes a judgement; nothing is raised but what ends the process.
    """
    student = Student(connection, cell.seconds)
    token = seed_of_tests.set(cell.seed)
    try:
        with capture_output() as captured:
            judgement = _judged(cell, student)
            if not judgement.lost:
                student.end()
    except (Lost, OSError, EOFError) as problem:
        judgement = _zero(f"The test could not be ended: {problem}.", lost=True)
    finally:
        seed_of_tests.reset(token)
    if judgement.score is not None:
        _keep_shown(judgement, captured.outputs)
    if student.printed:
        text = "Printed by your functions while they were tested:\n" + student.printed
        lines = "\n| ".join(text.splitlines())
        judgement.outputs.append(new_output("stream", name="stdout", text=lines + "\n"))
    return judgement


def _keep_shown(judgement: Judgement, shown: list[RichOutput]) -> None:
    """Add what a test displayed: its claims as data, and the outputs as they are."""
    outputs, claims = [], []
    for data, metadata in (output._repr_mimebundle_() for output in shown):
        if CLAIMS in metadata:
            claims += metadata.pop(CLAIMS)
            metadata[KEY] = VERDICT
        outputs.append(new_output("display_data", data=data, metadata=metadata))
    judgement.outputs = [*outputs, *judgement.outputs]
    judgement.claims = [*claims, *judgement.claims]
    if claims and not judgement.reason:
        judgement.reason = summary([Claim.from_data(claim) for claim in claims])


def _judged(cell: TestCell, student: Student) -> Judgement:
    missing: set[str] = set()
    try:
        names = _bound(cell, student, missing)
        body = ast.parse(cell.source).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), "<test>", "exec"), names)
        value = None
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<test>", "eval"), names)
    except Lost as problem:
        return _zero(f"No points for this test: {problem}.", lost=True)
    except AssertionError as problem:
        return _zero(str(problem) or "An assertion of the test failed.")
    except NameError as problem:
        if problem.name in missing:
            return _zero(f"{problem.name} is not defined, so that it cannot be tested.")
        return _failed(problem)
    except (StudentError, UnfitAnswer) as problem:
        return _zero(f"The test stopped at an answer: {problem}.")
    except (Exception, SystemExit) as problem:
        return _failed(problem)
    return _scored(cell, value)


def _failed(problem: BaseException) -> Judgement:
    """The test itself raised: the place in it, for the instructor."""
    frames = traceback.extract_tb(problem.__traceback__)
    line = next((f.lineno for f in reversed(frames) if f.filename == "<test>"), None)
    what = f"{type(problem).__name__}: {str(problem)[:300]}"
    return _without_score(f"The test itself failed in its line {line} ({what})")


def _bound(cell: TestCell, student: Student, missing: set[str]) -> dict[str, Any]:
    """The names that the cell will find: the instructor's own, and else the student's.

    Those that nobody has are added to `missing`.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    wanted = needed(cell.source)
    chosen: list[str] = []
    took = set(wanted)
    for source in reversed(cell.given):
        if took & defined(source):
            chosen.insert(0, source)
            took |= needed(source)
    for source in chosen:
        exec(compile(definitions(source), "<given>", "exec"), names)
    for name in sorted(wanted - names.keys()):
        try:
            value = student.name(name)
        except StudentError:
            missing.add(name)  # Python's own NameError says it where the name is used
            continue
        except UnfitAnswer as problem:
            value = problem
        if isinstance(value, Remote):
            value.__dict__["_name"] = name
        names[name] = value
    return names


def _scored(cell: TestCell, value: Any) -> Judgement:
    """Take the last value of a cell for its score, if it can be one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _without_score(f"The test ended with a {type(value).__name__}, not a score")
    if not math.isfinite(value) or not 0 <= value <= cell.points + 1e-9:
        return _without_score(f"The test gave {value} of {cell.points:g} points")
    return Judgement(min(float(value), float(cell.points)), "")


def _zero(reason: str, *, lost: bool = False) -> Judgement:
    """No points: the student's code is the reason."""
    return Judgement.of_whole(0.0, reason, lost=lost)


def _without_score(reason: str) -> Judgement:
    """Not decided: the answer is not the reason, so that someone must look."""
    return Judgement.of_whole(None, f"{reason}. It has to be graded by hand.")
