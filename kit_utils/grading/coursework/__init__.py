"""Assignments and submissions: the files, the gradebook and the configuration of a course.

- `assignment`: enters an assignment in the gradebook, and compares it with source/ and release/.
- `fold_checks`: folds the test cells of the student version.
- `seal_hints`: puts hints into the test cells of the student version.
- `catalogue`: what a check sees of the mistakes that it knows.
- `released_cells`: the cells of an assignment, read from the gradebook.
- `submissions`: finds what students handed in.
- `timestamps`: reads times that begin with a byte order mark.
- `notebook_names`: recognises renamed notebooks.
- `seeds`: the seed for the tests of a submission.
- `copies`: copies of the gradebook, and whether it is damaged.
- `configuration`: hands a course's settings to other processes.
"""
