"""Submissions that are no honest notebook: changed metadata, moved cells, strange files."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from tests.attacks.course import FULL, NOTEBOOK, Attack, Attacked

NOTHING = dict.fromkeys(FULL, 0.0)
WRONG = {"square": "def square(x):\n    return x\n"}
LOST = {"square-check": 0.0}
PATCH = """\
from kit_utils.grading.wire import agent

get_ipython().user_ns["square"] = lambda x: x
score = 2.0
2.0
"""


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if c.id == name)


def copied(found: NotebookNode, **changes: object) -> NotebookNode:
    copy = json.loads(json.dumps(found))
    return NotebookNode({**copy, "metadata": NotebookNode(copy["metadata"]), **changes})


def more_points(notebook):
    for name in FULL:
        cell(notebook, name).metadata.nbgrader["points"] = 100.0


def negative_points(notebook):
    for name in FULL:
        cell(notebook, name).metadata.nbgrader["points"] = -1e308


def no_points(notebook):
    for name in FULL:
        cell(notebook, name).metadata.nbgrader["points"] = "NaN"


def swapped_names(notebook):
    one, other = cell(notebook, "square-check"), cell(notebook, "cube-check")
    one.metadata, other.metadata = other.metadata, one.metadata


def check_as_solution(notebook):
    check = cell(notebook, "square-check")
    check.metadata.nbgrader.update(solution=True, locked=False)
    check.source = "2.0"


def check_as_task(notebook):
    check = cell(notebook, "square-check")
    check.metadata.nbgrader.update(task=True, grade=False)
    check.source = "2.0"


def check_as_markdown(notebook):
    check = cell(notebook, "square-check")
    check.cell_type = "markdown"
    check.pop("outputs")
    check.pop("execution_count")


def changed_source(notebook):
    cell(notebook, "square-check").source = "2.0"
    cell(notebook, "square-check").metadata.nbgrader.pop("checksum", None)


def unlocked(notebook):
    for one in notebook.cells:
        one.metadata.pop("nbgrader", None)
    cell(notebook, "square-check").source = "2.0"


def deleted_check(notebook):
    notebook.cells.remove(cell(notebook, "square-check"))


def doubled_check(notebook):
    check = cell(notebook, "square-check")
    place = notebook.cells.index(check)
    notebook.cells.insert(place, copied(check, id="before", source="2.0"))
    notebook.cells.append(copied(check, id="after", source="2.0"))


def moved_check(notebook):
    """The test before the solution, and a second, wrong solution at the end."""
    check = cell(notebook, "square-check")
    notebook.cells.remove(check)
    notebook.cells.insert(0, check)


def stranger(notebook):
    new = new_code_cell("2.0", id="stranger")
    metadata = dict(cell(notebook, "square-check").metadata.nbgrader)
    new.metadata["nbgrader"] = NotebookNode(metadata, grade_id="stranger", points=50)
    notebook.cells.append(new)


def graded_by_hand(notebook):
    """A solution that claims to be graded: its points would be for a person to give."""
    solution = cell(notebook, "square")
    solution.metadata.nbgrader.update(grade=True, points=100)


def inserted(notebook):
    place = notebook.cells.index(cell(notebook, "square-check"))
    notebook.cells.insert(place, new_code_cell(PATCH, id="inserted"))


def inserted_at_the_top(notebook):
    notebook.cells.insert(0, new_code_cell("import sys\nsys.modules['sympy'] = None\n" + PATCH))


def same_ids(notebook):
    for one in notebook.cells:
        one.id = "square-check"


def forged_outputs(notebook):
    check = cell(notebook, "square-check")
    check.outputs = [new_output("execute_result", data={"text/plain": "2.0"}, execution_count=1)]
    for one in (check, cell(notebook, "square"), notebook):
        one.metadata["kit"] = {"score": 2.0, "max": 2.0, "reason": "Right.", "box": True}


def skipped_by_tag(notebook):
    for name in FULL:
        cell(notebook, name).metadata["tags"] = ["skip-execution", "raises-exception"]


def own_kernel(notebook):
    provisioner = {"provisioner_name": "local-provisioner", "config": {"command": "/bin/false"}}
    notebook.metadata["kernelspec"] = NotebookNode(
        name="always-right",
        display_name="Always right",
        language="bash",
        argv=["/bin/false"],
        metadata={"kernel_provisioner": provisioner},
    )
    notebook.metadata["language_info"] = {"name": "bash"}


def own_configuration(folder: Path) -> None:
    for name in (
        "nbgrader_config.py",
        "jupyter_config.py",
        "ipython_config.py",
        "sitecustomize.py",
    ):
        (folder / name).write_text("raise SystemExit('taken over')\n")
    check = folder / "kit_utils" / "check" / "__init__.py"
    check.parent.mkdir(parents=True)
    check.write_text("raise SystemExit('taken over')\n")
    configurations = ("nbgrader_config", "jupyter_config", "ipython_config", "sitecustomize")
    for name in (*configurations, "sympy", "torch", "json"):
        (folder / f"{name}.py").write_text("raise SystemExit('taken over')\n")


def links(folder: Path) -> None:
    """Links to what a student may not see, by file and by folder, and one that never ends."""
    (folder / "gradebook.db").symlink_to("../../../gradebook.db")
    (folder / "source.ipynb").symlink_to(f"../../../source/powers/{NOTEBOOK}.ipynb")
    (folder / "passwd").symlink_to("/etc/passwd")
    (folder / "source").symlink_to("../../../source")
    (folder / "others").symlink_to("../..")
    (folder / "endless").symlink_to(".")
    (folder / "nowhere").symlink_to("nowhere")


def hard_link(folder: Path) -> None:
    os.link(folder.parents[2] / "source" / "powers" / f"{NOTEBOOK}.ipynb", folder / "source.txt")


LOOKS_AROUND = """\
import os

