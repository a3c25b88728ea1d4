"""Grades a class with all cores: workers only execute, and one process alone writes the gradebook.

- `run`: one run over the submissions; a thread for each that is on the way.
- `converter`: nbgrader's Autograde for one submission, which sends its notebooks to workers.
- `baton`: lets one thread at a time use nbgrader.
- `job`: what a worker is sent, and what it answers.
- `local_pool`, `preload`: workers on this machine.
- `dask`: workers on other machines.
- `journal`, `fingerprint`: what was graded so far, and with which checks, files and settings.
- `report`: what the terminal shows.
"""

import kit_utils.grading.skip_iri_grammar  # noqa: F401 - before nbformat
