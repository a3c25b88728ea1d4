"""Answers to gamma-implement: the loss of the Gamma model."""

GAMMA = """
def gamma_loss(logits, labels, noisy, clean, weight={default}):
    labelled = {labelled}
    denoising = {denoising}
    return {result}
"""


def gamma(**changes: str) -> str:
    """A right answer with some parts replaced."""
    parts = {
        "default": "1.0",
        "labelled": "F.cross_entropy(logits, labels)",
        "denoising": "(noisy - clean).square().mean()",
        "result": "labelled + weight * denoising",
    }
    return GAMMA.format(**parts | changes)


RIGHT = {
    "mean of squares": gamma(),
    "sum divided by the count": gamma(denoising="((noisy - clean) ** 2).sum() / noisy.numel()"),
    "mean of the means of the classes": gamma(denoising="(noisy - clean).pow(2).mean(0).mean()"),
    "log-softmax by hand": gamma(
        labelled="(logits.logsumexp(1) - logits[torch.arange(len(labels)), labels]).mean()"
    ),
    "nll": gamma(labelled="F.nll_loss(logits.log_softmax(1), labels)"),
    "expanded square": gamma(
        denoising="(noisy * noisy - 2 * noisy * clean + clean * clean).mean()"
    ),
    "length of the difference": gamma(
        denoising="torch.linalg.vector_norm(noisy - clean) ** 2 / noisy.numel()"
    ),
    "clean path detached": gamma(denoising="F.mse_loss(noisy, clean.detach())"),
}

WRONG = {
    "labelled only": (gamma(result="labelled"), "The unlabelled images are missing"),
    "unlabelled only": (gamma(result="weight * denoising"), "The labelled images are missing"),
    "sum over the classes": (
        gamma(denoising="(noisy - clean).square().sum(1).mean()"),
        "The mean runs over the classes too",
    ),
    "sum": (gamma(denoising="(noisy - clean).square().sum()"), "1/(M K) is missing"),
    "root": (gamma(denoising="(noisy - clean).square().mean().sqrt()"), "the root of the mean"),
    "absolute": (gamma(denoising="(noisy - clean).abs().mean()"), "The differences are squared"),
    "after the softmax": (
        gamma(denoising="F.mse_loss(noisy.softmax(1), clean.softmax(1))"),
        "before the softmax",
    ),
    "cross-entropy": (
        gamma(denoising="F.cross_entropy(noisy, clean.softmax(1))"),
        "That is a cross-entropy",
    ),
    "minus": (gamma(result="labelled - weight * denoising"), "The sign is wrong"),
    "no lambda": (gamma(result="labelled + denoising"), "The weight lambda is missing"),
    "lambda for both": (
        gamma(result="weight * (labelled + denoising)"),
        "lambda is the weight of the unlabelled images only",
    ),
    "lambda for the labelled": (
        gamma(result="weight * labelled + denoising"),
        "lambda is the weight of the unlabelled images.",
    ),
    "a mixture": (
        gamma(result="(1 - weight) * labelled + weight * denoising"),
        "The cross-entropy has the weight 1",
    ),
    "another weight if nothing is said": (gamma(default="0.5"), None),
    "no default": (gamma().replace("weight=1.0", "weight"), None),
    "overflows": (
        gamma(
            labelled="-(logits.exp() / logits.exp().sum(1, keepdim=True)).log()"
            "[torch.arange(len(labels)), labels].mean()"
        ),
        None,
    ),
    "does not run": (gamma(result="oops"), None),
}

NOT_ATTEMPTED = {
    "placeholder": "def gamma_loss(logits, labels, noisy, clean, weight=1.0):\n    ...",
    "raises": """
def gamma_loss(logits, labels, noisy, clean, weight=1.0):
    raise NotImplementedError
""",
}

KEEPS_POINTS = ["sum over the classes", "sum", "no lambda"]
