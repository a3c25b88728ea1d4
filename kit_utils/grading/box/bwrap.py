"""The command that starts a box: bubblewrap, and as root an unprivileged user inside it."""

from __future__ import annotations

import ctypes.util
import glob
import os
import secrets
import shutil
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import IO

import kit_utils
from kit_utils.data.folders import cache_folder, data_folder
from kit_utils.errors import GradingError
from kit_utils.grading.box.limits import MEGABYTE, Limits
from kit_utils.grading.box.paths import CACHE, DATA, HOME, RUNTIME

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# Of /etc only what libraries read: fonts, the dynamic loader, the time zone.
CONFIGURATION = (
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/fonts", "/etc/localtime"),
    *("/etc/alternatives", "/etc/nsswitch.conf", "/etc/ssl/openssl.cnf"),
)
GPU_DEVICES = ("/dev/nvidia*", "/dev/nvidia-caps/*", "/dev/kfd", "/dev/dri/*")
PASSED_ON = ("KIT_STANDIN", "TZ", "CUDA_VISIBLE_DEVICES")
USERS = range(20_000, 60_000)
# The first process in a box without a program. Orphans become its children, and are reaped because
# it ignores SIGCHLD. Processes in the box cannot send it any other signal.
IDLE = """\
import signal
for number in (signal.SIGCHLD, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
print(flush=True)
while True:
    signal.pause()
"""
# The parts of a virtual environment, where the course lies in the same folder (`python3 -m venv .`)
PARTS = ("bin", "lib", "lib64", "share", "etc", "pyvenv.cfg")
RIGHTS = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")


class NoBox(GradingError):
    """This machine cannot make a box. The message says what to install or do."""


def require_programs() -> None:
    """Check that the programs that make a box are installed.

    Raises:
        NoBox: one is missing; the message says which.
    """
    if not sys.platform.startswith("linux"):
        raise NoBox(
            f"the box for students' code needs Linux, this is {sys.platform}. Grade on a Linux "
            "machine or in a Linux container."
        )
    packages = {"bwrap": "bubblewrap", "prlimit": "util-linux", "setpriv": "util-linux"}
    for program, package in packages.items():
        if shutil.which(program) is None:
            raise NoBox(
                f"the box for students' code needs '{program}': install the package {package}, "
                f"on Debian and Ubuntu 'apt install {package}', on Fedora 'dnf install {package}'."
            )
    if ctypes.util.find_library("seccomp") is None:
        raise NoBox("the box for students' code needs libseccomp: 'apt install libseccomp2'.")


def user_in_box() -> int:
    """The user id of students' code: as root a random free one, otherwise the grader's own."""
    return secrets.choice(USERS) if os.geteuid() == 0 else os.getuid()


def box_command(
    program: Sequence[str],
    limits: Limits,
    user: int,
    *,
    hidden: Sequence[str],
    gpu: bool,
    info: int,
    secret: Collection[Path] = (),
    shown: Collection[Path] = (),
) -> tuple[list[str], list[IO[bytes]]]:
    """The command line of a box around a program.

    Args:
        program: the program and its arguments. Without one the box is for a forked kernel to enter;
            on its standard output comes a line when it stands.
        limits: sizes of the folders in memory.
        user: from `user_in_box`.
        hidden: patterns of file names that are left out of the data folder.
        gpu: whether the devices of a GPU are passed in.
        info: file descriptor to which bubblewrap writes the process id.
        secret: paths that must not be there.
        shown: more folders of the machine that the program reads.

    Returns:
        The arguments, and open files that they name: pass them on and close them. What the box is
        made of is in one of these files, for a command line can be read in the box.
    """
    from kit_utils.grading.box.seccomp import syscall_filter

    root = os.geteuid() == 0
    passwd = _temporary_file(f"student:x:{user}:{user}::{HOME}:/bin/sh\n".encode())
    seccomp = _temporary_file()
    syscall_filter().export_bpf(seccomp)
    seccomp.seek(0)
    options = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    options += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"]
    options += ["--hostname", "box", "--info-fd", str(info), "--seccomp", str(seccomp.fileno())]
    options += ["--cap-drop", "ALL"]
    if not program:  # as the first process, which nothing inside can end
        options += ["--as-pid-1"]
    elif root:  # only to become another user, who has no rights
        options += [option for name in RIGHTS for option in ("--cap-add", name)]
    if not root:
        options += ["--unshare-user", "--disable-userns"]
    options += _file_system(limits, hidden, gpu, secret, shown)
    options += ["--perms", "0444", "--ro-bind-data", str(passwd.fileno()), "/etc/passwd"]
    for name, value in environment(limits).items():
        options += ["--setenv", name, value]
    # To map /dev/zero is another way to memory of no process; from /dev/full come zeros too.
    options += ["--dev-bind", "/dev/full", "/dev/zero"]
    # As an ordinary user /dev would be the student's, and without a limit.
    options += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", str(HOME)]
    listed = _temporary_file(os.fsencode("\0".join([*options, ""])))
    around = [*limits.command(), "bwrap", "--args", str(listed.fileno()), "--"]
    if program and root:
        around += ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        around += ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"]
    return [*around, *(program or [sys.executable, "-I", "-S", "-c", IDLE])], [
        listed,
        passwd,
        seccomp,
    ]


