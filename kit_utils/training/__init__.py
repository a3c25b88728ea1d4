"""Training a classifier: the loop, and what it works with.

A file for each idea:

    loop          the loop that trains, and how it trains a classifier
    recipes       optimizers with their schedules
    augment       random changes of images
    prediction    what a trained network says, and how often it is right
    checkpoint    weights and history, on disk and back
    features      what the layers of a trained network make of images, and maps of it
    device        where a network is computed, and in which precision
    grading_run   whether nbgrader runs this
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
