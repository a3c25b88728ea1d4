"""A student who asks is told where to look, what kind of mistake it is, and the step to redo."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

from kit_utils.check import Test
from kit_utils.check.hint_stages import ALL_RIGHT, HOW_TO_ASK, KNOWN, LATER, NO_HINTS, UNKNOWN
from kit_utils.check.sealed import Known, Seen, seal

RIGHT = torch.tensor([[1.0, -2.0, 3.0], [0.5, 4.0, 1.5]], dtype=torch.float64)
x = sp.Symbol("x", real=True)


def slope():
    """Stands for the student's function; `expression` for an expression of theirs."""
    return sheet_of.answer


def sheet_of(answer, known=""):
    """The check of `slope` with hints."""
    sheet_of.answer = answer
    test = Test(points=1)
    test.array("the slope is right", lambda: slope(), RIGHT)
    test.offer_hints(known, answers="slope", start="Derive, in Exercise 1: slopes")
    return test


def stages_of(answer, known=""):
    ((_, stages),) = sheet_of(answer, known).hints.questions
    return stages


def test_the_first_stage_says_where_to_look():
    answer = RIGHT.clone()
    answer[1, 2] = 7
    where, kind, step = stages_of(answer)
    assert where == (
        "Look at slope. The first one that is wrong: the slope is right. "
        "There 1 of 6 entries differ, most of all at [1, 2]."
    )
    assert kind == "Only 1 of 6 values are wrong: look for a case that they share."
    assert step == UNKNOWN


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (-RIGHT, "Only the sign is wrong"),
        (2 * RIGHT, "one and the same factor"),
        (RIGHT + 1, "one and the same amount"),
        (RIGHT.abs(), "The sizes are right, some signs are not"),
        (RIGHT.flip(1), "The right values stand in wrong places"),
        (0 * RIGHT, "All values are zero"),
        (RIGHT**2 + 1, "not the same for all values"),
        (RIGHT.sum(0), "Entries are missing"),
        (RIGHT[None].repeat(2, 1, 1), "There are too many entries"),
        (RIGHT.T, "their order is not: look at the axes"),
        (RIGHT / 0, "Some values are not finite"),
    ],
)
def test_the_second_stage_says_what_kind_of_mistake(answer, kind):
    assert kind in stages_of(answer)[1]


def test_the_third_stage_is_the_step_to_redo_of_a_known_mistake():
    known = seal([Known(0, Seen.of([(-RIGHT).numpy()]), "Mind the minus.", (0,))], "")
    assert stages_of(-RIGHT, known)[2] == KNOWN + "Mind the minus."
    assert stages_of(-RIGHT.float(), known)[2] == KNOWN + "Mind the minus."
    assert stages_of(-2 * RIGHT, known)[2] == UNKNOWN


def test_a_mistake_that_would_be_seen_elsewhere_too_is_not_named():
    known = seal([Known(0, Seen.of([(-RIGHT).numpy()]), "Mind the minus.", (0, 1))], "")
    assert stages_of(-RIGHT, known)[2] == UNKNOWN


def test_an_answer_that_may_build_on_a_wrong_one_is_hinted_at_later():
    known = [Known(k, Seen.of([-RIGHT.numpy()]), f"Mind minus {k}.", (k,)) for k in (0, 1)]
    test = Test(points=1)
    for name, answer in {"one": lambda: one, "two": lambda: two}.items():  # noqa: F821
        answer.__globals__[name] = -RIGHT
        test.array(name, answer, RIGHT)
    test.offer_hints(seal(known, ""), answers="one two")
    assert [stages[2] for _, stages in test.hints.questions] == [KNOWN + "Mind minus 0.", LATER]


def test_an_expression_is_seen_at_points():
    test = Test(points=1)
    test.expression("the derivative of x^2 is right", lambda: x**2, 2 * x)
    test.offer_hints()
    ((_, (where, kind, _)),) = test.hints.questions
    assert "Put x = " in where and "into your expression by hand" in where
    assert "not the same for all values" in kind


def test_who_has_not_begun_is_told_where_the_exercise_begins(capsys):
    test = sheet_of(None)
    test.hint()
    assert "Start here: Derive, in Exercise 1: slopes." in capsys.readouterr().out
    assert "Start here: Derive" in test._repr_html_()


def test_each_time_the_next_stage_is_printed(capsys):
    test = sheet_of(-RIGHT)
    assert HOW_TO_ASK in repr(test)
    shown = []
    for _ in range(4):
        test.hint()
        shown.append(capsys.readouterr().out)
    assert [text.count("    ") for text in shown] == [1, 2, 3, 3]
    assert "where to look" in shown[0] and "what kind" not in shown[0]


def test_in_a_page_each_stage_is_inside_the_one_before():
    html = sheet_of(-RIGHT)._repr_html_()
    assert html.count("<details") == html.count("</details>") == 4
    assert html.endswith("</details></details></details></details></div>")


def test_a_right_answer_gets_none_and_so_does_a_check_that_offers_none(capsys):
    right = sheet_of(RIGHT)
    right.hint()
    Test(points=1).hint()
    assert capsys.readouterr().out.splitlines() == [ALL_RIGHT, NO_HINTS]
    assert "details" not in right._repr_html_() and HOW_TO_ASK not in repr(right)
