"""Run a program in a box: a browser or LaTeX, with what a student wrote."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from kit_utils.grading.box.bwrap import box_command, require_programs, user_in_box
from kit_utils.grading.box.limits import MEGABYTE, Limits
from kit_utils.grading.box.paths import HIDDEN
from kit_utils.report.programs import ENVIRONMENT, SECONDS, ProgramError

LIMITS = Limits(files=512, temporary=256)
MOST = 200 * MEGABYTE  # of one result
# Of LaTeX, on Debian and Ubuntu; and of browsers that do not lie below /usr.
SHOWN = ("/etc/texmf", "/var/lib/texmf", "/opt/google/chrome", "/opt/microsoft/msedge")
# Unpacks the files, runs the command, and packs what is wanted. Only the archive goes to stdout.
SCRIPT = """
wanted=$1; shift
tar -xf - && "$@" >/dev/null
set --
for name in $wanted; do [ -f "$name" ] && set -- "$@" "$name"; done
exec tar -cf - -- "$@"
"""


def run_in_box(
    command: Sequence[str], files: Mapping[str, bytes], wanted: Sequence[str]
) -> dict[str, bytes]:
    """Run a command in a box that holds some files; see `kit_utils.report.programs.Run`.

    The program must be installed below /usr, or in one of the folders `SHOWN`. It has no network,
    and sees nobody's files.

    Raises:
        NoBox: this machine cannot make a box.
        ProgramError: the box could not be made, or the program took too long.
    """
    require_programs()
    settings = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
    inside = ["/bin/sh", "-c", SCRIPT, "sh", " ".join(wanted), "env", *settings, *command]
    reads, writes = os.pipe()  # bubblewrap waits until what it says about itself can be written
    try:
        around, opened = box_command(
            inside,
            LIMITS,
            user_in_box(),
            hidden=HIDDEN,
            gpu=False,
            info=writes,
            shown=[path for path in map(Path, SHOWN) if path.exists()],
        )
        try:
            done = subprocess.run(
                around,
                input=_pack(files),
                capture_output=True,
                timeout=SECONDS,
                env={"PATH": os.environ.get("PATH", os.defpath)},
                pass_fds=[writes, *(file.fileno() for file in opened)],
            )
        except subprocess.TimeoutExpired:
            raise ProgramError(f"{command[0]} took more than {SECONDS:.0f} s") from None
        finally:
            for file in opened:
                file.close()
    finally:
        os.close(reads)
        os.close(writes)
    return _unpack(done.stdout, wanted)


def _pack(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _unpack(content: bytes, wanted: Sequence[str]) -> dict[str, bytes]:
    """Read the files that are wanted; nothing is unpacked to a disk."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for entry in archive:
                file = archive.extractfile(entry) if entry.isfile() else None
                if file and entry.name in wanted and entry.size < MOST:
                    found[entry.name] = file.read()
    except tarfile.TarError:
        return {}
    return found
