"""The judge: runs test cells where no student's code runs."""

import kit_utils.grading.without_iris  # noqa: F401 - before nbformat
