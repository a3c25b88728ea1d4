"""The claims of tests, stored in the metadata of a graded notebook.

The judge writes them. Pages, summaries and reports are made from them, never from text or HTML.
"""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode

from kit_utils.check.verdict import Claim
from kit_utils.grading.notebook.notes import FORMAT, KEY


def has_claims(nb: NotebookNode) -> bool:
    """Say whether a notebook stores claims; older versions of the kit stored only HTML."""
    return _kit(nb).get("format") == FORMAT


def claims_of(cell: NotebookNode) -> list[Claim]:
    """Return the claims of a test, in its order."""
    return [Claim.from_data(claim) for claim in _kit(cell).get("claims", [])]


def reason_of(cell: NotebookNode) -> str:
    """Return the judge's summary of a test, in a sentence; empty where there is none."""
    return str(_kit(cell).get("reason") or "")


def shows_claims(output: NotebookNode) -> bool:
    """Say whether an output of a test cell was written by the kit to show its claims."""
    return KEY in output.get("metadata", {})


def _kit(part: NotebookNode) -> dict[str, Any]:
    kit = part.metadata.get(KEY)
    return kit if isinstance(kit, dict) else {}
