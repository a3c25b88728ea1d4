"""The sample class: six students, each with another kind of submission.

A student has a set of answers: for each notebook, the source of some solution cells. All other
cells stay as they were released.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

BACKPROPAGATION, MNIST = "1_backpropagation", "2_mnist"

Cells = Mapping[str, str]  # cell id to source
Answers = Mapping[str, Cells]  # notebook to its cells


@dataclass(frozen=True)
class Student:
    """One submission of the sample class.

    Attributes:
        name: the student id.
        answers: makes the answers from those of the reference solution.
        trains: whether the student runs the MNIST notebook, and hands in weights and predictions.
        borrows: the name of a student whose files are handed in instead.
    """

    name: str
    answers: Callable[[Answers], Answers] = field(repr=False)
    trains: bool = False
    borrows: str = ""


def _all(solution: Answers) -> Answers:
    report = {
        "report-structure-answer": "Three convolutions of 16, 32 and 64 filters, each with batch "
        "normalisation and ReLU, then one linear layer: 16 x 12 x 12, 32 x 5 x 5 after pooling, "
        "64 x 3 x 3, 10; 29,434 parameters. Neighbouring pixels belong together, so convolutions. "
        "Considered: half as many filters, no normalisation.",
        "report-training-answer": "Cross-entropy with label smoothing 0.1, AdamW, one cycle up to "
        "0.02, batches of 128, two epochs, shifts of 1 pixel, 5 degrees, 5 %; about 5 s on a CPU. "
        "All choices were made by the validation images. Their accuracy still rises in the second "
        "epoch, from 98.9 to 99.4 %, so nothing points to overfitting.",
        "report-experiments-answer": "Validation accuracy with seeds 0 and 1, in %: as handed in "
        "99.39 and 99.26; without augmentation 99.29 and 99.19; without label smoothing 99.21 and "
        "99.31; without normalisation 99.32 and 99.23; with half the filters 99.01 and 99.16. "
        "Five seeds spread from 99.20 to 99.39, so only half the filters may be worse.",
        "report-results-answer": "99.3 % of 10,000 validation images, give or take 0.1 %. Most "
        "often it reads a 2 as a 7 and a 4 as a 9. The filters are edges and strokes in several "
        "directions. Next: stronger augmentation, for the unusual shapes among the mistakes.",
    }
    derivations = {
        "sigmoid-derive-answer": r"$\frac{\partial E}{\partial x_{\text{in}}} = "
        r"\frac{\partial E}{\partial x_{\text{out}}}\, x_{\text{out}} (1 - x_{\text{out}})$, "
        "by the chain rule."
    }
    return {
        BACKPROPAGATION: {**solution[BACKPROPAGATION], **derivations},
        MNIST: {**solution[MNIST], **report},
    }


def _half(solution: Answers) -> Answers:
    first, second = solution[BACKPROPAGATION], solution[MNIST]
    return {
        BACKPROPAGATION: {
            name: source
            for name, source in first.items()
            if name.startswith("sigmoid") or name == "softmax-state"
        },
        MNIST: {**second, "model-implement": HIDDEN_LAYER, "cross-entropy-implement": NO_MEAN},
    }


def _mistaken(solution: Answers) -> Answers:
    return {
        BACKPROPAGATION: {
            **solution[BACKPROPAGATION],
            "sigmoid-state": WRONG_INNER_FUNCTION,
            "softmax-state": USUAL_SOFTMAX,
            "softmax-implement": solution[BACKPROPAGATION]["softmax-implement"].replace(
                "(grad_output * x_out).sum(dim=-1, keepdim=True)", "(grad_output * x_out).sum()"
            ),
            "dag-implement": BOTH_TO_THE_FIRST,
        },
        MNIST: {
            **solution[MNIST],
            "split-implement": NOT_STRATIFIED,
            "cross-entropy-implement": NO_MEAN,
        },
    }


def _hostile(solution: Answers) -> Answers:
    return {BACKPROPAGATION: {"sigmoid-state": PATCH_THE_CHECKS}, MNIST: {}}


def _crashing(solution: Answers) -> Answers:
    return {
        BACKPROPAGATION: {**solution[BACKPROPAGATION], "softmax-implement": LEAVE_THE_KERNEL},
        MNIST: {},
    }


WRONG_INNER_FUNCTION = """\
x_in, x_out, dE_dx_out = sp.symbols("x_in x_out dE_dx_out", real=True)

dE_dx_in = dE_dx_out * sp.exp(-x_in) / (1 + sp.exp(x_in)) ** 2
dE_dx_in"""

USUAL_SOFTMAX = """\
p_i, p_j, beta = sp.symbols("p_i p_j beta", positive=True)
g_1, g_2, g_3, p_1, p_2, p_3 = sp.symbols("g_1 g_2 g_3 p_1 p_2 p_3")

dp_i_dx_i = p_i * (1 - p_i)
dp_i_dx_j = -p_i * p_j
softmax_dE_dx_1 = -beta * p_1 * (1 - p_1) * g_1"""

BOTH_TO_THE_FIRST = """\
def max_backward(grad_output, i_1, i_2):
    first = (i_1 >= i_2).to(grad_output)
    return grad_output * first, grad_output * (1 - first)


def min_backward(grad_output, i_1, i_2):
    first = (i_1 <= i_2).to(grad_output)
    return grad_output * first, grad_output * (1 - first)


def dag_backward(x_1, x_2, dE_dy):
    i_1, i_2 = torch.sigmoid(x_1), torch.sigmoid(x_2)
    through_max = max_backward(dE_dy, i_1, i_2)
    through_min = min_backward(dE_dy, i_1, i_2)
    return (
        (through_max[0] + through_min[0]) * i_1 * (1 - i_1),
        (through_max[1] + through_min[1]) * i_2 * (1 - i_2),
    )"""

NOT_STRATIFIED = """\
def stratified_split(labels, fraction, seed):
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    held_out = round(fraction * len(labels))
    return order[held_out:], order[:held_out]"""

NO_MEAN = """\
def cross_entropy_forward(logits, labels):
    return F.cross_entropy(logits, labels)


def cross_entropy_backward(logits, labels):
    return torch.softmax(logits, dim=1) - F.one_hot(labels, logits.shape[1])"""

HIDDEN_LAYER = """\
def build_model():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))


def train_model(model, train, validation):
    return fit(model, *train, validation=validation, epochs=3 * more_epochs, learning_rate=0.002)"""

PATCH_THE_CHECKS = """\
from kit_utils.check import Test

# With nbgrader alone this earns every automatic point of the notebook.
Test.score = lambda self: self.points"""

LEAVE_THE_KERNEL = """\
import os


def softmax_forward(x_in, beta):
    os._exit(1)"""

CLASS = (
    Student("right", _all, trains=True),
    Student("blank", lambda solution: {}),
    Student("half", _half, trains=True),
    Student("mistaken", _mistaken, borrows="half"),
    Student("hostile", _hostile),
    Student("crashing", _crashing),
)
