"""Answers to improvement-check: predict_supervised(images) and predict(images)."""

SWAPPED = "predict_supervised, predict = predict, predict_supervised"


def _supervised(*lines: str) -> str:
    """`predict_supervised` with a body of its own; z are the scores."""
    return "@torch.no_grad()\n" + "\n    ".join(
        ["def predict_supervised(images):", "z = supervised.eval()(prepare(images))", *lines]
    )


def _some_of(share: float) -> str:
    """`predict` by the model for a share of the images, else by the supervised network."""
    return f"""
with_unlabelled = predict
def predict(images):
    by_model = torch.rand(len(images), generator=torch.Generator().manual_seed(0)) < {share}
    return torch.where(by_model, with_unlabelled(images), predict_supervised(images))
"""


RIGHT = {
    "as given": "pass",
    "argmax of the scores": _supervised("return z.argmax(1)"),
    "numpy": _supervised("return z.numpy().argmax(axis=1)"),
    "list": _supervised("return z.argmax(1).tolist()"),
    "int32": _supervised("return z.argmax(1).int()"),
    "in batches": """
def predict_supervised(images):
    return predict_labels(supervised, images, prepare=prepare, batch_size=33)
""",
    "the mean of two views": _supervised(
        "mirrored = supervised(prepare(images.flip(3)))",
        "return (z.softmax(1) + mirrored.softmax(1)).argmax(1)",
    ),
    "network loaded in the function": """
from kit_utils.training import load_checkpoint

def predict_supervised(images):
    network = build_supervised()
    load_checkpoint("supervised.pt", network)
    return predict_labels(network, images, prepare=prepare)
""",
}

WRONG = {
    "the same model": (
        "def predict_supervised(images):\n    return predict(images)",
        "That may be chance",
    ),
    "swapped": (SWAPPED, "That may be chance"),
    "hardly any difference": (_some_of(0.02), "That may be chance"),
    "supervised network untrained": (
        "torch.manual_seed(1)\nsupervised = build_supervised()",
        "as good as you can make it",
    ),
    "supervised always 0": (
        "def predict_supervised(images):\n    return torch.zeros(len(images), dtype=torch.int64)",
        "as good as you can make it",
    ),
    "supervised not prepared": (
        "def predict_supervised(images):\n    return predict_labels(supervised, shrink(images))",
        None,
    ),
    "scores": (_supervised("return z"), "Take the argmax over the classes"),
    "floats": (_supervised("return z.argmax(1).float()"), "Return labels, not probabilities"),
    "first batch only": (_supervised("return z[:50].argmax(1)"), None),
    "predict untrained": ("torch.manual_seed(1)\nmodel = build_model()", "That may be chance"),
    "predict with every fifth label spoiled": (
        """
def predict_supervised(images):
    labels = predict(images)
    labels[::5] = (labels[::5] + 1) % 10
    return labels
""",
        "hardly change when its weights are zero",
    ),
    "predict spoiled by the brightness of the image": (
        """
def predict_supervised(images):
    labels, total = predict(images), images.flatten(1).long().sum(1)
    return torch.where(total % 3 == 0, (labels + 1) % 10, labels)
""",
        "hardly change when its weights are zero",
    ),
    "every fifth label of the supervised network spoiled": (
        """
alone = predict_supervised
def predict_supervised(images):
    labels = alone(images)
    labels[::5] = (labels[::5] + 1) % 10
    return labels
""",
        "Not judged, because predict_supervised does not give the labels",
    ),
    "supervised network spoiled by the brightness of the image": (
        """
alone = predict_supervised
def predict_supervised(images):
    labels, total = alone(images), images.flatten(1).long().sum(1)
    return torch.where(total % 3 == 0, (labels + 1) % 10, labels)
""",
        "is right for more of them",
    ),
    "one network, a tenth of its labels spoiled without": (
        """
def predict(images):
    return predict_labels(supervised, images, prepare=prepare)

def predict_supervised(images):
    labels, total = predict(images), images.flatten(1).long().sum(1)
    return torch.where(total % 10 == 0, (labels + 1) % 10, labels)
""",
        "Compared with the network supervised itself",
    ),
    "supervised network with dropout left on": (
        _supervised("return F.dropout(z, 0.5).argmax(1)"),
        "An image's label may depend on that image alone",
    ),
    "predict_supervised deleted": ("del predict_supervised", "Run the cell that defines it"),
}

KEEPS_POINTS: list[str] = []

NOT_ATTEMPTED = {
    "placeholder": "def predict_supervised(images): ...",
    "return forgotten": "def predict_supervised(images):\n    predict(images)",
}
