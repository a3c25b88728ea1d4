"""The exercises of Lab 2B against the answers in answers/lab2b."""

from tests.labs.of_answers import *  # noqa: F403

LAB = "lab2b"
