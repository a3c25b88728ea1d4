"""An IPython without a kernel, for tests of what happens in a notebook's session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

WITHOUT_HISTORY = Config({"HistoryManager": {"enabled": False}})  # its file would outlive a test


@contextmanager
def new_ipython() -> Iterator[InteractiveShell]:
    """Start an IPython, the one that `get_ipython` gives."""
    InteractiveShell.clear_instance()
    try:
        yield InteractiveShell.instance(config=WITHOUT_HISTORY)
    finally:
        InteractiveShell.clear_instance()
