"""Answers to pseudo-labels-implement: pseudo_labels."""

RIGHT = {
    "topk within each class": """
def pseudo_labels(logits, threshold, per_class=None):
    best, label = torch.softmax(logits, dim=1).max(dim=1)
    keep = best >= threshold
    if per_class is not None:
        for c in range(logits.shape[1]):
            members = torch.where(keep & (label == c))[0]
            if len(members) > per_class:
                surest = members[best[members].topk(per_class).indices]
                keep[members] = False
                keep[surest] = True
    index = torch.where(keep)[0]
    return index, label[index]
""",
    "a loop over images, the surest first": """
def pseudo_labels(logits, threshold, per_class=None):
    p = logits.softmax(1)
    taken = [0] * logits.shape[1]
    chosen = []
    for n in p.max(1).values.argsort(descending=True).tolist():
        c = int(p[n].argmax())
        if p[n, c] >= threshold and (per_class is None or taken[c] < per_class):
            taken[c] += 1
            chosen.append(n)
    chosen = torch.tensor(sorted(chosen), dtype=torch.long)
    return chosen, logits.argmax(1)[chosen]
""",
    "logarithms": """
def pseudo_labels(logits, threshold, per_class=None):
    labels = logits.argmax(1)
    log_p = (logits - logits.logsumexp(1, keepdim=True)).amax(1)
    sure = log_p >= torch.log(torch.tensor(threshold, dtype=logits.dtype))
    index = torch.arange(len(logits))[sure]
    if per_class is None:
        return index, labels[index]
    rank = torch.tensor(
        [int(((labels[index] == labels[n]) & (log_p[index] > log_p[n])).sum()) for n in index]
    )
    index = index[rank < per_class]
    return index, labels[index]
""",
    "cap first, threshold then": """
def pseudo_labels(logits, threshold, per_class=None):
    best, label = logits.softmax(1).max(1)
    keep = best >= threshold
    if per_class is not None:
        better = (best > best[:, None]) & (label == label[:, None])
        keep &= better.sum(1) < per_class
    index = keep.nonzero(as_tuple=True)[0]
    return index, label[index]
""",
    "float32": """
reference = pseudo_labels
def pseudo_labels(logits, threshold, per_class=None):
    return reference(logits.float(), threshold, per_class)
""",
    "numpy": """
import numpy as np

def pseudo_labels(logits, threshold, per_class=None):
    z = np.asarray(logits)
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    labels, best = p.argmax(1), p.max(1)
    index = np.flatnonzero(best >= threshold)
    if per_class is not None:
        parts = []
        for c in np.unique(labels[index]):
            members = index[labels[index] == c]
            parts.append(members[np.argsort(-best[members])[:per_class]])
        index = np.sort(np.concatenate(parts)) if parts else index
    return index, labels[index]
""",
    "a list": """
def pseudo_labels(logits, threshold, per_class=None):
    best, label = logits.softmax(1).max(1)
    index = [n for n in best.argsort(descending=True).tolist() if best[n] >= threshold]
    if per_class is not None:
        index = [
            n
            for place, n in enumerate(index)
            if sum(int(label[m] == label[n]) for m in index[:place]) < per_class
        ]
    index = torch.tensor(sorted(index)).long()
    return [index, label[index]]
""",
    "probabilities below the threshold set to zero": """
def pseudo_labels(logits, threshold, per_class=None):
    p = logits.softmax(1)
    p = p * (p == p.amax(1, keepdim=True)) * (p >= threshold)
    if per_class is not None and per_class < len(p):
        smallest = p.topk(per_class, dim=0).values[-1]
        p = p * (p >= smallest)
    index = p.sum(1).nonzero()[:, 0]
    return index, p[index].argmax(1)
""",
}

CHOOSE = """
def pseudo_labels(logits, threshold, per_class=None):
    best, labels = {scores}.max(1)
    labels = {labels}
    index = ({keep}).nonzero().squeeze(1)
    if per_class is not None:
        order = {order}
        index = torch.cat(
            [order[labels[order] == c][:per_class] for c in range(logits.shape[1])]
        ).sort().values
    return {result}
"""


