"""Answers to predict-accuracy: predict(images), with the reference's trained `model`.

They run as in grading, on the stand-in digits: the weights come from model.pt, nothing is trained.
"""


def _predict(*lines: str) -> str:
    """`predict` with a body of its own; z are the scores."""
    return "@torch.no_grad()\n" + "\n    ".join(
        ["def predict(images):", "z = model.eval()(to_float(images))", *lines]
    )


RIGHT = {
    "argmax of the scores": _predict("return z.argmax(1)"),
    "in batches": """
def predict(images):
    model.eval()
    with torch.inference_mode():
        return torch.cat([model(to_float(b)).argmax(1) for b in images.split(64)])
""",
    "one image after the other": """
@torch.no_grad()
def predict(images):
    model.eval()
    return torch.tensor([int(model(to_float(image[None])).argmax()) for image in images])
""",
    "normalised by hand": """
@torch.no_grad()
def predict(images):
    x = (images.float() / 255 - 0.1307) / 0.3081
    return model.eval()(x).softmax(1).max(dim=1).indices
""",
    "DataLoader": """
from torch.utils.data import DataLoader, TensorDataset

def predict(images):
    model.eval()
    labels = []
    with torch.no_grad():
        for (batch,) in DataLoader(TensorDataset(images), batch_size=100):
            labels.append(predict_logits(model, batch).argmax(1))
    return torch.cat(labels)
""",
    "numpy": _predict("return z.softmax(1).numpy().argmax(axis=1)"),
    "list": _predict("return z.argmax(1).tolist()"),
    "int32": _predict("return z.argmax(1).int()"),
    "uint8": _predict("return z.argmax(1).to(torch.uint8)"),
    "sorted scores": _predict("return z.argsort(dim=1, descending=True)[:, 0]"),
    "averaged over shifts": """
def predict(images):
    shifts = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]
    moved = [images.roll(shift, (2, 3)) for shift in shifts]
    return sum(predict_logits(model, m).softmax(1) for m in moved).argmax(1)
""",
    "ensemble of two": """
def predict(images):
    p = [predict_logits(m, images).softmax(1) for m in (model, baseline)]
    return (0.8 * p[0] + 0.2 * p[1]).argmax(1)
""",
    "network loaded in the function": """
from kit_utils.training import load_checkpoint

def predict(images):
    network = build_model()
    load_checkpoint("model.pt", network)
    return predict_labels(network, images)
""",
    "float64": """
import copy

@torch.no_grad()
def predict(images):
    return copy.deepcopy(model).double().eval()(to_float(images).double()).argmax(1)
""",
    "progress and warnings": """
import sys
import warnings

def predict(images):
    print("predicting", file=sys.stderr)
    warnings.warn("this takes a moment")
    return predict_labels(model, images)
""",
}

WRONG = {
    "scores": (_predict("return z"), "Take the argmax over the classes"),
    "probabilities": (_predict("return z.softmax(1)"), "Take the argmax over the classes"),
    "one-hot": (_predict("return F.one_hot(z.argmax(1), 10)"), "Take the argmax over the classes"),
    "a column": (_predict("return z.argmax(1, keepdim=True)"), None),
    "a column, scores kept": (_predict("return z.max(1, keepdim=True).values"), None),
    "floats": (_predict("return z.argmax(1).float()"), "Return labels, not probabilities"),
    "highest probability": (
        _predict("return z.softmax(1).amax(1)"),
        "Return labels, not probabilities",
    ),
    "max gives two": (_predict("return z.max(1)"), None),
    "argmax over the images": (_predict("return z.argmax(0)"), None),
    "argmax over everything": (_predict("return z.argmax()"), None),
    "first batch only": (_predict("return z[:100].argmax(1)"), None),
    "last batch only": (
        """
def predict(images):
    for batch in images.split(64):
        labels = predict_labels(model, batch)
    return labels
""",
        None,
    ),
    "a list of tensors": (
        """
def predict(images):
    return [predict_labels(model, batch) for batch in images.split(64)]
""",
        None,
    ),
    "names": (_predict("return [str(label) for label in z.argmax(1).tolist()]"), None),
    "not normalised": (
        """
@torch.no_grad()
def predict(images):
    return model.eval()(images).argmax(1)
""",
        None,
    ),
    "normalised twice": (
        """
def predict(images):
    return predict_labels(model, to_float(images))
""",
        None,
    ),
    "untrained": (
        """
torch.manual_seed(1)
model = build_model()
""",
        "no better than guessing",
    ),
    "trained weights of one layer lost": (
        """
with torch.no_grad():
    model[-1].weight.normal_(generator=torch.Generator().manual_seed(0))
""",
        "no better than guessing",
    ),
    "black and white exchanged": (
        """
def predict(images):
    return predict_labels(model, 255 - images)
""",
        None,
    ),
    "axes exchanged": (
        """
def predict(images):
    return predict_labels(model, images.transpose(2, 3))
""",
        None,
    ),
    "shuffled": (
        """
def predict(images):
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    return predict_labels(model, images[order])
""",
        "no better than guessing",
    ),
    "numbers from 1": (_predict("return z.argmax(1) + 1"), "no better than guessing"),
    "least probable": (_predict("return z.argmin(1)"), "no better than guessing"),
    "guessed": (
        "def predict(images):\n"
        "    return torch.randint(10, (len(images),), generator=torch.Generator().manual_seed(0))",
        "no better than guessing",
    ),
    "always 0": (
        "def predict(images):\n    return torch.zeros(len(images), dtype=torch.int64)",
        "no better than guessing",
    ),
    "labels of the training images": (
        "def predict(images):\n    return mnist.train_labels[: len(images)]",
        "no better than guessing",
    ),
    "sorted": (_predict("return z.argmax(1).sort().values"), "no better than guessing"),
    "two classes mixed up": (
        _predict("labels = z.argmax(1)", "return torch.where(labels == 4, 9, labels)"),
        None,
    ),
    "half the images": (_predict("labels = z.argmax(1)", "labels[::8] = 0", "return labels"), None),
    "model misspelt": (
        "def predict(images):\n    return predict_labels(modell, images)",
        "Is it a slip in this line?",
    ),
    "predict deleted": ("del predict", "Run the cell that defines it"),
    "wants another argument": ("def predict(model, images):\n    return 0", None),
}

KEEPS_POINTS: list[str] = []

NOT_ATTEMPTED = {
    "placeholder": "def predict(images): ...",
    "return forgotten": "def predict(images):\n    predict_labels(model, images)",
    "NotImplementedError": "def predict(images):\n    raise NotImplementedError",
}
