"""Kernels that are forked from a process with its imports done: what only they could get wrong."""

from __future__ import annotations

import contextlib
import os
import signal

import pytest

from kit_utils.grading.box.box import trial
from kit_utils.grading.box.bwrap import NoBox
from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.box.limits import Limits
from kit_utils.grading.pipeline.execute_judged import JudgedExecute
from tests.grading.box.boxed import SMALL, Boxed


@pytest.fixture(scope="module")
def host():
    host = KernelHost()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOKEN", "of the grader")
        host.start(["torch", "kit_utils.data", "kit_utils.training", "no_such_module"])
    yield host
    host.close()


@pytest.fixture(scope="module")
def boxed(host):
    boxed = Boxed(kernel_host=host, limits=Limits(memory=4096, files=20, processes=60, threads=2))
    yield boxed
    boxed.close()


def test_its_imports_are_done(boxed):
    assert boxed.run("import sys; print('torch' in sys.modules, 'pandas' in sys.modules)") == (
        "True False"
    )


def test_what_the_kit_and_libraries_import_at_their_first_use_is_imported_too(boxed):
    late = ["sklearn.model_selection", "scipy.ndimage", "torch.fx.experimental.symbolic_shapes"]
    code = f"print([name for name in {late} if name not in sys.modules])"
    assert boxed.run(f"import sys; {code}") == "[]"


def test_code_that_asks_for_a_gpu_is_told_what_to_write(boxed):
    assert "grading has no GPU: use `device`" in boxed.run("import torch; torch.zeros(1).cuda()")


def test_it_computes_in_so_many_threads_as_it_is_told(boxed):
    assert (
        boxed.run("import torch, os; print(torch.get_num_threads(), os.environ['OMP_NUM_THREADS'])")
        == "2 2"
    )
    assert boxed.run("x = torch.ones(400, 400); print((x @ x)[0, 0].item())") == "400.0"


def test_nothing_of_the_grader_is_in_its_memory_or_open(boxed):
    assert boxed.run("print('TOKEN' in open('/proc/self/environ').read())") == "False"
    code = """
import os
for descriptor in os.listdir('/proc/self/fd'):
    try:
        print(os.readlink(f'/proc/self/fd/{descriptor}'))
    except OSError:  # that of the list itself
        pass
"""
    open_files = set(boxed.run(code).splitlines())
    kinds = ("socket:", "pipe:", "anon_inode:", "/dev/null", "/proc/")
    assert open_files and all(path.startswith(kinds) for path in open_files), open_files
    assert boxed.run("print(os.getcwd(), os.getppid(), os.getsid(0) == os.getpid())") == (
        "/home/student/work 0 True"
    )


def test_the_running_python_is_a_copy_that_no_folder_holds(boxed):
    code = (
        "import os; s = os.stat('/proc/self/exe'); print(os.readlink('/proc/self/exe'), s.st_nlink)"
    )
    assert boxed.run(code) == "/memfd:python (deleted) 0"
    shown = boxed.run("open('/proc/self/exe', 'r+b')")
    assert "busy" in shown or "Permission denied" in shown
    code = (
        "import sys, subprocess; print(subprocess.check_output([sys.executable, '-V'], text=True))"
    )
    assert boxed.run(code).startswith("Python 3.")


def test_nothing_inside_can_end_the_box(boxed):
    code = """
import os, signal
for process, kind in [(-1, signal.SIGKILL), (1, signal.SIGKILL), (1, signal.SIGINT)]:
    try:
        os.kill(process, kind)
    except OSError:  # as root's
        pass
"""
    boxed.run(code)
    assert boxed.run("print('goes on')") == "goes on"


def test_what_lost_its_parent_leaves_no_trace(boxed):
    code = """
import os, time
for _ in range(3):
    if (child := os.fork()) == 0:
        if os.fork() == 0:
            os._exit(0)
        os._exit(0)
    os.waitpid(child, 0)
time.sleep(0.5)
print(len([p for p in os.listdir('/proc') if p.isdigit()]))
"""
    assert boxed.run(code) == "2"


def test_two_of_them_draw_different_random_numbers(host, boxed):
    other = Boxed(kernel_host=host)
    code = "import random, numpy; print(random.random(), numpy.random.rand())"
    first, second = boxed.run(code).split(), other.run(code).split()
    other.close()
    assert first[0] != second[0] and first[1] != second[1]


def test_they_do_not_see_each_other(host, boxed):
    boxed.run("open('/tmp/mark', 'w').write('1'); open('/dev/shm/mark', 'w').write('1')")
    with contextlib.closing(Boxed(kernel_host=host)) as other:
        there = "[os.path.exists(f'{folder}/mark') for folder in ('/tmp', '/dev/shm')]"
        assert other.run(f"import os; print({there})") == "[False, False]"
        assert boxed.run(f"import os; print({there})") == "[True, True]"
        assert other.run("print(len([p for p in os.listdir('/proc') if p.isdigit()]))") == "2"


def test_where_the_process_was_ended_another_is_started(host, boxed):
    os.kill(host._process.pid, signal.SIGKILL)
    assert set(trial(SMALL, kernel_host=host).values()) == {""}
    assert boxed.run("print('goes on')") == "goes on"


def test_a_box_that_is_not_ready_is_not_entered(host, monkeypatch):
    """Until bubblewrap is done, a box has the folders of the machine."""
    seen = []
    monkeypatch.setattr(
        KernelHost,
        "fork",
        lambda self, process, *others: seen.append(os.listdir(f"/proc/{process}/root")),
    )
    with pytest.raises((NoBox, AttributeError)):
        trial(SMALL, kernel_host=host)
    assert "home" in seen[0] and "sys" not in seen[0] and "proc" in seen[0]


def test_where_none_can_be_forked_kernels_are_started_and_it_is_said(monkeypatch, caplog):
    def refuse(self, *arguments):
        raise OSError("setns is not permitted")

    monkeypatch.setattr(KernelHost, "fork", refuse)
    execute = JudgedExecute(memory_limit=1024)
    with caplog.at_level("WARNING"):
        execute.prepare()
    assert "setns is not permitted" in caplog.text
    assert execute.kernel_host([]) is None
    execute.context.close()


def test_with_a_gpu_or_where_it_is_not_wanted_kernels_are_started():
    assert JudgedExecute(gpu=True).kernel_host([]) is None
    assert JudgedExecute(warm=False).kernel_host([]) is None
