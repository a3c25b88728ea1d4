"""The rules that test cells must keep, so that they can run in a judge.

- `rules`: checks all rules, for `kit doctor`.
- `label_leaks`: finds hidden labels that reach a student's function.
"""

from kit_utils.grading.lint.rules import Breach, lint

__all__ = ["Breach", "lint"]
