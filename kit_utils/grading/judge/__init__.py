"""The judge: runs test cells where no student's code runs.

- `client`: judges, as the grading sees them: started, asked, stopped.
- `server`: the process from which judges are forked.
- `cell`: runs one test cell, and says what it is worth.
- `plain_tests`: test cells of other courses: asserts, and partial credit by a number.
- `proxies`: what a student's kernel holds, as a test sees it.
- `argument_changes`: arguments that a student's function changed in place.
- `exceptions`: what a student's code raised, as a test can catch it.
- `messages`: what a judge is given, and what it answers.
"""

import kit_utils.grading.skip_iri_grammar  # noqa: F401 - before nbformat
