"""The exercises of Lab 1 against the answers in answers/lab1."""

from tests.labs.of_answers import *  # noqa: F403

LAB = "lab1"
