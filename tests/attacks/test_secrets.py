"""Submissions that look for what they may not see, change what is not theirs, or call outside.

An attack is paid for success: its `square` is right only if it found something. So one point more
than none says that the box leaks.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from pathlib import Path
from textwrap import indent

import pytest

from kit_utils.demo.course import Course
from tests.attacks.course import HIDDEN, Attack, Attacked

SECRET = "hunter2-of-the-grader"  # in the environment of the grader
LABELS = "labels-that-only-the-judge-may-read"
THIEF = """\
import ctypes, os, pathlib, platform, re, socket, sys, time

COURSE, TCP, UDP, PATH, ABSTRACT = open("where.txt").read().split("|")
COURSE = pathlib.Path(COURSE)
libc = ctypes.CDLL(None, use_errno=True)
others = [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]
loot = {}


def first(attempt, things):
    for thing in things:
        try:
            if found := attempt(thing):
                return found
        except (OSError, ValueError):
            pass


def theft(attempt):
    try:
        found = attempt()
    except BaseException as problem:
        return print(attempt.__name__, type(problem).__name__, problem)
    if found:
        print("FOUND", attempt.__name__)
        loot[attempt.__name__] = found
    else:
        print(attempt.__name__, "nothing")


{thefts}


def square(x):
    return x * x if loot else None
