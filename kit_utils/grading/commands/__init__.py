"""Commands of `kit` for instructors, with the options of nbgrader's own."""

import kit_utils.grading.without_iris  # noqa: F401 - before nbformat
