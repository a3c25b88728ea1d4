"""Paths in the box."""

from pathlib import Path

HOME = Path("/home/student")
WORK = HOME / "work"  # the submitted files, and files that the notebook writes
CACHE = HOME / ".cache"
DATA = Path(
    "/run/data"
)  # the labs' data, without hidden labels; not /data, where Python may be installed
HIDDEN = ("t10k-labels*", "test_y*")  # names of the files with hidden labels, in all labs
RUNTIME = Path("/run/kit")  # the kernel's sockets
