"""What tests found, as the metadata of a graded notebook hold it.

The judge writes it, and everything that is shown of a test is made from it. Nothing is read from
text or HTML.
"""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode

from kit_utils.check.verdict import Claim
from kit_utils.grading.notebook.notes import FORMAT, KEY


def has_claims(nb: NotebookNode) -> bool:
    """Whether a notebook was graded by a kit that stored claims; an older one stored HTML only."""
    return _kit(nb).get("format") == FORMAT


def claims_of(cell: NotebookNode) -> list[Claim]:
    """What a test found, in the order in which it asked."""
    return [Claim.from_data(claim) for claim in _kit(cell).get("claims", [])]


def reason_of(cell: NotebookNode) -> str:
    """The sentence in which the judge summed up a test; empty where there is none."""
    return str(_kit(cell).get("reason") or "")


def shows_claims(output: NotebookNode) -> bool:
    """Whether the kit put an output of a test cell there to show its claims."""
    return KEY in output.get("metadata", {})


def _kit(part: NotebookNode) -> dict[str, Any]:
    kit = part.metadata.get(KEY)
    return kit if isinstance(kit, dict) else {}
