"""Run a test cell, and decide its score."""

from __future__ import annotations

import ast
import socket
import traceback
from typing import Any

from IPython.utils.capture import RichOutput, capture_output
from nbformat.v4 import new_output

from kit_utils.check.claims import CLAIMS, seed_of_tests
from kit_utils.check.names import defined, needed
from kit_utils.check.student_errors import StudentError, UnfitAnswer, stopped
from kit_utils.check.verdict import Claim, summary
from kit_utils.grading.judge import plain_tests
from kit_utils.grading.judge.messages import Judgement, TestCell
from kit_utils.grading.judge.proxies import KernelUnresponsive, RemoteObject, StudentNamespace
from kit_utils.grading.notebook.cell_names import definitions
from kit_utils.grading.notebook.notes import KEY, VERDICT
from kit_utils.grading.wire import Undecided, Unfit, ordinary, refusals


def judge_cell(cell: TestCell, connection: socket.socket) -> Judgement:
    """Run a test cell against the student's kernel at the other end of a socket.

    Every error becomes a judgement; only exceptions that end the process are raised.
    """
    student = StudentNamespace(connection, cell.seconds)
    token, refused = seed_of_tests.set(cell.seed), refusals.set([])
    told, kind = stopped.set(cell.stopped), ordinary.set(False)
    try:
        with capture_output() as captured:
            judgement = _judge(cell, student)
            if not judgement.lost:
                student.end()
    except (KernelUnresponsive, OSError, EOFError) as problem:
        judgement = _zero(f"The test could not be ended: {problem}.", lost=True)
    finally:
        seed_of_tests.reset(token)
        refusals.reset(refused)
        stopped.reset(told)
        ordinary.reset(kind)
    judgement.unasked = student.unasked
    if judgement.score is not None:
        _keep_shown(judgement, captured.outputs)
    if student.printed:
        text = "Printed by your functions while they were tested:\n" + student.printed
        lines = "\n| ".join(text.splitlines())
        judgement.outputs.append(new_output("stream", name="stdout", text=lines + "\n"))
    return judgement


def _keep_shown(judgement: Judgement, shown: list[RichOutput]) -> None:
    """Add the outputs of a test to the judgement, and its claims as data."""
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


def _judge(cell: TestCell, student: StudentNamespace) -> Judgement:
    missing: set[str] = set()
    names: dict[str, Any] = {}
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as problem:
        return _blame_test(problem)
    if (by := plain_tests.reaches(tree)) and not plain_tests.makes_test(tree):
        return _without_score(f"The test reaches into the notebook's process ({by})")
    try:
        _bind(names, cell, student, missing)
        if plain_tests.is_ordinary(tree, names.values()):
            ordinary.set(True)
            names.setdefault("isinstance", plain_tests.is_instance)
        value = _run(tree, names)
    except KernelUnresponsive as problem:
        return _zero(f"No points for this test: {problem}.", lost=True)
    except (Exception, SystemExit) as problem:
        stop = cause if isinstance(cause := problem.__cause__, StudentError) else problem
        if isinstance(stop, NameError) and stop.name in missing:
            return _not_defined(stop.name, cell)
        if isinstance(stop, (StudentError, UnfitAnswer)):
            return _stopped_at_answer(stop, cell)
        return _judge_exception(problem, tree, names, student.changed)
    if student.lost:  # the test caught it as an error that it expects
        return _zero(f"No points for this test: {student.lost}.", lost=True)
    return _score(cell, value, tree, names)


def _not_defined(name: str, cell: TestCell) -> Judgement:
    why = cell.stopped.get(name)
    rest = f": {why}" if why else ", so that it cannot be tested"
    return _zero(f"{name} is not defined{rest}.")


def _stopped_at_answer(problem: Exception, cell: TestCell) -> Judgement:
    said = f"The test stopped at an answer: {problem}"
    if isinstance(problem, Undecided):
        return _without_score(said)
    why = cell.stopped.get(getattr(problem, "missing", ""))
    return _zero(f"{said}: {why}." if why else f"{said}.")


