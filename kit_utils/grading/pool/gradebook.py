"""One connection to the gradebook's database for a whole run."""

from __future__ import annotations

from functools import cache

import nbgrader.api


def share_engine() -> None:
    """Let every `Gradebook` of this process that opens the same database use one engine.

    nbgrader opens the gradebook anew in each step of each submission, and SQLAlchemy keeps what it
    has compiled of a statement with the engine: with a new one it compiles all of them again.
    Closing a `Gradebook` closes its connections all the same.
    """
    nbgrader.api.create_engine = cache(nbgrader.api.create_engine)
