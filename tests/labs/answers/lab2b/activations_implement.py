"""Answers to activations-implement: tanh_forward, and both backward passes from x_out."""

RIGHT = {
    "torch's own functions": """
def tanh_forward(x_in):
    return torch.tanh(x_in)

def sigmoid_backward(grad_output, x_out):
    return torch.ops.aten.sigmoid_backward(grad_output, x_out)

def tanh_backward(grad_output, x_out):
    return torch.ops.aten.tanh_backward(grad_output, x_out)
""",
    "tanh by torch.sigmoid": """
def tanh_forward(x_in):
    return 2 * torch.sigmoid(2 * x_in) - 1
""",
    "exponent never positive": """
def tanh_forward(x_in):
    small = torch.exp(-2 * x_in.abs())
    return torch.sign(x_in) * (1 - small) / (1 + small)
""",
    "expm1": """
def tanh_forward(x_in):
    small = torch.expm1(-2 * x_in.abs())
    return torch.sign(x_in) * -small / (2 + small)
""",
    "the quotient, of clamped inputs": """
def tanh_forward(x_in):
    e = torch.exp(2 * x_in.clamp(-50, 50))
    return (e - 1) / (e + 1)
""",
    "two branches": """
def tanh_forward(x_in):
    up, down = torch.exp(2 * x_in.clamp(max=0)), torch.exp(-2 * x_in.clamp(min=0))
    return torch.where(x_in >= 0, (1 - down) / (1 + down), (up - 1) / (up + 1))
""",
    "expanded": """
def sigmoid_backward(grad_output, x_out):
    return grad_output * x_out - grad_output * x_out**2

def tanh_backward(grad_output, x_out):
    return grad_output - grad_output * x_out**2
""",
    "one by the other": """
def sigmoid_backward(grad_output, x_out):
    return tanh_backward(grad_output, 2 * x_out - 1) / 4

def tanh_backward(grad_output, x_out):
    return grad_output * (1 - x_out.square())
""",
    "through s = sigma(2 x_in)": """
def tanh_backward(grad_output, x_out):
    return 2 * sigmoid_backward(2 * grad_output, (1 + x_out) / 2)
""",
    "numpy": """
import numpy as np

def tanh_forward(x_in):
    return np.tanh(x_in.numpy())

def sigmoid_backward(grad_output, x_out):
    g, s = grad_output.numpy(), x_out.numpy()
    return g * s * (1 - s)

def tanh_backward(grad_output, x_out):
    g, t = grad_output.numpy(), x_out.numpy()
    return g * (1 + t) * (1 - t)
""",
    "numpy that warns of overflow": """
import numpy as np

def tanh_forward(x_in):
    return 2 / (1 + np.exp(-2 * np.asarray(x_in))) - 1
""",
    "float32": """
def tanh_forward(x_in):
    return torch.tanh(x_in.float())

def sigmoid_backward(grad_output, x_out):
    return (grad_output * x_out * (1 - x_out)).float()

def tanh_backward(grad_output, x_out):
    return (grad_output * (1 - x_out**2)).float()
""",
    "float32 on the way": """
def tanh_forward(x_in):
    small = torch.exp(-2 * x_in.abs().float())
    return torch.sign(x_in) * ((1 - small) / (1 + small)).double()
""",
    "float32, the square first": """
def sigmoid_backward(grad_output, x_out):
    g, s = grad_output.float(), x_out.float()
    return g * s - g * s**2

def tanh_backward(grad_output, x_out):
    g, t = grad_output.float(), x_out.float()
    return g - g * t**2
""",
    "in place": """
def tanh_backward(grad_output, x_out):
    return x_out.square_().neg_().add_(1).mul_(grad_output)
""",
}


def _forward(result: str) -> str:
    return f"def tanh_forward(x_in):\n    return {result}"


def _sigmoid(result: str) -> str:
    return f"def sigmoid_backward(grad_output, x_out):\n    return {result}"


def _tanh(result: str) -> str:
    return f"def tanh_backward(grad_output, x_out):\n    return {result}"


