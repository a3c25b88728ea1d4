"""Answers to predictions-check: predictions.csv against predict(images), and predict by itself.

The file that the reference solution wrote is there. As in grading, write_predictions leaves it
alone, so these answers write it themselves: `hand_in` stands for the student's own session.
"""

HAND_IN = """
from pathlib import Path

def hand_in(labels, header="id,label", first=0, end="\\n"):
    rows = [header, *(f"{i},{c}" for i, c in enumerate(labels.tolist(), first))]
    Path("predictions.csv").write_text(end.join(rows) + end)

mine = predict(mnist.test_images)
"""


def _file(code: str) -> str:
    """Another file."""
    return HAND_IN + code


RIGHT = {
    "as given": "pass",
    "written again": _file("hand_in(mine)"),
    "lines end as on Windows": _file("hand_in(mine, end='\\r\\n')"),
    "spaces in the header, blank lines": _file("hand_in(mine, header=' id, label \\n')"),
    "by pandas": _file(
        "import csv\n"
        "with open('predictions.csv', 'w', newline='') as file:\n"
        "    writer = csv.writer(file, quoting=csv.QUOTE_ALL)\n"
        "    writer.writerows([('id', 'label'), *enumerate(mine.tolist())])"
    ),
    "rows in another order": _file(
        "lines = Path('predictions.csv').read_text().split()\n"
        "Path('predictions.csv').write_text('\\n'.join([lines[0], *sorted(lines[1:])]))"
    ),
    "predict in numpy": """
reference = predict
def predict(images):
    return reference(images).numpy()
""",
    "predict as a list": """
reference = predict
def predict(images):
    return reference(images).tolist()
""",
    "predict in small batches": """
def predict(images):
    return torch.cat([predict_labels(model, batch) for batch in images.split(7)])
""",
    "predict in int32": """
def predict(images):
    return predict_labels(model, images).int()
""",
    "another model, file and predict alike": _file("""
def predict(images):
    return predict_labels(baseline, images)

hand_in(predict(mnist.test_images))
"""),
    "wrong labels, but the same ones": _file("""
def predict(images):
    return (predict_labels(model, images) + 1) % 10

hand_in(predict(mnist.test_images))
"""),
}

TRAINED_AGAIN = "If the model was trained again after the file was written"
NOT_EVAL = "An image's label may depend on that image alone"

