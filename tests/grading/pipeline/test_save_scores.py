"""The judge's points in a real gradebook, and nothing of an earlier run."""

from __future__ import annotations

import shutil

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.utils import compute_checksum

from kit_utils.grading.pipeline.save_scores import ForgetScores, SaveScores


def cell(name, *, grade, solution, kind="code", kit=None, text=None):
    new = new_code_cell() if kind == "code" else new_markdown_cell()
    new.metadata["nbgrader"] = {
        "grade_id": name, "grade": grade, "solution": solution, "locked": grade, "points": 4,
        "schema_version": 3, "cell_type": kind, "task": False, "checksum": "0",
    }  # fmt: skip
    if kit is not None:
        new.metadata["kit"] = kit
    if text is not None:
        new.outputs = [
            {"output_type": "execute_result", "data": {"text/plain": text}, "metadata": {},
             "execution_count": 1}
        ]  # fmt: skip
    return new


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A gradebook with two tests and a derivation; to make one takes seconds."""
    path = tmp_path_factory.mktemp("course") / "gradebook.db"
    with Gradebook(f"sqlite:///{path}") as gradebook:
        gradebook.add_assignment("lab1")
        gradebook.add_notebook("one", "lab1")
        for name, kind in {"first": "code", "second": "code", "derive": "markdown"}.items():
            gradebook.add_grade_cell(name, "one", "lab1", max_score=4, cell_type=kind)
        gradebook.add_solution_cell("derive", "one", "lab1")
        gradebook.add_student("ada")
        gradebook.add_submission("lab1", "ada")
    return path


@pytest.fixture
def course(empty, tmp_path):
    """What preprocessors are told of a submission to be graded."""
    url = f"sqlite:///{shutil.copy(empty, tmp_path)}"
    where = {"db_url": url, "notebook": "one", "assignment": "lab1", "student": "ada"}
    return {"nbgrader": where, "unique_key": "one"}


def grades(course):
    with Gradebook(course["nbgrader"]["db_url"]) as gradebook:
        notebook = gradebook.find_submission_notebook("one", "lab1", "ada")
        return {
            g.name: (g.auto_score, g.manual_score, g.needs_manual_grade) for g in notebook.grades
        }


def save(course, *cells):
    SaveScores().preprocess(new_notebook(cells=list(cells)), course)


def check(name, **options):
    return cell(name, grade=True, solution=False, **options)


def test_points_are_the_judges(course):
    save(course, check("first", kit={"score": 2.5}), check("second", kit={"score": 0.0}))
    assert grades(course)["first"] == (2.5, None, False)
    assert grades(course)["second"] == (0.0, None, False)


@pytest.mark.parametrize("kit", [None, {}, {"score": None}])
@pytest.mark.parametrize("text", [None, "4.0", "4"])
def test_without_a_judgement_there_are_no_points_whatever_the_cell_shows(course, kit, text):
    save(course, check("first", kit=kit, text=text))
    assert grades(course)["first"] == (None, None, True)


def test_what_the_cell_shows_is_not_its_points(course):
    save(course, check("first", kit={"score": 1.0}, text="4.0"))
    assert grades(course)["first"][0] == 1.0


def test_a_derivation_is_left_to_a_person(course):
    written = cell("derive", grade=True, solution=True, kind="markdown", kit={"score": 4.0})
    save(course, written)
    assert grades(course)["derive"] == (None, None, True)


def test_points_given_by_hand_stay_and_are_looked_at_again(course):
    with Gradebook(course["nbgrader"]["db_url"]) as gradebook:
        gradebook.find_submission_notebook("one", "lab1", "ada").grades[0].manual_score = 3
        gradebook.db.commit()
        name = gradebook.find_submission_notebook("one", "lab1", "ada").grades[0].name
    save(course, check(name, kit={"score": 1.0}))
    assert grades(course)[name] == (1.0, 3.0, True)


def test_points_of_a_notebook_are_written_all_or_none(course):
    before = grades(course)
    with pytest.raises(MissingEntry, match="No grade of the cell unknown"):
        save(course, check("first", kit={"score": 1.0}), check("unknown", kit={"score": 1.0}))
    assert grades(course) == before


@pytest.mark.parametrize(("changed", "comment"), [(False, "No response."), (True, None)])
def test_where_nothing_was_written_a_comment_says_so(course, changed, comment):
    written = cell("derive", grade=True, solution=True, kind="markdown")
    written.metadata["nbgrader"]["checksum"] = "another" if changed else compute_checksum(written)
    save(course, written)
    with Gradebook(course["nbgrader"]["db_url"]) as gradebook:
        assert gradebook.find_comment("derive", "one", "lab1", "ada").auto_comment == comment


def test_old_points_are_taken_back_before_a_new_grading(course):
    save(course, check("first", kit={"score": 4.0}))
    ForgetScores().preprocess(new_notebook(), course)
    assert grades(course)["first"] == (None, None, True)
    assert grades(course)["second"][0] is None
    save(course, check("first", kit={"score": 1.0}))
    assert grades(course)["first"] == (1.0, None, False)


def test_a_first_grading_has_nothing_to_forget(course):
    course["nbgrader"]["student"] = "nobody yet"
    notebook = new_notebook()
    assert ForgetScores().preprocess(notebook, course) == (notebook, course)
