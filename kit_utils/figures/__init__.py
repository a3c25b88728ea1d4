"""Figures for the labs: each function returns a matplotlib Figure and shows nothing by itself.

A file for each idea:

    picture          a figure with an alternative text; colours and styles
    saved            the files of figures, for a report
    concepts         single ideas: softmax, a function and its gradient, batch normalisation
    initialisation   the variance of activations over the depth of a network
    optimisers       paths of optimisers down a valley
    grids            grids of images, filters and feature maps
    maps             two-dimensional maps of images or letters
    interactive    a map that shows the image under the pointer
    classes        letters and colours of classes
    results          curves, confusion matrices, comparisons of runs
    sliders          figures with sliders
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
