"""Learning from images without labels.

A file for each idea:

    patches          small windows, cut at random places
    kmeans           starting centroids, and the loop around one step of k-means
    layers           centroids as the weights of a convolution, layer by layer
    surrogate        classes made by transforming windows (exemplar networks)
    semi_supervised  the loop of all methods that use labels and unlabelled images at once
    consistency      labels that the network gives itself (FixMatch)
    ladder           denoising in every layer (ladder networks)
    gamma            denoising in the topmost layer (Gamma model)
"""

from kit_utils.unsupervised.consistency import fit_consistent
from kit_utils.unsupervised.gamma import GaussianNoise, without_noise
from kit_utils.unsupervised.kmeans import inertia, kmeans_plus_plus, run_kmeans
from kit_utils.unsupervised.ladder import Ladder
from kit_utils.unsupervised.layers import fold_whitening, initialise_convolution, learn_filters
from kit_utils.unsupervised.patches import map_rows, random_patches
from kit_utils.unsupervised.semi_supervised import fit_semi_supervised
from kit_utils.unsupervised.surrogate import SEED_SIZE, random_copies, random_seeds, seed_itself

__all__ = [
    "SEED_SIZE",
    "GaussianNoise",
    "Ladder",
    "fit_consistent",
    "fit_semi_supervised",
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
    "without_noise",
]
