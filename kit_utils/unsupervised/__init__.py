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

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