WRONG = {
    "file of another model": (
        _file("hand_in(predict_labels(baseline, mnist.test_images))"),
        TRAINED_AGAIN,
    ),
    "file of the untrained model": (
        _file("hand_in(predict_labels(build_model(), mnist.test_images))"),
        TRAINED_AGAIN,
    ),
    "predict by another model": (
        "def predict(images):\n    return predict_labels(baseline, images)",
        TRAINED_AGAIN,
    ),
    "one label in a hundred corrected by hand": (
        _file("mine[::100] = (mine[::100] + 1) % 10\nhand_in(mine)"),
        TRAINED_AGAIN,
    ),
    "rows shuffled, ids new": (_file("hand_in(mine.flip(0))"), TRAINED_AGAIN),
    "file missing": (
        _file("Path('predictions.csv').unlink()"),
        "Run the cell that writes it, and hand the file in",
    ),
    "folder of that name": (
        _file("Path('predictions.csv').unlink()\nPath('predictions.csv').mkdir()"),
        "Remove it, and run the cell that writes the file",
    ),
    "link": (
        _file(
            "Path('predictions.csv').rename('mine.csv')\n"
            "Path('predictions.csv').symlink_to('mine.csv')"
        ),
        "Remove it, and run the cell that writes the file",
    ),
    "empty file": (
        _file("Path('predictions.csv').write_text('')"),
        "must begin with the line 'id,label'; it has 'nothing'",
    ),
    "header only": (_file("hand_in(mine[:0])"), "has 0 labels; 500 are asked for"),
    "no header": (
        _file(
            "text = Path('predictions.csv').read_text()\n"
            "Path('predictions.csv').write_text(text.removeprefix('id,label\\n'))"
        ),
        "must begin with the line 'id,label'",
    ),
    "header of another competition": (
        _file("hand_in(mine, header='ImageId,Label')"),
        "it has 'ImageId,Label'",
    ),
    "separated by semicolons": (
        _file(
            "text = Path('predictions.csv').read_text()\n"
            "Path('predictions.csv').write_text(text.replace(',', ';'))"
        ),
        "it has 'id;label'",
    ),
    "ids from 1": (_file("hand_in(mine, first=1)"), "line 501: id 500 is not in 0 to 499"),
    "too few rows": (_file("hand_in(mine[:-1])"), "has 499 labels; 500 are asked for"),
    "validation images instead": (
        _file("hand_in(predict_labels(model, mnist.train_images[validation_index]))"),
        "has 216 labels; 500 are asked for",
    ),
    "training images instead": (
        _file("hand_in(predict_labels(model, mnist.train_images))"),
        "id 500 is not in 0 to 499",
    ),
    "an id twice": (
        _file("with open('predictions.csv', 'a') as file:\n    file.write('0,7\\n')"),
        "line 502: id 0 stands there twice",
    ),
    "label 10": (_file("mine[3] = 10\nhand_in(mine)"), "line 5: label 10 is not in 0 to 9"),
    "label -1": (_file("mine[3] = -1\nhand_in(mine)"), "line 5: label -1 is not in 0 to 9"),
    "labels as floats": (_file("hand_in(mine.float())"), "is not two whole numbers"),
    "scores": (
        _file("hand_in(predict_logits(model, mnist.test_images))"),
        "Write it with write_predictions",
    ),
    "no text": (
        _file("Path('predictions.csv').write_bytes(bytes(range(256)) * 10)"),
        "is no CSV file",
    ),
    "UTF-16": (
        _file(
            "text = Path('predictions.csv').read_text()\n"
            "Path('predictions.csv').write_text(text, encoding='utf-16')"
        ),
        "is no CSV file",
    ),
    "one megabyte": (
        _file("Path('predictions.csv').write_text('0,1\\n' * 250_000)"),
        "500 labels need less than 16,032",
    ),
    "dropout left on": (
        """
@torch.no_grad()
def predict(images):
    model.eval()
    return F.dropout(model(to_float(images)), 0.5).argmax(1)
""",
        NOT_EVAL,
    ),
    "batch statistics": (
        _file("""
@torch.no_grad()
def predict(images):
    model.train()
    return model(to_float(images)).argmax(1)

hand_in(predict(mnist.test_images))
"""),
        NOT_EVAL,
    ),
    "batch statistics in batches": (
        """
@torch.no_grad()
def predict(images):
    model.train()
    return torch.cat([model(to_float(batch)).argmax(1) for batch in images.split(100)])
""",
        NOT_EVAL,
    ),
    "noise at random": (
        """
def predict(images):
    labels = predict_labels(model, images)
    at_random = torch.rand(len(labels)) < 0.05
    return torch.where(at_random, torch.randint(10, (len(labels),)), labels)
""",
        NOT_EVAL,
    ),
    "normalised by the batch": (
        _file("""
@torch.no_grad()
def predict(images):
    z = model.eval()(to_float(images))
    return (z - z.mean(0)).argmax(1)

hand_in(predict(mnist.test_images))
"""),
        NOT_EVAL,
    ),
    "labels by the place": (
        """
def predict(images):
    from kit_utils.handin import read_predictions

    labels = read_predictions("predictions.csv", rows=len(mnist.test_images))
    return labels[: len(images)]
""",
        NOT_EVAL,
    ),
    "constant": (
        "def predict(images):\n    return torch.zeros(len(images), dtype=torch.int64)",
        "labels that hardly vary show nothing here",
    ),
    "constant, and a file that matches": (
        _file("""
def predict(images):
    return torch.full((len(images),), 3)

hand_in(predict(mnist.test_images))
"""),
        "gives the label 3 to 500 of 500 images",
    ),
    "nearly constant, and a file that matches": (
        _file("""
def predict(images):
    return torch.where(images.flatten(1)[:, 300:1500].float().mean(1) > 90, 1, 7)

hand_in(predict(mnist.test_images))
"""),
        "labels that hardly vary show nothing here",
    ),
    "the label of its brightest neighbour": (
        """
whole = predict
def predict(images):
    return whole(images)[images.flatten(1).float().mean(1).argmax()].expand(len(images))
""",
        None,
    ),
    "the dark images of a batch are guessed": (
        """
whole = predict
def predict(images):
    brightness = images.flatten(1).float().mean(1)
    return torch.where(brightness < 0.8 * brightness.mean(), 1, whole(images))
""",
        NOT_EVAL,
    ),
    "sorted": (
        """
whole = predict
def predict(images):
    return whole(images).sort().values
""",
        None,
    ),
    "the first image of a batch is lost": (
        """
whole = predict
def predict(images):
    labels = whole(images)
    labels[0] = 0
    return labels
""",
        NOT_EVAL,
    ),
    "predict gives scores": (
        "def predict(images):\n    return predict_logits(model, images)",
        "Take the argmax over the classes",
    ),
    "predict gives a column": (
        "def predict(images):\n    return predict_labels(model, images)[:, None]",
        "Drop the last axis, with squeeze(1)",
    ),
    "predict raises": (
        "def predict(images):\n    raise ValueError('out of memory')",
        "Your code raised ValueError: out of memory",
    ),
    "predict deleted": ("del predict", "Run the cell that defines it"),
}

KEEPS_POINTS = [
    "file of another model",
    "file missing",
    "label 10",
    "ids from 1",
    "batch statistics",
    "labels by the place",
]

NOT_ATTEMPTED = {
    "placeholder": "def predict(images): ...",
    "return forgotten": "def predict(images):\n    predict_labels(model, images)",
}
