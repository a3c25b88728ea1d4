"""The lines that `kit collect` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kit_utils.course.collect import Report

MANY = 40  # names in a line


def describe_report(report: Report, dry_run: bool) -> str:
    """Return what a run found and did, with all names."""
    lines = [f"{line}." for line in report.sources]
    lines += [f"+ {student}" for student in report.new if len(report.new) <= MANY]
    lines += [f"~ {student}: {what}" for student, what in report.changed.items()]
    lines += _list_names("Incomplete", _each(report.incomplete))
    lines += _list_names(
        "Files that the assignment does not ask for, left out", _each(report.left_out)
    )
    lines += _list_names("Refused", report.refused)
    lines += _list_names("Unknown, and not collected", report.unknown)
    lines += _list_names("Doubtful: please look", report.doubtful)
    lines += _row("Late", report.late)
    lines += _row("Time unknown, so that nbgrader takes them for not late", report.timeless)
    lines += _row("Handed in nothing", report.absent)
    count = len(report.new) + len(report.changed) + len(report.same)
    lines.append(
        f"Handed in: {count} ({len(report.new)} new, {len(report.changed)} changed, "
        f"{len(report.same)} as they were). Incomplete: {len(report.incomplete)}. "
        f"Late: {len(report.late)}. Absent: {len(report.absent)}. "
        f"Unknown: {len(report.unknown)}. Doubtful: {len(report.doubtful)}. "
        f"Refused: {len(report.refused)}."
    )
    if dry_run:
        lines.append("Nothing was changed: this was a dry run.")
    return "\n".join(lines)


def _each(found: Mapping[str, Iterable[str]]) -> list[str]:
    return [f"{student}: {', '.join(names)}" for student, names in found.items()]


def _list_names(what: str, lines: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(lines))
    return [f"{what}: {len(found)}", *(f"  {line}" for line in found)] if found else []


def _row(what: str, names: Iterable[str]) -> list[str]:
    found = list(names)
    return [f"{what}: {len(found)}", f"  {', '.join(found)}"] if found else []
