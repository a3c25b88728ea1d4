"""Answers to regression-train: trained_weight (784, 10) and trained_bias (10,).

They run after the notebook's own training cell, on the stand-in digits.
"""

RIGHT = {
    "lists": "trained_weight = trained_weight.tolist()",
    "as given": "pass",
    "smaller batches": "trained_weight, trained_bias, losses = train_by_hand(3, 50, 0.05)",
    "higher learning rate": "trained_weight, trained_bias, losses = train_by_hand(5, 200, 0.1)",
    "float64": "trained_weight, trained_bias = trained_weight.double(), trained_bias.double()",
    "half precision": "trained_weight, trained_bias = trained_weight.half(), trained_bias.half()",
    "parameters that require gradients": """
trained_weight = torch.nn.Parameter(trained_weight)
trained_bias = torch.nn.Parameter(trained_bias)
""",
    "numpy": "trained_weight, trained_bias = trained_weight.numpy(), trained_bias.numpy()",
    "another scale and offset": (
        "trained_weight, trained_bias = 3 * trained_weight, 3 * trained_bias + 7"
    ),
    "bias as a row": "trained_bias = trained_bias[None, :]",
    "full batch and momentum": """
x, y = pixels[train_index], mnist.train_labels[train_index]
weight, bias = torch.zeros(784, 10), torch.zeros(10)
step_w, step_b = torch.zeros_like(weight), torch.zeros_like(bias)
for _ in range(40):
    _, grad_w, grad_b = loss_and_gradients(weight, bias, x, y, 1.0)
    step_w, step_b = 0.9 * step_w - 0.02 * grad_w, 0.9 * step_b - 0.02 * grad_b
    weight, bias = weight + step_w, bias + step_b
trained_weight, trained_bias = weight, bias
""",
    "weights of scikit-learn, sign turned": """
from sklearn.linear_model import LogisticRegression
model = LogisticRegression(C=0.01, max_iter=200, tol=0.01)
model.fit(pixels[train_index].numpy(), mnist.train_labels[train_index].numpy())
trained_weight = -torch.tensor(model.coef_.T)
trained_bias = -torch.tensor(model.intercept_)
""",
}

WRONG = {
    "not trained": (
        "trained_weight, trained_bias = torch.zeros(784, 10), torch.zeros(10)",
        "no better than guessing",
    ),
    "random": (
        "generator = torch.Generator().manual_seed(1)\n"
        "trained_weight = torch.randn(784, 10, generator=generator)",
        "no better than guessing",
    ),
    "sign of the usual softmax": (
        "trained_weight, trained_bias = -trained_weight, -trained_bias",
        "no better than guessing",
    ),
    "gradient ascent": (
        "trained_weight, trained_bias, losses = train_by_hand(learning_rate=-0.05)",
        "no better than guessing",
    ),
    "classes in another order": (
        "trained_weight, trained_bias = trained_weight.roll(1, 1), trained_bias.roll(1)",
        "no better than guessing",
    ),
    "NaN": ("trained_weight = trained_weight * float('nan')", "no better than guessing"),
    "infinite loss": (
        "losses = [losses[0], float('inf'), *losses[2:]]",
        "probability of the logarithm above 1e-12",
    ),
    "loss that is no number": (
        "losses[-1] = float('nan')",
        "It is nan in epoch",
    ),
    "probabilities that underflow": (
        """
def loss_and_gradients(weight, bias, images, labels, beta):
    scores = -1e3 * beta * (images @ weight + bias)
    p = torch.exp(scores - scores.amax(1, keepdim=True))
    p = p / p.sum(1, keepdim=True)
    rows = torch.arange(len(labels))
    grad = beta * (torch.nn.functional.one_hot(labels, 10) - p) / len(labels)
    return -p[rows, labels].log().mean(), images.T @ grad, grad.sum(0)


trained_weight, trained_bias, losses = train_by_hand(2)
""",
        "It is inf in epoch 1",
    ),
    "labels as constants": (
        "trained_weight, trained_bias = torch.zeros(784, 10), -torch.eye(10)[3]",
        "no better than guessing",
    ),
    "one class takes all": (
        "trained_bias = trained_bias - 1e3 * torch.eye(10)[0]",
        "no better than guessing",
    ),
    "transposed": ("trained_weight = trained_weight.T", None),
    "images as rows of 28": ("trained_weight = trained_weight.reshape(28, 28, 10)", None),
    "three classes missing": (
        "trained_weight, trained_bias = trained_weight[:, :7], trained_bias[:7]",
        None,
    ),
    "stopped too early": (
        "trained_weight, trained_bias, losses = train_by_hand(1, 1000, 0.02)",
        None,
    ),
    "bias of the batch": ("trained_bias = torch.zeros(200)", None),
    "function instead of its result": ("trained_weight = train_by_hand", None),
    "all results in one name": ("trained_weight = train_by_hand(epochs=1)", None),
    "labels instead of weights": (
        "trained_weight = mnist.train_labels[:784, None]",
        "no better than guessing",
    ),
    "name deleted": ("del trained_bias", "Run the cell that defines it"),
    "None": ("trained_weight = trained_bias = None", None),
    "biases as a column": ("trained_bias = trained_bias[:, None]", None),
}

KEEPS_POINTS = ["three classes missing", "infinite loss"]

NOT_ATTEMPTED: dict[str, str] = {}
