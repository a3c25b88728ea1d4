"""The exercises of Lab 2B against the answers in answers/lab2b."""

from tests.labs.of_answers import *  # noqa: F403

LAB = "lab2b"


def test_frozen_state_earns_little(frozen, corpus, grade):
    exercise, name = frozen
    graded = grade(exercise, corpus[exercise].wrong[name][0])
    assert graded.score <= 0.3 * graded.points, graded.sheet
