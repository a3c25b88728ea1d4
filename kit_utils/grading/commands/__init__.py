"""Commands of `kit` for instructors, with the options of nbgrader's own."""

import kit_utils.grading.skip_iri_grammar  # noqa: F401 - before nbformat
