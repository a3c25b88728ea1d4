"""What the probes find outside of a box, where everything is open."""

from __future__ import annotations

import os
import socket
import subprocess

from kit_utils.grading.box import probe
from kit_utils.grading.box.probe import probes


def test_outside_a_box_the_probes_see_what_is_there(tmp_path):
    canary = tmp_path / "gradebook.db"
    canary.write_text("points")
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        subprocess.Popen(["sleep", "30"]) as other,
    ):
        canaries = [str(canary), str(tmp_path / "absent")]
        found = probes(canaries, ["t10k*"], server.getsockname()[1])
        other.kill()
    assert found["reading gradebook.db"] == f"{canary} is there"
    assert found["reading absent"] == ""
    assert found["reading hidden labels"] == ""
    assert "answered" in found["reaching the network"]
    assert found["having any right of root's"] != ""
    assert bool(found["acting as root"]) == (os.getuid() == 0)
    if os.getuid() == 0:
        assert found["writing to the system"] == "/usr can be written to"
    assert not os.path.exists("/usr/kit-probe")


def test_hidden_labels_are_found_where_they_lie_open(tmp_path, monkeypatch):
    (tmp_path / "mnist").mkdir()
    labels = tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz"
    labels.touch()
    monkeypatch.setattr(probe, "DATA", tmp_path)
    assert probes([], ["t10k*"], 1)["reading hidden labels"] == f"{labels} is there"
    assert probes([], ["test_y*"], 1)["reading hidden labels"] == ""


def test_a_closed_port_is_no_network():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert probes([], [], port)["reaching the network"] == ""
