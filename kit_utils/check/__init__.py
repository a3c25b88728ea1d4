"""Judging answers: expressions, arrays, gradients and accuracies, each with a reason.

A file for each idea:

    claims            the claims of a test cell, their score and their display
    score             the points, shown as nothing under the verdicts
    verdict           the result of a judge: outcome, reason, hint and evidence
    hints             which hint is shown for a mistake
    hint_stages       hints for a student who asks
      sealed          those on known mistakes, encrypted
    common_mistakes   mistakes of many exercises, with their hints
    student_errors    exceptions of a student's code, and values that cannot be judged
    cell_runs         which cells ran, so that no check judges an old answer
      names           the names that a cell defines and needs
      progress        a line at the top of a notebook that the checks keep up to date
    written           whether a student's function is written
    expressions       formulas, compared at points
      symbolic        the value of a formula with many digits
      points, kinks   the points at which formulas are compared, random and beside kinks
    arrays            tensors and arrays, compared by value
      family          functions, compared for many inputs
      form            the parts of a result, their shapes and types
      gradients       derivatives to compare with
      optimisers      steps of update rules, and of torch's
    chance            random numbers: their distribution and independence
    masks             masks made from random numbers, as in dropout
    images            how images were rotated, scaled and shifted
    splits            parts of a data set: disjoint, complete, balanced
    accuracy          accuracies, and whether a change improves them
    network         whether labels come from a network
    predict         the claims on `predict` that all labs share
      predictions_file  whether a predictions file agrees with `predict`
"""

import lazy_loader

from kit_utils.check.cell_runs import watch as _watch

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

_watch()  # from the set-up cell on
