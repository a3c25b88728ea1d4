"""Answers to predict-accuracy: predict(images), with the reference's trained `model`.

They run as in grading, on the stand-in shapes: the weights come from model.pt, nothing is trained.
"""


def _predict(*lines: str) -> str:
    """`predict` with a body of its own; z are the scores."""
    return "@torch.no_grad()\n" + "\n    ".join(
        ["def predict(images):", "z = model.eval()(prepare(images))", *lines]
    )


RIGHT = {
    "argmax of the scores": _predict("return z.argmax(1)"),
    "in batches": """
def predict(images):
    model.eval()
    with torch.inference_mode():
        return torch.cat([model(prepare(b)).argmax(1) for b in images.split(64)])
""",
    "numpy": _predict("return z.softmax(1).numpy().argmax(axis=1)"),
    "list": _predict("return z.argmax(1).tolist()"),
    "int32": _predict("return z.argmax(1).int()"),
    "shrunk and prepared": """
def predict(images):
    return predict_labels(model, shrink(images), prepare=colour)
""",
    "network loaded in the function": """
from kit_utils.training import load_checkpoint

def predict(images):
    network = build_model()
    load_checkpoint("model.pt", network)
    return predict_labels(network, images, prepare=prepare)
""",
}

WRONG = {
    "scores": (_predict("return z"), "Take the argmax over the classes"),
    "a column": (_predict("return z.argmax(1, keepdim=True)"), None),
    "floats": (_predict("return z.argmax(1).float()"), "Return labels, not probabilities"),
    "argmax over the images": (_predict("return z.argmax(0)"), None),
    "first batch only": (_predict("return z[:100].argmax(1)"), None),
    "by the supervised network": (
        "def predict(images):\n    return predict_labels(supervised, images, prepare=prepare)",
        "Full points from",
    ),
    "not prepared": (
        "def predict(images):\n    return predict_labels(model, shrink(images))",
        None,
    ),
    "untrained": ("torch.manual_seed(1)\nmodel = build_model()", "no better than guessing"),
    "numbers from 1": (_predict("return z.argmax(1) + 1"), "no better than guessing"),
    "shuffled": (
        "def predict(images):\n"
        "    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))\n"
        "    return predict_labels(model, images[order], prepare=prepare)",
        "no better than guessing",
    ),
    "always 0": (
        "def predict(images):\n    return torch.zeros(len(images), dtype=torch.int64)",
        "no better than guessing",
    ),
    "predict deleted": ("del predict", "Run the cell that defines it"),
}

KEEPS_POINTS: list[str] = []

NOT_ATTEMPTED = {
    "placeholder": "def predict(images): ...",
    "NotImplementedError": "def predict(images):\n    raise NotImplementedError",
}
