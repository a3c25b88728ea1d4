"""What a test cell says: expressions, arrays, gradients and accuracies, judged with a reason.

A file for each idea:

    claims            the claims of a test cell, how they are scored and shown
    verdict           what is said of an answer, the vocabulary of all judges
    hints             the hint that belongs to a mistake
    student_errors    what a student's code raised, or gave in the place of an answer
    expressions       formulas, compared at points
      symbolic        the value of a formula with many digits
      points, kinks   where formulas are compared, and where they have no derivative
    arrays            tensors and arrays, compared by value
      family          a function, compared on a family of inputs
      form            the parts of a result, their shapes and types
      gradients       derivatives to compare with
      optimisers      steps of update rules, and of torch's
    chance            random numbers: their distribution and independence
    images            how far images were moved
    splits            parts of a data set: disjoint, complete, balanced
    accuracy          accuracies, and improvements of them
      network         what a network predicts
      predictions_file  what a file predicts
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
