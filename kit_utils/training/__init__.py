"""Training a classifier: the training loop and its parts.

A file for each idea:

    loop          the training loop, and `fit` for classifiers
    recipes       optimizers with their learning-rate schedules
    augment       random transforms of images
    prediction    labels, scores and accuracy of a trained network
    checkpoint    saves and loads weights and history
    reuse         trains once: `fit_or_load`
    fingerprint   what decides the result of a training, as digests
    resume        what an interrupted training keeps, and how it goes on
    watch         the live curve, and the time that is left
    features      the outputs of layers as feature vectors, and t-SNE maps of them
    device        the device for computing, and mixed precision
    grading_run   which of nbgrader's commands runs this code
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
