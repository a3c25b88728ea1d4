"""Learning from images without labels.

A file for each idea:

    patches      small windows, cut at random places
    kmeans       starting centroids, and the loop around one step of k-means
    layers       centroids as the weights of a convolution, layer by layer
    surrogate    classes made by transforming windows (exemplar networks)
    consistency  labels that the network gives itself (FixMatch)
"""

from kit_utils.unsupervised.consistency import fit_consistent
from kit_utils.unsupervised.kmeans import inertia, kmeans_plus_plus, run_kmeans
from kit_utils.unsupervised.layers import fold_whitening, initialise_convolution, learn_filters
from kit_utils.unsupervised.patches import map_rows, random_patches
from kit_utils.unsupervised.surrogate import SEED_SIZE, random_copies, random_seeds, seed_itself

__all__ = [
    "SEED_SIZE",
    "fit_consistent",
    "fold_whitening",
    "inertia",
    "initialise_convolution",
    "kmeans_plus_plus",
    "learn_filters",
    "map_rows",
    "random_copies",
    "random_patches",
    "random_seeds",
    "run_kmeans",
    "seed_itself",
]
