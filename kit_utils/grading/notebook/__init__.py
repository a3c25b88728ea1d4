"""How a notebook is read, looked into and annotated.

- `reader`: reads a file as a notebook, and mends what tools do to it.
- `cell_names`: which names a cell defines, and which it needs.
- `imports`: which modules cells import.
- `outputs`: what cells show, fit to be written to a file.
- `notes`: what the kit says in a graded notebook.
- `stored_claims`: what tests found, as a graded notebook holds it.
"""
