"""Answers to dropout-implement: keep_mask, dropout, inverted_dropout and its backward pass."""


def _mask(formula: str) -> str:
    return f"def keep_mask(uniform, keep):\n    return {formula}\n"


def _paper(training: str = "y * mask", test: str = "keep * y") -> str:
    return f"""
def dropout(y, mask, keep):
    if mask is None:
        return {test}
    mask = mask.to(y.dtype)
    return {training}
"""


def _inverted(training: str = "y * mask / keep", test: str = "y") -> str:
    return _paper(training, test).replace("def dropout", "def inverted_dropout")


def _backward(formula: str) -> str:
    return f"""
def inverted_dropout_backward(g, mask, keep):
    mask = mask.to(g.dtype)
    return {formula}
"""


RIGHT = {
    "written out": _mask("uniform < keep") + _paper() + _inverted() + _backward("g * mask / keep"),
    "the other end of the interval": _mask("uniform > 1 - keep"),
    "numbers for truth values": _mask("(uniform < keep).double()"),
    "at most keep": _mask("torch.le(uniform, keep).int()"),
    "by rounding": _mask("torch.floor(uniform + keep)"),
    "where": """
def dropout(y, mask, keep):
    if mask is None:
        return y * keep
    return torch.where(mask.bool(), y, torch.zeros_like(y))

def inverted_dropout(y, mask, keep):
    return y if mask is None else torch.where(mask.bool(), y / keep, 0.0)
""",
    "masked_fill": """
def dropout(y, mask, keep):
    return y.mul(keep) if mask is None else y.masked_fill(mask == 0, 0.0)

def inverted_dropout_backward(grad_output, mask, keep):
    return (grad_output / keep).masked_fill(~mask.bool(), 0.0)
""",
    "one by the other": """
def inverted_dropout(y, mask, keep):
    return dropout(y, mask, keep) / keep

def inverted_dropout_backward(grad_output, mask, keep):
    return inverted_dropout(grad_output, mask, keep)
""",
    "float32": """
def dropout(y, mask, keep):
    y = y.float()
    return keep * y if mask is None else y * mask.float()

def inverted_dropout(y, mask, keep):
    return y.float() if mask is None else y.float() * mask.float() / keep

def inverted_dropout_backward(grad_output, mask, keep):
    return grad_output.float() * mask.float() / keep
""",
    "float32 in training only": """
def dropout(y, mask, keep):
    return keep * y if mask is None else y.float() * mask.float()

def inverted_dropout(y, mask, keep):
    return y if mask is None else y.float() * (mask.float() / keep)
""",
    "numpy": """
import numpy as np

def keep_mask(uniform, keep):
    return np.asarray(uniform) < keep

def dropout(y, mask, keep):
    return np.asarray(y) * (keep if mask is None else np.asarray(mask))

def inverted_dropout(y, mask, keep):
    return np.asarray(y) * (1 if mask is None else np.asarray(mask) / keep)
""",
}

WRONG = {
    "keep rounded to tenths": (
        "def keep_mask(uniform, keep):\n    return (uniform * 10).int() < round(keep * 10)",
        None,
    ),
    "a mask without a unit taken for test time": (
        "def dropout(y, mask, keep):\n"
        "    return keep * y if mask is None or not mask.any() else y * mask",
        None,
    ),
    "mask: dropped": (_mask("uniform > keep"), "so many are dropped here"),
    "mask: one half": (_mask("uniform < 0.5"), "keep is not used: each unit"),
    "mask: drawn again": (
        "generator = torch.Generator().manual_seed(4)\n"
        + _mask("torch.rand(uniform.shape, generator=generator) < keep"),
        "compare `uniform`, and draw none",
    ),
    "mask: drawn anew": (
        _mask("torch.rand(uniform.shape) < keep"),
        "compare `uniform`, and draw none",
    ),
    "mask: one for all images": (
        _mask("(uniform[:1] < keep).expand_as(uniform)"),
        "Each unit of each image has a random number of its own",
    ),
    "mask: so many of the smallest": (
        _mask("uniform.flatten().argsort().argsort().view(uniform.shape) < keep * uniform.numel()"),
        "Compare each number with keep by itself",
    ),
    "mask: less than the mean": (_mask("uniform < 2 * keep * uniform.mean()"), None),
    "mask: in another order": (_mask("uniform.flip(0) < keep"), None),
    "mask: by another probability": (_mask("uniform < keep**2"), None),
    "paper: of up to three axes": (
        _paper(test="keep * y if y.ndim < 4 else y"),
        "At test time the paper scales",
    ),
    "mask: all": (_mask("uniform >= 0"), None),
    "mask: scaled": (_mask("(uniform < keep) / keep"), "A mask holds True and False"),
    "mask: one for all": (_mask("(uniform < keep).flatten()[0]"), "The shape is ()"),
    "paper: what is held is dropped": (
        _paper("y * (1 - mask)"),
        "What the mask holds is kept, not dropped",
    ),
    "paper: inverted": (
        _paper("y * mask / keep", "y"),
        ("The paper does not divide in training", "At test time the paper scales"),
    ),
    "paper: scaled in training": (
        _paper("y * mask * keep"),
        "The paper scales at test time only",
    ),
    "paper: no mask": (_paper("y"), "The mask is not used in training"),
    "paper: not scaled at test time": (
        _paper(test="y"),
        "At test time the paper scales by the probability of keeping",
    ),
    "paper: divided at test time": (_paper(test="y / keep"), "more than on average: multiply"),
    "paper: by the probability of dropping": (
        _paper(test="(1 - keep) * y"),
        "It is scaled by the probability of dropping",
    ),
    "inverted: not divided": (_inverted("y * mask"), "Inverted dropout divides in training"),
    "inverted: by the probability of dropping": (
        _inverted("y * mask / (1 - keep if keep < 1 else 1)"),
        "It is divided by the probability of dropping",
    ),
    "inverted: multiplied": (_inverted("y * mask * keep"), "Divide by keep, do not multiply"),
    "inverted: what is held is dropped": (
        _inverted("y * (1 - mask) / keep"),
        "Inverted dropout, too, keeps what the mask holds",
    ),
    "inverted: scaled at test time": (
        _inverted(test="keep * y"),
        "Inverted dropout does nothing at test time",
    ),
    "inverted: divided at test time": (
        _inverted(test="y / keep"),
        "The division by keep is for training only",
    ),
    "backward: not divided": (_backward("g * mask"), "The factor 1/keep of the forward pass"),
    "backward: no mask": (_backward("g / keep"), "No gradient goes through a unit"),
    "backward: passed on": (_backward("g"), "Neither the mask nor keep is used"),
    "backward: multiplied": (_backward("g * mask * keep"), "so does the backward"),
    "backward: torch's dropout": (
        _backward("torch.nn.functional.dropout(g, 1 - keep)"),
        None,
    ),
}

KEEPS_POINTS = [
    "mask: dropped",
    "paper: inverted",
    "paper: not scaled at test time",
    "inverted: not divided",
    "backward: not divided",
]

NOT_ATTEMPTED = {
    "placeholders": """
def keep_mask(uniform, keep): ...
def dropout(y, mask, keep): ...
def inverted_dropout(y, mask, keep): ...
def inverted_dropout_backward(grad_output, mask, keep): ...
""",
    "NotImplementedError": """
def keep_mask(*_):
    raise NotImplementedError

dropout = inverted_dropout = inverted_dropout_backward = keep_mask
""",
}
