"""Enter a box irrevocably, in a process that has already done its imports.

Bubblewrap made the box around another program; see namespaces(7) and setns(2). For a program that
is started, `box_command` uses bubblewrap, prlimit and setpriv; here the process does the same to
itself.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
from collections.abc import Iterable, Mapping

from kit_utils.grading.box.limits import resource_number
from kit_utils.grading.box.seccomp import syscall_filter

NS_GET_USERNS = 0xB701  # ioctl_ns(2)
PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 24, 38  # prctl(2)
CAPABILITY_VERSION_3 = 0x20080522  # capset(2)
LAST_CAPABILITY = "/proc/sys/kernel/cap_last_cap"

libc = ctypes.CDLL(None, use_errno=True)
libc.prctl.argtypes = [ctypes.c_int, *(ctypes.c_ulong,) * 4]


def enter_namespaces(process: int, *, root: bool) -> None:
    """Enter the namespaces of a process. Processes forked later see only processes of the box.

    Args:
        process: the id of the first process in a box, as seen from here.
        root: whether root made the box; other users make it in their own user namespaces.

    Raises:
        OSError: the process has ended, or belongs to another user.
    """
    # All are opened before the first is entered, because then /proc is another one.
    top = os.open(f"/proc/{process}/root", os.O_RDONLY)
    names = ["ipc", "uts", "net", "pid", "mnt"]
    if os.path.exists(f"/proc/{process}/ns/cgroup"):
        names.insert(0, "cgroup")
    opened = [os.open(f"/proc/{process}/ns/{name}", os.O_RDONLY) for name in names]
    if not root:
        # Its user namespace is nested in another one, which owns the rest of the box.
        outer = fcntl.ioctl(opened[-1], NS_GET_USERNS)
        inner = os.open(f"/proc/{process}/ns/user", os.O_RDONLY)
        opened = [outer, *opened, inner]
    for namespace in opened:
        _succeed(libc.setns(namespace, 0))
    os.fchdir(top)
    os.chroot(".")
    for descriptor in (top, *opened):
        os.close(descriptor)


def give_up_rights(user: int, limits: Mapping[str, int], *, root: bool) -> None:
    """Become the student's user, with limits, without capabilities, and with filtered system calls.

    Args:
        user: the user id in the box.
        limits: from `Limits.resources`.
        root: as for `enter_namespaces`.
    """
    for name, value in limits.items():
        resource.setrlimit(resource_number(name), (value, value))
    with open(LAST_CAPABILITY) as file:
        last = int(file.read())
    for capability in range(last + 1):
        _succeed(libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0))
    if root:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _succeed(libc.capset(header, (ctypes.c_uint32 * 6)()))  # effective, permitted, inheritable
    # A process that has changed its user may read its own /proc entry only after this call.
    _succeed(libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
    _succeed(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    syscall_filter().load()


def keep_open(descriptors: Iterable[int]) -> None:
    """Close all files except these; standard input and output go to /dev/null."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)
    at = 3
    for descriptor in sorted(descriptors):
        os.closerange(at, descriptor)
        at = descriptor + 1
    os.closerange(at, os.sysconf("SC_OPEN_MAX"))


def _succeed(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
