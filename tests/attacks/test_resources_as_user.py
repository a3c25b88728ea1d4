"""The bombs of test_resources.py, graded by an ordinary user."""

from tests.attacks.test_resources import ATTACKS, TestRun

AS_USER = True
__all__ = ["AS_USER", "ATTACKS", "TestRun"]
