"""Answers to initialisation-implement: fans, xavier_uniform and he_normal."""

FANS = """
def fans(shape):
    places = 1
    for size in shape[2:]:
        places *= size
    return {}
"""
XAVIER = """
def xavier_uniform(n_in, n_out, uniform_noise):
    r = (6 / (n_in + n_out)) ** 0.5
    return {}
"""
HE = """
def he_normal(n_in, n_out, normal_noise):
    return {}
"""

RIGHT = {
    "loop over the kernel": FANS.format("(shape[1] * places, shape[0] * places)"),
    "two cases": """
def fans(shape):
    if len(shape) == 2:
        return shape[1], shape[0]
    outputs, inputs, height, width = shape
    return inputs * height * width, outputs * height * width
""",
    "sizes of an empty tensor": """
def fans(shape):
    example = torch.empty(shape)
    return example[0].numel(), example[:, 0].numel()
""",
    "torch.Size": """
def fans(shape):
    size = torch.Size(shape)
    return size[1:].numel(), size.numel() // size[1]
""",
    "-r + 2 r u": XAVIER.format("-r + 2 * r * uniform_noise"),
    "lerp": XAVIER.format(
        "torch.lerp(-r * torch.ones_like(uniform_noise), r * torch.ones_like("
        "uniform_noise), uniform_noise)"
    ),
    "from the deviation": """
def xavier_uniform(n_in, n_out, uniform_noise):
    deviation = (2 / (n_in + n_out)) ** 0.5
    return deviation * 12**0.5 * (uniform_noise - 0.5)
""",
    "numpy": """
import numpy as np
def xavier_uniform(n_in, n_out, uniform_noise):
    return np.sqrt(6) / np.sqrt(n_in + n_out) * (2 * uniform_noise.numpy() - 1)

def he_normal(n_in, n_out, normal_noise):
    return np.sqrt(2 / n_in) * normal_noise.numpy()
""",
    "float32": """
def xavier_uniform(n_in, n_out, uniform_noise):
    return (6 / (n_in + n_out)) ** 0.5 * (2 * uniform_noise.float() - 1)

def he_normal(n_in, n_out, normal_noise):
    return (2 / n_in) ** 0.5 * normal_noise.float()
""",
    "division by a root": HE.format("normal_noise / (n_in / 2) ** 0.5"),
    "tensor's root": HE.format("normal_noise * torch.tensor(2 / n_in).double().sqrt()"),
}

WRONG = {
    "fans: a square kernel": (
        "def fans(shape):\n"
        "    places = shape[2] ** 2 if len(shape) > 2 else 1\n"
        "    return shape[1] * places, shape[0] * places",
        None,
    ),
    "fans swapped": (
        FANS.format("(shape[0] * places, shape[1] * places)"),
        "n_in and n_out are swapped",
    ),
    "no kernel": (FANS.format("(shape[1], shape[0])"), "The kernel counts too"),
    "swapped without kernel": (FANS.format("(shape[0], shape[1])"), "Swapped, and the places"),
    "all weights": (
        FANS.format("(shape[0] * shape[1] * places,) * 2"),
        "the number of all weights together",
    ),
    "never negative": (XAVIER.format("r * uniform_noise"), "yours are never negative"),
    "half the range": (XAVIER.format("r * (uniform_noise - 0.5)"), "yours from -r/2 to r/2"),
    "deviation for bound": (
        XAVIER.format("(2 / (n_in + n_out)) ** 0.5 * (2 * uniform_noise - 1)"),
        "the root of 3 is missing",
    ),
    "no root": (XAVIER.format("r**2 * (2 * uniform_noise - 1)"), "The root of 6 / (n_in + n_out)"),
    "inputs only": (
        XAVIER.format("(3 / n_in) ** 0.5 * (2 * uniform_noise - 1)"),
        "n_out is not used",
    ),
    "root of 6 only": (
        XAVIER.format("6**0.5 / (n_in + n_out) * (2 * uniform_noise - 1)"),
        "The root is over n_in + n_out as well",
    ),
    "variance for deviation": (HE.format("2 / n_in * normal_noise"), "2 / n_in is the variance"),
    "outputs": (HE.format("(2 / n_out) ** 0.5 * normal_noise"), "That keeps the gradients"),
    "no 2": (HE.format("normal_noise / n_in**0.5"), "The 2 for ReLU is missing"),
    "Xavier's variance": (
        HE.format("(2 / (n_in + n_out)) ** 0.5 * normal_noise"),
        "That is Xavier's variance",
    ),
    "mean taken away": (
        HE.format("(2 / n_in) ** 0.5 * (normal_noise - normal_noise.mean())"),
        "The mean of the sample is taken away",
    ),
    "constant deviation": (HE.format("0.1 * normal_noise"), "with v_y = 1 in the layer below"),
    "noise of its own": (
        HE.format("(2 / n_in) ** 0.5 * torch.randn(normal_noise.shape)"),
        "The values are wrong",
    ),
    "transposed": (
        HE.format("(2 / n_in) ** 0.5 * normal_noise.T"),
        "It looks transposed",
    ),
    "normal in place of uniform": (
        XAVIER.format("(2 / (n_in + n_out)) ** 0.5 * torch.erfinv(2 * uniform_noise - 1) * 2**0.5"),
        None,
    ),
    "clamped": (HE.format("((2 / n_in) ** 0.5 * normal_noise).clamp(-0.02, 0.02)"), None),
    "sample scaled to its variance": (
        HE.format("(2 / n_in) ** 0.5 * normal_noise / normal_noise.square().mean().sqrt()"),
        None,
    ),
    "does not run": (HE.format("math.sqrt(2 / n_in) @ normal_noise"), "Your code raised"),
}

NOT_ATTEMPTED = {
    "placeholder": """
def fans(shape):
    ...

def xavier_uniform(n_in, n_out, uniform_noise):
    ...

def he_normal(n_in, n_out, normal_noise):
    ...
""",
    "raises": """
def fans(shape):
    raise NotImplementedError

def xavier_uniform(n_in, n_out, uniform_noise):
    raise NotImplementedError

def he_normal(n_in, n_out, normal_noise):
    raise NotImplementedError
""",
}

KEEPS_POINTS = ["fans swapped", "outputs", "no root", "variance for deviation"]
