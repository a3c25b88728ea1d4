"""The feedback page: what a student and an assistant see of a graded notebook."""

from kit_utils.grading.feedback.page import FeedbackPage

__all__ = ["FeedbackPage"]
