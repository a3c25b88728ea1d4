"""The deep-learning teaching kit: data, training, checks and figures for its notebooks.

Its packages:

    data          images, their labels and splits
    training      the training loop, optimizers, augmentation and checkpoints
    unsupervised  learning from images without labels
    figures       figures for the labs
    check         compares answers, and says what is wrong
    handin        the checklist and the files to hand in
    apps          the command `kit`
    grading       grades submissions with nbgrader (not handed out)
    demo          a sample class (not handed out)
    errors        all errors that the kit raises
    moved         the old paths of modules

Importing this package imports none of them: torch is loaded by the parts that need it.
"""

from kit_utils import moved as _moved  # noqa: F401 - from now on old paths are found

__version__ = "0.1.0"
