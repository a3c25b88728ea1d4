"""Learning from images without labels.

A file for each idea:

    patches          random patches of images
    kmeans           initial centroids, and the loop around one step of k-means
    layers           centroids as the weights of convolutions, layer by layer
    surrogate        classes of transformed patches (exemplar networks)
    semi_supervised  the training loop for labelled and unlabelled images together
    consistency      pseudo-labels and consistency (FixMatch)
    ladder           denoising in every layer (ladder networks)
    gamma            denoising in the topmost layer (Gamma model)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
