"""The findings of `kit doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line of the report. A note is worth knowing, but is not a problem."""

    kind: str  # "ok", "note" or "problem"
    text: str

    def __str__(self) -> str:
        """Return the line as it is printed."""
        return f"{self.kind:8} {self.text}"
