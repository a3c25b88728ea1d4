"""Figures for the labs: each function returns a matplotlib Figure and shows nothing by itself.

A file for each idea:

    picture          a figure with a text for those who do not see it; colours and styles
    concepts         one idea each: softmax, a function and its gradient, batch normalisation
    initialisation   the variance of activations over the depth of a network
    optimisers       ways down a valley
    grids            images, filters and feature maps in rows
    maps             points in the plane: images, letters
      interactive    a map whose images grow under the pointer
      classes        letters and colours of classes
    results          curves, confusion matrices, comparisons of runs
    sliders          figures that follow a slider
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
