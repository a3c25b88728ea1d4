"""What a test cell says: expressions, arrays, gradients and accuracies, judged with a reason."""

from kit_utils.check.accuracy import full_marks_from, judge_accuracy, judge_improvement
from kit_utils.check.arrays import judge_array, relative_error
from kit_utils.check.chance import (
    judge_random_choice,
    judge_share,
    judge_uniform,
    judge_unrelated,
)
from kit_utils.check.expressions import judge_expression
from kit_utils.check.family import Family, any_shape
from kit_utils.check.gradients import derivative, vjp
from kit_utils.check.network import judge_by_network, predicted_by_network
from kit_utils.check.predictions_file import (
    judge_predictions_file,
    judge_same_labels,
    predicted,
    predicted_alone,
    predicted_among_others,
)
from kit_utils.check.sheet import Test
from kit_utils.check.splits import held_out_of, judge_partition, judge_stratified
from kit_utils.check.verdict import Mistake, Outcome, Verdict, error, failed, not_attempted, passed

__all__ = [
    "Family",
    "Mistake",
    "Outcome",
    "Test",
    "Verdict",
    "any_shape",
    "derivative",
    "error",
    "failed",
    "full_marks_from",
    "held_out_of",
    "judge_accuracy",
    "judge_array",
    "judge_by_network",
    "judge_expression",
    "judge_improvement",
    "judge_partition",
    "judge_predictions_file",
    "judge_random_choice",
    "judge_same_labels",
    "judge_share",
    "judge_stratified",
    "judge_uniform",
    "judge_unrelated",
    "not_attempted",
    "passed",
    "predicted",
    "predicted_alone",
    "predicted_among_others",
    "predicted_by_network",
    "relative_error",
    "vjp",
]
