"""The system calls that are refused to students' code."""

from __future__ import annotations

import errno

from pyseccomp import ALLOW, EQ, ERRNO, GT, MASKED_EQ, Arg, SyscallFilter

SOCKET_FAMILIES = {1, 2, 10, 16}  # unix, IPv4, IPv6, netlink


def syscall_filter() -> SyscallFilter:
    """Return a filter for system calls that no answer needs, and that have been used to escape.

    It refuses new user namespaces, because bubblewrap cannot disable them if root grades.
    """
    rules = SyscallFilter(ALLOW)
    refused = ERRNO(errno.EPERM)
    for name in (
        *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount"),
        *(
            "open_tree",
            "fsopen",
            "fsmount",
            "fsconfig",
            "mount_setattr",
            "ptrace",
            "process_vm_readv",
        ),
        *("process_vm_writev", "add_key", "keyctl", "request_key", "bpf", "perf_event_open"),
        *("userfaultfd", "io_uring_setup", "syslog", "acct", "quotactl", "kexec_load", "swapon"),
        *("init_module", "finit_module", "reboot", "settimeofday", "clock_settime", "personality"),
        "sched_setaffinity",
    ):
        rules.add_rule(refused, name)
    namespace = 0x10000000  # CLONE_NEWUSER, see clone(2)
    rules.add_rule(refused, "clone", Arg(0, MASKED_EQ, namespace, namespace))
    # Its flags are in memory, which filters cannot read; callers fall back to clone.
    rules.add_rule(ERRNO(errno.ENOSYS), "clone3")
    # Memory that belongs to no process; use files in /dev/shm, which has a limit, instead.
    for name in ("memfd_create", "memfd_secret", "shmget", "msgget", "semget"):
        rules.add_rule(ERRNO(errno.ENOSYS), name)
    shared = 0x21  # MAP_SHARED | MAP_ANONYMOUS, see mmap(2)
    rules.add_rule(refused, "mmap", Arg(3, MASKED_EQ, shared, shared))
    # Other socket families, such as vsock to a hypervisor, are not confined by network namespaces.
    rules.add_rule(ERRNO(errno.EAFNOSUPPORT), "socket", Arg(0, GT, max(SOCKET_FAMILIES)))
    for family in set(range(max(SOCKET_FAMILIES))) - SOCKET_FAMILIES:
        rules.add_rule(ERRNO(errno.EAFNOSUPPORT), "socket", Arg(0, EQ, family))
    return rules
