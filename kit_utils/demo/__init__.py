"""A sample class, from the instructor's notebooks to the feedback pages.

- `course`: makes a course in a folder, and hands in submissions.
- `students`: the answers of the six students.
- `run`: grades the class and prints the scores.
"""

from kit_utils.demo.run import run_demo

__all__ = ["run_demo"]
