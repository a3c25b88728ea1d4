"""Hidden labels that reach a student's function are found, and nothing else is."""

from __future__ import annotations

import pytest

from kit_utils.grading.lint.label_leaks import label_leaks

STUDENTS = {"predict", "build_model"}
HIDDEN = "from kit_utils.data import load_hidden_labels\nhidden = load_hidden_labels('MNIST')\n"

LEAKS = {
    "ordered": "predict(images[hidden.argsort()])",
    "ordered, by steps": """
by = hidden.argsort()
some = images[by]
for part in some.split(30):
    predict(part)
""",
    "in a lambda": "test.judge('a', lambda: predict(images[hidden == 3]), judge)",
    "one class": """
for c in range(10):
    predict(images[hidden == c])
""",
    "chosen one by one": """
for image, c in zip(images, hidden):
    if c == 3:
        predict(image)
""",
    "asked or not": """
if hidden[0] == 3:
    predict(images)
""",
    "asked or not, in short": "hidden[0] == 3 and predict(images)",
    "in a branch": """
size = 1
if hidden[0] == 3:
    size = 2
predict(images[:size])
""",
    "collected": """
threes = []
for i, c in enumerate(hidden):
    if c == 3:
        threes.append(i)
predict(images[threes])
""",
    "put into an array": """
order = torch.zeros(3)
order[0] = hidden[0]
predict(images[order])
""",
    "through a function": """
def ask(some):
    return predict(some)
ask(images[hidden.argsort()])
""",
    "through two": """
def ask(some, n):
    return predict(some[n])
def both(some):
    return ask(images, n=some)
both(hidden.argsort())
""",
    "in a function": """
def ask():
    return predict(images[hidden.argsort()])
test.judge('a', ask, judge)
""",
    "a function asked or not": """
def ask():
    return predict(images)
if hidden[0] == 3:
    ask()
""",
    "by a function": """
def order():
    return hidden.argsort()
predict(images[order()])
""",
    "by a parameter": """
def grouped(some, labels):
    return some[labels.argsort()]
predict(grouped(images, hidden))
""",
    "mapped": """
list(map(lambda part: predict(part), images[hidden.argsort()].split(9)))
""",
    "mapped by name": "list(map(predict, images[hidden.argsort()].split(9)))",
    "by a word of the kit": """
test.judge('a', lambda: check.predict_labels(predict, images[hidden == 1]), judge)
""",
    "comprehension": """
[predict(image) for image, c in zip(images, hidden) if c == 3]
""",
    "comprehension, counted": "[predict(images) for c in hidden]",
    "another name of the function": """
ask = predict
ask(images[hidden.argsort()])
""",
    "an object it made": """
network = build_model()
network(images[hidden.argsort()])
""",
    "a call of a call": "build_model()(images[hidden.argsort()])",
    "by keyword": "predict(images=images[hidden.argsort()])",
    "starred": "predict(*[images[hidden.argsort()]])",
    "walrus": """
predict(images[(by := hidden.argsort())])
predict(images[by])
""",
    "the labels themselves": "predict(hidden)",
    "swapped in a tuple": """
some, by = images, hidden.argsort()
predict(some[by])
""",
    "another import": """
import kit_utils.data
by = kit_utils.data.load_hidden_labels('MNIST').argsort()
predict(images[by])
""",
    "import by another name": """
from kit_utils.data import load_hidden_labels as labels
predict(images[labels('MNIST').argsort()])
""",
    "import in a function": """
def order():
    from kit_utils.data.hidden import load_hidden_labels as l
    return l('MNIST').argsort()
predict(images[order()])
""",
    "the file itself": """
by = read_labels(folder / 't10k-labels-idx1-ubyte.gz').argsort()
predict(images[by])
""",
    "the folder of the stand-in": """
by = read_labels(standin_folder(hidden_labels=True)).argsort()
predict(images[by])
""",
}

HARMLESS = {
    "judged by": "test.accuracy('a', lambda: predict(images), hidden, floor=0.1)",
    "judged by a function": """
def better(labels):
    return lambda pair: judge(pair, labels)
test.judge('a', lambda: predict(images), better(hidden))
""",
    "compared": """
found = predict(images)
right = (found == hidden).sum()
compare(found, hidden)
""",
    "compared by a method": """
found = predict(images)
found.eq(hidden)
""",
    "judged in a function": """
def right(some, labels):
    return (predict(some) == labels).sum()
right(images, hidden)
""",
    "their number": """
predict(images[: len(hidden)])
predict(images[: hidden.shape[0]])
""",
    "a loop over data sets": """
for name, some, labels in [('test', images, hidden), ('validation', a, b)]:
    test.accuracy(name, lambda: predict(some), labels)
""",
    "the same name elsewhere": """
def judge_it(some):
    return some == hidden
judge_it(hidden)
def ask(some):
    return predict(some)
ask(images)
""",
    "side by side": """
some, labels = images, hidden
predict(some)
""",
    "other labels": """
by = digits.train_labels.argsort()
predict(images[by])
""",
    "a later condition": """
found = predict(images)
if (found == hidden).all():
    print('all right')
""",
    "a seed": "predict(images[torch.randperm(len(hidden))])",
}


@pytest.mark.parametrize("name", LEAKS)
def test_what_depends_on_hidden_labels_and_reaches_a_function_is_found(name: str):
    assert label_leaks(HIDDEN + LEAKS[name], STUDENTS)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_only_judged_by_hidden_labels_is_left_alone(name: str):
    assert label_leaks(HIDDEN + HARMLESS[name], STUDENTS) == []


def test_the_line_is_named():
    assert label_leaks(HIDDEN + "\n\n" + LEAKS["ordered"], STUDENTS) == [5]
