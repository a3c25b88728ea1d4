"""Submissions that end their kernel, hang it, or leave something running behind."""

from __future__ import annotations

from tests.attacks.course import MARK, Attack, Attacked, square

GOOD = "def square(x):\n    return x * x\n\n\n"
KEPT = {"square": 2.0}  # what was right before the trouble keeps its points

# What ends or hangs a kernel at once: `GOOD` before it is lost with the cell.
CELLS = {
    "exit": "import os\nos._exit(0)",
    "kill": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "segfault": "import ctypes\nctypes.string_at(0)",
    "another-program": "import os\nos.execv('/bin/sleep', ['sleep', '1000'])",
    "stop": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "exit-in-a-thread": """\
import os, threading, time
threading.Thread(target=os._exit, args=[0]).start()
time.sleep(3)
""",
    "deaf": """\
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    pass
""",
    "closed-descriptors": "import os\nos.closerange(0, 4096)",
}
# What is interrupted, or ends by itself; the kernel and its names live on.
MILD = {
    "kill-all": "import os, signal\nos.kill(-1, signal.SIGKILL)",
    "system-exit": "import sys\nsys.exit(1)",
    "quit": "quit()",
    "endless": "while True:\n    pass",
    "input": "input('More time, please: ')",
    "exit-at-the-end": """\
import atexit, os, time
atexit.register(os._exit, 1)
atexit.register(time.sleep, 1000)
""",
}
# In the body of `square`.
CALLS = {
    "exit-in-a-call": ("os._exit(0)", "the kernel ended"),
    "system-exit-in-a-call": ("sys.exit(1)", "SystemExit"),
    "sleeping-call": ("time.sleep(1000)", "no answer within"),
    "deaf-call": (
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while True: pass",
        "no answer within",
    ),
    "input-in-a-call": ("input()", "StdinNotImplementedError"),
}
# What goes on after the cell. `square` is right, and all other exercises too.
LATE = {
    "late-thread": f"""\
import threading, time

def go_on():
    while True:
        open("/tmp/{MARK}", "w").close()
        time.sleep(0.01)

for _ in range(8):
    threading.Thread(target=go_on).start()
""",
    "daemon": f"""\
import os, time

if os.fork() == 0:
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    while True:
        for folder in ("/tmp", "/dev/shm", "."):
            open(folder + "/{MARK}", "w").close()
        time.sleep(0.01)
""",
    "daemon-that-holds-all": """\
import subprocess
subprocess.Popen(["sleep", "1000"], close_fds=False, start_new_session=True)
""",
    "restless-child": """\
import os, signal

if os.fork() == 0:
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
""",
}


def _calling(name: str, body: str, says: str) -> Attack:
    source = f"import os, signal, sys, time\n\n\ndef square(x):\n    {body}\n"
    return square(name, source, says=says)


ATTACKS = [
    *(
        square(name, GOOD + source, says="This cell is left out now")
        for name, source in CELLS.items()
    ),
    *(square(name, GOOD + source, **KEPT) for name, source in MILD.items()),
    *(_calling(name, body, says) for name, (body, says) in CALLS.items()),
    *(square(name, GOOD + source, **KEPT) for name, source in LATE.items()),
    # It goes off while other exercises are tested, and again whenever its cell is run again.
    square("exit-later", "import os, threading\nthreading.Timer(1, os._exit, [0]).start()"),
    # It goes off while the cell of another exercise runs, which is lost with the kernel.
    Attack(
        "exit-in-the-next-cell",
        {
            "even": "import os, threading\n\n\ndef is_even(n):\n    return n % 2 == 0\n\n\n"
            "threading.Timer(3, os._exit, [0]).start()",
            "square": GOOD + "import time\ntime.sleep(4)",
        },
        {},
        says="This cell is left out now",
    ),
    # It holds the interpreter while the cell of another exercise runs, which times out.
    Attack(
        "interpreter-held",
        {
            "even": "import re, threading, time\n\n\ndef is_even(n):\n    return n % 2 == 0\n\n\n"
            "def hold():\n    while 'square' not in globals():\n        time.sleep(0.01)\n"
            "    re.match('(a+)+$', 'a' * 60 + 'b')\n\n\nthreading.Thread(target=hold).start()",
            "square": GOOD + "import time\ntime.sleep(1)",
        },
        {},
        says="This cell is left out now",
    ),
    # Every exercise ends the kernel: more often than it is started again.
    Attack(
        "again-and-again",
        {cell: "import os\nos._exit(0)" for cell in ("even", "square", "slope", "cube")},
        {f"{cell}-check": 0.0 for cell in ("even", "square", "slope", "cube")},
    ),
]


class TestRun(Attacked): ...
