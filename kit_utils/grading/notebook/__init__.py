"""Reading, analysing and annotating notebooks.

- `reader`: reads a file as a notebook, and repairs what tools damage.
- `cell_names`: which names a cell defines, and which it needs.
- `imports`: which modules cells import.
- `ready_made_calls`: library calls in answers that have to be worked out by hand.
- `nbgrader_metadata`: what nbgrader's metadata say about a cell.
- `outputs`: sanitises and limits what cells show.
- `notes`: the kit's notes in a graded notebook.
- `stored_claims`: the claims of a test in the metadata of a graded notebook.
"""
