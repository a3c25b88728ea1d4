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
jsonschema (`skip_iri_grammar`), and the names that courses used earlier (`older_names`).
"""

from kit_utils.grading import older_names

older_names.keep()
