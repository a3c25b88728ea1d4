"""The course. nbgrader reads this file in the folder where it is run."""

from kit_utils.handin import FILES, names_of_files

c = get_config()  # noqa: F821 - nbgrader defines it

c.CourseDirectory.course_id = "deep-learning"

# The placeholder for a solution in the student version. It is valid in a function body and in
# brackets, so the cell runs, and its check says "not attempted".
c.ClearSolutions.code_stub = {"python": "...  # YOUR CODE HERE"}

# Each check gives hints when a student asks: after the cells are saved, and before the hidden tests
# are removed. Without hints: c.SealHints.enabled = False, or c.SealHints.without = ["lab1"]
c.GenerateAssignment.preprocessors.insert(8, "kit_utils.grading.coursework.seal_hints.SealHints")

# Students see a check's verdict; one click opens its source.
c.GenerateAssignment.preprocessors.append("kit_utils.grading.coursework.fold_checks.FoldChecks")

# Files that are handed in beside the notebooks, from one list. An instructor's own run leaves such
# files in source/: they are not released, and never replace submitted files.
c.GenerateAssignmentApp.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "*.pt",
    "figures",  # that the notebooks save; they are in the notebook, too, and are not handed in
    "*_report.*",
    *sorted({name for lab in FILES for name in names_of_files(lab)}),
]
c.Autograde.exclude_overwriting = {lab: names_of_files(lab) for lab in FILES}
c.KitAutogradeApp.required_files = {
    lab: {notebook: list(files.required) for notebook, files in notebooks.items()}
    for lab, notebooks in FILES.items()
}

# `kit collect` and `nbgrader zip_collect` ignore all other files. Feedback pages show photos of
# derivations, and the run names students who handed in a document instead of a notebook.
c.FileNameCollectorPlugin.valid_ext = [
    *[".ipynb", ".IPYNB", ".pt", ".csv", ".json", ".py", ".txt"],
    *[".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".PNG", ".JPG", ".JPEG", ".HEIC"],
    *[".pdf", ".PDF", ".docx", ".doc", ".odt", ".html", ".md"],
]

# Missing, copied or retyped cells are repaired, with a note, before nbgrader reads the cells.
c.Autograde.sanitize_preprocessors = [
    "kit_utils.grading.pipeline.ForgetScores",
    "kit_utils.grading.pipeline.RestoreCells",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
    "kit_utils.grading.pipeline.RequireHiddenLabels",
]

# Students' cells run in a box, and test cells in a judge that students' code cannot reach. The
# judge's points go to the gradebook. See docs/grading.md.
c.Autograde.autograde_preprocessors = [
    "kit_utils.grading.pipeline.JudgedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "kit_utils.grading.pipeline.SaveScores",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# A file that is not a notebook costs only its own points, huge files and links are left out, and
# renamed notebooks are graded.
c.Autograde.exporter_class = "kit_utils.grading.pipeline.SubmittedNotebook"

# One cell may take two minutes; then it is interrupted and the next one runs.
c.JudgedExecute.timeout = 120

# The feedback page shows verdicts, but not the source of hidden tests. It reads the gradebook. To
# show students the hidden tests and the mark schemes: c.FeedbackPage.show_hidden_tests = True
c.GenerateFeedback.exporter_class = "kit_utils.grading.feedback.FeedbackPage"
c.GenerateFeedback.preprocessors = []

# Late work costs nothing. For a policy, see "Late work" in docs/instructors.md:
# c.AssignLatePenalties.plugin_class = "kit_utils.course.late_work.LateWork"
# c.LateWork.percent_per_day = 10