def _run(tree: ast.Module, names: dict[str, Any]) -> Any:
    """Run a cell, and return the value of its last line; None if it has no value."""
    body = list(tree.body)
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    # Never optimised, which would remove the assertions.
    exec(compile(ast.Module(body, []), "<test>", "exec", optimize=0), names)
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), "<test>", "eval", optimize=0), names)


def _judge_exception(
    problem: BaseException, tree: ast.Module, names: dict[str, Any], changed: list[Any]
) -> Judgement:
    """Judge a test that raised: the answer has an unexpected type, or the test has a bug."""
    by_itself = plain_tests.makes_test(tree, names.values()) or isinstance(
        problem, plain_tests.OF_THE_TEST
    )
    if by_itself and not isinstance(problem, AssertionError):
        return _blame_test(problem)
    said = "; ".join([plain_tests.describe(problem), *(refusals.get() or [])[:1]])
    if any(plain_tests.says_no_class(problem, value) for value in names.values()):
        return _without_score(f"{said}. The class is the student's own")
    if changed:
        return _without_score(f"{said} A function changed its argument, of which a test has a copy")
    return _zero(said)


def _blame_test(problem: BaseException) -> Judgement:
    """Judge a test that failed itself, and name its line for the instructor."""
    frames = traceback.extract_tb(problem.__traceback__)
    line = next((f.lineno for f in reversed(frames) if f.filename == "<test>"), None)
    what = f"{type(problem).__name__}: {str(problem)[:300]}"
    return _without_score(f"The test itself failed in its line {line} ({what})")


def _bind(
    names: dict[str, Any], cell: TestCell, student: StudentNamespace, missing: set[str]
) -> None:
    """Add the names that the cell needs: the instructor's own, or else the student's.

    Names that are not defined anywhere are added to `missing`.
    """
    names["__name__"] = "__main__"
    wanted = needed(cell.source)
    chosen: list[str] = []
    took = set(wanted)
    for source in reversed(cell.given):
        if took & defined(source):
            chosen.insert(0, source)
            took |= needed(source)
    for source in chosen:
        given = definitions(source)
        wanted |= needed(ast.unparse(given))  # an instructor's function may call a student's
        exec(compile(given, "<given>", "exec", optimize=0), names)
    for name in sorted(wanted - names.keys()):
        try:
            value = student.name(name)
        except StudentError:
            missing.add(name)  # Python raises NameError where the name is used
            continue
        except UnfitAnswer as problem:
            value = Unfit(str(problem))
        if name in cell.imports:
            exec(compile(cell.imports[name], "<given>", "exec"), names)
            continue
        if isinstance(value, RemoteObject):
            value.__dict__["_name"] = name
        names[name] = value


def _score(cell: TestCell, value: Any, tree: ast.Module, names: dict[str, Any]) -> Judgement:
    """Return the judgement on a cell that raised nothing, from the value of its last line."""
    if plain_tests.is_number(value):
        if problem := plain_tests.reason_not_a_score(value, cell.points):
            return _without_score(problem)
        return Judgement(min(float(value), float(cell.points)), "")
    if plain_tests.makes_test(tree, names.values()) or plain_tests.looks_like_a_score(value):
        return _without_score(f"The test ended with a {type(value).__name__}, not a score")
    if refused := refusals.get():
        return _without_score(f"The test caught an error that was not meant for it: {refused[0]}")
    return Judgement(float(cell.points), "The test ran without an error.")


def _zero(reason: str, *, lost: bool = False) -> Judgement:
    """Return a judgement without points: the student's code is the reason."""
    return Judgement.of_whole(0.0, reason, lost=lost)


def _without_score(reason: str) -> Judgement:
    """Return an open judgement: the answer is not the reason, so it is graded by hand."""
    return Judgement.of_whole(None, f"{reason}. It has to be graded by hand.")
