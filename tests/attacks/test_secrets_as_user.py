"""The thieves of test_secrets.py, graded by an ordinary user."""

from tests.attacks.test_secrets import ATTACKS, TestRun, released

AS_USER = True
__all__ = ["AS_USER", "ATTACKS", "TestRun", "released"]
