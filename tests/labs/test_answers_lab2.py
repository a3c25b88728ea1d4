"""The exercises of Lab 2 against the answers in answers/lab2."""

from tests.labs.of_answers import *  # noqa: F403

LAB = "lab2"
