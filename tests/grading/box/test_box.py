"""Real boxes: what is in them, what they hold back, and that nothing is left of them."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from kit_utils.grading.box.box import Box, trial
from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.box.limits import Limits
from tests.grading.box.boxed import SMALL, Boxed


@pytest.fixture(scope="module", params=["started", "forked"])
def host(request):
    """What forks the kernels, if something does: both ways promise the same."""
    host = KernelHost() if request.param == "forked" else None
    if host is not None:
        host.start()
    yield host
    if host is not None:
        host.close()


@pytest.fixture(scope="module")
def submission(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submitted")
    (folder / "predictions.csv").write_text("1,2")
    (folder / "helper.py").write_text("value = 'from the helper'")
    (folder / "sub").mkdir()
    (folder / "sub" / "deep.bin").write_bytes(b"\x00\xff")
    (folder / "link").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.fixture(scope="module")
def boxed(submission, host, tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    for name in ("train-images", "t10k-labels-idx1", "test_y.bin"):
        (data / name).write_text(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KIT_DATA", str(data))
        patch.setenv("TOKEN", "of the grader")
        patch.delenv("KIT_STANDIN", raising=False)
        hidden = ["t10k-labels*", "test_y*"]
        boxed = Boxed(files=submission, hidden_data=hidden, canaries=[data], kernel_host=host)
    yield boxed
    boxed.close()


def test_every_probe_is_held_back(boxed):
    probes = boxed.manager.box.probes
    assert len(probes) == 9 and set(probes.values()) == {""}


def test_only_what_a_kernel_needs_is_imported(boxed):
    assert boxed.run("import sys; print('torch' in sys.modules, 'sympy' in sys.modules)") == (
        "False False"
    )


def test_the_files_are_there_as_copies(boxed, submission):
    code = "import os; print(sorted(os.listdir('.')), open('sub/deep.bin', 'rb').read())"
    assert boxed.run(code) == r"['helper.py', 'predictions.csv', 'sub'] b'\x00\xff'"
    assert boxed.run("import helper; print(helper.value)") == "from the helper"
    boxed.run("open('predictions.csv', 'w').write('changed')")
    assert boxed.run("print(open('predictions.csv').read())") == "changed"
    assert (submission / "predictions.csv").read_text() == "1,2"


def test_files_that_do_not_fit_are_left_out(tmp_path, host):
    for name, megabytes in {"a.bin": 16, "b.bin": 12, "sub/c.bin": 3, "d.csv": 1}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(bytes(megabytes * 2**20))
    with contextlib.closing(Boxed(files=tmp_path, kernel_host=host)) as boxed:
        code = "import os; print(sorted(os.listdir('.')), os.path.getsize('sub/c.bin'))"
        assert boxed.run(code) == f"['b.bin', 'd.csv', 'sub'] {3 * 2**20}"
        boxed.run("open('mine', 'wb').write(bytes(2**20))")
        assert boxed.run("print(os.path.getsize('mine'))") == str(2**20)


def test_data_is_there_without_the_hidden_labels_and_read_only(boxed):
    assert boxed.run("print(os.listdir('/run/data'))") == "['train-images']"
    assert "Read-only" in boxed.run("open('/run/data/new', 'w')")


def test_the_environment_is_the_boxs_own(boxed):
    names = boxed.run("print(*sorted(os.environ))").split()
    assert "TOKEN" not in names and "KIT_STANDIN" not in names
    given = {"HOME", "KIT_DATA", "KIT_WIRE", "LANG", "NBGRADER_EXECUTION", "PATH", "USER"}
    assert given <= set(names)
    first = boxed.run("print('TOKEN' in open('/proc/1/environ').read())")
    assert first == "False" or "Permission denied" in first


def test_it_is_another_user_without_network_and_other_processes(boxed):
    code = "import socket; print(os.getuid(), socket.if_nameindex(), socket.gethostname())"
    user, rest = boxed.run(code).split(" ", 1)
    assert int(user) != 0 and rest == "[(1, 'lo')] box"
    assert boxed.run("print(len([p for p in os.listdir('/proc') if p.isdigit()]) <= 3)") == "True"


@pytest.mark.parametrize("folder", ["/", "/usr", "/etc", "/dev", "/run/data", "/home", "/run"])
def test_it_writes_to_its_own_folders_only(boxed, folder):
    shown = boxed.run(f"open('{folder}/mark', 'w')")
    assert "Read-only" in shown or "Permission denied" in shown


@pytest.mark.parametrize(
    ("path", "megabytes"), [("big", 20), ("/tmp/big", 10), ("/dev/shm/big", 10)]
)
def test_files_have_a_limit(boxed, path, megabytes):
    code = f"""
