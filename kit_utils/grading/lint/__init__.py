"""The rules for test cells that let them run in a judge of their own.

- `rules`: all of them, as `kit doctor` asks for them.
- `label_leaks`: whether a hidden label reaches a student's function.
"""

from kit_utils.grading.lint.rules import Breach, lint

__all__ = ["Breach", "lint"]