def choose(**changes: str) -> str:
    """The right answer with some parts replaced."""
    parts = {
        "scores": "logits.softmax(1)",
        "labels": "labels",
        "keep": "best >= threshold",
        "order": "index[best[index].argsort(descending=True)]",
        "result": "index, labels[index]",
    }
    return CHOOSE.format(**parts | changes)


WRONG = {
    "logits": (choose(scores="logits"), "softmax first"),
    "sigmoid": (choose(scores="logits.sigmoid()"), "softmax, not sigmoid"),
    "softmax over the images": (
        choose(scores="logits.softmax(0)", labels="logits.argmax(1)"),
        "softmax over the classes",
    ),
    "the unsure ones": (choose(keep="best < threshold"), "the images to leave out"),
    "no threshold": (
        choose(keep="best >= 0"),
        ("where is the threshold?", "With a cap the threshold holds too"),
    ),
    "a little below the threshold": (choose(keep="best >= threshold - 1e-3"), None),
    "rounded probabilities": (choose(keep="best.round(decimals=2) >= threshold"), None),
    "never below one half": (choose(keep="best >= max(threshold, 0.5)"), None),
    "every class above the threshold": (
        """
def pseudo_labels(logits, threshold, per_class=None):
    p = logits.softmax(1)
    image, label = (p >= threshold).nonzero(as_tuple=True)
    if per_class is not None:
        order = p[image, label].argsort(descending=True)
        keep = torch.cat([order[label[order] == c][:per_class] for c in range(p.shape[1])])
        image, label = image[keep.sort().values], label[keep.sort().values]
    return image, label
""",
        None,
    ),
    "with a cap, the surest for each class": (
        """
reference = pseudo_labels
def pseudo_labels(logits, threshold, per_class=None):
    if per_class is None:
        return reference(logits, threshold)
    p = logits.softmax(1)
    best, image = p.topk(min(per_class, len(p)), dim=0)
    label = torch.arange(p.shape[1]).expand_as(image)[best >= threshold]
    image = image[best >= threshold]
    order = image.argsort()
    return image[order], label[order]
""",
        None,
    ),
    "half the logits": (choose(scores="(logits / 2).softmax(1)"), None),
    "softmax twice": (choose(scores="logits.softmax(1).softmax(1)"), None),
    "the others below the threshold": (choose(keep="1 - best <= threshold"), None),
    "greater than": (choose(keep="best > threshold"), "The threshold itself is enough"),
    "exp overflows": (
        choose().replace("logits.softmax(1)", "(logits.exp() / logits.exp().sum(1, keepdim=True))"),
        "exp(1000) overflows",
    ),
    "labels of all": (choose(result="index, labels"), "One label for each chosen image"),
    "least probable class": (choose(labels="logits.argmin(1)"), "the least probable class"),
    "probabilities for labels": (choose(result="index, best[index]"), "the class is asked for"),
    "mask": (choose(result="best >= threshold, labels[best >= threshold]"), "mask.nonzero()"),
    "no cap": (choose(order="index").replace("[:per_class]", ""), "The cap is not used"),
    "cap takes the first": (choose(order="index"), "The cap takes the first images"),
    "cap of all together": (
        choose().replace(
            "torch.cat(\n            [order[labels[order] == c][:per_class] "
            "for c in range(logits.shape[1])]\n        )",
            "order[:per_class]",
        ),
        "not of all together",
    ),
    "cap without threshold": (
        choose(order="best.argsort(descending=True)"),
        "the threshold holds too",
    ),
    "cap takes the least sure": (choose(order="index[best[index].argsort()]"), None),
    "empty fails": (
        choose(keep="best >= min(threshold, float(best.max()))"),
        None,
    ),
    "labels for indices": (choose(result="labels[index], index"), None),
    "does not run": (
        "def pseudo_labels(logits, threshold, per_class=None):\n    return oops",
        None,
    ),
}

NOT_ATTEMPTED = {
    "placeholder": "def pseudo_labels(logits, threshold, per_class=None):\n    ...",
    "raises": """
def pseudo_labels(logits, threshold, per_class=None):
    raise NotImplementedError
""",
}

KEEPS_POINTS = ["greater than", "cap takes the first", "no cap"]
