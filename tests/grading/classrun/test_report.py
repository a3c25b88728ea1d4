"""What a run says: nobody is left out, and what is missing from many is said loudly."""

from __future__ import annotations

import pytest

from kit_utils.grading.classrun.report import account, line_of, summary
from kit_utils.grading.classrun.run import Graded, Score

HALF = [Score("lab", "check", 1.0, 2.0)]


@pytest.mark.parametrize(
    "student", ["ada, ben", "ben: 7 of 7 points", " ada", "ada ", "a\nb", "a\u202eb", "a;b"]
)
def test_an_id_that_may_be_taken_for_something_else_is_quoted(student: str):
    assert line_of(Graded(student, "nothing")) == f"{student!r}: handed in nothing"
    assert f"  {student!r}" in account([Graded(student, "nothing"), Graded("-o'x", "graded")])


def test_everybody_is_named_once_and_in_a_group():
    results = [
        Graded("ada", "graded", scores=HALF),
        Graded("ben", "graded", scores=HALF, problems=["x.ipynb is not graded: y"]),
        Graded("cleo", "skipped"),
        Graded("dan", "outdated", changes=["lab: check", "Execute.timeout"]),
        Graded("eva", "failed", reason="No student with ID 'eva' exists"),
        Graded("fay", "ungradable", problems=["no notebook of lab, only report.docx"]),
        Graded("gus", "nothing"),
        Graded("hal", "nothing"),
    ]
    said = account(results)
    assert said.splitlines() == [
        "",
        "graded: 2",
        "  ada",
        "  ben: x.ipynb is not graded: y",
        "",
        "graded before, and nothing changed (--force grades again): 1",
        "  cleo",
        "",
        "GRADED EARLIER WITH OTHER CHECKS (--changed grades these again): 1",
        "  dan",
        "  changed since, for 1 of them: lab: check, Execute.timeout",
        "",
        "not graded: 1",
        "  eva: No student with ID 'eva' exists",
        "",
        "handed in nothing that can be graded: 1",
        "  fay: no notebook of lab, only report.docx",
        "",
        "handed in nothing: 2",
        "  gus, hal",
    ]
    assert [one.student for one in results if one.is_left] == ["ben", "eva", "fay"]
    assert "2 graded in 4 s, 2.0 s each; 2 graded before; 1 not graded" in summary(results, 4.0)


@pytest.mark.parametrize(("lacking", "loud"), [(0, False), (1, False), (2, True), (4, True)])
def test_what_is_missing_from_many_is_said_loudly(lacking: int, loud: bool):
    results = [
        Graded(str(number), "graded", missing=["model.pt"] * (number < lacking))
        for number in range(8)
    ]
    said = account(results)
    assert ("ATTENTION: model.pt is missing from" in said) == loud
    assert not loud or f"{lacking} of 8 submissions" in said


def test_a_line_holds_all_there_is_to_say():
    graded = Graded(
        "ada",
        "graded",
        seconds=1.5,
        scores=[*HALF, Score("lab", "other", None, 3.0)],
        notes=["lab (1).ipynb is graded as lab.ipynb"],
        problems=["b.ipynb is not graded: it does not hold its cells"],
        missing=["model.pt", "runs.json"],
    )
    said = line_of(graded)
    assert said.startswith("ada: 1 of 5 points, 1.5 s, 1 to be graded by hand")
    assert said.endswith(
        "; b.ipynb is not graded: it does not hold its cells; "
        "lab (1).ipynb is graded as lab.ipynb; missing: model.pt, runs.json"
    )


def test_an_id_cannot_look_like_a_line():
    graded = Graded("ada\nben: 5 of 5 points", "ungradable", problems=["why"])
    assert len(line_of(graded).splitlines()) == 1
    assert "ada\\nben" in account([graded])


FULL = Score("lab", "dag-check", 2.0, 2.0)
NONE = Score("lab", "dag-check", 0.0, 2.0)


def without(reason: str, exercise: str = "dag-check") -> Score:
    return Score("lab", exercise, None, 2.0, reason)


def test_who_has_no_points_yet_is_named_at_the_end_with_the_reason():
    full = "The test could not be judged (the machine ran out of memory)."
    results = [
        Graded("bob", "graded", scores=[without(full), without("It failed.", "sgd-check")]),
        Graded("ada", "graded", scores=[without(full)]),
        Graded("eve", "graded", scores=[FULL, NONE]),
    ]
    told = account(results).split("no points yet, to be graded by hand: ")[1]
    assert told.splitlines() == [
        "3",
        f"  dag-check: {full}",
        "    ada, bob",
        "  sgd-check: It failed.",
        "    bob",
    ]


def test_where_all_was_decided_nothing_is_said_of_it():
    assert "by hand" not in account([Graded("eve", "graded", scores=[FULL, NONE])])