seen = []
for folder, _, names in os.walk(".", followlinks=True):
    seen += names
    if len(seen) > 1000:
        break
print("files:", sorted(seen))
"""


def notebook_as_link(folder: Path) -> None:
    other = folder.parents[1] / "000-0-honest" / "powers" / f"{NOTEBOOK}.ipynb"
    path = folder / f"{NOTEBOOK}.ipynb"
    path.unlink()
    path.symlink_to(other)


def folder_as_link(folder: Path) -> None:
    (folder / f"{NOTEBOOK}.ipynb").unlink()
    folder.rmdir()
    folder.symlink_to(folder.parents[2] / "source" / "powers")


def notebook_as_folder(folder: Path) -> None:
    (folder / f"{NOTEBOOK}.ipynb").unlink()
    (folder / f"{NOTEBOOK}.ipynb").mkdir()


def notebook_as_pipe(folder: Path) -> None:
    (folder / f"{NOTEBOOK}.ipynb").unlink()
    os.mkfifo(folder / f"{NOTEBOOK}.ipynb")


def pipes_and_sockets(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    here = os.getcwd()
    os.chdir(folder)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.csv")
    os.chdir(here)
    if os.getuid() == 0:
        os.mknod(folder / "zero.csv", 0o666 | 0o020000, os.makedev(1, 5))


def strange_names(folder: Path) -> None:
    for name in ("-rf", "~", "a\nb", "$(touch x)", "[0-9]*", "?", "%(time)s", "ü" * 100, "..."):
        (folder / name).write_text("1")
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe"))).write_text("1")
    deep = folder.joinpath(*["d"] * 100)
    deep.mkdir(parents=True)
    (deep / "file").write_text("1")


def huge_files(folder: Path) -> None:
    for number in range(3):
        with (folder / f"huge-{number}.bin").open("wb") as file:
            file.truncate(10**12)


def larger_than_the_disk(folder: Path) -> None:
    """Each may be handed in; together they do not fit into the folder where notebooks are run."""
    for name in ("model.pt", "baseline.pt"):
        (folder / name).touch()
        os.truncate(folder / name, 90 * 10**6)


def many_files(folder: Path) -> None:
    (folder / "many").mkdir()
    for number in range(2_000):
        (folder / "many" / f"{number}").touch()


def forged_time(folder: Path) -> None:
    (folder / "timestamp.txt").write_text("the day before yesterday, ∞")


def time_as_link(folder: Path) -> None:
    (folder / "timestamp.txt").symlink_to("/etc/passwd")


def time_as_pipe(folder: Path) -> None:
    os.mkfifo(folder / "timestamp.txt")


def time_as_folder(folder: Path) -> None:
    (folder / "timestamp.txt").mkdir()


def large(megabytes: int):
    """A notebook whose answers are right, and which is large by an output."""

    def make(notebook: NotebookNode) -> bytes:
        text = "x" * (megabytes * 10**6)
        cell(notebook, "cube").outputs = [new_output("stream", name="stdout", text=text)]
        return json.dumps(notebook).encode()

    return make


def many_cells(notebook: NotebookNode) -> bytes:
    extra = b'{"cell_type":"code","execution_count":null,"metadata":{},"outputs":[],"source":""},'
    text = json.dumps(notebook).encode()
    start = text.index(b"[", text.index(b'"cells"')) + 1
    return text[:start] + extra * 1_000_000 + text[start:]


def escaped(notebook: NotebookNode) -> bytes:
    """As many, under a name that is not seen at first sight."""
    return many_cells(notebook).replace(b'"cell_type"', b'"cell\\u005ftype"')


def many_outputs(notebook: NotebookNode) -> bytes:
    """Each of them wrong, so that a validator has something to say of each."""
    cell(notebook, "cube").outputs = [{"output_type": "strange"}] * 200_000
    return json.dumps(notebook).encode()


def many_tags(notebook: NotebookNode) -> None:
    """Tags have to differ, and such as these are compared one by one."""
    cell(notebook, "cube").metadata["tags"] = [{"tag": number} for number in range(20_000)]


def malformed(content: bytes):
    return lambda notebook: content


def metadata(name: str, change, scores=None, says: str = "") -> Attack:
    """A changed notebook with a wrong answer."""
    return Attack(name, WRONG, LOST if scores is None else scores, says, change=change)


def files(name: str, put, scores=None, says: str = "", **answers: str) -> Attack:
    """Strange files beside, or in the place of, a right notebook."""
    return Attack(name, answers, scores or {}, says, files=put)


UNREADABLE = "The file could not be read as a notebook"
CHANGED = [
    metadata("more-points", more_points),
    metadata("negative-points", negative_points),
    metadata("no-points", no_points),
    metadata("swapped-names", swapped_names, {**LOST, "cube-check": 0.0}),
    metadata("check-as-solution", check_as_solution),
    metadata("check-as-task", check_as_task),
    metadata("check-as-markdown", check_as_markdown, says="was turned into a markdown cell"),
    metadata("changed-source", changed_source),
    metadata("unlocked", unlocked),
    metadata("deleted-check", deleted_check, says="Cell `square-check` was missing"),
    metadata("doubled-check", doubled_check, says="was there more than once"),
    metadata("moved-check", moved_check),
    metadata("stranger", stranger, says="Cell `stranger` is not part of this assignment"),
    metadata("graded-by-hand", graded_by_hand),
    metadata("inserted", inserted),
    metadata("inserted-at-the-top", inserted_at_the_top, {**LOST, "slope-check": 0.0}),
    metadata("same-ids", same_ids),
    metadata("forged-outputs", forged_outputs, says="0 of 2 checks passed."),
    metadata("skipped-by-tag", skipped_by_tag),
    metadata("own-kernel", own_kernel),
]
FILES = [
    files("own-configuration", own_configuration),
    files("links", links, LOST, square=LOOKS_AROUND, says="files: []"),
    files("hard-link", hard_link),
    files("notebook-as-link", notebook_as_link, NOTHING, "it is a link"),
    files("folder-as-link", folder_as_link, NOTHING),
    files("notebook-as-folder", notebook_as_folder, NOTHING, "it is not a plain file"),
    files("notebook-as-pipe", notebook_as_pipe, NOTHING, "it is not a plain file"),
    files("pipes-and-sockets", pipes_and_sockets),
    files("strange-names", strange_names),
    files("huge-files", huge_files),
    files("many-files", many_files),
    files(
        "larger-than-the-disk",
        larger_than_the_disk,
        says="left out when the notebook was run: `model.pt`.",
    ),
    files("forged-time", forged_time),
    files("time-as-link", time_as_link),
    files("time-as-pipe", time_as_pipe),
    files("time-as-folder", time_as_folder),
]
NO_NOTEBOOKS = [
    Attack("200-megabytes", scores=NOTHING, says="at most 100 MB are taken", change=large(200)),
    Attack("million-cells", scores=NOTHING, says=UNREADABLE, change=many_cells),
    Attack("escaped-cells", scores=NOTHING, says=UNREADABLE, change=escaped),
    metadata("many-outputs", many_outputs),
    metadata("many-tags", many_tags),
    *(
        Attack(name, scores=NOTHING, says=UNREADABLE, change=malformed(content))
        for name, content in {
            "empty": b"",
            "malformed": b'{"cells": [{"cell_type": "code"',
            "deep": b"[" * 10**6 + b"]" * 10**6,
            "endless-number": b'{"cells": [], "nbformat": ' + b"9" * 10**6 + b"}",
            "no-text": b"\xff\xfe\x00" * 100,
            "no-cells": b'{"cells": null, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            "list": b"[1, 2, 3]",
            "future": b'{"cells": [], "metadata": {}, "nbformat": 99, "nbformat_minor": 0}',
        }.items()
    ),
]

ATTACKS = [*CHANGED, *FILES, *NO_NOTEBOOKS]


class TestRun(Attacked): ...