import os
try:
    with open('{path}', 'wb') as file:
        for _ in range({megabytes} + 5):
            file.write(bytes(2**20)); file.flush()
except OSError as problem:
    print(problem.strerror)
print(os.path.getsize('{path}') <= {megabytes} * 2**20)
os.remove('{path}')
"""
    shown = boxed.run(code)
    assert shown.endswith("True") and ("No space left" in shown or "too large" in shown)


START_MANY = """
import subprocess
started = []
try:
    for _ in range(70):
        started.append(subprocess.Popen(['sleep', '60']))
except OSError as problem:
    print(problem.strerror)
for process in started:
    process.kill(); process.wait()
print(len(started) < 60)
"""


def test_no_thread_waits_for_a_heartbeat(boxed):
    # One that is stopped before it runs would open sockets until there are none.
    assert not boxed.client.hb_channel.is_alive()


def test_processes_have_a_limit(boxed):
    assert boxed.run(START_MANY) == "Resource temporarily unavailable\nTrue"


def test_the_limit_of_processes_is_each_boxs_own(host):
    code = "import subprocess; held = [subprocess.Popen(['sleep', '60']) for _ in range(40)]"
    with (
        contextlib.closing(Boxed(kernel_host=host)) as first,
        contextlib.closing(Boxed(kernel_host=host)) as other,
    ):
        first.run(code)
        # What else this user starts takes nothing from the boxes.
        mine = [subprocess.Popen(["sleep", "60"]) for _ in range(60 * (os.cpu_count() or 1))]
        other.run(code)
        for process in mine:
            process.kill()
            process.wait()
        assert first.run("print(len(held))") == other.run("print(len(held))") == "40"


def test_at_the_limit_of_processes_the_box_goes_on(host):
    code = START_MANY.replace("for process in started", "time.sleep(1)\nfor process in started")
    with contextlib.closing(Boxed(kernel_host=host)) as boxed:
        assert boxed.run(f"import time{code}").endswith("True")
        assert boxed.run("print('goes on')") == "goes on"


@pytest.mark.parametrize(
    "many",
    ["os.fork() or time.sleep(60)", "threading.Thread(target=time.sleep, args=[60]).start()"],
)
def test_where_the_system_keeps_no_limit_of_processes_too_many_end_the_box(host, many, monkeypatch):
    monkeypatch.setattr(Limits, "own_processes", lambda limits: None)
    resources = Limits.resources
    others = {"data", "fsize", "cpu"}
    monkeypatch.setattr(
        Limits,
        "resources",
        lambda limits: {n: v for n, v in resources(limits).items() if n in others},
    )
    boxed = Boxed(kernel_host=host)
    boxed.client.execute(f"import os, threading, time\nfor _ in range(70): {many}")
    assert ended(boxed) == "it ran more than 60 processes and threads"


def ended(boxed):
    """Why a box was ended by what watches it, once it was."""
    until = time.monotonic() + 60
    while boxed.manager.box.alive and time.monotonic() < until:
        time.sleep(0.1)
    why = boxed.manager.why_ended()
    boxed.close()
    return why


def test_memory_of_one_process_has_a_limit(boxed):
    assert "MemoryError" in boxed.run(
        "try: bytearray(2**31)\nexcept MemoryError: print('MemoryError')"
    )


def test_the_sockets_are_the_graders_own(boxed):
    """None is called by a path that the student could change; tests/attacks/test_sockets.py."""
    folder, port = os.path.split(f"{boxed.manager.box.sockets}-1")
    assert os.listdir(folder) and Path(folder, port).is_socket()
    assert os.readlink(folder).startswith(tempfile.gettempdir())
    assert "kernel" not in boxed.run("print(os.listdir('/run/kit'))").replace("connection", "")


def test_nothing_is_left_of_the_sockets(host):
    boxed = Boxed(kernel_host=host)
    folder = os.readlink(os.path.dirname(boxed.manager.box.sockets))
    assert os.path.isdir(folder)
    boxed.close()
    assert not os.path.exists(folder)


def test_it_is_ended_with_everything_in_it(host):
    boxed = Boxed(kernel_host=host)
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 100)
        time.sleep(1000)
    os._exit(0)
os.wait()
"""
    boxed.run(code)
    box = boxed.manager.box
    inside = [psutil.Process(number) for number in box.processes()]
    assert len(inside) >= 3
    boxed.close()
    assert box.ended_because == "the test is over" and not box.alive
    gone, alive = psutil.wait_procs(inside, timeout=60)
    assert len(gone) == len(inside) and not alive