WRONG = {
    "tanh_forward: the sign beyond 5": (
        "def tanh_forward(x_in):\n"
        "    x_out = 2 / (1 + torch.exp(-2 * x_in)) - 1\n"
        "    return torch.where(x_in.abs() > 5, torch.sign(x_in), x_out)",
        None,
    ),
    "tanh_backward: gradients clipped at 3": (
        "def tanh_backward(grad_output, x_out):\n"
        "    return grad_output.clamp(-3, 3) * (1 - x_out**2)",
        None,
    ),
    "sigmoid_backward: the slope never below 1e-6": (
        "def sigmoid_backward(grad_output, x_out):\n"
        "    return grad_output * (x_out * (1 - x_out)).clamp(min=1e-6)",
        None,
    ),
    "sigmoid: sign": (_sigmoid("-grad_output * x_out * (1 - x_out)"), "the sigmoid rises"),
    "sigmoid: upstream not used": (
        _sigmoid("x_out * (1 - x_out)"),
        "sigmoid_backward does not use grad_output",
    ),
    "sigmoid: that of tanh": (_sigmoid("grad_output * (1 - x_out**2)"), "the gradient of tanh"),
    "sigmoid: applied again": (
        _sigmoid("grad_output * torch.sigmoid(x_out) * (1 - torch.sigmoid(x_out))"),
        "sigma is applied once more",
    ),
    "sigmoid: sign in the bracket": (
        _sigmoid("grad_output * x_out * (1 + x_out)"),
        "Check the sign in the bracket",
    ),
    "sigmoid: factor missing": (
        _sigmoid("grad_output * (1 - x_out)"),
        "A factor of the sigmoid's slope is missing",
    ),
    "sigmoid: summed": (
        _sigmoid("(grad_output * x_out * (1 - x_out)).sum()"),
        "The gradient of the sigmoid is summed",
    ),
    "sigmoid: the input recovered": (
        """
def sigmoid_backward(grad_output, x_out):
    e = torch.exp(-torch.logit(x_out))
    return grad_output * e / (1 + e) ** 2
""",
        "The result is not finite",
    ),
    "tanh: sign": (_tanh("grad_output * (x_out**2 - 1)"), "tanh rises"),
    "tanh: upstream not used": (_tanh("1 - x_out**2"), "tanh_backward does not use grad_output"),
    "tanh: that of the sigmoid": (
        _tanh("grad_output * x_out * (1 - x_out)"),
        "the gradient of the sigmoid",
    ),
    "tanh: applied again": (
        _tanh("grad_output * (1 - torch.tanh(x_out) ** 2)"),
        "tanh is applied once more",
    ),
    "tanh: applied again, as cosh": (
        _tanh("grad_output / torch.cosh(x_out) ** 2"),
        "tanh is applied once more",
    ),
    "tanh: bracket squared": (_tanh("grad_output * (1 - x_out) ** 2"), "not the bracket"),
    "tanh: sign of the square": (
        _tanh("grad_output * (1 + x_out**2)"),
        "Check the sign of the square",
    ),
    "tanh: a factor 2": (
        _tanh("sigmoid_backward(2 * grad_output, (1 + x_out) / 2)"),
        "tanh rises with slope 1 at 0",
    ),
    "tanh: s for x_out": (
        _tanh("4 * grad_output * x_out * (1 - x_out)"),
        "the stored output is 2 s - 1",
    ),
    "tanh: summed": (_tanh("(grad_output * (1 - x_out**2)).sum()"), "The gradient of tanh is"),
    "tanh: the input recovered": (
        """
def tanh_backward(grad_output, x_out):
    e = torch.exp(2 * torch.atanh(x_out))
    return grad_output * (1 - ((e - 1) / (e + 1)) ** 2)
""",
        "The result is not finite",
    ),
    "forward: of half the input": (
        _forward("2 * torch.sigmoid(x_in) - 1"),
        "that is tanh(x_in / 2)",
    ),
    "forward: not stretched": (_forward("torch.sigmoid(2 * x_in)"), "Stretch and shift it"),
    "forward: sign of the exponent": (
        _forward("2 / (1 + torch.exp(2 * x_in)) - 1"),
        "That is tanh(-x_in)",
    ),
    "forward: turned over": (
        _forward("(1 + torch.exp(-2 * x_in)) / (1 - torch.exp(-2 * x_in))"),
        "Numerator and denominator are swapped",
    ),
    "forward: sinh": (_forward("(torch.exp(x_in) - torch.exp(-x_in)) / 2"), "That is sinh"),
    "forward: 1 not subtracted": (
        _forward("2 / (1 + torch.exp(-2 * x_in))"),
        "The 1 is not subtracted",
    ),
    "forward: overflow of e^2x": (
        """
def tanh_forward(x_in):
    e = torch.exp(2 * x_in)
    return (e - 1) / (e + 1)
""",
        "Is there an equal form that cannot?",
    ),
    "forward: overflow of both exponentials": (
        _forward("(torch.exp(x_in) - torch.exp(-x_in)) / (torch.exp(x_in) + torch.exp(-x_in))"),
        "overflows",
    ),
    "forward: overflow on the left alone": (
        _forward("(1 - torch.exp(-2 * x_in)) / (1 + torch.exp(-2 * x_in))"),
        "overflows",
    ),
    "forward: NaN replaced by 0": (
        _forward("torch.nan_to_num((torch.exp(2 * x_in) - 1) / (torch.exp(2 * x_in) + 1))"),
        None,
    ),
    "forward: of one and two axes only": (
        _forward("torch.tanh(x_in) if x_in.ndim < 3 else torch.tanh(x_in.flatten()).sum(0)"),
        None,
    ),
    "forward: of three axes each page by its own mean": (
        _forward("torch.tanh(x_in - (x_in.mean() if x_in.ndim == 3 else 0))"),
        None,
    ),
    "forward: a power of the matrix": (
        """
def tanh_forward(x_in):
    e = torch.linalg.matrix_exp(2 * x_in) if x_in.ndim == 4 else torch.exp(2 * x_in.clamp(-50, 50))
    return (e - 1) / (e + 1)
""",
        None,
    ),
    "sigmoid: of one axis only": (
        _sigmoid("grad_output * x_out * (1 - x_out) * (1 if x_out.ndim < 2 else 2)"),
        None,
    ),
    "tanh: of up to three axes only": (
        _tanh("grad_output * (1 - x_out**2) * (1 if x_out.ndim < 4 else 2)"),
        None,
    ),
    "tanh: flattened": (_tanh("(grad_output * (1 - x_out**2)).flatten()"), None),
    "forward: clipped": (_forward("x_in.clamp(-1, 1)"), None),
    "forward: in text": (_forward("'tanh'"), "Return a torch tensor"),
}

KEEPS_POINTS = [
    "sigmoid: sign",
    "tanh: sign",
    "tanh: a factor 2",
    "forward: overflow of e^2x",
    "forward: sign of the exponent",
]

NOT_ATTEMPTED = {
    "placeholders": """
def tanh_forward(x_in): ...
def sigmoid_backward(grad_output, x_out): ...
def tanh_backward(grad_output, x_out): ...
""",
    "NotImplementedError": """
def tanh_forward(x_in):
    raise NotImplementedError

def sigmoid_backward(grad_output, x_out):
    raise NotImplementedError("TODO")

tanh_backward = sigmoid_backward
""",
}
