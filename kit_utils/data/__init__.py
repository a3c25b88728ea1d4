"""Images as tensors: MNIST, STL-10, their stand-ins, the official splits, and the files.

A file for each idea:

    registry                      the list of the data sets
    mnist, stl10                  the data sets
      standin, standin_stl10      generated images, for use without the files
      hidden                      labels of the test images, for hidden tests
    splits                        the division into training and validation images
    normalise, colour             from stored bytes to a network's input
    download, stl10_files         downloads and verifies the files
      idx                         the format of MNIST's files
      folders                     where files are kept, and how they are written
      loaded                      which data this session has loaded
      errors                      exceptions
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
