"""The course. nbgrader reads this file in the folder where it is run."""

c = get_config()  # noqa: F821 - nbgrader defines it

c.CourseDirectory.course_id = "deep-learning"

# What students find in place of a solution. It stands in a function body and in brackets alike, and
# the cell that holds it runs; the check below says "not attempted".
c.ClearSolutions.code_stub = {"python": "...  # YOUR CODE HERE"}

# Weights, predictions and results that an instructor's own run left in source/ are not shipped to
# students.
c.GenerateAssignmentApp.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "*.pt",
    "predictions.csv",
    "runs.json",
]

# What a student hands in beside the notebook is never replaced by a file that an instructor's own
# run left in source/.
c.Autograde.exclude_overwriting = {
    "lab1": ["model.pt", "baseline.pt", "predictions.csv"],
    "lab2": ["model.pt", "supervised.pt", "small.pt", "predictions.csv", "runs.json"],
    "lab2b": ["model.pt", "predictions.csv", "runs.json"],
}

# A missing, doubled or retyped cell is mended and noted, before nbgrader looks at the cells.
c.Autograde.sanitize_preprocessors = [
    "kit_utils.grading.scores.ForgetScores",
    "kit_utils.grading.restore.RestoreCells",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
    "kit_utils.grading.labels.RequireHiddenLabels",
]

# Students' cells run in a box, test cells in a judge that their code cannot reach; its points are
# what the gradebook gets. See docs/grading.md.
c.Autograde.autograde_preprocessors = [
    "kit_utils.grading.execute.JudgedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "kit_utils.grading.scores.SaveScores",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# A file that is no notebook costs only its own points, huge files and links are left out, and a
# renamed notebook is named.
c.Autograde.exporter_class = "kit_utils.grading.submitted.SubmittedNotebook"
c.Autograde.pre_convert_hook = "kit_utils.grading.submitted.name_strangers"

# One cell may take two minutes; then it is interrupted and the next one runs.
c.JudgedExecute.timeout = 120

# The feedback page: verdicts, and not the source of hidden tests. It reads the gradebook itself.
# To show students the hidden tests and the mark schemes: c.FeedbackPage.show_hidden_tests = True
c.GenerateFeedback.exporter_class = "kit_utils.grading.feedback.FeedbackPage"
c.GenerateFeedback.preprocessors = []
