"""The last step of a notebook: what is still open, and the files that go with it.

A file for each idea:

    labs          the labs, their notebooks, and the files that go with them
    checklist     what is still open before a notebook is handed in
    predictions   predictions.csv, one label for each test image
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
