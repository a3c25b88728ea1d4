"""The last step of a notebook: the checklist, and the files to hand in.

A file for each idea:

    labs          the list of the labs, with their notebooks, points and files
    unsolved      what an answer that is not written yet looks like
    standing      what is open in each exercise, and the points in reach
    checklist     what is still missing before a notebook is handed in
      overview    the checklist as a table with links
    predictions   predictions.csv, one label for each test image
    archive       the one file to hand in, and its receipt
    results       the accuracies that were measured
    report_numbers   compares them with those that a report states
    plain_files   refuses links, pipes and files that are too large
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
