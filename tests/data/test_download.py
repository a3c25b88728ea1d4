from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from kit_utils.data import DataError, DownloadError, Resource, download, fetch

DATA = np.random.default_rng(0).bytes(200_000)


def resource(*urls: str, data: bytes = DATA) -> Resource:
    return Resource("digits.gz", urls, hashlib.md5(data).hexdigest(), len(data))


@pytest.fixture
def dead_url():
    """An address on this machine where nothing listens."""
    with socket.socket() as holder:  # bound but not listening, so nobody else gets the port
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}/"


def test_a_download_is_whole_and_leaves_nothing_else(server, behaviours, tmp_path):
    url = server.put("/digits.gz", behaviours.whole(DATA))
    path = fetch(resource(url), tmp_path / "new" / "folder", progress=False)
    assert path == tmp_path / "new" / "folder" / "digits.gz"
    assert path.read_bytes() == DATA
    assert list(path.parent.iterdir()) == [path]


def test_a_server_that_does_not_say_the_length_will_do(server, behaviours, tmp_path):
    url = server.put("/digits.gz", behaviours.without_length(DATA))
    assert fetch(resource(url), tmp_path, progress=False).read_bytes() == DATA


def test_what_is_there_is_not_downloaded_again(server, behaviours, tmp_path):
    url = server.put("/digits.gz", behaviours.whole(DATA))
    for _ in range(2):
        fetch(resource(url), tmp_path, progress=False)
    assert server.requests == ["/digits.gz"]


@pytest.mark.parametrize("there", [b"", DATA[:-1], DATA[:-1] + b"?", DATA + b"?"])
def test_a_foreign_file_of_that_name_is_refused_and_kept(server, behaviours, tmp_path, there):
    url = server.put("/digits.gz", behaviours.whole(DATA))
    path = tmp_path / "digits.gz"
    path.write_bytes(there)
    with pytest.raises(DataError, match="Delete it and run `kit data`") as caught:
        fetch(resource(url), tmp_path, progress=False)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == there
    assert server.requests == []


def bad_answers(behaviours):
    flipped = DATA[:1000] + bytes([DATA[1000] ^ 1]) + DATA[1001:]
    return {
        "short": (behaviours.whole(DATA[:-1]), "stopped after 199,999 of 200,000 bytes"),
        "empty": (behaviours.whole(b""), "stopped after 0 of"),
        "long": (behaviours.whole(DATA + b"?"), "more than the expected 200,000 bytes"),
        "far too long": (behaviours.without_length(DATA * 5), "more than the expected"),
        "wrong checksum": (behaviours.whole(flipped), "wrong checksum"),
        "dropped": (behaviours.dropped(DATA, reset=False), "stopped after|connection broke"),
        "reset": (behaviours.dropped(DATA, reset=True), "connection broke"),
        "not found": (behaviours.error(404), "answered 404"),
        "server error": (behaviours.error(503), "answered 503"),
        "not http": (behaviours.not_http(DATA), "connection broke"),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "short",
        "empty",
        "long",
        "far too long",
        "wrong checksum",
        "dropped",
        "reset",
        "not found",
        "server error",
        "not http",
    ],
)
def test_a_bad_answer_is_named_and_never_taken_for_the_file(kind, server, behaviours, tmp_path):
    behaviour, reason = bad_answers(behaviours)[kind]
    url = server.put("/digits.gz", behaviour)
    with pytest.raises(DownloadError, match=reason) as caught:
        fetch(resource(url), tmp_path, progress=False)
    assert url in str(caught.value)
    assert "Check the network and run `kit data`" in str(caught.value)
    assert list(tmp_path.iterdir()) == []

    good = server.put("/good", behaviours.whole(DATA))  # the same with a second mirror
    assert fetch(resource(url, good), tmp_path, progress=False).read_bytes() == DATA
    assert list(tmp_path.iterdir()) == [tmp_path / "digits.gz"]


