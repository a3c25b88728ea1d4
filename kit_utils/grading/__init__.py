"""Grading, for instructors only: nbgrader loads these modules.

From the top down; a room imports only from rooms below it:

- `commands`: `kit autograde` and `kit generate_feedback`.
- `classrun`: grades the submissions of a class, in processes here or on a Dask cluster.
- `pipeline`: the steps for one submission, in order: read, restore, execute, save.
- `feedback`: the pages for students and assistants, the solutions among them.
- `lint`: the rules for test cells.
- `judge`: runs test cells in a process without any student's code.
- `box`: the sandbox in which students' code runs.
- `forking`: forks kernels and judges from processes that have done all imports.
- `wire`: the messages between judge and student's kernel.
- `coursework`: assignments, submissions and the configuration of a course.
- `notebook`: reading, analysing and annotating notebooks.

`nbgrader_patches` and `nbgrader_errors` change nbgrader, `skip_iri_grammar` changes jsonschema.
"""

from kit_utils import moved

ROOM = "kit_utils.grading"

# The nbgrader_config.py of existing courses names these modules by their old paths.
moved.alias(
    {
        f"{ROOM}.execute": f"{ROOM}.pipeline.execute_judged",
        f"{ROOM}.labels": f"{ROOM}.pipeline.require_labels",
        f"{ROOM}.restore": f"{ROOM}.pipeline.restore_cells",
        f"{ROOM}.scores": f"{ROOM}.pipeline.save_scores",
        f"{ROOM}.submitted": f"{ROOM}.pipeline.read_submission",
    }
)