def test_a_kernel_that_ends_takes_everything_with_it(host):
    boxed = Boxed(kernel_host=host)
    boxed.run("import os, time\nif os.fork() == 0: os.setsid(); time.sleep(1000)")
    box = boxed.manager.box
    inside = [psutil.Process(number) for number in box.processes()]
    boxed.client.execute("os._exit(0)")
    gone, alive = psutil.wait_procs(inside, timeout=60)
    assert len(gone) == len(inside) and not alive
    assert not box.alive and box.ended_because == ""
    boxed.close()


def test_memory_of_all_processes_together_has_a_limit(host):
    limits = Limits(memory=500, files=20, temporary=10, processes=60, threads=1)
    boxed = Boxed(limits=limits, kernel_host=host)
    code = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        held = bytearray(b'x' * (150 * 2**20))
        time.sleep(60)
"""
    boxed.client.execute(code)
    assert ended(boxed) == "it used more than 500 MB of memory"


def test_a_trial_shows_the_probes_and_leaves_nothing(host):
    before = {p.pid for p in psutil.process_iter(["name"]) if p.info["name"] == "bwrap"}
    assert set(trial(SMALL, kernel_host=host).values()) == {""}
    mine = [p for p in psutil.Process().children(recursive=True) if p.name() == "bwrap"]
    assert not [p for p in mine if p.pid not in before]


def test_a_path_that_can_be_read_in_it_makes_it_no_box(host):
    with pytest.raises(NoBox, match=r"the box is not closed \(reading bin: /usr/bin is there\)"):
        Box({}, None, SMALL, canaries=[Path("/usr/bin")], kernel_host=host)


def test_where_bubblewrap_fails_its_words_are_told(tmp_path, monkeypatch):
    fake = tmp_path / "bwrap"
    fake.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n"
    )
    fake.chmod(0o755)
    for needed in ("setpriv", "prlimit", "sh"):
        if path := shutil.which(needed):
            (tmp_path / needed).symlink_to(path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoBox, match="No permissions to create a new namespace"):
        Box({}, None, SMALL)


def test_a_box_that_could_not_be_started_leaves_nothing_open(tmp_path, monkeypatch):
    gc.collect()  # what earlier tests left behind must not close in between
    before = set(open_descriptors().items())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoBox, match="prlimit"):
        Box({}, None, SMALL)
    until = time.monotonic() + 10  # others are watched meanwhile, by files in /proc
    while (left := set(open_descriptors().items()) - before) and time.monotonic() < until:
        time.sleep(0.01)
    assert not left


def open_descriptors():
    """What each descriptor of this process is, by its number."""
    found = {}
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # that of the folder itself is closed by now
            found[number] = os.readlink(f"/proc/self/fd/{number}")
    return found
