"""Submissions that take memory, processes, files and output without end.

A bomb is paid for success: its `square` is right only if it went off. It tells what held it back,
and lets go of what it took, so that the exercises after it can be done.
"""

from __future__ import annotations

from textwrap import indent

from tests.attacks.course import MARK, Attack, Attacked, square

BOMB = """\
import ctypes, mmap, os, socket, subprocess, sys, threading, time

GIGABYTE = 2**30


def bomb():
{body}


try:
    exploded = bomb()
    print("went off" if exploded else "did nothing")
except Exception as problem:
    exploded = False
    print("held back:", type(problem).__name__, problem)


def square(x):
    return x * x if exploded else None
"""


def bomb(name: str, body: str, says: str) -> Attack:
    """An attack whose `square` is right if the body returned True."""
    source = BOMB.replace("{body}", indent(body.strip(), "    "))
    return square(name, source, says=says)


# The limits are 1000 MB of memory, 100 MB of files, 100 processes; /tmp and /dev/shm have 512 MB.
MEMORY = [
    bomb(
        "memory-at-once",
        "hoard = bytearray(3 * GIGABYTE)\nreturn len(hoard) > 0",
        "MemoryError",
    ),
    bomb(
        "memory-in-many-processes",
        """
for _ in range(20):
    if os.fork() == 0:
        hoard = []
        while len(hoard) < 80:
            hoard.append(bytearray(b"x") * 2**20)
            time.sleep(0.01)
        time.sleep(100)
time.sleep(6)
return True
""",
        "it used more than 1000 MB of memory",
    ),
    bomb(
        "memory-that-is-shared",
        """
hoard = mmap.mmap(-1, 3 * GIGABYTE)
for start in range(0, len(hoard), 4096):
    hoard[start] = 1
time.sleep(2)
return True
""",
        "held back: PermissionError",
    ),
    bomb(
        "memory-behind-a-device",
        """
hoard = mmap.mmap(os.open("/dev/zero", os.O_RDWR), 3 * GIGABYTE)
for start in range(0, len(hoard), 4096):
    hoard[start] = 1
time.sleep(2)
return True
""",
        "held back",
    ),
    bomb(
        "memory-in-a-nameless-file",
        """
hoard = os.memfd_create("hoard")
for _ in range(30):
    os.posix_fallocate(hoard, 0, os.fstat(hoard).st_size + 80 * 2**20)
return True
""",
        "held back: OSError",
    ),
    bomb(
        "memory-of-system-v",
        """
libc = ctypes.CDLL(None, use_errno=True)
return libc.shmget(0, ctypes.c_size_t(GIGABYTE), 0o1600) >= 0
""",
        "did nothing",
    ),
]
PROCESSES = [
    bomb(
        "fork",
        """
while True:
    try:
        os.fork()
    except OSError:
        pass
""",
        "This cell is left out now",
    ),
    bomb(
        "threads",
        """
for _ in range(1000):
    threading.Thread(target=time.sleep, args=[3]).start()
return True
""",
        "can't start new thread",
    ),
    bomb(
        "programs",
        """
for _ in range(1000):
    subprocess.Popen(["sleep", "100"])
return True
""",
        "",
    ),
    bomb(
        "descriptors",
        """
hoard = []
while len(hoard) < 10_000:
    hoard.extend(socket.socketpair())
return True
""",
        "Too many open files",
    ),
]
FILES = [
    bomb(
        "a-large-file",
        f"""
with open("{MARK}", "wb") as file:
    for _ in range(10_000):
        file.write(bytes(2**20))
return True
""",
        "held back: OSError",
    ),
    bomb(
        "every-folder",
        f"""
def fill(folder):
    path = os.path.join(folder, "{MARK}")
    try:
        with open(path, "wb", 0) as file:
            for _ in range(700):
                file.write(bytes(2**20))
            return True  # more than any folder may hold
    except OSError as problem:
        return print(folder, problem)
    finally:
        if os.path.exists(path):
            os.unlink(path)
folders = [".", "/tmp", "/dev/shm", "/dev", "/run/kit", "/run", "/", "/proc", "/home", "/run/data"]
return any([fill(folder) for folder in folders])
""",
        "did nothing",
    ),
    Attack(
        "full-to-the-brim",
        # What the kernel itself writes to is full while the other exercises are tested.
        {
            "square": f"""\
for folder in (".", "/tmp", "/dev/shm", "/run/kit"):
    try:
        with open(folder + "/{MARK}", "wb", 0) as file:
            while file.write(bytes(2**20)) == 2**20:
                pass
    except OSError:
        pass


def square(x):
    return x * x
"""
        },
        {},
    ),
]
FLOOD = "it wrote over"
OUTPUT = [
    bomb("stdout", "while True:\n    print('x' * 1000)", FLOOD),
    bomb("stderr", "while True:\n    print('x' * 1000, file=sys.stderr)", FLOOD),
    bomb(
        "display",
        """
from IPython.display import display
while True:
    display({"text/html": "<b>" * 100_000}, raw=True)
""",
        FLOOD,
    ),
    bomb("output-of-programs", "subprocess.run(['yes'])", FLOOD),
    bomb(
        "one-long-line",
        "print('y' * 60_000_000)\ntime.sleep(8)\nreturn True",
        FLOOD,
    ),
    # Its function is right, and writes much while it is tested: only the output is lost.
    square(
        "output-of-a-call",
        """\
import sys


def square(x):
    for _ in range(20_000):
        print("x" * 1000)
        print("x" * 1000, file=sys.stderr)
    return x * x
""",
        square=2.0,
    ),
]
ATTACKS = [*MEMORY, *PROCESSES, *FILES, *OUTPUT]


class TestRun(Attacked):
    def test_little_of_a_flood_is_kept(self, run, attack):
        assert len(run.shown(run.student(attack.name))) < 1_000_000
