"""An assignment, and what was handed in for it: files, gradebook and configuration of a course.

- `assignment`: enters an assignment in the gradebook, and compares its copies.
- `fold_checks`: folds the test cells of the student version.
- `released_cells`: its cells, as the gradebook holds them.
- `submissions`: what lies in submitted/.
- `notebook_names`: which notebook of an assignment a renamed file is.
- `plain_files`: which files are taken.
- `seeds`: the seed of a submission's tests.
- `configuration`: a course's settings, for other processes.
"""
