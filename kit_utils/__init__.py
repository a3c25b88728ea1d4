"""The deep-learning teaching kit: data, training, checks and figures for its notebooks.

Its packages:

    data          images, their labels and splits
    training      the loop that trains a network, and what it works with
    unsupervised  learning from images without labels
    figures       figures for the labs
    check         what a test cell says of an answer
    handin        what is still open before a notebook is handed in
    apps          the command `kit`
    grading       what runs while nbgrader grades (not handed out)
    demo          a sample class (not handed out)
    moved         modules that had another place

Importing this package imports none of them: torch comes with the part that needs it.
"""

from kit_utils import moved as _moved  # noqa: F401 - old paths are found from now on

__version__ = "0.1.0"
