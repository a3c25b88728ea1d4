"""The data sets that this session has loaded; saved weights record them."""

from __future__ import annotations

# From the data set that was asked for to what was loaded: "MNIST" or a stand-in.
loaded: dict[str, str] = {}
