"""Answers to pseudo-implement: pseudo_weight and pseudo_label_loss."""

WEIGHT = """
def pseudo_weight(step, start, end, largest):
    {weight}
"""

LOSS = """
def pseudo_label_loss(logits, labels, unlabelled_logits, weight):
    {loss}
"""

RIGHT_WEIGHT = """if step < start:
        return 0.0
    if step >= end:
        return largest
    return largest * (step - start) / (end - start)"""
RIGHT_LOSS = """pseudo = F.cross_entropy(unlabelled_logits, unlabelled_logits.argmax(1))
    return F.cross_entropy(logits, labels) + weight * pseudo"""


def both(weight: str = RIGHT_WEIGHT, loss: str = RIGHT_LOSS) -> str:
    """Both functions, one of them with another body."""
    return WEIGHT.format(weight=weight) + LOSS.format(loss=loss)


RIGHT = {
    "clamped": both(
        weight="""if start == end:
        return largest * (step >= end)
    return largest * min(max((step - start) / (end - start), 0), 1)"""
    ),
    "numpy's interpolation": both(
        weight="""import numpy as np
    return float(largest) if step >= end else float(np.interp(step, [start, end], [0, largest]))"""
    ),
    "division of at least one step": both(
        weight="""return largest * max(0, min(step, end) - start) / max(1, end - start) \\
        if step < end else largest"""
    ),
    "a tensor": both(
        weight="""if start == end:
        return torch.tensor(largest if step >= start else 0.0)
    return largest * torch.tensor((step - start) / (end - start)).clamp(0, 1)"""
    ),
    "largest log-probability": both(
        loss="""log_p = unlabelled_logits.log_softmax(1)
    return F.cross_entropy(logits, labels) - weight * log_p.amax(1).mean()"""
    ),
    "gather": both(
        loss="""guesses = unlabelled_logits.softmax(1).argmax(1, keepdim=True)
    log_p = unlabelled_logits.log_softmax(1).gather(1, guesses)
    supervised = -logits.log_softmax(1).gather(1, labels[:, None]).mean()
    return supervised + weight * -log_p.mean()"""
    ),
    "one batch with weights": both(
        loss="""z = torch.cat([logits, unlabelled_logits])
    c = torch.cat([labels, unlabelled_logits.argmax(1)])
    each = F.cross_entropy(z, c, reduction="none")
    share = torch.cat(
        [
            torch.full((len(logits),), 1 / len(logits)),
            torch.full((len(unlabelled_logits),), weight / len(unlabelled_logits)),
        ]
    ).to(each)
    return (each * share).sum()"""
    ),
}

MEANS = """supervised = F.cross_entropy(logits, labels)
    guesses = unlabelled_logits.argmax(1)
    pseudo = F.cross_entropy(unlabelled_logits, guesses)
    return {result}"""


def means(result: str) -> str:
    """The loss, put together in another way."""
    return both(loss=MEANS.format(result=result))


SLOPE = "return largest * (step - start) / (end - start) if start < end else 0.0"

WRONG = {
    "no limits": (both(weight=SLOPE), "Before T1 it is 0"),
    "no upper limit": (both(weight=SLOPE.replace("return ", "return max(0.0, ") + ")"), "From T2"),
    "no lower limit": (
        both(weight=SLOPE.replace("return ", "return min(largest, ") + ")"),
        "Before T1 the weight is 0",
    ),
    "from step 0": (
        both(weight="return 0.0 if step < start else min(largest, largest * step / end)"),
        "count from there",
    ),
    "up to 1": (
        both(weight=RIGHT_WEIGHT.replace("largest", "1.0")),
        "The largest weight is alpha_f",
    ),
    "a jump": (both(weight="return largest if step >= end else 0.0"), "the weight rises"),
    "falling": (
        both(
            weight="""if step < start:
        return largest
    if step >= end:
        return 0.0
    return largest - largest * (step - start) / (end - start)"""
        ),
        "it does not fall",
    ),
    "divides by zero": (
        both(weight="return largest * min(max((step - start) / (end - start), 0), 1)"),
        None,
    ),
    "constant": (both(weight="return largest"), None),
    "supervised only": (means("supervised"), "The unlabelled images are missing"),
    "unsupervised only": (means("weight * pseudo"), "The labelled images are missing"),
    "no alpha": (means("supervised + pseudo"), "The weight alpha is missing"),
    "alpha for both": (
        means("weight * (supervised + pseudo)"),
        "alpha is the weight of the unlabelled images only",
    ),
    "one mean": (
        means(
            "(len(logits) * supervised + weight * len(unlabelled_logits) * pseudo)"
            " / (len(logits) + len(unlabelled_logits))"
        ),
        "Each sum has a mean of its own",
    ),
    "sum": (means("supervised + weight * len(unlabelled_logits) * pseudo"), "1/N' is missing"),
    "entropy": (
        both(
            loss="""p = unlabelled_logits.softmax(1)
    return F.cross_entropy(logits, labels) + weight * F.cross_entropy(unlabelled_logits, p)"""
        ),
        "That is the entropy",
    ),
    "least probable class": (
        both(loss=RIGHT_LOSS.replace("argmax", "argmin")),
        "the class of the largest logit",
    ),
    "probabilities for logits": (
        both(
            loss=RIGHT_LOSS.replace("F.cross_entropy(logits", "F.cross_entropy(logits.softmax(1)")
        ),
        None,
    ),
    "does not run": (both(loss="return oops"), None),
}

NOT_ATTEMPTED = {
    "placeholder": both("...", "..."),
    "raises": both("raise NotImplementedError", "raise NotImplementedError"),
}

KEEPS_POINTS = ["no upper limit", "from step 0", "no alpha", "sum"]
