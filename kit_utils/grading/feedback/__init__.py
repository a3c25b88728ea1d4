"""The feedback pages: a graded notebook as students and assistants read it.

- `page`: the page of one notebook, as nbgrader's exporter.
- `overview`: a page for each student, and one for the class.
- `solutions`: the reference beside a student's answers, for after the deadline.
- `parts`: the cells of a notebook as parts of its page.
- `rows`: the table at the top of a page, one row for each exercise.
- `grades`: points and comments from the gradebook.
- `cell_outputs`: what cells show, tracebacks included.
- `verbatim`: source code.

Texts, formulas and pictures are made harmless by `kit_utils.pages`.
"""

from kit_utils.grading.feedback.page import FeedbackPage

__all__ = ["FeedbackPage"]