"""


def _server(family: int, kind: int, address: object) -> object:
    """A server outside the box that answers whoever calls. Returns its address."""
    server = socket.socket(family, kind)
    server.bind(address)  # type: ignore[arg-type]

    def answer() -> None:
        while True:
            if kind == socket.SOCK_DGRAM:
                server.sendto(b"hello", server.recvfrom(100)[1])
            else:
                caller = server.accept()[0]
                caller.sendall(b"hello")
                caller.close()

    if kind == socket.SOCK_STREAM:
        server.listen()
    threading.Thread(target=answer, daemon=True).start()
    return server.getsockname()


def _servers() -> list[str]:
    """Where the servers are: TCP, UDP, a unix socket in a folder, an abstract one."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    path, abstract = folder / "socket", folder.name
    _server(socket.AF_UNIX, socket.SOCK_STREAM, str(path))
    path.chmod(0o777)
    _server(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{abstract}")
    ports = [
        _server(socket.AF_INET, kind, ("127.0.0.1", 0))[1]  # type: ignore[index]
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    ]
    return [*map(str, ports), str(path), abstract]


def _tell(folder: Path) -> None:
    """Save the thieves the search: where the course is, and whom to call."""
    course = folder.parents[2]
    (folder / "where.txt").write_text("|".join([str(course), *SERVERS]))


def thief(name: str, thefts: dict[str, str]) -> Attack:
    """An attack whose `square` is right if one of the thefts returned something."""
    functions = [
        f"@theft\ndef {theft}():\n{indent(body.strip(), '    ')}\n"
        for theft, body in thefts.items()
    ]
    source = THIEF.replace("{thefts}", "\n\n".join(functions))
    return Attack(name, {"square": source}, files=_tell)


SERVERS = _servers()
FILES = {
    "descriptors": """
links = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")[:-1]]
return [link for link in links if link.startswith("/") and not link.startswith(("/dev/", "/proc"))]
""",
    "gradebook": "return (COURSE / 'gradebook.db').read_bytes()[:6]",
    "gradebook_through_proc": """
return first(lambda p: os.stat(f"/proc/{p}/root{COURSE}/gradebook.db"), others)
""",
    "gradebook_chmod": "os.chmod(COURSE / 'gradebook.db', 0o644)\nreturn True",
    "gradebook_by_handle": """
# The root of the file system that /usr lies on, opened by its inode: open_by_handle_at(2).
handle = (ctypes.c_uint32 * 4)(8, 1, 2, 0)
return libc.open_by_handle_at(os.open("/usr", os.O_RDONLY), ctypes.byref(handle), 0) >= 0
""",
    "source": f"return '{HIDDEN}' in (COURSE / 'source/powers/powers.ipynb').read_text()",
    "own_folder": """
mark = "BEGIN " + "HIDDEN"
return first(lambda path: mark in path.read_text(errors="ignore"), pathlib.Path.home().rglob("*"))
""",
    "other_submissions": "return list((COURSE / 'submitted').iterdir())",
    "other_graded": "return list((COURSE / 'autograded').iterdir())",
    "search": """
for top in set(os.listdir("/")) - {"proc", "sys", "usr"}:
    for folder, _, names in os.walk("/" + top):
        for name in names:
            path = os.path.join(folder, name)
            if name.startswith(("gradebook.db", "t10k-labels")) and "site-packages" not in path:
                return path
""",
    "hidden_labels": """
data = pathlib.Path(os.environ["KIT_DATA"])
return [f for f in data.rglob("*") if "labels" in f.name and f.read_text()]
""",
    "files_of_root": """
return first(
    lambda path: pathlib.Path(path).read_bytes(),
    ["/etc/shadow", "/etc/gshadow", "/etc/hostname", "/root/.profile", "/root/.bashrc"],
)
""",
    "writing_to_the_system": """
import importlib.util
files = [importlib.util.find_spec("kit_utils").origin, os.__file__, sys.executable, "/usr/bin/env"]
return first(lambda path: os.open(path, os.O_WRONLY | os.O_APPEND), files)
""",
    "writing_to_an_open_file": """
number = os.open(os.__file__, os.O_RDONLY)
return os.open(f"/proc/self/fd/{number}", os.O_RDWR)
""",
    "devices": """
return [d for d in os.listdir("/dev") if d.startswith(("sd", "vd", "mem", "kmsg", "kvm"))]
""",
}
PROCESSES = {
    "environment": f"""
files = ["/proc/self/environ", *(f"/proc/{{p}}/environ" for p in others)]
return first(lambda path: b"{SECRET}" in pathlib.Path(path).read_bytes(), files)
""",
    "processes": """
def line(p):
    words = pathlib.Path(f"/proc/{p}/cmdline").read_bytes()
    return b"nbgrader" in words or b"judge" in words
return first(line, others)
""",
    "memory_of_others": f"""
def search(p):
    for line in open(f"/proc/{{p}}/maps"):
        if " rw" in line:
            low, high = (int(end, 16) for end in line.split()[0].split("-"))
            with open(f"/proc/{{p}}/mem", "rb", 0) as memory:
                memory.seek(low)
                if b"{HIDDEN[2:]}" in memory.read(high - low):
                    return True
return first(search, others)
""",
    "ptrace": """
attach, detach = 16, 17
return first(lambda p: libc.ptrace(attach, int(p), 0, 0) == 0, [*others, "1"])
""",
}
RIGHTS = {
    "root": """
def root():
    return libc.setuid(0) == 0 or libc.setresuid(0, 0, 0) == 0 or libc.setgid(0) == 0
lines = open("/proc/self/status").read()
rights = re.findall("Cap(?:Eff|Prm|Bnd|Amb):\\\\s*(\\\\w+)", lines)
return root() or os.geteuid() == 0 or any(int(right, 16) for right in rights)
""",
    "setuid_programs": """
import glob, subprocess
programs = [f for f in glob.glob("/usr/bin/*") if os.stat(f).st_mode & 0o4000]
def user(program):
    return b"uid=0" in subprocess.run([program, "-c", "id"], capture_output=True, timeout=2).stdout
return first(user, programs)
""",
    "namespaces": """
def new():
    return libc.unshare(0x10000000) == 0 or libc.unshare(0x20000) == 0
def mounted():
    return libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 or libc.umount2(b"/usr", 2) == 0
def writable():
    return libc.mount(None, b"/usr", None, 32 | 4096, None) == 0
return new() or mounted() or writable() or libc.chroot(b"/tmp") == 0
""",
    "system_calls": """
calls = {"x86_64": (250, 321, 298, 323), "aarch64": (219, 280, 241, 282)}[platform.machine()]
keyctl, bpf, perf_event_open, userfaultfd = calls
space = ctypes.create_string_buffer(256)
return (
    libc.syscall(keyctl, 0, -3, 1) >= 0  # the session's keyring
    or libc.syscall(425, 4, space) >= 0  # io_uring_setup
    or libc.syscall(userfaultfd, 0) >= 0
    or libc.syscall(428, -100, b"/usr", 1) >= 0  # open_tree
)
""",
    "settings_of_the_machine": """
files = ["kernel/core_pattern", "kernel/hostname", "vm/drop_caches"]
paths = ["/proc/sysrq-trigger", *(f"/proc/sys/{name}" for name in files)]
paths += ["/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
return first(lambda path: os.open(path, os.O_WRONLY) >= 0, paths)
""",
    "clock": "time.clock_settime(time.CLOCK_REALTIME, time.time())\nreturn True",
    "host_name": "socket.sethostname(socket.gethostname())\nreturn True",
}
NETWORK = {
    "network_tcp": "return socket.create_connection(('127.0.0.1', int(TCP)), timeout=2).recv(9)",
    "network_udp": """
caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
caller.settimeout(2)
caller.sendto(b"hello", ("127.0.0.1", int(UDP)))
return caller.recv(9)
""",
    "network_unix": """
caller = socket.socket(socket.AF_UNIX)
caller.connect(PATH)
return caller.recv(9)
""",
    "network_abstract": """
caller = socket.socket(socket.AF_UNIX)
caller.connect("\\0" + ABSTRACT)
return caller.recv(9)
""",
    "network_of_the_machine": """
names = [name for _, name in socket.if_nameindex() if name != "lo"]
kinds = [socket.AF_PACKET, 31, 38, 40]  # raw, Bluetooth, the kernel's ciphers, the hypervisor
def make(kind):
    return socket.socket(kind, socket.SOCK_SEQPACKET if kind == 38 else socket.SOCK_STREAM)
raw = first(lambda p: socket.socket(socket.AF_INET, socket.SOCK_RAW, p), [socket.IPPROTO_ICMP])
return names or raw or first(make, kinds)
""",
}
ATTACKS = [
    thief("files", FILES),
    thief("processes", PROCESSES),
    thief("rights", RIGHTS),
    thief("network", NETWORK),
]


@pytest.fixture(scope="module")
def released(released: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course with hidden labels in its data folder and a secret in the environment."""
    folder = tmp_path_factory.mktemp("secrets") / "course"
    shutil.copytree(released.folder, folder)
    labels = folder / "data" / "mnist" / "t10k-labels-idx1-ubyte.gz"
    labels.parent.mkdir(parents=True)
    labels.write_text(LABELS)
    secrets = {"KIT_DATA": "data", "KIT_TOKEN": SECRET}  # a relative folder: wherever the course is
    return Course(folder, {**released.environment, **secrets})


class TestRun(Attacked):
    def test_no_secret_is_shown(self, run, attack):
        shown = run.shown(run.student(attack.name))
        assert not [secret for secret in (SECRET, LABELS, HIDDEN) if secret in shown]
