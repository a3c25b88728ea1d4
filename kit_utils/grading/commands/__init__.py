"""Commands of `kit` for instructors, with the options of nbgrader's own."""
