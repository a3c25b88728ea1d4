"""What does not pass over the wire."""

from __future__ import annotations

from kit_utils.check.student_errors import UnfitAnswer


class WireError(UnfitAnswer):
    """A value that does not pass, or a message that is not one. It says which, and why."""
