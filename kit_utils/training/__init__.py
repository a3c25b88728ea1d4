"""Training a classifier: the loop, and what it works with.

A file for each idea:

    loop          training, evaluation and prediction
    recipes       optimizers with their schedules
    augment       random changes of images
    checkpoint    weights and history, on disk and back
    features      what the layers of a trained network make of images, and maps of it
    grading_run   whether nbgrader runs this
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
