"""What surrounds grading, for instructors only: the students of a course and their hand-ins.

A file for each idea:

    table           reads tables that platforms and spreadsheets export
    headings        what each platform calls the columns of a roster
    roster          brings a roster into the gradebook, and says first what would change
    restore         compares the gradebook with a copy, and puts the copy back
    error           the error of this room

Copies of the gradebook are made in `kit_utils.grading.coursework.copies`, as `kit autograde` makes
them, too.
"""
