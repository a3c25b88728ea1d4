"""The course. nbgrader reads this file in the folder where it is run."""

from kit_utils.handin import FILES, names_of_files

c = get_config()  # noqa: F821 - nbgrader defines it

c.CourseDirectory.course_id = "deep-learning"

# What students find in place of a solution. It stands in a function body and in brackets alike, and
# the cell that holds it runs; the check below says "not attempted".
c.ClearSolutions.code_stub = {"python": "...  # YOUR CODE HERE"}

# Students see a check's verdict; one click opens its source.
c.GenerateAssignment.preprocessors.append("kit_utils.grading.coursework.fold_checks.FoldChecks")

# What is handed in beside the notebooks, from one list. An instructor's own run leaves such files
# in source/: they are not shipped to students, and never replace what was handed in.
c.GenerateAssignmentApp.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "*.pt",
    *sorted({name for lab in FILES for name in names_of_files(lab)}),
]
c.Autograde.exclude_overwriting = {lab: names_of_files(lab) for lab in FILES}
c.KitAutogradeApp.required_files = {
    lab: {notebook: list(files.required) for notebook, files in notebooks.items()}
    for lab, notebooks in FILES.items()
}

# `nbgrader zip_collect` passes over all other files. Photos of derivations are shown on the
# feedback pages, and who handed in a document in the place of a notebook is named.
c.FileNameCollectorPlugin.valid_ext = [
    *[".ipynb", ".IPYNB", ".pt", ".csv", ".json", ".py", ".txt"],
    *[".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".PNG", ".JPG", ".JPEG", ".HEIC"],
    *[".pdf", ".PDF", ".docx", ".doc", ".odt", ".html", ".md"],
]

# A missing, doubled or retyped cell is mended and noted, before nbgrader looks at the cells.
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

# Students' cells run in a box, test cells in a judge that their code cannot reach; its points are
# what the gradebook gets. See docs/grading.md.
c.Autograde.autograde_preprocessors = [
    "kit_utils.grading.pipeline.JudgedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "kit_utils.grading.pipeline.SaveScores",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# A file that is no notebook costs only its own points, huge files and links are left out, and a
# renamed notebook is named.
c.Autograde.exporter_class = "kit_utils.grading.pipeline.SubmittedNotebook"

# One cell may take two minutes; then it is interrupted and the next one runs.
c.JudgedExecute.timeout = 120

# The feedback page: verdicts, and not the source of hidden tests. It reads the gradebook itself.
# To show students the hidden tests and the mark schemes: c.FeedbackPage.show_hidden_tests = True
c.GenerateFeedback.exporter_class = "kit_utils.grading.feedback.FeedbackPage"
c.GenerateFeedback.preprocessors = []
