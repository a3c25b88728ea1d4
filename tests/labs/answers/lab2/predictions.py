"""Answers to predictions-check: predictions.csv against predict(images), and predict by itself.

The file that the reference solution wrote is there. As in grading, write_predictions leaves it
alone, so these answers write it themselves: `hand_in` stands for the student's own session.
"""

HAND_IN = """
from pathlib import Path

def hand_in(labels, header="id,label", first=0, end="\\n"):
    rows = [header, *(f"{i},{c}" for i, c in enumerate(labels.tolist(), first))]
    Path("predictions.csv").write_text(end.join(rows) + end)

mine = predict(stl10.test_images)
"""


def _file(code: str) -> str:
    """Another file."""
    return HAND_IN + code


RIGHT = {
    "as given": "pass",
    "written again": _file("hand_in(mine)"),
    "lines end as on Windows": _file("hand_in(mine, end='\\r\\n')"),
    "predict as a list": """
reference = predict
def predict(images):
    return reference(images).tolist()
""",
    "predict in small batches": """
def predict(images):
    return predict_labels(model, images, prepare=prepare, batch_size=7)
""",
    "another model, file and predict alike": _file("""
def predict(images):
    return predict_labels(supervised, images, prepare=prepare)

hand_in(predict(stl10.test_images))
"""),
}

TRAINED_AGAIN = "If the model was trained again after the file was written"
NOT_EVAL = "An image's label may depend on that image alone"

WRONG = {
    "file of another model": (
        _file("hand_in(predict_labels(supervised, stl10.test_images, prepare=prepare))"),
        TRAINED_AGAIN,
    ),
    "one label in fifty corrected by hand": (
        _file("mine[::50] = (mine[::50] + 1) % 10\nhand_in(mine)"),
        TRAINED_AGAIN,
    ),
    "file missing": (
        _file("Path('predictions.csv').unlink()"),
        "Run the cell that writes it, and hand the file in",
    ),
    "no header": (
        _file(
            "text = Path('predictions.csv').read_text()\n"
            "Path('predictions.csv').write_text(text.removeprefix('id,label\\n'))"
        ),
        "must begin with the line 'id,label'",
    ),
    "ids from 1": (_file("hand_in(mine, first=1)"), "line 501: id 500 is not in 0 to 499"),
    "too few rows": (_file("hand_in(mine[:-1])"), "has 499 labels; 500 are asked for"),
    "batch statistics": (
        _file("""
@torch.no_grad()
def predict(images):
    model.train()
    if len(images) == 1:
        images = images.repeat(2, 1, 1, 1)
        return model(prepare(images)).argmax(1)[:1]
    return model(prepare(images)).argmax(1)

hand_in(predict(stl10.test_images))
"""),
        NOT_EVAL,
    ),
    "normalised by the batch": (
        _file("""
@torch.no_grad()
def predict(images):
    z = model.eval()(prepare(images))
    return (z - z.mean(0)).argmax(1)

hand_in(predict(stl10.test_images))
"""),
        NOT_EVAL,
    ),
    "labels by the place": (
        """
def predict(images):
    from kit_utils.handin import read_predictions

    labels = read_predictions("predictions.csv", rows=len(stl10.test_images))
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

hand_in(predict(stl10.test_images))
"""),
        "gives the label 3 to 500 of 500 images",
    ),
    "nearly constant, and a file that matches": (
        _file("""
def predict(images):
    return torch.where(images.flatten(1)[:, 300:1500].float().mean(1) > 200, 1, 7)

hand_in(predict(stl10.test_images))
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
        "def predict(images):\n    return predict_logits(model, images, prepare=prepare)",
        "Take the argmax over the classes",
    ),
    "predict deleted": ("del predict", "Run the cell that defines it"),
}

KEEPS_POINTS = ["file of another model", "file missing", "labels by the place"]

NOT_ATTEMPTED = {
    "placeholder": "def predict(images): ...",
    "return forgotten": "def predict(images):\n    predict_labels(model, images, prepare=prepare)",
}
