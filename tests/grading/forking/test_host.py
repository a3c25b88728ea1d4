"""The process from which kernels and judges are forked, with a small one in their place."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from kit_utils.grading.forking import host as host_module
from tests.grading.forking.small import SmallHost


@pytest.fixture(scope="module")
def host() -> Iterator[SmallHost]:
    host = SmallHost()
    yield host
    host.close()


def test_it_is_started_when_the_first_fork_is_asked_for(host):
    assert not host.runs
    forked, _, socket = host.fork()
    assert host.runs and forked.alive
    socket.close()
    assert not forked.wait(60)
    forked.close()


def test_what_one_fork_does_is_unknown_to_the_next(host):
    assert [host.fork()[1]["order"] for _ in range(2)] == [{}, {}]


def test_an_order_of_any_size_arrives():
    large = SmallHost(environment="x" * 2_000_000)
    with contextlib.closing(large):
        large.start()
        assert large.fork()[1]["order"] == {"environment": 2_000_000}


def test_a_fork_holds_no_connection_but_its_own(host):
    shared = host.share()
    assert host.fork()[1]["sockets"] == 1
    shared.close()


def test_why_nothing_was_forked_is_said_and_no_other_process_is_started_for_it(host):
    host.start()
    process = host._process.pid
    with pytest.raises(OSError, match="OSError: there is no room"):
        host.fork(refuse="there is no room")
    assert host.fork()[0].alive and host._process.pid == process


def test_others_ask_the_process_that_is_shared_with_them(host):
    host.start()
    other = SmallHost()
    other.attach(host.share())
    forked, _, socket = other.fork()
    assert other._process is None and forked.alive
    other.close()
    assert host.runs and forked.alive  # it is not another's to end
    socket.close()


def test_nothing_is_shared_that_was_not_started():
    with pytest.raises(ConnectionError, match="was not started"):
        SmallHost().share()


def test_where_a_shared_process_ended_another_is_started_here():
    host, other = SmallHost(), SmallHost()
    with contextlib.closing(other):
        host.start()
        other.attach(host.share())
        host.close()
        assert other.fork()[0].alive
        assert other._process is not None


def test_where_the_process_was_killed_another_is_started(host):
    host.start()
    first = host._process
    first.kill()
    first.wait()
    assert host.fork()[0].alive and host._process.pid != first.pid


def test_a_process_of_two_threads_forks_nothing():
    host = SmallHost(threads=2)
    with contextlib.closing(host), pytest.raises(ConnectionError, match="has ended"):
        host.fork()


def test_another_server_is_forked_with_its_imports(host):
    class Forked(SmallHost):
        def _launch(self, requests):
            return host.fork_server("tests.grading.forking.small", [requests.fileno(), 2])

    host.start()
    with contextlib.closing(Forked(mark="of its own")) as other:
        _, said, _ = other.fork()
        assert said["order"] == {"mark": len("of its own")} and said["sockets"] == 1
        assert other.runs
        other._process.kill()
        assert not other._process.wait(60)
        assert not other.runs and host.runs
        assert other.fork()[0].alive


def test_it_ends_by_itself_when_nobody_holds_it():
    host = SmallHost()
    host.start()
    host._requests.close()
    assert host._process.wait(60) == 0
    host.close()


def test_it_ends_when_nothing_is_asked_for_long_but_not_before_its_forks():
    host = SmallHost(idle=0.2)
    host.start()
    _, _, socket = host.fork()
    time.sleep(1.0)
    assert host.runs
    socket.close()
    assert host._process.wait(60) == 0
    host.close()


def test_an_answer_that_comes_too_late_is_not_taken_for_another(monkeypatch):
    monkeypatch.setattr(host_module, "ANSWER_SECONDS", 0.001)
    host = SmallHost()
    with contextlib.closing(host):
        host.start()  # Python alone takes longer
        with pytest.raises(ConnectionError, match="timed out"):
            host.fork_server("no_such_module", [0, 1])
        assert not host.runs
        monkeypatch.setattr(host_module, "ANSWER_SECONDS", 60.0)
        assert host.fork()[0].alive