def _file_system(
    limits: Limits,
    hidden: Sequence[str],
    gpu: bool,
    secret: Collection[Path],
    shown: Collection[Path],
) -> list[str]:
    """The folders of the box: writable ones in memory, and read-only parts of the machine."""
    writable = {
        Path("/tmp"): limits.temporary,
        Path("/dev/shm"): limits.temporary,
        HOME: limits.files,
        RUNTIME: 1,
    }
    inside, links = _read_only(hidden, secret, shown)
    command = ["--proc", "/proc", "--dev", "/dev"]
    command += _folders(writable)
    for folder, size in writable.items():
        # Open to all, because as root the student's user id is chosen later.
        command += ["--size", str(size * MEGABYTE), "--perms", "1777", "--tmpfs", str(folder)]
    command += _folders([*inside, *links])  # after those in memory: Python may lie below one
    for path, outside in inside.items():
        command += ["--ro-bind", str(outside), str(path)]
    for path, target in links.items():
        command += ["--symlink", target, str(path)]
    if gpu:
        for device in (path for pattern in GPU_DEVICES for path in sorted(glob.glob(pattern))):
            command += ["--dev-bind", device, device]
        command += ["--ro-bind", "/sys", "/sys"]
    return command


def _folders(paths: Iterable[Path]) -> list[str]:
    """Make the folders above some paths, so that any user can pass through them."""
    above = {parent for path in paths for parent in path.parents} - {Path("/")}
    command = []
    for folder in sorted(above):
        rights = "1777" if folder.is_relative_to(HOME) else "0755"
        if folder != HOME:
            command += ["--perms", rights, "--dir", str(folder)]
    return command


def environment(limits: Limits) -> dict[str, str]:
    """All environment variables of the kernel; none is the grader's own."""
    programs = sysconfig.get_path("scripts")
    threads = str(limits.threads)
    return {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(HOME),
        "USER": "student",
        "LANG": "C.UTF-8",
        "NBGRADER_EXECUTION": "autograde",
        "KIT_DATA": str(DATA),
        "XDG_CACHE_HOME": str(CACHE),
        "MPLCONFIGDIR": str(CACHE / "matplotlib"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        **{f"{library}_NUM_THREADS": threads for library in ("OMP", "OPENBLAS", "MKL")},
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
    }


def _read_only(
    hidden: Sequence[str], secret: Collection[Path], more: Collection[Path]
) -> tuple[dict[Path, Path], dict[Path, str]]:
    """What the box shows of the machine: paths inside to paths outside, links to targets."""
    shown: dict[Path, Path] = {}
    links: dict[Path, str] = {}
    for path in [*map(Path, (*SYSTEM, *CONFIGURATION)), *_python(secret), *more]:
        passed, end = _follow(path)
        links |= passed
        if path.exists() and not _is_below(end, shown):
            shown[end] = end
    links = {path: target for path, target in links.items() if not _is_below(path, shown)}
    for outside, inside in [(data_folder(), DATA), (cache_folder(), CACHE / cache_folder().name)]:
        if outside.is_dir():
            shown |= {inside / path.relative_to(outside): path for path in _open(outside, hidden)}
    return shown | _font_list(), links


def _python(secret: Collection[Path]) -> list[Path]:
    """The folders of Python and the kit, and the name of the interpreter.

    Of a folder that holds something secret, these are the parts that Python needs.

    Raises:
        NoBox: as root, for whom students' code is another user: that user cannot read one of them.
    """
    package = Path(kit_utils.__file__).parent
    found = [Path(sys.base_prefix), Path(sys.prefix), package, Path(sys.executable)]
    closed = [path for path in found if path.exists() and not path.stat().st_mode & stat.S_IXOTH]
    if closed and os.geteuid() == 0:
        raise NoBox(
            f"{closed[0]} is closed to other users. Where root grades, students' code runs as such "
            f"a user: run 'chmod -R o+rX \"{closed[0]}\"'."
        )
    real = [path.resolve() for path in secret]
    shared = [path for path in found if any(one.is_relative_to(path.resolve()) for one in real)]
    parts = [path / name for path in shared for name in PARTS]
    return [path for path in found if path not in shared] + parts


def _follow(path: Path) -> tuple[dict[Path, str], Path]:
    """Follow a path, link by link.

    Returns:
        The links on the way, by what they say, and where the last one leads. A link in the place of
        a folder that the box has itself, such as /home, is taken for that folder.
    """
    own = {folder for place in (HOME, RUNTIME, Path("/tmp")) for folder in (place, *place.parents)}
    links: dict[Path, str] = {}
    here, left = Path("/"), list(path.absolute().parts[1:])
    while left and path.exists():  # then the links do not go round in a circle
        here = here.parent if (part := left.pop(0)) == ".." else here / part
        if here.is_symlink() and here not in own:
            links[here] = os.readlink(here)
            target = Path(links[here])
            left = [*target.parts[target.is_absolute() :], *left]
            here = Path("/") if target.is_absolute() else here.parent
    return links, here


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _open(folder: Path, hidden: Sequence[str]) -> list[Path]:
    """A folder; if a file below it is hidden, everything else in it.

    A link is resolved here, for what it leads to is not there in the box.
    """
    if not any(_is_hidden(path, hidden) or path.is_symlink() for path in folder.rglob("*")):
        return [folder]
    parts = [path for path in sorted(folder.iterdir()) if not _is_hidden(path, hidden)]
    return [shown for path in parts for shown in (_open(path, hidden) if path.is_dir() else [path])]


def _is_hidden(path: Path, hidden: Sequence[str]) -> bool:
    return any(fnmatch(path.name, pattern) for pattern in hidden)


def font_folder() -> Path:
    """Where matplotlib caches its list of fonts, without the second that its import takes."""
    if given := os.environ.get("MPLCONFIGDIR"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "matplotlib"


def _font_list() -> dict[Path, Path]:
    """Matplotlib's cached list of fonts, which takes seconds to make."""
    lists = font_folder().glob("fontlist-*.json")
    return {CACHE / "matplotlib" / file.name: file for file in lists}


def _temporary_file(content: bytes = b"") -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - bubblewrap reads it; its caller closes it
    file.write(content)
    file.seek(0)
    return file
