"""Figures for the labs: each function returns a matplotlib Figure and shows nothing by itself."""

from .concepts import (
    StudentFunctionError,
    dag,
    dag_gradient_flow,
    function_and_gradient,
    softmax_under_beta,
)
from .grids import filter_grid, image_grid, worst_mistakes
from .picture import Picture
from .results import compare_curves, confusion_matrix, curves

__all__ = [
    "Picture",
    "StudentFunctionError",
    "compare_curves",
    "confusion_matrix",
    "curves",
    "dag",
    "dag_gradient_flow",
    "filter_grid",
    "function_and_gradient",
    "image_grid",
    "softmax_under_beta",
    "worst_mistakes",
]
