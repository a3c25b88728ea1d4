"""What surrounds grading, for instructors only: the students of a course and their hand-ins.

A file for each idea:

    table           reads tables that platforms and spreadsheets export
    headings        what each platform calls the columns of a roster
    roster          brings a roster into the gradebook, and says first what would change
    collect         a run of kit collect: from archives to submissions
    collect_report  the lines that it prints
    archive         reads archives and folders that others made, within limits
    platforms       a folder: the forms of the platforms' archives
    people          finds a student by what a platform says
    hand_in         what of a hand-in is kept, and under which names
    times           when work was handed in
    uploads         the log of all uploads, and which counts
    place           replaces a submission at once
    late            what late work costs, by the policy of a course
    extensions      the extensions of single students
    late_work       that policy as a plugin of nbgrader
    penalties       computes penalties again after hand grading
    grades          the points of an assignment, as the gradebook holds them
    grades_csv      the points as a table, by exercise
    course_grades   adds the labs of a course by weights
    sheet           replaces cells of a table, and leaves every other byte
    gradesheet      fills in the grade files of Canvas, Moodle and Blackboard
    export_plugin   the same table for nbgrader's own export
    feedback_zip    packs feedback pages for the platform that the hand-ins came from
    private_files   writes what only the instructor may read
    gradebook       opens the gradebook for commands that need what grading wrote
    restore         compares the gradebook with a copy, and puts the copy back
    error           the error of this room

Copies of the gradebook are made in `kit_utils.grading.coursework.copies`, as `kit autograde` makes
them, too.
"""
