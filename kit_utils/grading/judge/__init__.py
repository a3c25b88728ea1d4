"""The judge: runs test cells in a process without any student's code.

- `client`: starts judges, sends them test cells, and stops them.
- `server`: the process from which judges are forked.
- `cell`: runs a test cell, and decides its score.
- `plain_tests`: ordinary nbgrader tests: asserts, and partial credit by a number.
- `proxies`: stand-ins for objects in the student's kernel.
- `argument_changes`: arguments that a student's function changed in place.
- `exceptions`: exceptions of a student's code, in a form that a test can catch.
- `messages`: the input and the result of a judge.
"""

import kit_utils.grading.skip_iri_grammar  # noqa: F401 - before nbformat
