"""Every graded cell has answers to test it with."""

from __future__ import annotations


def test_every_graded_cell_has_a_corpus(corpus, notebooks):
    graded = [e for notebook in notebooks.values() for e in notebook.exercises()]
    assert len(graded) >= 12
    assert set(graded) == set(corpus)
