"""Figures for the labs: each function returns a matplotlib Figure and shows nothing by itself."""

from .concepts import (
    StudentFunctionError,
    batch_normalisation,
    dag,
    dag_gradient_flow,
    function_and_gradient,
    routing,
    softmax_under_beta,
)
from .grids import before_after, feature_maps, filter_grid, image_grid, worst_mistakes
from .initialisation import variance_over_depth
from .interactive import InteractiveMap, interactive_map
from .maps import image_map, letter_maps
from .optimisers import optimiser_race
from .picture import Picture
from .results import (
    ablation_bars,
    compare_curves,
    confusion_matrix,
    curves,
    separation_over_depth,
)

__all__ = [
    "InteractiveMap",
    "Picture",
    "StudentFunctionError",
    "ablation_bars",
    "batch_normalisation",
    "before_after",
    "compare_curves",
    "confusion_matrix",
    "curves",
    "dag",
    "dag_gradient_flow",
    "feature_maps",
    "filter_grid",
    "function_and_gradient",
    "image_grid",
    "image_map",
    "interactive_map",
    "letter_maps",
    "optimiser_race",
    "routing",
    "separation_over_depth",
    "softmax_under_beta",
    "variance_over_depth",
    "worst_mistakes",
]
