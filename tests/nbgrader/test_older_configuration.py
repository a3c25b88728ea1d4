"""Names that stand in the configuration of a course are public: they stay where they are."""

from __future__ import annotations

import pytest
from nbgrader.converters import Autograde
from traitlets.utils.importstring import import_item

PUBLIC = [
    "kit_utils.grading.execute.JudgedExecute",
    "kit_utils.grading.feedback.FeedbackPage",
    "kit_utils.grading.labels.RequireHiddenLabels",
    "kit_utils.grading.restore.RestoreCells",
    "kit_utils.grading.scores.ForgetScores",
    "kit_utils.grading.scores.SaveScores",
    "kit_utils.grading.submitted.SubmittedNotebook",
    "kit_utils.grading.submitted.name_strangers",
]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_stay_where_they_are(name: str):
    assert callable(import_item(name))


def test_hook_of_older_courses_is_still_taken():
    hook = "kit_utils.grading.submitted.name_strangers"
    autograde = Autograde(pre_convert_hook=hook)
    assert autograde.run_pre_convert_hook() is None
