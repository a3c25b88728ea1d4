"""Numbers of a report beside those that were measured: contradictions, and no false alarms."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from kit_utils.handin.report_numbers import contradictions, contradictions_in, report_lines
from kit_utils.handin.results import Result, read_results

LAST = {
    "baseline 2015": 34.2,
    "baseline": 60.14,
    "+A": 65.5,
    "+A +k-means 1": 68.94,
    "+A +k-means 1 and 2": 69.3,
    "+A +surrogate classes": 70.06,
}
RESULTS = [Result(name, "runs.json", (value,), (value + 0.4,)) for name, value in LAST.items()]


def found(text: str) -> list[tuple[str, str]]:
    return [(one.result.name, one.stated) for one in contradictions_in(text, RESULTS)]


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        ("The baseline reaches 71.2 % validation accuracy.", "baseline", "71.2"),
        ("The **baseline** reached an accuracy of $71.2\\,\\%$.", "baseline", "71.2"),
        ("The validation accuracy of the baseline is 71,2%.", "baseline", "71,2"),
        ("We measured 71.2 % validation accuracy for the baseline.", "baseline", "71.2"),
        ("Validation accuracies: baseline 60.1 %, `+A` 71.2 %.", "+A", "71.2"),
        ("On validation images: baseline (60.1 %), +A (61.0 %).", "+A", "61.0"),
        ("With +A +k-means 1 and 2 we reached 71.2 %.\n", "+A +k-means 1 and 2", "71.2"),
        ("Our accuracy was 75 per cent with +A.", "+A", "75"),
        ("Surrogate classes scored 71.2 ± 0.8 %.", "+A +surrogate classes", "71.2"),
        ("Surrogate\nclasses reach 72%.", "+A +surrogate classes", "72"),
        ("The +A +k-means 1 run has an accuracy of 71.2 %.", "+A +k-means 1", "71.2"),
        ("- baseline: 60.1 % accuracy\n- +A: 67.5 % accuracy\n", "+A", "67.5"),
        ("It worked. The baseline achieved 71.2% on validation images. Good.", "baseline", "71.2"),
        ("| run | accuracy |\n|---|---|\n| baseline | 60.1 % |\n| +A | 66.9 % |", "+A", "66.9"),
        ("run | validation (%) | time\n---|---|---\n`+A` | 66.9 ± 1 | 9 s", "+A", "66.9"),
        ("| # | run | val. accuracy |\n|--|--|--|\n| 1 | baseline | 0.712 |", "baseline", "71.2"),
        ("| run | train | valid | test |\n|-|-|-|-|\n| +A | 99 % | 71.2 % | 62 % |", "+A", "71.2"),
    ],
)
def test_a_number_that_was_not_measured_is_pointed_out(text, name, number):
    assert found(text) == [(name, number.replace("71.2", number))]


@pytest.mark.parametrize(
    "text",
    [
        "The baseline reaches 60.1 % validation accuracy, +A reaches 65.5 %.",
        "The baseline reaches 60 % accuracy, in its best epoch 60.5 %.",
        "The accuracy of the baseline is 60.54 %.",  # of the best epoch
        "| run | accuracy |\n|---|---|\n| baseline | 0.601 |\n| +A | 65.5 ± 1.5 % |",
        "| run | train accuracy | validation accuracy |\n|--|--|--|\n| +A | 99 % | 65.5 % |",
        "| run | accuracy | accuracy of the second seed |\n|--|--|--|\n| +A | 65.5 % | 61.3 % |",
        "| run | gain in accuracy |\n|--|--|\n| +A | 5.4 % |",
        "| run | dropout | remark |\n|--|--|--|\n| +A | 50 % | reached 12 % |",
    ],
)
def test_right_numbers_are_left_alone(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "The baseline has a training accuracy of 99.8 %.",
        "On the test images the baseline reaches 58.2 % accuracy.",
        "With +A the accuracy rises by 5.4 %.",
        "+A gains 5.4 % accuracy.",
        "+A is 5.4 % more accurate than the baseline.",
        "The baseline reaches 55 % accuracy after 10 epochs.",
        "The error of the baseline is 39.9 %, its accuracy the rest.",
        "A deeper baseline reaches 63.0 % validation accuracy.",
        "The baseline without batch normalisation reaches 10 % accuracy.",
        "The baseline with dropout of 50 % reaches the same accuracy.",
        "Of the pseudo-labels of +A, 92.1 % were right, which helps accuracy.",
        "With surrogate classes 92 % of the images reach their label.",
        "In the paper, k-means 1 reached 77.9 % accuracy.",
        "Coates et al. reach an accuracy of 79.6 % with +A +k-means 1.",
        "The accuracy of the baseline with another seed is 58.9 %.",
        "+A +k-means 1 +dropout reaches 72.3 % accuracy.",  # a run that is not in runs.json
        "Two seeds of the baseline differ by 2.1 % in accuracy.",
        "By chance 10 % accuracy is reached; the baseline learns.",
        "A split holds out 20 % for validation. The baseline is trained on the rest.",
        "The standard error of the accuracy is 1.5 %; for the baseline it is 1.6 %.",
        "The baseline confuses cats and dogs in 17 % of the validation images.",
        "Baseline and +A reach 60.1 % and 65.5 % accuracy.",
        "The baseline reached at most 70 % accuracy.",
        "# Accuracy of the baseline: 12 %",
        "> The baseline reaches 12 % accuracy.",
        "The learning rate falls to 1 % of its maximum, then validation accuracy reaches its peak.",
        "",
    ],
)
def test_numbers_of_other_things_raise_no_alarm(text):
    assert found(text) == []


def test_without_results_nothing_is_said():
    assert contradictions_in("The baseline reaches 71.2 % accuracy.", []) == []


def test_several_seeds_give_a_range():
    seeds = [Result("noise", "runs.json", (97.1, 97.9), (97.3, 98.0))]
    assert not contradictions_in("With noise the accuracy is 97.5 % and good.", seeds)
    assert contradictions_in("With noise the accuracy is 98.3 % and good.", seeds)


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    history = {"train_loss": [1.0, 0.5], "validation_accuracy": [0.7, 0.6894], "seconds": [2, 3.5]}
    runs = {"k-means": history, "noise": {"0": history, "1": history}, "broken": [1], "odd": {}}
    (tmp_path / "runs.json").write_text(json.dumps(runs))
    return tmp_path


def notebook(*answers: str):
    output = new_output("stream", text="baseline: 97.15% of the images\nmodel:    98.55%\n")
    given = new_code_cell("print(evaluate(model))", id="model-train", outputs=[output])
    own = new_code_cell("print(evaluate(mine))", id="0a1b2c3d", outputs=[output])
    texts = [new_markdown_cell(text, id=f"report-{i}-answer") for i, text in enumerate(answers)]
    question = new_markdown_cell("The model reaches 12 % accuracy.", id="report")
    return new_notebook(cells=[own, given, question, *texts])


def test_results_are_those_of_runs_and_of_the_courses_cells(lab):
    results = {one.name: one for one in read_results(lab, {"2_mnist": notebook()})}
    assert list(results) == ["baseline", "model", "k-means", "noise"]
    assert results["model"].source == "cell model-train of 2_mnist"
    assert results["k-means"].last == (68.94,) and results["k-means"].best == (70.0,)
    assert results["k-means"].epochs == 2 and results["k-means"].seconds == 5.5
    assert len(results["noise"].last) == 2


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": {"validation_accuracy": ["x"]}}', "[" * 99999]
)
def test_a_damaged_file_of_runs_holds_no_results(lab, text):
    (lab / "runs.json").write_text(text)
    assert read_results(lab, {}) == []


def test_the_line_names_both_numbers_and_where_they_are(lab):
    texts = (
        "*Your answer here.*",
        "k-means reaches 71.2 % accuracy.",
        "The accuracy of the model is 98.5%.",
    )
    (only,) = contradictions(lab, {"2_mnist": notebook(*texts)})
    line = "report-1-answer: your report says 71.2 % for k-means; runs.json says 68.94 %"
    assert str(only) == line


def test_a_saved_notebook_gives_the_same_line(lab):
    path = lab / "2_mnist.ipynb"
    assert report_lines(path) == []
    path.write_text("no notebook")
    assert report_lines(path) == []
    nbformat.write(notebook("k-means reaches 71.2 % accuracy."), path)
    assert report_lines(path) == [
        "report-0-answer: your report says 71.2 % for k-means; runs.json says 68.94 %"
    ]
