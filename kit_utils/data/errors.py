"""The exceptions for data files; their messages say what to do."""

from __future__ import annotations


class DataError(ValueError):
    """A data file is missing, damaged, or not what its name says."""


class DownloadError(OSError):
    """A file could not be fetched or stored; nothing was left behind."""
