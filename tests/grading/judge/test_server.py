"""Judges in processes of their own: clean, stopped in time, and started again."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.forking.process import ForkedProcess
from kit_utils.grading.judge.client import JudgeHost, JudgeLost
from kit_utils.grading.judge.messages import TestCell
from tests.grading.judge.serving import honest, serving

SQUARE = "def square(x):\n    return x * x"


@pytest.fixture(scope="module", params=["started", "forked"])
def host(request):
    kernel_host = KernelHost()
    if request.param == "forked":
        kernel_host.start(["torch", "matplotlib"])
    host = JudgeHost(kernel_host)
    host.start()
    assert isinstance(host._process, ForkedProcess) == (request.param == "forked")
    yield host
    host.close()
    kernel_host.close()


def run(judge, source, seconds=60.0, **options):
    with serving(honest(SQUARE)) as connection:
        return judge.run(TestCell(source, 3, 0, **options), connection, seconds)


def gone(process):
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_judge_asks_the_student_and_scores(host, tmp_path):
    judge = host.judge(tmp_path)
    judgement = run(judge, "3.0 * (square(2) == 4)")
    assert (judgement.score, judgement.lost) == (3.0, False)
    assert run(judge, "1.0 * square(1)").score == 1.0
    judge.close()


def test_it_works_where_the_files_of_the_submission_are(host, tmp_path):
    (tmp_path / "predictions.csv").write_text("7")
    judge = host.judge(tmp_path)
    assert run(judge, "float(open('predictions.csv').read()) - 5").score == 2.0
    judge.close()


def test_its_environment_is_that_of_the_grader(host, tmp_path):
    judge = host.judge(tmp_path)
    for name in ("HOME", "PATH"):
        given = f"__import__('os').environ[{name!r}] == {os.environ[name]!r}"
        assert run(judge, f"2.0 * ({given})").score == 2.0
    backend = "__import__('matplotlib').get_backend().lower() == 'agg'"
    assert run(judge, f"2.0 * ({backend})").score == 2.0
    judge.close()


def test_no_module_is_taken_from_the_submission(host, tmp_path):
    for name in ("torch", "json", "sympy", "kit_utils", "numpy", "colorsys"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the submission ran')")
    judge = host.judge(tmp_path)
    source = "import colorsys, json, sympy, torch, numpy, kit_utils.check, graphlib\n2.0"
    assert run(judge, source).score == 2.0
    where = "import colorsys\nassert 0, colorsys.__file__ + str('' in __import__('sys').path)"
    reason = run(judge, where).reason
    assert str(tmp_path) not in reason and reason.endswith("False")
    judge.close()


def test_what_one_judge_changes_is_unknown_to_the_next(host, tmp_path):
    first, second = host.judge(tmp_path), host.judge(tmp_path)
    spoil = (
        "import math, os, torch\nmath.pi = 3\nos.environ['MARK'] = '1'\ntorch.manual_seed(1)\n1.0"
    )
    look = "import math, os\n1.0 * (math.pi > 3.1) * ('MARK' not in os.environ)"
    assert run(first, spoil).score == 1.0
    assert run(first, look).score == 0.0
    assert run(second, look).score == 1.0
    third = host.judge(tmp_path)
    assert run(third, look).score == 1.0
    for judge in (first, second, third):
        judge.close()


def test_a_judge_ends_with_the_grader_also_in_the_middle_of_a_test(host, tmp_path):
    judge = host.judge(tmp_path)
    process = int(judge._receive(60))
    judge._process, judge.close = psutil.Process(process), lambda: None
    with serving(honest(SQUARE)) as wire:
        with pytest.raises(JudgeLost, match="within 1 s"):
            judge.run(TestCell("while True:\n    pass", 3, 0), wire, 1)
        judge._connection.close()  # as if the grader had been killed
        assert gone(process)  # which also holds the wire that `serving` waits for


def test_names_of_one_test_are_unknown_to_the_next(host, tmp_path):
    judge = host.judge(tmp_path)
    assert run(judge, "left = 3\n1.0").score == 1.0
    assert run(judge, "1.0 * left").score == 0.0
    judge.close()


def test_it_has_one_thread_before_it_forks(host, tmp_path):
    judge = host.judge(tmp_path)
    run(judge, "1.0")
    assert os.listdir(f"/proc/{host._process.pid}/task") == [str(host._process.pid)]
    judge.close()


def test_a_judge_that_hangs_is_stopped_and_others_go_on(host, tmp_path):
    hanging, other = host.judge(tmp_path), host.judge(tmp_path)
    run(hanging, "1.0")
    process = hanging._process
    with pytest.raises(JudgeLost, match="nothing was decided within 1 s"):
        run(hanging, "while True: pass", seconds=1)
    assert gone(process.pid)
    assert run(other, "1.0").score == 1.0
    other.close()


@pytest.mark.parametrize("source", ["import os\nos._exit(0)", "import os\nos.kill(os.getpid(), 9)"])
def test_a_judge_that_ends_decides_nothing(host, tmp_path, source):
    judge = host.judge(tmp_path)
    with pytest.raises(JudgeLost, match="the judge ended"):
        run(judge, source)


def test_a_killed_host_is_started_again(tmp_path):
    host = JudgeHost()
    try:
        assert run(host.judge(tmp_path), "1.0").score == 1.0
        process = host._process
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert run(host.judge(tmp_path), "1.0").score == 1.0
        assert host._process.pid != process.pid
    finally:
        host.close()
    assert host._process is None
