"""The course. nbgrader reads this file in the folder where it is run."""

c = get_config()  # noqa: F821 - nbgrader defines it

c.CourseDirectory.course_id = "deep-learning"

# What students find in place of a solution. It stands in a function body and in brackets alike,
# so that a notebook with open exercises still runs.
c.ClearSolutions.code_stub = {"python": "...  # YOUR CODE HERE"}

# Only notebooks are shipped; anything else in source/ stays with the instructor.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "*.pt",
    "*.csv",
    "*.part",
]

# A missing, doubled or retyped cell is mended and noted, before nbgrader looks at the cells.
c.Autograde.sanitize_preprocessors = [
    "kit_utils.grading.restore.RestoreCells",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# One cell may take two minutes; then it is interrupted and the next one runs.
c.Execute.timeout = 120
c.Execute.interrupt_on_timeout = True

# Submissions hold weights and predictions beside the notebook, never more than this (kilobytes).
c.CourseDirectory.max_file_size = 100_000
