"""For instructors only: what nbgrader loads while it grades.

From the top down; a room imports only from rooms below it:

- `commands`: `kit autograde` and `kit generate_feedback`.
- `classrun`: one run over the submissions of a class, by processes here or on a Dask cluster.
- `pipeline`: the steps that one submission passes, in order: read, restore, execute, save.
- `feedback`: the pages that students see.
- `lint`: the rules for test cells.
- `judge`: runs test cells where no student's code runs.
- `box`: where students' code runs, without network, other files, or a way out.
- `wire`: what passes between the two.
- `coursework`: an assignment, and what was handed in for it.
- `notebook`: how a notebook is read, looked into and annotated.

Beside them lie what is changed in nbgrader (`nbgrader_patches`, `nbgrader_errors`) and in
jsonschema (`skip_iri_grammar`).
"""

from kit_utils import moved

ROOM = "kit_utils.grading"

# Configurations of courses name these modules by the places that they had.
moved.alias(
    {
        f"{ROOM}.execute": f"{ROOM}.pipeline.execute_judged",
        f"{ROOM}.labels": f"{ROOM}.pipeline.require_labels",
        f"{ROOM}.restore": f"{ROOM}.pipeline.restore_cells",
        f"{ROOM}.scores": f"{ROOM}.pipeline.save_scores",
        f"{ROOM}.submitted": f"{ROOM}.pipeline.read_submission",
    }
)
