"""Paths in the box."""

from pathlib import Path

from kit_utils.data.registry import DATA_SETS

HOME = Path("/home/student")
WORK = HOME / "work"  # the submitted files, and files that the notebook writes
CACHE = HOME / ".cache"
# The labs' data, without hidden labels; not /data, where Python may be installed.
DATA = Path("/run/data")
HIDDEN = tuple(one.hidden_labels for one in DATA_SETS.values())  # patterns, for all labs
RUNTIME = Path("/run/kit")  # the kernel's sockets
