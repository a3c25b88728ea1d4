"""Which data sets this session has loaded: what weights that it saves were trained on."""

from __future__ import annotations

loaded: dict[str, str] = {}  # the data set that is meant, to what was there: "MNIST" or a stand-in
