"""The commands of `kit` for instructors. They take the options of nbgrader's commands.

- `autograde`: `kit autograde`, which grades a class on all cores.
- `generate_feedback`: `kit generate_feedback`, which makes the pages of a class.
"""

import kit_utils.grading.skip_iri_grammar  # noqa: F401 - before nbformat
