"""Images as tensors: MNIST, STL-10, their stand-ins, the official splits, and the files.

A file for each idea:

    registry                      the list of the data sets
    mnist, stl10                  the data sets
      standin, standin_stl10      images that are made, where the files are missing
      hidden                      labels of the test images, for hidden tests
    splits                        which images are for training, validation and testing
    normalise, colour             from bytes to what a network gets
    download, stl10_files         getting the files, and verifying them
      idx                         the format of MNIST's files
      folders                     where files are kept, and how they are written
      loaded                      which data this session has loaded
      errors                      what can go wrong
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