def test_without_a_network_every_mirror_is_named(dead_url, tmp_path):
    # RFC 6761: names under .invalid never resolve.
    mirrors = dead_url + "one", "http://mirror.invalid/two"
    with pytest.raises(DownloadError, match="no connection") as caught:
        fetch(resource(*mirrors), tmp_path, progress=False)
    assert all(mirror in str(caught.value) for mirror in mirrors)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_falls_silent_is_given_up(server, behaviours, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    done = threading.Event()
    url = server.put("/digits.gz", behaviours.pausing(DATA, until=done))
    with pytest.raises(DownloadError, match=r"connection broke.*timed out"):
        fetch(resource(url), tmp_path, progress=False)
    done.set()
    assert list(tmp_path.iterdir()) == []


def test_progress_goes_to_stdout_only(server, behaviours, tmp_path, capfd):
    url = server.put("/digits.gz", behaviours.pausing(DATA, until=_after(0.4)))
    fetch(resource(url), tmp_path, progress=True)
    out, err = capfd.readouterr()
    assert "digits.gz: 100%" in out
    assert err == ""


def test_no_progress_means_no_output(server, behaviours, tmp_path, capfd):
    url = server.put("/digits.gz", behaviours.pausing(DATA, until=_after(0.4)))
    fetch(resource(url), tmp_path, progress=False)
    assert capfd.readouterr() == ("", "")


def test_a_checksum_takes_little_memory_however_large_the_file(tmp_path):
    zeros = bytes(30_000_000)
    path = tmp_path / "digits.gz"
    with open(path, "wb") as file:
        file.truncate(len(zeros))
    expected = resource(data=zeros)
    tracemalloc.start()
    try:
        download.verify(path, expected)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_messages_name_the_command_that_fetches_the_file(behaviours, server, tmp_path):
    shapes = replace(resource(server.url + "/nowhere"), command="kit data shapes")
    with pytest.raises(DownloadError, match="run `kit data shapes`, or put"):
        fetch(shapes, tmp_path, progress=False)
    (tmp_path / "digits.gz").write_bytes(b"")
    with pytest.raises(DataError, match="Delete it and run `kit data shapes`"):
        fetch(shapes, tmp_path, progress=False)


def _after(seconds: float) -> threading.Event:
    event = threading.Event()
    threading.Timer(seconds, event.set).start()
    return event


def test_a_folder_that_cannot_be_made_is_named_with_what_to_do(server, behaviours, tmp_path):
    # Not a matter of permissions: those do not bind root.
    (tmp_path / "file").write_bytes(b"in the way")
    url = server.put("/digits.gz", behaviours.whole(DATA))
    with pytest.raises(DownloadError, match="set KIT_DATA") as caught:
        fetch(resource(url), tmp_path / "file", progress=False)
    assert str(tmp_path / "file" / "digits.gz") in str(caught.value)


FETCH = """
import os, sys
from pathlib import Path
from kit_utils.data import DownloadError, Resource, fetch
folder, url, md5, size = sys.argv[1:]
if "LIMIT" in os.environ:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
try:
    fetch(Resource("digits.gz", (url, url), md5, int(size)), Path(folder), progress=False)
except DownloadError as error:
    print(error)
print(os.listdir(folder))
"""


def test_a_full_disk_is_named_and_nothing_is_left_on_it(server, behaviours, tmp_path):
    """A real file system of 64 KiB in a mount namespace of its own, which ends with the process.

    Where the system forbids that, a limit on the size of files stands in: the write fails at the
    same place, with EFBIG instead of ENOSPC. (/dev/full cannot serve: the file is made anew.)
    """
    url = server.put("/digits.gz", behaviours.whole(DATA))
    name, mount = str(tmp_path), f"mount -t tmpfs -o size=64k tmpfs '{tmp_path}'"
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    can_mount = shutil.which("unshare") and not subprocess.call(
        [*unshare, mount], stderr=subprocess.DEVNULL
    )
    command = [sys.executable, "-c", FETCH, name, url, resource(url).md5, str(len(DATA))]
    if can_mount:
        command = [*unshare, mount + ' && exec "$@"', "sh", *command]
        env, reason = os.environ, "No space left on device"
    else:
        env, reason = {**os.environ, "LIMIT": "1"}, "File too large"
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    message, left = done.stdout.splitlines()
    assert f"{tmp_path / 'digits.gz'} could not be written: {reason}" in message
    assert "200,000 bytes. Free some space, or set KIT_DATA" in message
    assert left == "[]"
    assert server.requests == ["/digits.gz"], "another mirror does not help against a full disk"
