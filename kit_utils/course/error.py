"""The one error of this room."""

from kit_utils.errors import KitError


class CourseError(KitError):
    """A roster, an archive or a copy cannot be used, and nothing was changed."""
