"""Where things are in the box."""

from pathlib import Path

HOME = Path("/home/student")
WORK = HOME / "work"  # the files that were handed in, and what the notebook writes
CACHE = HOME / ".cache"
DATA = Path("/run/data")  # of the labs, without hidden labels; Python may lie in a /data
HIDDEN = ("t10k-labels*", "test_y*")  # names of the files with those labels, in any lab
RUNTIME = Path("/run/kit")  # of the kernel
