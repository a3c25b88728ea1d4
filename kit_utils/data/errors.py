"""The exceptions for data files; their messages say what to do."""

from __future__ import annotations

from kit_utils.errors import KitError


class DataError(KitError, ValueError):
    """A data file is missing, damaged, or not what its name says."""


class DownloadError(KitError, OSError):
    """A file could not be fetched or stored; nothing was left behind."""
